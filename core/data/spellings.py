"""How a tag writes its role and its label: `B-PER`, `B_PER`, `PER-B`, `PER_B`, or `B` alone."""

from __future__ import annotations

import re
from collections.abc import Collection

USUAL, BARE = "B-PER", "B"
ONLY_LABEL = "ENTITY"  # the name that a label gets where tags are B, I and O alone
ROLES = "BIESLUM"
DASHES = frozenset(("-", "_"))  # what some files write for O
PATTERNS = {
    USUAL: re.compile(rf"(?P<role>[{ROLES}])-(?P<label>.+)", re.I | re.S),
    "B_PER": re.compile(rf"(?P<role>[{ROLES}])_(?P<label>.+)", re.S),
    "PER-B": re.compile(rf"(?P<label>.+)-(?P<role>[{ROLES}])", re.S),
    "PER_B": re.compile(rf"(?P<label>.+)_(?P<role>[{ROLES}])", re.S),
    BARE: re.compile(r"(?P<role>[BI])(?P<label>)"),
}
SPELLINGS = tuple(PATTERNS)


def spelling_of(tags: Collection[str]) -> str | None:
    """Return the spelling that all tags but O follow, or None where there is none.

    >>> [spelling_of(t) for t in (["B-PER"], ["O", "NUM-B"], ["B_PS", "O"], ["B", "O"], ["NN"])]
    ['B-PER', 'PER-B', 'B_PER', 'B', None]
    """
    tagged = {tag for tag in tags if tag.upper() != "O" and tag not in DASHES}
    if not tagged:
        return USUAL if set(tags) - DASHES else None
    for spelling, pattern in PATTERNS.items():
        if all(map(pattern.fullmatch, tagged)) and (
            spelling == USUAL or _is_sure(tagged, len(tagged) < len(set(tags)), spelling)
        ):
            return spelling
    return None


def _is_sure(tagged: Collection[str], has_outside: bool, spelling: str) -> bool:
    """Say whether these are tags of entities and no plain tags that look alike (V_B, B)."""
    if spelling == BARE:
        return has_outside and "B" in tagged
    return has_outside or len({usual(tag, spelling)[0] for tag in tagged}) > 1


def usual(tag: str, spelling: str) -> str:
    """Return a tag in the usual spelling.

    >>> usual("NUM-B", "PER-B"), usual("B", "B"), usual("O", "B_PER"), usual("-", "PER_B")
    ('B-NUM', 'B-ENTITY', 'O', 'O')
    """
    if tag in DASHES:
        return "O"
    match = PATTERNS[spelling].fullmatch(tag)
    if match is None or spelling == USUAL:
        return tag
    return f"{match['role']}-{match['label'] or ONLY_LABEL}"


def respelled(tag: str, spelling: str) -> str:
    """Write a tag of the usual spelling in another one.

    >>> [respelled("B-PER", spelling) for spelling in SPELLINGS]
    ['B-PER', 'B_PER', 'PER-B', 'PER_B', 'B']
    """
    match = PATTERNS[USUAL].fullmatch(tag)
    if match is None:
        return tag
    role, label = match["role"], match["label"]
    if spelling == BARE:
        return role
    separator = "_" if "_" in spelling else "-"
    return role + separator + label if spelling[0] == "B" else label + separator + role
