"""The first rows of a file from its first bytes, to be shown while the whole is still loading."""

from __future__ import annotations

from typing import Any

from core.data.readers import Reading, read_bytes, read_source
from core.data.sources import HEAD_BYTES, Source
from core.data.table import RawTable
from core.errors import UserError

BINARY = (b"PAR1", b"PK\x03\x04", b"ARROW1", b"\xff\xff\xff\xff")


def first_rows(
    source: Source, count: int, encoding: str | None, sheet: str | None
) -> list[dict[str, Any]]:
    """Return up to `count` rows; none where a format has to be read whole and is large.

    Raises:
        UserError: the file cannot be read.
    """
    head = source.head(HEAD_BYTES + 1)
    reading = Reading(encoding, sheet)
    if len(head) <= HEAD_BYTES:
        return _rows(read_source(source, reading), count)
    if head.startswith(BINARY):
        return _rows(read_source(source, reading), count)
    end = head.rfind(b"\n", 0, HEAD_BYTES) + 1
    try:
        table = read_bytes(head[: end or HEAD_BYTES], source.name, reading)
    except UserError:  # cut in the middle of a row or of one long JSON value
        return []
    return _rows(table, min(count, max(0, table.row_count - 1)))


def _rows(table: RawTable, count: int) -> list[dict[str, Any]]:
    columns = {name: values[:count] for name, values in table.columns.items()}
    names = list(columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
