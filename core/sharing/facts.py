"""What the run folder says for the card: data, labels, scores. No paths leave this module."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from core.checkpoints.foreign import names_in, read_card
from core.checkpoints.machine import REQUIREMENT
from core.errors import UserError

if TYPE_CHECKING:
    from core.runs.folder import Run

STARTER_ID = "sentence-transformers/all-MiniLM-L6-v2"
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)
COUNTED_ROWS = 100_000  # above this the rows that were cut are not counted again for a card


@dataclass(frozen=True)
class Base:
    """The checkpoint a run started from."""

    hub_id: str | None  # None: it is no repository of the Hub
    words: str
    licence: str | None


@dataclass(frozen=True)
class Data:
    """The rows a run was trained and scored on."""

    name: str
    hub_id: str | None
    splits: Mapping[str, int]
    label_counts: Mapping[str, Mapping[str, int]]
    repaired: Mapping[str, int]
    dropped: Mapping[str, int]
    rows_cut: int | None  # None: not counted


def check_finished(run: Run) -> None:
    """Raise a UserError where the run has no model that could be shared."""
    if not (run.model / "config.json").is_file():
        raise UserError(
            f"The run {run.id} has no trained model to share: it is {run.state()}.",
            "Wait until it has finished, or resume it in step 4.",
        )


def base_of(run: Run) -> Base:
    """Return the checkpoint the run started from."""
    details = run.details()
    checkpoint = str(details["checkpoint"])
    folder = (details.get("resolved") or {}).get("checkpoint_folder")
    licences = names_in(read_card(Path(folder)).get("license")) if folder else ()
    licence = licences[0] if licences else None
    if checkpoint == "starter":
        return Base(STARTER_ID, f"the starter ({REQUIREMENT})", licence)
    if HUB_ID.fullmatch(checkpoint) and folder and "snapshots" in Path(folder).parts:
        return Base(checkpoint, "a checkpoint of the Hub", licence)
    return Base(None, "a checkpoint in a local folder", licence)


def data_of(run: Run) -> Data:
    """Read the run's own copy of the data and count what it was trained on."""
    from core.data.imports import Imported
    from core.data.prepare import prepare

    spec = run.spec()
    imported = Imported.open(run.path / "data")
    prepared = prepare(imported, spec)
    report = prepared.report
    sources = [last_part(source) for source in imported.sources]
    return Data(
        name=spec.dataset.hub_id or (sources[0] if sources else imported.hash[:12]),
        hub_id=spec.dataset.hub_id,
        splits={name: rows for name, rows in report.splits.items() if rows},
        label_counts=report.label_counts,
        repaired=report.repaired,
        dropped=report.dropped,
        rows_cut=_rows_cut(prepared.splits["train"].get("tokens") or [], run, spec.max_length),
    )


def _rows_cut(rows: Sequence[Sequence[str]], run: Run, max_length: int) -> int | None:
    """Count the training rows that are longer than `max_length` tokens."""
    path = run.model / "tokenizer.json"
    if not path.is_file() or len(rows) > COUNTED_ROWS:
        return None
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    filled = [list(row) for row in rows if row]
    encoded = tokenizer.encode_batch(filled, is_pretokenized=True)
    return sum(len(row.ids) > max_length for row in encoded)


def last_part(path: str) -> str:
    """Return the file name of a path of any system.

    >>> last_part("/home/a/b.csv"), last_part("C:/a/b.csv"), last_part("b.csv")
    ('b.csv', 'b.csv', 'b.csv')
    """
    return PureWindowsPath(PurePosixPath(path).name).name


def clean_details(run: Run) -> dict[str, Any]:
    """Return run.json without anything that belongs to this machine."""
    details = dict(run.details())
    base = base_of(run)
    starter = details["checkpoint"] == "starter"
    details["checkpoint"] = "starter" if starter else base.hub_id or "a local folder"
    dataset = dict(details.get("dataset") or {})
    files = dataset.get("files") or {}
    dataset["files"] = {
        split: [last_part(name) for name in names] for split, names in files.items()
    }
    details["dataset"] = dataset
    resolved = {**(details.get("resolved") or {})}
    for private in ("checkpoint_folder", "key"):
        resolved.pop(private, None)
    details["resolved"] = {name: _without_path(value) for name, value in resolved.items()}
    return details


def _without_path(value: Any) -> Any:
    is_path = isinstance(value, str) and re.match(r"/|~|\\\\|[A-Za-z]:[\\/]", value)
    return last_part(value) if is_path else value
