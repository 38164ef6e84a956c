"""JSON and JSON Lines to rows: records, `{"data": [...]}`, columns, and pandas' dict of dicts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from core.data.table import RawTable
from core.errors import UserError

ROW_KEYS = ("data", "rows", "records", "examples", "items")
NAME_KEYS = ("names", "label_names", "tag_names", "labels", "label_list", "id2label")
WORD_KEYS = frozenset(("tokens", "words", "token", "word"))
LINE_SUFFIXES = (".jsonl", ".ndjson", ".jsonlines")
SHOWN_KEYS = 8


def looks_like_json(text: str) -> bool:
    """Say whether the text is JSON or JSON Lines: its first value parses as a list or an object."""
    start = text.lstrip()
    if start[:1] not in ("{", "["):
        return False
    first_line = start.split("\n", 1)[0].rstrip()
    if start[:1] == "{":
        return first_line == "{" or first_line[1:].lstrip()[:1] in ('"', "}")
    return first_line == "[" or first_line[1:].lstrip()[:1] in ("{", "[", '"', "]")


def read_json(text: str, name: str) -> RawTable:
    """Read JSON or JSON Lines.

    Raises:
        UserError: it is broken (with the line), nested too deeply, or holds no rows.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise _too_deep(name) from None
    except ValueError as error:
        return _read_lines(text, name, error)
    if isinstance(value, dict) and _is_one_row(value, name):
        return _from_records([value], name, "jsonl")
    return _from_value(value, name)


def _too_deep(name: str) -> UserError:
    return UserError(
        f"{name} is nested too deeply; expected a list of rows.", "Save the rows as JSON Lines."
    )


def _read_lines(text: str, name: str, whole: ValueError) -> RawTable:
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            rows.append(json.loads(line))
        except RecursionError:
            raise _too_deep(name) from None
        except ValueError as error:
            if not rows:
                raise _broken(name, whole) from None
            raise UserError(
                f"{name}, line {number:,} is no JSON: {error}.", "Mend the line and try again."
            ) from None
    return _from_records(rows, name, "jsonl")


def _broken(name: str, error: ValueError) -> UserError:
    where = f", line {error.lineno:,}" if isinstance(error, json.JSONDecodeError) else ""
    reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    return UserError(f"{name}{where} is no JSON: {reason}.", "Mend the file and choose it again.")


def _is_one_row(value: Mapping[str, Any], name: str) -> bool:
    """Say whether an object is a row by itself, as in a file of JSON Lines with one line."""
    if name.lower().endswith(LINE_SUFFIXES):
        return True
    lists = [item for item in value.values() if isinstance(item, list)]
    if any(item and isinstance(item[0], dict | list) for item in lists):
        return False
    if any(isinstance(item, dict) for item in value.values()):
        return False
    named = bool(WORD_KEYS & {key.lower() for key in value})
    return bool(value) and (named or not lists)


def _from_value(value: Any, name: str) -> RawTable:
    if isinstance(value, list):
        return _from_records(value, name, "json")
    if not isinstance(value, dict):
        raise UserError(
            f"{name} holds no rows; expected a list of objects.", "Choose another file."
        )
    names = _label_names(value)
    for key in (*ROW_KEYS, *_only_rows(value)):
        rows = value.get(key)
        if isinstance(rows, list) and rows and isinstance(rows[0], dict):
            return _from_records(rows, name, "json", names)
    notes = value.get("annotations")
    if isinstance(notes, list) and notes and all(map(_is_spacy, notes)):
        return _from_records(notes, name, "json")
    columns = {key: item for key, item in value.items() if key not in names}
    if columns and all(isinstance(item, dict) for item in columns.values()):
        return _from_dicts(columns, name, names)
    if columns and all(isinstance(item, list) for item in columns.values()):
        return _from_columns(columns, name, names)
    raise UserError(
        f"{name} is one object with {_shown(list(value))}; expected a list of rows, or a list of "
        "equal length under each name.",
        "Save the rows as JSON Lines.",
    )


