"""Import once: foreign files become Parquet under a hash of their content, in a limited child.

The same content again is instant. The child (`core.data.reader`) has limits of memory, CPU time,
output and wall-clock time, no token in its environment, and its death is a message here.
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import core
from core.data.names import splits_by_name
from core.data.store import read_page
from core.errors import UserError
from core.spec import SPLITS, DatasetSpec

READER_VERSION = 1  # a change of what readers make of the same bytes counts this up
GIGABYTE = 10**9
POLL_SECONDS = 0.05
# What the child needs of the environment; everything else, tokens above all, stays here.
ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH")

OnProgress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class ImportedColumn:
    """A column of an import."""

    name: str
    kind: str  # text, number or list
    example: str
    names: tuple[str, ...] = ()
    """Names of the label ids, where the file brought them."""


@dataclass(frozen=True)
class Imported:
    """An import: a folder with imported.json and one Parquet file per split."""

    hash: str
    folder: Path
    format: str
    encoding: str
    splits: dict[str, int]
    columns: tuple[ImportedColumn, ...]
    repaired: dict[str, int]
    dropped: dict[str, int]
    warnings: tuple[str, ...]
    sources: tuple[str, ...]
    size_bytes: int
    files: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    """The files of each split in order, with their rows."""

    @classmethod
    def open(cls, folder: Path) -> Imported:
        """Read imported.json.

        Raises:
            UserError: there is no import in this folder.
        """
        try:
            data = json.loads((folder / "imported.json").read_text("utf-8"))
        except (OSError, ValueError):
            raise UserError(
                f"The imported data {folder.name} is not on this machine.",
                "Choose the files again in step 2.",
            ) from None
        for name in ("warnings", "sources"):
            data[name] = tuple(data[name])
        data["columns"] = tuple(
            ImportedColumn(**{**column, "names": tuple(column["names"])})
            for column in data["columns"]
        )
        data["files"] = {
            split: [(name, rows) for name, rows in parts] for split, parts in data["files"].items()
        }
        return cls(folder=folder, **data)

    def path(self, split: str) -> Path:
        """Return the Parquet file of a split."""
        return self.folder / f"{split}.parquet"

    def page(self, split: str, start: int, count: int) -> list[dict[str, Any]]:
        """Return raw rows; `start` counts from 0."""
        return read_page(self.path(split), start, count)

    def where(self, split: str, row: int) -> str:
        """Name the file and the row in it (from 1) of a row of a split (from 0)."""
        for name, rows in self.files.get(split, []):
            if row < rows:
                return f"{name}, row {row + 1:,}"
            row -= rows
        return f"split '{split}', row {row + 1:,}"


@dataclass(frozen=True)
class ReadLimits:
    """What reading foreign files may take. None: as much as the disk holds."""

    file_bytes: int | None = None
    memory_bytes: int = 8 * GIGABYTE
    seconds: int = 120


def import_dataset(
    dataset: DatasetSpec,
    home: Path,
    *,
    token: str | None = None,
    on_progress: OnProgress | None = None,
    cancelled: Cancelled | None = None,
    limits: ReadLimits | None = None,
) -> Imported:
    """Return the import of a dataset: by its hash, from files, or from the Hub.

    Raises:
        UserError: nothing was chosen, or a file cannot be read.
    """
    if dataset.imported:
        if not dataset.imported.isalnum():
            raise UserError(f'"{dataset.imported}" is no hash of imported data.', "Choose files.")
        return Imported.open(home / "data" / dataset.imported)
    if dataset.hub_id:
        from core.data.hub import fetch_dataset

        files = fetch_dataset(dataset, token=token, on_progress=on_progress, cancelled=cancelled)
        dataset = replace(dataset, files=files, hub_id=None)
    if not dataset.files:
        raise UserError(
            "No data was chosen.", "Choose files, a Hub dataset or an example in step 2."
        )
    return _import_files(dataset, home, on_progress, cancelled, limits)


def _import_files(
    dataset: DatasetSpec,
    home: Path,
    on_progress: OnProgress | None,
    cancelled: Cancelled | None,
    limits: ReadLimits | None,
) -> Imported:
    files, notes = splits_by_name(dataset.files)
    chosen = {split: [Path(name) for name in files[split]] for split in SPLITS if files.get(split)}
    if "train" not in chosen:
        raise UserError(
            "There is no file for the split 'train'.", "Choose a file to train on in step 2."
        )
    total = _check_files([path for paths in chosen.values() for path in paths], home, limits)
    digest = _hash(chosen)
    folder = home / "data" / digest
    if not (folder / "imported.json").exists():
        limits = limits or default_limits(total)
        request = {
            "hash": digest,
            "files": {
                split: [[str(path.resolve()), path.name] for path in paths]
                for split, paths in chosen.items()
            },
        }
        _read_into(folder, request, limits, _Watch(on_progress, cancelled))
    imported = Imported.open(folder)
    names = {split: [path.name for path in paths] for split, paths in chosen.items()}
    return replace(
        imported,
        warnings=(*notes, *imported.warnings),
        sources=tuple(name for parts in names.values() for name in parts),
        files={
            split: [(name, rows) for name, (_, rows) in zip(names[split], parts, strict=True)]
            for split, parts in imported.files.items()
        },
    )


def default_limits(total_bytes: int) -> ReadLimits:
    """Return limits that grow with the size of the files, within what the machine has."""
    physical = 16 * GIGABYTE
    if hasattr(os, "sysconf"):
        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    memory = min(max(4 * GIGABYTE, 60 * total_bytes), int(0.8 * physical))
    return ReadLimits(None, max(memory, 2 * GIGABYTE), 120 + total_bytes // 200_000)


def _check_files(paths: Sequence[Path], home: Path, limits: ReadLimits | None) -> int:
    """Return the bytes of all files; a file that cannot be read is a UserError."""
    home.mkdir(parents=True, exist_ok=True)
    room = shutil.disk_usage(home).free
    total = 0
    for path in paths:
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "does not exist"
            raise UserError(f"The file {path} {what}.", "Choose a file that is there in step 2.")
        size = path.stat().st_size
        total += size
        if limits and limits.file_bytes is not None and size > limits.file_bytes:
            raise UserError(
                f"{path.name} has {size / 1e6:,.1f} MB; a file may have at most "
                f"{limits.file_bytes / 1e6:,.1f} MB.",
                "Choose a smaller file, or cut it into several.",
            )
    if total > room:
        raise UserError(
            f"The files have {total / 1e6:,.1f} MB, but the disk that holds the home folder has "
            f"only {room / 1e6:,.1f} MB left.",
            "Free some space, or start with --home and a folder on another disk.",
        )
    return total


def _hash(files: Mapping[str, Sequence[Path]]) -> str:
    """Return a hash of the content of the files and their order in the splits."""
    whole = hashlib.sha256(f"reader {READER_VERSION}".encode())
    for split, paths in files.items():
        for path in paths:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            whole.update(f"\n{split} {path.suffix.lower()} {content}".encode())
    return whole.hexdigest()[:32]


@dataclass(frozen=True)
class _Watch:
    """Who wants to know about progress, and who may call it off."""

    on_progress: OnProgress | None
    cancelled: Cancelled | None

    def told(self, done: int, total: int) -> None:
        """Pass progress on."""
        if self.on_progress:
            self.on_progress(done, total)

    def is_off(self) -> bool:
        """Say whether the person called it off."""
        return bool(self.cancelled and self.cancelled())


def _read_into(folder: Path, request: dict[str, Any], limits: ReadLimits, watch: _Watch) -> None:
    """Let the child read into a folder beside, and move it into place when it is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".reading-", dir=folder.parent) as beside:
        inner = Path(beside) / folder.name
        inner.mkdir()
        room = shutil.disk_usage(folder.parent).free
        request["folder"] = str(inner)
        request["limits"] = {
            "memory_bytes": limits.memory_bytes,
            "cpu_seconds": limits.seconds,
            "output_bytes": room,
        }
        _run_child(request, limits, watch)
        try:
            inner.replace(folder)
        except OSError:
            if not (folder / "imported.json").exists():  # else another import was first
                raise


