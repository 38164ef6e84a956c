"""From the `checkpoint` of a spec to a folder on this machine, or to a card."""

from __future__ import annotations

import re
from pathlib import Path

from core.checkpoints.card import Checkpoint, Source, read_folder
from core.checkpoints.machine import starter_folder
from core.errors import UserError

STARTER = "starter"
STARTER_HINT = "Run `python -m core starter`, or take a checkpoint of the Hub in step 1."
FOLDER_HINT = "Choose a folder that holds config.json, a tokenizer and model.safetensors."


def inspect_checkpoint(
    name: str, home: Path, *, revision: str | None = None, token: str | None = None
) -> Checkpoint:
    """Return the card of a checkpoint: the starter, a run, a folder, or a repository of the Hub.

    Raises:
        UserError: it does not exist, or it cannot be trained.
    """
    found = _on_this_machine(name, home)
    if found is not None:
        folder, source = found
        return read_folder(folder, name.strip(), source)
    from core.checkpoints.hub import inspect_repository

    return inspect_repository(name, revision=revision, token=token)


def resolve(name: str, home: Path, revision: str | None = None) -> Path:
    """Return the local folder of a checkpoint, without any network.

    Raises:
        UserError: it does not exist or is not on this machine.
    """
    found = _on_this_machine(name, home)
    if found is not None:
        return found[0]
    from core.checkpoints.hub import cached_folder

    return cached_folder(name, revision)


def _on_this_machine(name: str, home: Path) -> tuple[Path, Source] | None:
    """Return folder and source of what needs no Hub; None: it can only be a repository."""
    name = name.strip()
    if not name:
        raise UserError("No checkpoint is chosen.", "Choose one in step 1.")
    if name == STARTER:
        return _starter(home), "starter"
    run = _run_folder(name, home)
    if run is not None:
        return _model_of(run), "run"
    folder = Path(name).expanduser()
    if folder.is_dir() and (_looks_like_path(name) or (folder / "config.json").is_file()):
        return folder.resolve(), "folder"
    if _looks_like_path(name):
        raise UserError(f"There is no folder {name}.", FOLDER_HINT)
    return None


def _starter(home: Path) -> Path:
    folder = starter_folder(home)
    if folder is None:
        raise UserError("The starter checkpoint is not on this machine.", STARTER_HINT)
    return folder


def _run_folder(name: str, home: Path) -> Path | None:
    """Return the run's folder where the name is a run's id or the path of a run's folder."""
    inside = home / "runs" / name
    if re.fullmatch(r"[\w.-]+", name) and name not in (".", "..") and _is_run(inside):
        return inside
    folder = Path(name).expanduser()
    return folder.resolve() if _is_run(folder) else None


def _is_run(folder: Path) -> bool:
    return (folder / "run.json").is_file()


def _model_of(run: Path) -> Path:
    folder = run / "model"
    if not (folder / "config.json").is_file():
        raise UserError(
            f"The run {run.name} has no trained model yet.",
            "Wait until it has finished, or resume it.",
        )
    return folder


def _looks_like_path(name: str) -> bool:
    """Whether a text can only be a path: ids of the Hub have at most one slash and no such start.

    >>> [_looks_like_path(name) for name in ("./a", "/a/b", "C:/a", "google/bert", "bert")]
    [True, True, True, False, False]
    """
    return name.startswith(("/", "./", "../", "~", "\\")) or bool(re.match(r"[A-Za-z]:[\\/]", name))