def _shown(keys: Sequence[str]) -> str:
    more = ", ..." if len(keys) > SHOWN_KEYS else ""
    return ", ".join(f'"{key[:40]}"' for key in keys[:SHOWN_KEYS]) + more or "nothing in it"


def _only_rows(value: Mapping[str, Any]) -> list[str]:
    """Return the key of the only list of objects."""
    keys = [
        key
        for key, item in value.items()
        if isinstance(item, list) and item and isinstance(item[0], dict)
    ]
    return keys if len(keys) == 1 else []


def _label_names(value: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the label names that stand beside the rows, under the key that holds them."""
    for key in NAME_KEYS:
        item = value.get(key)
        if isinstance(item, dict) and all(str(k).isdigit() for k in item):
            item = [item[k] for k in sorted(item, key=int)]
        if isinstance(item, list) and item and all(isinstance(text, str) for text in item):
            others = (other for k, other in value.items() if k != key)
            if any(isinstance(other, list) and len(other) != len(item) for other in others):
                return {key: tuple(item)}
    return {}


def _from_dicts(
    columns: Mapping[str, Mapping[str, Any]], name: str, names: Mapping[str, tuple[str, ...]]
) -> RawTable:
    """Read what pandas writes by default: each column maps row numbers to values."""
    rows = list(next(iter(columns.values())))
    if any(list(column) != rows for column in columns.values()):
        raise UserError(
            f"{name} is one object with {_shown(list(columns))}, each with other keys inside; "
            "expected a list of rows.",
            "Save the rows as JSON Lines.",
        )
    return _from_columns({key: list(item.values()) for key, item in columns.items()}, name, names)


def _from_columns(
    columns: Mapping[str, list[Any]], name: str, names: Mapping[str, tuple[str, ...]]
) -> RawTable:
    lengths = {key: len(item) for key, item in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(
            f"{key}: {length:,}" for key, length in list(lengths.items())[:SHOWN_KEYS]
        )
        raise UserError(
            f"The columns of {name} have unequal lengths ({shown}).", "Mend the file and try again."
        )
    return _table({key: list(item) for key, item in columns.items()}, name, "json", names)


def _from_records(
    rows: list[Any],
    name: str,
    kind: str,
    names: Mapping[str, tuple[str, ...]] | None = None,
) -> RawTable:
    if rows and all(map(_is_spacy, rows)):
        rows = [{"text": text, **notes} for text, notes in rows]
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise _no_object(row, number, name)
    keys = list(dict.fromkeys(key for row in rows for key in row))
    columns = {key: [row.get(key) for row in rows] for key in keys}
    return _table(columns, name, kind, names or {})


def _is_spacy(row: Any) -> bool:
    """Say whether a row is `[text, {"entities": [...]}]`, as spaCy's training data."""
    return (
        isinstance(row, list)
        and len(row) == 2
        and isinstance(row[0], str)
        and isinstance(row[1], dict)
        and "entities" in row[1]
    )


def _no_object(row: Any, number: int, name: str) -> UserError:
    shown = json.dumps(row, ensure_ascii=False)[:60]
    return UserError(
        f"{name}, row {number:,} is {shown}; expected an object with names and values.",
        'Save the rows as objects, such as {"tokens": [...], "labels": [...]}.',
    )


def _table(
    columns: dict[str, list[Any]],
    name: str,
    kind: str,
    names: Mapping[str, tuple[str, ...]],
) -> RawTable:
    if not columns or not next(iter(columns.values())):
        raise UserError(f"{name} holds no rows.", "Choose another file.")
    labels = next(iter(names.values()), ())
    named = {key: labels for key, values in columns.items() if labels and _holds_ids(values)}
    return RawTable(kind, columns, names=named)


def _holds_ids(values: Sequence[Any]) -> bool:
    """Say whether a column holds label ids: lists of whole numbers."""
    lists = [value for value in values if isinstance(value, list)]
    return bool(lists) and all(type(item) is int for value in lists for item in value)
