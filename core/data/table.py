"""What a reader makes of one file: columns of equal length, and what it noticed on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Part:
    """Where the rows of a large file lie: in a Parquet file that was written while reading."""

    path: Path
    rows: int
    kinds: Mapping[str, str]
    """Kind of each column: text, number or list."""


@dataclass(frozen=True)
class RawTable:
    """One file as columns. Values are text, numbers, lists, or None where the file has null."""

    format: str
    columns: Mapping[str, list[Any]]
    encoding: str | None = None
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of the label ids of a column, where the file brings them."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    repaired: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    part: Part | None = None
    """Set for a large file; `columns` holds only its first rows then."""

    @property
    def row_count(self) -> int:
        """How many rows the table has."""
        if self.part:
            return self.part.rows
        return len(next(iter(self.columns.values()), []))


def counted(counts: Mapping[str, int]) -> dict[str, int]:
    """Leave out what never happened.

    >>> counted({"blank lines": 0, "comments": 2})
    {'comments': 2}
    """
    return {reason: count for reason, count in counts.items() if count}


def unique_names(names: list[str]) -> list[str]:
    """Trim column names, name the empty ones and number the repeated ones.

    >>> unique_names([" text ", "label", "label", ""])
    ['text', 'label', 'label_2', 'column_4']
    """
    result: list[str] = []
    for position, name in enumerate(names, 1):
        wanted = name.strip() or f"column_{position}"
        unique, number = wanted, 2
        while unique in result:
            unique, number = f"{wanted}_{number}", number + 1
        result.append(unique)
    return result
