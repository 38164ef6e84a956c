"""Raw tables to Parquet and back. Nothing changes on the way: no null, type or blank is made up.

Values that Arrow has no plain type for (objects, mixed lists) are kept as JSON text and marked so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import UserError

JSON_MARK = {b"fitting-room": b"json"}
ROWS_PER_GROUP = 5_000  # a page of rows reads one or two groups
EXAMPLE_LENGTH = 80


@dataclass(frozen=True)
class StoredColumn:
    """A column as Arrow holds it."""

    kind: str  # text, number or list
    array: Any
    as_json: bool


def store_column(values: Sequence[Any], where: str) -> StoredColumn:
    """Choose the plainest Arrow type that keeps every value as it is.

    Raises:
        UserError: a text holds half a character (a lone surrogate), which no file can keep.
    """
    import pyarrow

    try:
        kind, arrow_type = _plain_type(values)
        if kind == "number":
            values = [None if value is None else value for value in values]
        if arrow_type is not None:
            return StoredColumn(kind, pyarrow.array(values, arrow_type), False)
    except (OverflowError, pyarrow.ArrowInvalid):
        kind = "text"
    except UnicodeEncodeError:
        raise _broken_text(values, where) from None
    texts = [None if value is None else json.dumps(value, ensure_ascii=True) for value in values]
    return StoredColumn(kind, pyarrow.array(texts, pyarrow.string()), True)


def _plain_type(values: Sequence[Any]) -> tuple[str, Any]:
    """Return the kind and the Arrow type, or None as type where JSON text has to do."""
    import pyarrow

    kinds = {type(value) for value in values if value is not None}
    if kinds <= {str}:
        return "text", pyarrow.string()
    if kinds == {bool}:
        return "number", pyarrow.bool_()
    if kinds == {int}:
        return "number", pyarrow.int64()
    if kinds <= {int, float}:
        return "number", pyarrow.float64()
    if kinds == {list}:
        inner = {type(item) for value in values if value is not None for item in value}
        if inner <= {str, type(None)}:
            return "list", pyarrow.list_(pyarrow.string())
        if inner == {int}:
            return "list", pyarrow.list_(pyarrow.int64())
        return "list", None
    return "text", None


def _broken_text(values: Sequence[Any], where: str) -> UserError:
    for row, value in enumerate(values, 1):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return UserError(
                f"{where}, row {row:,}: the text holds half a character (a lone surrogate).",
                "Mend the text and choose the file again.",
            )
    return UserError(f"{where} holds text that is no Unicode.", "Save the file again as UTF-8.")


def write_split(path: Path, columns: dict[str, StoredColumn]) -> None:
    """Write one split."""
    import pyarrow
    from pyarrow import parquet

    arrow_columns = [
        pyarrow.field(name, column.array.type, metadata=JSON_MARK if column.as_json else None)
        for name, column in columns.items()
    ]
    arrays = [column.array for column in columns.values()]
    table = pyarrow.Table.from_arrays(arrays, schema=pyarrow.schema(arrow_columns))
    parquet.write_table(table, path, row_group_size=ROWS_PER_GROUP, compression="zstd")


def read_columns(path: Path, names: Sequence[str]) -> dict[str, list[Any]]:
    """Return the values of some columns of a split."""
    from pyarrow import parquet

    table = parquet.read_table(path, columns=list(names), partitioning=None)
    return {name: _values(table.column(name), table.schema.field(name)) for name in names}


def read_page(path: Path, start: int, count: int) -> list[dict[str, Any]]:
    """Return some rows of a split; `start` counts from 0."""
    return list(_rows(path, start, start + count))


def _rows(path: Path, start: int, stop: int) -> Iterator[dict[str, Any]]:
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        first = 0
        for group in range(file.num_row_groups):
            size = file.metadata.row_group(group).num_rows
            if first < stop and first + size > start:
                low, high = max(0, start - first), min(size, stop - first)
                table = file.read_row_group(group).slice(low, high - low)
                columns = [
                    _values(table.column(name), table.schema.field(name))
                    for name in table.column_names
                ]
                for values in zip(*columns, strict=True):
                    yield dict(zip(table.column_names, values, strict=True))
            first += size


def _values(column: Any, field: Any) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if (field.metadata or {}).get(b"fitting-room") == b"json":
        return [None if value is None else json.loads(value) for value in values]
    return values


def example_of(values: Sequence[Any]) -> str:
    """Return the first value that is not empty, short enough to show.

    >>> example_of(["", ["EU", "rejects"]])
    '["EU", "rejects"]'
    """
    value = next((value for value in values if value not in (None, "", [])), "")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= EXAMPLE_LENGTH else text[: EXAMPLE_LENGTH - 1] + "…"
