"""Parquet to rows, with the label names that `datasets` leaves in its metadata."""

from __future__ import annotations

import json
from typing import Any

from core.data.table import RawTable
from core.errors import UserError

MAGIC = b"PAR1"


def read_parquet(data: bytes, name: str) -> RawTable:
    """Read a Parquet file.

    Raises:
        UserError: it is damaged, empty, or holds nothing but binary columns.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.read_table(pyarrow.BufferReader(data))
        columns = {field.name: table.column(field.name) for field in table.schema}
        values = {column: _plain(array.to_pylist()) for column, array in columns.items()}
    except (pyarrow.ArrowException, OSError, KeyError, ValueError) as error:
        raise UserError(
            f"{name} is a damaged Parquet file: {str(error).splitlines()[0][:120]}.",
            "Write the file again and choose it.",
        ) from None
    binary = [column for column, rows in values.items() if any(type(v) is bytes for v in rows)]
    kept = {column: rows for column, rows in values.items() if column not in binary}
    if not kept or not table.num_rows:
        raise UserError(f"{name} holds no rows of text or numbers.", "Choose another file.")
    warnings = tuple(f"Column '{c}' of {name} holds binary data; it was left out." for c in binary)
    names = _class_names(table.schema.metadata or {})
    return RawTable("parquet", kept, names=names, warnings=warnings)


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