def _run_child(request: dict[str, Any], limits: ReadLimits, watch: _Watch) -> None:
    environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    environment.update(PYTHONIOENCODING="utf-8", OMP_NUM_THREADS="1", ARROW_IO_THREADS="2")
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="backslashreplace") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "core.data.reader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
            cwd=Path(core.__file__).parent.parent,
            text=True,
            encoding="utf-8",
        )
        try:
            answer = _converse(child, request, limits, watch)
        finally:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe:
                    pipe.close()
        if answer is None:
            log.seek(0)
            raise _death(child.returncode, request, log.read()[-2_000:])
    if "error" in answer:
        raise UserError(answer["error"]["message"], answer["error"]["hint"])


def _converse(
    child: subprocess.Popen[str], request: dict[str, Any], limits: ReadLimits, watch: _Watch
) -> dict[str, Any] | None:
    """Return the child's last answer, or None where it died without one."""
    lines: queue.Queue[str | None] = queue.Queue()
    assert child.stdin
    assert child.stdout
    threading.Thread(target=_pump, args=(child.stdout, lines), daemon=True).start()
    try:
        child.stdin.write(json.dumps(request))
        child.stdin.close()
    except BrokenPipeError:
        return None
    end = time.monotonic() + limits.seconds
    while True:
        if watch.is_off():
            raise UserError("Reading the files was cancelled.", "Choose files again in step 2.")
        if time.monotonic() > end:
            raise _too_slow(request, limits.seconds)
        try:
            line = lines.get(timeout=POLL_SECONDS)
        except queue.Empty:
            continue
        if line is None:
            return None
        answer: dict[str, Any] = json.loads(line)
        if "progress" not in answer:
            return answer
        watch.told(*answer["progress"])


def _pump(pipe: IO[str], lines: queue.Queue[str | None]) -> None:
    try:
        for line in pipe:
            lines.put(line)
    except ValueError:  # the pipe was closed: nobody waits for more
        return
    lines.put(None)


def _names(request: Mapping[str, Any]) -> str:
    return ", ".join(name for files in request["files"].values() for _, name in files)


def _too_slow(request: Mapping[str, Any], seconds: int) -> UserError:
    return UserError(
        f"Reading {_names(request)} took more than {seconds:,} seconds and was stopped.",
        "Cut the data into smaller files, or save it as Parquet.",
    )


def _death(code: int, request: Mapping[str, Any], log: str) -> Exception:
    if code < 0 or "MemoryError" in log:
        return UserError(
            f"Reading {_names(request)} took more memory or time than it may, and was stopped.",
            "Cut the data into smaller files, or save it as Parquet.",
        )
    return RuntimeError(f"The reader ended with code {code}: {log}")
