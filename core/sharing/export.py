"""The model of a run as a zip, made while it is sent."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from core.sharing.card import model_card
from core.sharing.facts import check_finished

if TYPE_CHECKING:
    from core.runs.folder import Run

BLOCK = 1 << 20
NEVER = re.compile(r"training_args|optimizer|scheduler|rng_state|trainer_state|events|\.lock$")
SUFFIXES = (".json", ".safetensors", ".txt", ".model", ".jinja")


def model_files(run: Run) -> list[Path]:
    """Return what of the model's folder leaves this machine, by name.

    Raises:
        UserError: the run has no model.
    """
    check_finished(run)
    return [
        path
        for path in sorted(run.model.iterdir())
        if path.is_file() and path.suffix in SUFFIXES and not _is_private(path.name)
    ]


def _is_private(name: str) -> bool:
    """Whether a file must not leave the machine.

    >>> [_is_private(name) for name in ("training_args.bin", ".x.json", "config.json")]
    [True, True, False]
    """
    return name.startswith(".") or NEVER.search(name) is not None


def zip_name(run: Run) -> str:
    """Return the file name of the zip, safe on every system."""
    return f"{_stem(run)}.zip"


def _stem(run: Run) -> str:
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", run.spec().name or "").strip("-")[:60]
    return f"{name}-{run.id}" if name else f"model-{run.id}"


class _Outbox(io.RawIOBase):
    """A file that keeps what was written until it is taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        return len(part)

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def zip_model(run: Run) -> Iterator[bytes]:
    """Yield the zip piece by piece: one folder with the model's files and its card.

    Raises:
        UserError: the run has no model.
    """
    stem = _stem(run)
    files = model_files(run)
    card = model_card(run, f"./{stem}")
    return _pieces(stem, files, card)


def _pieces(stem: str, files: list[Path], card: str) -> Iterator[bytes]:
    outbox = _Outbox()
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(f"{stem}/README.md", card)
        for path in files:
            entry = zipfile.ZipInfo.from_file(path, f"{stem}/{path.name}")
            with path.open("rb") as source, archive.open(entry, "w", force_zip64=True) as target:
                while block := source.read(BLOCK):
                    target.write(block)
                    yield outbox.take()
    yield outbox.take()
