"""Lists in the cells of a table: as JSON, as a Python literal, or joined by blanks."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from typing import Any

from core.errors import UserError

LONGEST_CELL = 1_000_000  # characters; a list of words is shorter
DEEPEST_CELL = 20  # brackets inside each other; a list of words has one
KINDS = ("json", "literal")
QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)


def as_list(text: str, kind: str) -> list[Any]:
    """Return the list in a cell of this kind (json, literal or blanks).

    Raises:
        ValueError: the cell holds no such list.

    >>> as_list('["a", "b"]', "json"), as_list("['a', 'b']", "literal"), as_list("a b", "blanks")
    (['a', 'b'], ['a', 'b'], ['a', 'b'])
    """
    if kind == "blanks":
        return text.split()
    text = text.strip()
    if not text:
        return []
    if len(text) > LONGEST_CELL or _depth(text) > DEEPEST_CELL:
        raise ValueError("too long or nested too deeply for a list of words")
    try:
        value = json.loads(text) if kind == "json" else _literal(text)
    except (SyntaxError, RecursionError, MemoryError, TypeError) as error:
        raise ValueError(str(error)) from None
    if isinstance(value, tuple):
        value = list(value)
    if not isinstance(value, list):
        raise ValueError("no list")
    return value


def _literal(text: str) -> Any:
    """Read a Python literal, or an array as numpy prints it: without commas.

    >>> _literal("['a' 'b']"), _literal("[0 3]")
    (['a', 'b'], [0, 3])
    """
    quoted = QUOTED.findall(text)
    between = QUOTED.sub("", text)
    if len(quoted) > 1 and not between.strip("[] \n"):
        return [ast.literal_eval(item) for item in quoted]
    if not quoted and re.fullmatch(r"\[[-\d\s]*\]", text):
        return [int(item) for item in text.strip("[]").split()]
    return ast.literal_eval(text)


def _depth(text: str) -> int:
    """Return how many brackets open before the first closes."""
    return len(text) - len(text.lstrip("[({ "))


def list_kind(values: Sequence[str]) -> str | None:
    """Say how lists are written in cells, or None where most cells are plain text.

    >>> list_kind(["['O', 'B-PER']"]), list_kind(['["a"]']), list_kind(["O B-PER", "O O"])
    ('literal', 'json', None)
    """
    filled = [value for value in values if value.strip()]
    listed = [value for value in filled if value.strip()[0] in "[("]
    if 2 * len(listed) <= len(filled):
        return None
    counts = {kind: sum(lenient(v, kind) is not None for v in listed) for kind in KINDS}
    best = max(KINDS, key=lambda kind: counts[kind])
    return best if 2 * counts[best] > len(filled) else None


def lenient(text: str, kind: str) -> list[Any] | None:
    """Return the list in a cell, or None where it holds none."""
    try:
        return as_list(text, kind)
    except ValueError:
        return None


def list_of(value: Any, kind: str, where: str, column: str) -> list[Any]:
    """Return the list of a row, or raise a UserError that says where it is broken."""
    if isinstance(value, list):
        return value
    if value is None:
        return []
    if kind == "struct" and is_struct(value):
        return open_struct(value)
    try:
        return as_list(str(value), kind)
    except ValueError:
        shown = str(value)[:60]
        raise UserError(
            f"{where}: column '{column}' holds \"{shown}\"; expected a list, such as "
            '["EU", "rejects"].',
            "Mend the cell and choose the file again.",
        ) from None


def is_struct(value: Any) -> bool:
    """Say whether a value is an object of equally long lists: lists of objects in `datasets`.

    >>> is_struct({"start": [0], "end": [2]}), is_struct({"start": [0], "end": []})
    (True, False)
    """
    if not isinstance(value, dict) or not all(isinstance(item, list) for item in value.values()):
        return False
    return len({len(item) for item in value.values()}) == 1


def open_struct(value: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """Return the objects.

    >>> open_struct({"start": [0, 5], "end": [2, 9]})
    [{'start': 0, 'end': 2}, {'start': 5, 'end': 9}]
    """
    return [dict(zip(value, items, strict=True)) for items in zip(*value.values(), strict=True)]
