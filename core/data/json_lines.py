"""Large JSON Lines files, read some lines at a time: once for the types, once for the rows."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.data.scan import Scan
from core.data.sources import Source
from core.data.store import SplitWriter, Types, store_column, table_of
from core.data.streams import ROWS_AT_ONCE, Told
from core.data.table import Part, RawTable
from core.errors import UserError

EXAMPLE_ROWS = 100


def is_json_lines(head: str) -> bool:
    """Say whether the first two lines are objects by themselves."""
    lines = [line for line in head.split("\n") if line.strip()][:2]
    try:
        return len(lines) == 2 and all(isinstance(json.loads(line), dict) for line in lines)
    except (ValueError, RecursionError):
        return False


def stream_json_lines(source: Source, found: Scan, folder: Path, told: Told) -> RawTable:
    """Write the rows to a Parquet part and return the table.

    Raises:
        UserError: a line is no JSON object, or holds what no file can keep.
    """
    types: dict[str, Types] = {}
    rows_before = 0
    example: dict[str, list[Any]] = {}
    for _, rows, _ in _batches(source, found):
        for key in dict.fromkeys(key for row in rows for key in row):
            types.setdefault(key, Types()).see([row.get(key) for row in rows])
        if not rows_before:
            example = {key: [row.get(key) for row in rows[:EXAMPLE_ROWS]] for key in types}
        rows_before += len(rows)
    part = folder / f"part-{len(list(folder.iterdir()))}.parquet"
    writer = SplitWriter(part)
    for first, rows, done in _batches(source, found):
        columns = {
            key: store_column(
                [row.get(key) for row in rows], f"{source.name}, column '{key}'", seen, first
            )
            for key, seen in types.items()
        }
        writer.write(table_of(columns))
        told(min(1.0, done / max(1, found.bytes)))
    writer.close()
    return RawTable(
        "jsonl",
        {key: example.get(key, []) for key in types},
        encoding=found.codec.title,
        warnings=found.warnings,
        part=Part(part, writer.rows, {key: seen.plainest()[0] for key, seen in types.items()}),
    )


def _batches(source: Source, found: Scan) -> Iterator[tuple[int, list[dict[str, Any]], int]]:
    """Yield the number of the first row, some rows, and the characters read so far."""
    rows: list[dict[str, Any]] = []
    first = 1
    done = 0
    with io.TextIOWrapper(source.opened(), found.codec.name) as text:
        for number, line in enumerate(text, 1):
            done += len(line)
            if not line.strip():
                continue
            rows.append(_row(line.removeprefix("\ufeff") if number == 1 else line, number, source))
            if len(rows) == ROWS_AT_ONCE:
                yield first, rows, done
                first += len(rows)
                rows = []
    if rows:
        yield first, rows, done


def _row(line: str, number: int, source: Source) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except RecursionError:
        reason = "it is nested too deeply"
    except ValueError as error:
        reason = str(error)
    else:
        if isinstance(value, dict):
            return value
        raise UserError(
            f"{source.name}, line {number:,} is {line.strip()[:60]}; expected an object with names "
            "and values.",
            'Save the rows as objects, such as {"tokens": [...], "labels": [...]}.',
        )
    raise UserError(
        f"{source.name}, line {number:,} is no JSON: {reason}.", "Mend the line and try again."
    )
