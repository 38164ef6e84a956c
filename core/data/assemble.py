"""The tables of all files to one Parquet file per split and the content of imported.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.data.store import (
    SplitWriter,
    StoredColumn,
    Types,
    example_of,
    groups,
    store_column,
    table_of,
    values_of,
    write_split,
)
from core.data.table import RawTable
from core.errors import UserError

MOST_COLUMNS = 10_000
SHOWN_NAMES = 20
Parts = Sequence[tuple[str, RawTable]]


def write_tables(folder: Path, tables: Mapping[str, Parts]) -> dict[str, Any]:
    """Write every split and return the content of imported.json."""
    every = [(name, table) for parts in tables.values() for name, table in parts]
    shared, warnings = shared_columns(every)
    kinds: dict[str, str] = {}
    for split, parts in tables.items():
        found = _write_split(folder / f"{split}.parquet", parts, shared)
        kinds = kinds or found
    repaired, dropped = Counter[str](), Counter[str]()
    for _, table in every:
        repaired.update(table.repaired)
        dropped.update(table.dropped)
        warnings += table.warnings
    return {
        "format": _joined(table.format for _, table in every),
        "encoding": _joined(table.encoding or "" for _, table in every),
        "splits": {split: sum(t.row_count for _, t in parts) for split, parts in tables.items()},
        "columns": [_column(name, kinds[name], every) for name in shared],
        "repaired": dict(repaired),
        "dropped": dict(dropped),
        "notes": [],
        "warnings": list(dict.fromkeys(warnings)),
        "sources": [name for name, _ in every],
        "files": {
            split: [[name, table.row_count] for name, table in parts]
            for split, parts in tables.items()
        },
    }


def _write_split(path: Path, parts: Parts, shared: Sequence[str]) -> dict[str, str]:
    """Write a split and return the kind of each column."""
    if len(parts) == 1 and (part := parts[0][1].part) and list(part.kinds) == list(shared):
        part.path.replace(path)
        return dict(part.kinds)
    if any(table.part for _, table in parts):
        return _write_pieces(path, parts, shared)
    stored: dict[str, StoredColumn] = {
        column: store_column(
            [value for _, table in parts for value in table.columns[column]],
            f"{parts[0][0]}, column '{column}'",
        )
        for column in shared
    }
    write_split(path, stored)
    return {name: column.kind for name, column in stored.items()}


def _write_pieces(path: Path, parts: Parts, shared: Sequence[str]) -> dict[str, str]:
    """Write a split of which some file is too large to hold: once for the types, once for real."""
    types = {column: Types() for column in shared}
    for _, _, columns in _pieces(parts, shared):
        for column, values in columns.items():
            types[column].see(values)
    writer = SplitWriter(path)
    for name, first, columns in _pieces(parts, shared):
        stored = {
            column: store_column(values, f"{name}, column '{column}'", types[column], first)
            for column, values in columns.items()
        }
        writer.write(table_of(stored))
    writer.close()
    for _, table in parts:
        if table.part:
            table.part.path.unlink()
    return {column: found.plainest()[0] for column, found in types.items()}


def _pieces(parts: Parts, shared: Sequence[str]) -> Iterator[tuple[str, int, dict[str, list[Any]]]]:
    """Yield file name, first row (from 1) and columns, some rows at a time."""
    for name, table in parts:
        if table.part is None:
            yield name, 1, {column: list(table.columns[column]) for column in shared}
            continue
        first = 1
        for group in groups(table.part.path, shared):
            yield name, first, {column: values_of(group, column) for column in shared}
            first += group.num_rows


def _joined(parts: Any) -> str:
    return ", ".join(dict.fromkeys(part for part in parts if part))


def _column(name: str, kind: str, every: Parts) -> dict[str, Any]:
    names = next((table.names[name] for _, table in every if name in table.names), ())
    example = next((text for _, t in every if (text := example_of(t.columns[name]))), "")
    return {"name": name, "kind": kind, "example": example, "names": list(names)}


def shared_columns(tables: Parts) -> tuple[list[str], list[str]]:
    """Return the columns that all files have, and a warning for each that only some have.

    Raises:
        UserError: two files share no column, or there are too many.
    """
    first_name, first = tables[0]
    shared = list(first.columns)
    warnings = []
    for name, table in tables:
        if len(table.columns) > MOST_COLUMNS:
            raise UserError(
                f"{name} has {len(table.columns):,} columns; at most {MOST_COLUMNS:,} are read.",
                "Keep the columns that are needed and choose the file again.",
            )
        kept = [column for column in shared if column in table.columns]
        if not kept:
            raise UserError(
                f"{first_name} and {name} share no column. {first_name} has: {_shown(shared)}. "
                f"{name} has: {_shown(list(table.columns))}.",
                "Choose files of the same kind.",
            )
        for column in [*shared, *table.columns]:
            if column not in kept:
                owner = first_name if column in shared else name
                warnings.append(
                    f"Column '{column}' of {owner} is not in every file; it was left out."
                )
        shared = kept
    return shared, list(dict.fromkeys(warnings))


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN_NAMES]) + (", ..." if len(names) > SHOWN_NAMES else "")
