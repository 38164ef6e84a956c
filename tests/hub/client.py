"""Calls functions of ours with the Hub's real client, whose environment is read at import.

Reads a JSON list of calls from stdin; the last line on stdout is the JSON list of their results.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

from core.errors import UserError


def plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.to_json() if hasattr(value, "to_json") else value


def arguments(call: dict[str, Any], progress: list[list[int]]) -> tuple[list[Any], dict[str, Any]]:
    """Give back the arguments; "run:" and "path:" make objects, callbacks are built here."""
    named = dict(call["named"])
    if named.get("on_progress"):
        named["on_progress"] = lambda done, total: progress.append([done, total])
    if "cancel_after" in named:
        limit = named.pop("cancel_after")
        named["on_progress"] = lambda done, total: progress.append([done, total])
        named["cancelled"] = lambda: len(progress) >= limit
    return [made(item) for item in call["positional"]], named


def made(value: Any) -> Any:
    if isinstance(value, str) and value.startswith("run:"):
        from core.runs.folder import Run

        return Run(Path(value.removeprefix("run:")))
    if isinstance(value, str) and value.startswith("path:"):
        return Path(value.removeprefix("path:"))
    return value


def outcome(call: dict[str, Any]) -> dict[str, Any]:
    module, _, name = call["function"].partition(":")
    progress: list[list[int]] = []
    positional, named = arguments(call, progress)
    try:
        result = getattr(importlib.import_module(module), name)(*positional, **named)
    except UserError as error:
        return {"error": [error.message, error.hint], "progress": progress}
    return {"result": plain(result), "progress": progress}


if __name__ == "__main__":
    print(json.dumps([outcome(call) for call in json.load(sys.stdin)]))
