"""Parquet to rows, with the label names that `datasets` leaves in its metadata."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from core.data.sources import FREE_BYTES, MOST_GROWTH, bomb
from core.data.table import RawTable, unique_names
from core.errors import UserError

MAGIC = b"PAR1"
FEW_ROWS = 16
BATCH_BYTES = 32 * 1024 * 1024


def read_parquet(data: bytes, name: str) -> RawTable:
    """Read a Parquet file.

    Raises:
        UserError: it is damaged, empty, a bomb, or holds nothing but binary columns.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(pyarrow.BufferReader(data), page_checksum_verification=True)
        return from_tables("parquet", _batches(file, len(data), name), file.schema_arrow, name)
    except (pyarrow.ArrowException, OSError, KeyError, ValueError) as error:
        raise damaged(name, "Parquet", error) from None


def _batches(file: Any, packed_bytes: int, name: str) -> Iterator[Any]:
    """Yield the rows, few at first: a small file may hold huge ones."""
    guard = growth_guard(packed_bytes, name)
    sizes = file.metadata.num_rows
    few = next(file.iter_batches(batch_size=FEW_ROWS), None)
    row_bytes = (decoded(few).nbytes if few is not None else 0) // max(1, min(FEW_ROWS, sizes))
    guard(row_bytes * min(sizes, FEW_ROWS))
    for batch in file.iter_batches(batch_size=max(1, min(10_000, BATCH_BYTES // (row_bytes + 1)))):
        table = decoded(batch)
        guard(table.nbytes)
        yield table


def decoded(batch: Any) -> Any:
    """Return a batch as a table in which no value stands for many rows."""
    import pyarrow

    columns = [
        column.dictionary_decode() if isinstance(column, pyarrow.DictionaryArray) else column
        for column in batch.columns
    ]
    return pyarrow.Table.from_arrays(columns, names=batch.schema.names)


def growth_guard(packed_bytes: int, name: str) -> Callable[[int], None]:
    """Return a function that counts bytes and refuses more than a file of this size may hold."""
    total = 0

    def count(size: int) -> None:
        nonlocal total
        total += size
        if total > max(FREE_BYTES, MOST_GROWTH * packed_bytes):
            raise bomb(name)

    return count


def damaged(name: str, kind: str, error: Exception) -> UserError:
    """Say that a file cannot be read."""
    reason = (str(error).splitlines() or ["it ends too early"])[0][:120].rstrip(".")
    return UserError(
        f"{name} is a damaged {kind} file: {reason}.", "Write the file again and choose it."
    )


def from_tables(kind: str, tables: Iterable[Any], schema: Any, name: str) -> RawTable:
    """Turn Arrow tables into columns of plain values; binary columns are left out.

    Raises:
        UserError: nothing is left.
    """
    fields = unique_names(schema.names) if len(set(schema.names)) < len(schema) else schema.names
    values: dict[str, list[Any]] = {field: [] for field in fields}
    for table in tables:
        for field, column in zip(fields, table.columns, strict=True):
            values[field] += _plain(column.to_pylist())
    binary = [field for field, rows in values.items() if any(type(v) is bytes for v in rows)]
    kept = {field: rows for field, rows in values.items() if field not in binary}
    if not any(kept.values()):
        raise UserError(f"{name} holds no rows of text or numbers.", "Choose another file.")
    warnings = tuple(f"Column '{c}' of {name} holds binary data; it was left out." for c in binary)
    return RawTable(kind, kept, names=_class_names(schema.metadata or {}), warnings=warnings)


def _plain(values: list[Any]) -> list[Any]:
    """Turn dates and other types without a JSON form into text."""
    known = (str, int, float, bool, list, dict, bytes, type(None))
    return [value if isinstance(value, known) else str(value) for value in values]


def _class_names(metadata: dict[bytes, bytes]) -> dict[str, tuple[str, ...]]:
    """Return the names of ClassLabel columns, also inside lists."""
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
    except (KeyError, ValueError, TypeError):
        return {}
    found = {}
    for column, feature in features.items() if isinstance(features, dict) else ():
        while isinstance(feature, dict) and "names" not in feature and "feature" in feature:
            feature = feature["feature"]
        names = feature.get("names") if isinstance(feature, dict) else None
        if isinstance(names, list) and all(isinstance(text, str) for text in names):
            found[column] = tuple(names)
    return found
