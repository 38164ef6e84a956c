"""Import once: foreign files become Parquet under a hash of their content, in a limited child.

The same content again is instant. The child (`core.data.reader`) has limits of memory, CPU time,
output and wall-clock time, no token in its environment, and its death is a message here.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.data.child import (
    Cancelled,
    OnProgress,
    ReadLimits,
    Watch,
    ask,
    default_limits,
    read_into,
)
from core.data.names import splits_by_name
from core.data.store import read_page
from core.errors import UserError
from core.spec import SPLITS, DatasetSpec

READER_VERSION = 2  # a change of what readers make of the same bytes counts this up


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
    notes: tuple[str, ...] = ()
    """What was decided and needs no look: which file became which split."""

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
        data["notes"] = tuple(data.get("notes", ()))
        data["warnings"] = tuple(data["warnings"])
        data["sources"] = tuple(data["sources"])
        data.pop("origins", None)  # imports of older versions have none
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
    digests = _digests(chosen)
    digest = _hash(digests, dataset)
    folder = home / "data" / digest
    if not (folder / "imported.json").exists():
        limits = limits or default_limits(total)
        request = {
            **_request({split: digests[split] for split in digests}, dataset),
            "hash": digest,
        }
        read_into(folder, request, limits, Watch(on_progress, cancelled))
    _rename(folder, notes, {split: [path.name for path in chosen[split]] for split in chosen})
    return Imported.open(folder)


def _request(
    files: Mapping[str, Sequence[tuple[Path, str]]], dataset: DatasetSpec
) -> dict[str, Any]:
    return {
        "files": {
            split: [[str(path.resolve()), path.name, digest] for path, digest in parts]
            for split, parts in files.items()
        },
        "encoding": dataset.encoding,
        "sheet": dataset.sheet,
    }


def first_rows(
    dataset: DatasetSpec, count: int, *, limits: ReadLimits | None = None
) -> list[dict[str, Any]]:
    """Return the first rows of the files to train on, before they are imported as a whole.

    None are returned where a file has to be read whole first, such as one large JSON value.

    Raises:
        UserError: a file cannot be read.
    """
    files, _ = splits_by_name(dataset.files)
    paths = [Path(name) for name in files.get("train", [])]
    request = {**_request({"train": [(path, "") for path in paths]}, dataset), "first": count}
    limits = limits or default_limits(sum(path.stat().st_size for path in paths))
    rows: list[dict[str, Any]] = ask(request, limits, Watch(None, None))["rows"]
    return rows


def _rename(folder: Path, notes: Sequence[str], names: Mapping[str, Sequence[str]]) -> None:
    """Keep how the files are called now; the same content may have come under other names."""
    path = folder / "imported.json"
    data = json.loads(path.read_text("utf-8"))
    called = {
        split: [
            names[given][position] + old[len(_first_name(old)) :] for given, position, old in parts
        ]
        for split, parts in data["origins"].items()
    }
    new = {
        "notes": list(notes),
        "sources": [name for parts in called.values() for name in parts],
        "files": {
            split: [[name, rows] for name, (_, rows) in zip(called[split], parts, strict=True)]
            for split, parts in data["files"].items()
        },
    }
    if any(data.get(key) != value for key, value in new.items()):
        with tempfile.NamedTemporaryFile(
            "w", dir=folder.parent, delete=False, encoding="utf-8"
        ) as f:
            json.dump({**data, **new}, f, ensure_ascii=False)
        Path(f.name).replace(path)


def _first_name(name: str) -> str:
    """Return the name of the file, without that of a member inside of it."""
    return name.partition("/")[0]


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


def _digests(files: Mapping[str, Sequence[Path]]) -> dict[str, list[tuple[Path, str]]]:
    """Return each file with the hash of its content."""
    return {split: [(path, _digest(path)) for path in paths] for split, paths in files.items()}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hash(digests: Mapping[str, Sequence[tuple[Path, str]]], dataset: DatasetSpec) -> str:
    """Return a hash of the content of the files, their order, and how they are to be read."""
    whole = hashlib.sha256(f"reader {READER_VERSION}".encode())
    whole.update(json.dumps([dataset.encoding, dataset.sheet]).encode())
    for split, files in digests.items():
        for path, digest in files:
            whole.update(f"\n{split} {path.suffix.lower()} {digest}".encode())
    return whole.hexdigest()[:32]
