"""Checkpoints that are whole or do not count: sealed by a manifest of sizes and hashes.

A checkpoint is written under a temporary name, its manifest last, and renamed once it is on disk.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.runs.files import whole_folder, write_json

MANIFEST = "manifest.json"
NAME = re.compile(r"checkpoint-(\d+)")


def checkpoint_folder(checkpoints: Path, step: int) -> Path:
    """Return where the checkpoint of a step lies."""
    return checkpoints / f"checkpoint-{step}"


def step_of(folder: Path) -> int:
    """Return the step of a checkpoint folder.

    >>> step_of(Path("checkpoints/checkpoint-40"))
    40
    """
    match = NAME.fullmatch(folder.name)
    if match is None:
        raise ValueError(f"{folder} is no checkpoint folder.")
    return int(match[1])


@contextmanager
def sealed_folder(folder: Path) -> Iterator[Path]:
    """Give a draft folder; when its files are written it is sealed and takes its name."""
    with whole_folder(folder) as draft:
        yield draft
        write_json(
            draft / MANIFEST, {path.name: _describe(path) for path in sorted(draft.iterdir())}
        )


def fault_of(folder: Path) -> str | None:
    """Say why a checkpoint is not sound, or return None."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        return "it was not finished"
    except (OSError, ValueError):
        return f"{MANIFEST} cannot be read"
    if not isinstance(manifest, dict):
        return f"{MANIFEST} cannot be read"
    present = {path.name for path in folder.iterdir()} - {MANIFEST}
    if present != set(manifest):
        return f"{min(present ^ set(manifest))} is missing or does not belong"
    damaged = (name for name, seal in manifest.items() if _describe(folder / name) != seal)
    name = next(damaged, None)
    return f"{name} is damaged" if name else None


def all_checkpoints(checkpoints: Path) -> list[Path]:
    """Return the checkpoint folders, newest first, sound or not."""
    if not checkpoints.is_dir():
        return []
    found = [path for path in checkpoints.iterdir() if NAME.fullmatch(path.name)]
    return sorted(found, key=step_of, reverse=True)


def newest_sound(checkpoints: Path) -> tuple[Path | None, list[str]]:
    """Return the newest sound checkpoint, and why each newer one was passed over."""
    passed: list[str] = []
    for folder in all_checkpoints(checkpoints):
        fault = fault_of(folder)
        if fault is None:
            return folder, passed
        passed.append(f"{folder.name}: {fault}")
    return None, passed


def remove_drafts(folder: Path, names: str) -> None:
    """Remove the folders that a killed worker left half written, by the names they would have."""
    for path in folder.glob(f".{names}"):
        shutil.rmtree(path, ignore_errors=True)


def rotate(checkpoints: Path, limit: int, best_step: int | None) -> None:
    """Remove the oldest checkpoints beyond `limit`, never the newest or the best."""
    newest_first = all_checkpoints(checkpoints)
    kept = {folder for folder in newest_first[:1] if folder}
    kept |= {folder for folder in newest_first if step_of(folder) == best_step}
    for folder in newest_first[1:]:
        if folder not in kept and len(kept) < limit:
            kept.add(folder)
    for folder in newest_first:
        if folder not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def _describe(path: Path) -> dict[str, int | str]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}
