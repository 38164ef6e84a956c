"""What a sample of a column looks like: words, tags, counts, or text."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import Any

from core.data.cells import is_struct, lenient, list_kind, open_struct
from core.data.schemes import OUTSIDE, is_tags

MOST_LABELS = 500  # distinct tags in the sample; more than that are words
CHUNKS = frozenset(
    ("NP", "VP", "PP", "ADVP", "ADJP", "SBAR", "PRT", "CONJP", "INTJ", "LST", "UCP", "O")
)


@dataclass
class Profile:
    """What a sample of a column looks like."""

    name: str
    kind: str  # list, number, text; for cells that hold lists: json, literal, blanks, struct
    rows: list[Any] = field(default_factory=list)  # lists for list-like kinds, else the values

    @property
    def listed(self) -> bool:
        """Whether each row holds a list."""
        return self.kind not in ("text", "number")

    @property
    def flat(self) -> list[Any]:
        """All values, lists opened."""
        return [item for row in self.rows for item in row] if self.listed else self.rows

    def lengths(self) -> list[int]:
        """Return the length of each list."""
        return [len(row) for row in self.rows]


def profile_of(name: str, values: list[Any]) -> Profile:
    """Describe the values of a column."""
    filled = [value for value in values if value is not None]
    if filled and all(isinstance(value, list) for value in filled):
        return Profile(name, "list", filled)
    if filled and all(isinstance(value, str) for value in filled):
        kind = list_kind(filled)
        if kind:
            return Profile(name, kind, [lenient(value, kind) or [] for value in filled])
        return Profile(name, "text", filled)
    if filled and all(map(is_struct, filled)):
        return Profile(name, "struct", [open_struct(value) for value in filled])
    return Profile(name, "number" if filled else "text", filled)


def open_joined(profiles: list[Profile]) -> list[Profile]:
    """Cut text columns at blanks where two of them have equally many pieces in every row."""
    if any(profile.listed for profile in profiles):
        return profiles
    opened = [
        Profile(profile.name, "blanks", [str(value).split() for value in profile.rows])
        if profile.kind == "text"
        else profile
        for profile in profiles
    ]
    lists = [profile for profile in opened if profile.listed and is_joined(profile)]
    equal = [p for p in lists if any(other is not p and _alike(p, other) for other in lists)]
    if not any(is_tags(profile.flat) or few_values(profile) for profile in equal):
        return profiles
    names = {profile.name for profile in equal}
    return [new if old.name in names else old for old, new in zip(profiles, opened, strict=True)]


def _alike(first: Profile, second: Profile) -> bool:
    """Say whether nearly all rows have as many pieces in both columns."""
    lengths = list(zip(first.lengths(), second.lengths(), strict=False))
    same = sum(a == b for a, b in lengths)
    return len(first.rows) == len(second.rows) and same >= 0.8 * len(lengths)


def is_joined(profile: Profile) -> bool:
    """Say whether some cell holds several pieces."""
    return any(len(row) > 1 for row in profile.rows)


def is_index(profile: Profile) -> bool:
    """Say whether each row counts 1, 2, 3, ... or 0, 1, 2, ..."""
    if not profile.rows or not profile.listed:
        return False
    for row in profile.rows[:50]:
        counts = [str(item) for item in row]
        if counts != [str(i) for i in range(1, len(row) + 1)] and counts != [
            str(i) for i in range(len(row))
        ]:
            return False
    return any(len(row) > 1 for row in profile.rows) or len(profile.rows) > 1


def has_text(profile: Profile) -> bool:
    """Say whether some value is text."""
    return any(isinstance(item, str) for item in profile.flat)


def holds_objects(profile: Profile) -> bool:
    """Say whether some item is an object or a list, and so neither a word nor a label."""
    return any(isinstance(item, dict | list) for item in profile.flat)


def are_chunks(profile: Profile) -> bool:
    """Say whether the labels are those of chunks (NP, VP, ...)."""
    return {str(tag)[2:] or OUTSIDE for tag in profile.flat} <= CHUNKS


def few_values(profile: Profile) -> bool:
    """Say whether values repeat as labels do."""
    values = {str(item) for item in profile.flat}
    return len(values) <= min(MOST_LABELS, max(2, len(profile.flat) // 2))


def single_words(profile: Profile) -> bool:
    """Say whether nearly every cell holds one word."""
    words = sum(not re.search(r"\s", str(value).strip()) for value in profile.rows)
    return words > 0.95 * len(profile.rows)


def grows(profile: Profile) -> bool:
    """Say whether values stay or rise and repeat, as sentence numbers do."""
    try:
        numbers = [float(value) for value in profile.rows]
    except (TypeError, ValueError):
        return False
    rising = all(a <= b for a, b in itertools.pairwise(numbers))
    return rising and 1 < len(set(numbers)) < len(numbers)
