"""The draft of each visitor: the RunSpec in progress and where they are on the page.

A draft lies in the home folder, so it survives a reload, a restart and a closed browser.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.spec import RunSpec

EMPTY = {"task": "token-classification", "checkpoint": "starter", "dataset": {}}


@dataclass(frozen=True)
class Draft:
    """What a visitor has decided so far."""

    spec: RunSpec
    page: Mapping[str, Any] = field(default_factory=dict)
    """Choices that are no part of a run: the watched run, the shown row, the preset."""

    @property
    def has_data(self) -> bool:
        """Whether rows were brought."""
        return not self.spec.dataset.is_empty


class Drafts:
    """Reads and changes drafts; every change is checked by RunSpec before it is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()

    def read(self, visitor: str) -> Draft:
        """Return the draft; an unreadable one (an older version's) starts anew."""
        try:
            data = json.loads(self._path(visitor).read_text("utf-8"))
            return Draft(RunSpec.from_json(data["spec"]), data["page"])
        except (OSError, ValueError, KeyError, TypeError, UserError):
            return Draft(RunSpec.from_json(EMPTY))

    def change(self, visitor: str, changes: Mapping[str, Any]) -> Draft:
        """Set dotted names of the spec (`hyperparameters.seed`) or of the page (`page.run`).

        Raises:
            UserError: RunSpec refuses the change; the draft stays as it was.
        """
        with self._lock:
            draft = self.read(visitor)
            data = {"spec": draft.spec.to_json(), "page": dict(draft.page)}
            for name, value in changes.items():
                _set(data, name if name.startswith("page.") else f"spec.{name}", value)
            changed = Draft(RunSpec.from_json(data["spec"]), data["page"])
            if changed != draft:
                self._write(visitor, changed)
        return changed

    def _write(self, visitor: str, draft: Draft) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(visitor)
        part = path.with_suffix(".part")
        data = {"spec": draft.spec.to_json(), "page": dict(draft.page)}
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(data, file, ensure_ascii=False)
        part.replace(path)

    def _path(self, visitor: str) -> Path:
        return self.folder / f"{visitor}.json"


def _set(data: dict[str, Any], name: str, value: Any) -> None:
    *parents, last = name.split(".")
    for parent in parents:
        inner = data.get(parent)
        data[parent] = data = dict(inner) if isinstance(inner, Mapping) else {}
    data[last] = value
