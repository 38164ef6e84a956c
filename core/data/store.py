"""Raw tables to Parquet and back. Nothing changes on the way: no null, type or blank is made up.

Values that Arrow has no plain type for (objects, mixed lists) are kept as JSON text and marked so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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


def store_column(
    values: Sequence[Any], where: str, types: Types | None = None, first_row: int = 1
) -> StoredColumn:
    """Choose the plainest Arrow type that keeps every value as it is.

    `types` are those of the whole column where `values` are only some of it, from `first_row` on.

    Raises:
        UserError: a text holds half a character (a lone surrogate), which no file can keep.
    """
    import pyarrow

    if types is None:
        types = Types()
        types.see(values)
    kind, arrow_type = types.plainest()
    try:
        if arrow_type is not None:
            return StoredColumn(kind, pyarrow.array(values, arrow_type), False)
    except pyarrow.ArrowInvalid:
        kind = "text"  # a whole number that a float cannot hold exactly
    except UnicodeEncodeError:
        raise _broken_text(values, where, first_row) from None
    texts = [None if value is None else json.dumps(value, ensure_ascii=True) for value in values]
    return StoredColumn(kind, pyarrow.array(texts, pyarrow.string()), True)


@dataclass
class Types:
    """The types that occur in a column, gathered in one or many goes."""

    outer: set[type] = field(default_factory=set)
    inner: set[type] = field(default_factory=set)

    def see(self, values: Sequence[Any]) -> None:
        """Take note of more values."""
        self.outer |= {_type(value) for value in values if value is not None}
        if list in self.outer:
            self.inner |= {_type(i) for value in values if type(value) is list for i in value}

    def plainest(self) -> tuple[str, Any]:
        """Return the kind and the Arrow type, or None as type where JSON text has to do."""
        import pyarrow

        if self.outer <= {str}:
            return "text", pyarrow.string()
        if self.outer == {bool}:
            return "number", pyarrow.bool_()
        if self.outer == {int}:
            return "number", pyarrow.int64()
        if self.outer <= {int, float}:
            return "number", pyarrow.float64()
        if self.outer == {list}:
            if self.inner <= {str, type(None)}:
                return "list", pyarrow.list_(pyarrow.string())
            return "list", pyarrow.list_(pyarrow.int64()) if self.inner == {int} else None
        return "text", None


class Huge(int):
    """The type of whole numbers that Arrow's have no room for."""


def _type(value: Any) -> type:
    return Huge if type(value) is int and not -(2**63) <= value < 2**63 else type(value)


def _broken_text(values: Sequence[Any], where: str, first_row: int) -> UserError:
    for row, value in enumerate(values, first_row):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return UserError(
                f"{where}, row {row:,}: the text holds half a character (a lone surrogate).",
                "Mend the text and choose the file again.",
            )
    return UserError(f"{where} holds text that is no Unicode.", "Save the file again as UTF-8.")


def table_of(columns: Mapping[str, StoredColumn]) -> Any:
    """Return the columns as one Arrow table."""
    import pyarrow

    fields = [
        pyarrow.field(name, column.array.type, metadata=JSON_MARK if column.as_json else None)
        for name, column in columns.items()
    ]
    arrays = [column.array for column in columns.values()]
    return pyarrow.Table.from_arrays(arrays, schema=pyarrow.schema(fields))


class SplitWriter:
    """Writes one Parquet file, a table at a time."""

    def __init__(self, path: Path) -> None:
        self.path, self.rows = path, 0
        self._writer: Any = None

    def write(self, table: Any) -> None:
        """Add rows; all tables have the same schema."""
        from pyarrow import parquet

        if self._writer is None:
            self._writer = parquet.ParquetWriter(
                self.path, table.schema, compression="lz4", use_dictionary=False
            )
        self._writer.write_table(table, row_group_size=ROWS_PER_GROUP)
        self.rows += table.num_rows

    def close(self) -> None:
        """End the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def write_split(path: Path, columns: Mapping[str, StoredColumn]) -> None:
    """Write one split."""
    writer = SplitWriter(path)
    writer.write(table_of(columns))
    writer.close()


def groups(path: Path, names: Sequence[str] | None = None) -> Iterator[Any]:
    """Yield the row groups of a split as Arrow tables."""
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield file.read_row_group(group, columns=list(names) if names is not None else None)


def values_of(table: Any, name: str) -> list[Any]:
    """Return a column of an Arrow table that was stored here."""
    return _values(table.column(name), table.schema.field(name))


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
