"""Columns inside columns: `data.text` is what the objects of column `data` hold under `text`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.data.store import read_columns

DEEPEST = 4  # dots in a name


def inner_names(rows: Sequence[Mapping[str, Any]], known: Iterable[str]) -> list[str]:
    """Name the values inside the objects of some rows.

    >>> inner_names([{"data": {"text": "a", "meta": {"id": 1}}}], ["data"])
    ['data.text', 'data.meta.id']
    """
    found: dict[str, None] = {}
    for row in rows:
        for name in known:
            _collect(row.get(name), name, found)
    return list(found)


def _collect(value: Any, name: str, found: dict[str, None]) -> None:
    if not isinstance(value, dict) or name.count(".") >= DEEPEST:
        return
    for key, item in value.items():
        if isinstance(item, dict):
            _collect(item, f"{name}.{key}", found)
        else:
            found[f"{name}.{key}"] = None


def column_of(name: str, known: Sequence[str]) -> str | None:
    """Return the column that holds a name: itself, or the one that it reaches into.

    >>> column_of("data.text", ["id", "data"]), column_of("data.text", ["data.text"])
    ('data', 'data.text')
    """
    parts = name.split(".")
    outer = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((column for column in outer if column in known), None)


def inner_value(value: Any, path: str) -> Any:
    """Return what a value holds under a dotted path, or None.

    >>> inner_value({"text": {"en": "a"}}, "text.en")
    'a'
    """
    for key in path.split(".") if path else ():
        value = value.get(key) if isinstance(value, dict) else None
    return value


def read_named(path: Path, names: Sequence[str], known: Sequence[str]) -> dict[str, list[Any]]:
    """Return the values under some names of a split; dots reach into objects."""
    columns = {name: column_of(name, known) or name for name in names}
    values = read_columns(path, list(dict.fromkeys(columns.values())))
    return {
        name: values[name]
        if column == name
        else [inner_value(value, name[len(column) + 1 :]) for value in values[column]]
        for name, column in columns.items()
    }
