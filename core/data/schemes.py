"""Tag schemes: which one a column uses, to IOB2 and back, with a count of what was mended.

IO (`PER PER O`), IOB1 (B- only between neighbours), IOB2 (every entity starts with B-),
BIOES, BILOU, and plain tags (`NOUN`), which have no O and stay as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from core.data.spellings import PATTERNS, USUAL, spelling_of
from core.errors import UserError

OUTSIDE = "O"
SCHEMES = ("IO", "IOB1", "IOB2", "BIOES", "BILOU", "plain")
PREFIXED = PATTERNS[USUAL]
STRANGE = re.compile(r"[A-Z]-.")
# Every letter as its role: Begin, Inside, End, Single.
ROLE = {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "U": "S"}

LOOSE_INSIDE = "I- without B- before it, now B-"
OPEN_END = "entity without its last tag (E- or L-), kept"
LOWER_CASE = "tags in lower case, now upper case"
SHOWN_TAGS = 6


@dataclass(frozen=True)
class Converted:
    """Rows of IOB2 tags, what was counted on the way, and the first rows of each reason."""

    rows: list[list[str]]
    counts: dict[str, int]
    examples: dict[str, list[int]]


def detect_scheme(rows: Iterable[Sequence[str]], where: str) -> str:
    """Name the scheme of tags.

    Raises:
        UserError: the tags follow no known scheme, or mix two; examples are named.

    >>> detect_scheme([["I-PER", "O", "I-PER", "B-PER"]], "train.conll")
    'IOB1'
    >>> detect_scheme([["NOUN", "VERB"]], "train.conll")
    'plain'
    """
    rows = list(rows)
    tags = Counter(chain.from_iterable(rows))
    prefixed = [tag for tag in tags if PREFIXED.fullmatch(tag)]
    others = [tag for tag in tags if tag.upper() != OUTSIDE and not PREFIXED.fullmatch(tag)]
    if not prefixed:
        return _unprefixed(tags, others, where)
    if others:
        raise _unknown(
            where, [*others[:3], *prefixed[:3]], "some tags have a prefix and some have none"
        )
    letters = {tag[0].upper() for tag in prefixed}
    if letters & set("ES") and letters & set("LU"):
        raise _unknown(where, prefixed, "BIOES and BILOU are mixed")
    if letters & set("LU"):
        return "BILOU"
    if letters & set("ESM"):
        return "BIOES"
    loose, begun = _starts(rows)
    return "IOB1" if loose > begun else "IOB2"


def _unprefixed(tags: Counter[str], others: list[str], where: str) -> str:
    strange = [tag for tag in others if STRANGE.match(tag)]
    has_outside = OUTSIDE in tags or "o" in tags
    if strange and has_outside:
        raise _unknown(where, strange, "the letter before the hyphen is none of B, I, E, S, L, U")
    if not others:
        return "IOB2"
    return "IO" if has_outside else "plain"


def _unknown(where: str, tags: Sequence[str], why: str) -> UserError:
    shown = ", ".join(dict.fromkeys(tag or "(empty)" for tag in tags[:SHOWN_TAGS]))
    return UserError(
        f"{where} holds tags of no known scheme, such as {shown}: {why}. Expected IO, IOB1, IOB2, "
        "BIOES, BILOU or plain tags.",
        "Choose another label column in step 2, or mend the tags in the file.",
    )


def _starts(rows: Iterable[Sequence[str]]) -> tuple[int, int]:
    """Count entities that begin with I-, and those that begin with B- where I- would do in IOB1."""
    loose = begun = 0
    for (before, tag), count in Counter(chain.from_iterable(map(_steps, rows))).items():
        if len(tag) > 1 and before[2:] != tag[2:]:
            loose += count * (tag[0] in "Ii")
            begun += count * (tag[0] in "Bb")
    return loose, begun


def _steps(row: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Return each tag with the one before it, O before the first."""
    return zip(chain((OUTSIDE,), row), row, strict=False)


def _is_wrong(step: tuple[str, str]) -> bool:
    """Say whether IOB2 does not allow this tag after that one."""
    before, tag = step
    if len(tag) < 2:
        return tag != OUTSIDE
    return tag[0] not in "BI" or (tag[0] == "I" and before[2:] != tag[2:])


def to_iob2(rows: Sequence[Sequence[str]], scheme: str) -> Converted:
    """Convert rows of tags to IOB2.

    >>> to_iob2([["I-PER", "I-PER", "B-PER", "O"]], "IOB1").rows
    [['B-PER', 'I-PER', 'B-PER', 'O']]
    >>> to_iob2([["S-LOC", "B-PER", "E-PER"]], "BIOES").rows
    [['B-LOC', 'B-PER', 'I-PER']]
    >>> to_iob2([["O", "I-PER"]], "IOB2").counts
    {'I- without B- before it, now B-': 1}
    """
    if scheme == "plain":
        return Converted([list(row) for row in rows], {}, {})
    convert = _from_io if scheme == "IO" else _from_prefixed
    wrong = _wrong_steps(rows, scheme)
    counts: Counter[str] = Counter()
    examples: dict[str, list[int]] = {}
    converted = []
    for number, row in enumerate(rows):
        if wrong.isdisjoint(_steps(row)):
            converted.append(list(row))
            continue
        tags, reasons = convert(row, scheme)
        converted.append(tags)
        counts.update(reasons)
        for reason in set(reasons):
            found = examples.setdefault(reason, [])
            if len(found) < 5:
                found.append(number)
    return Converted(converted, dict(counts), examples)


def _wrong_steps(rows: Sequence[Sequence[str]], scheme: str) -> set[tuple[str, str]]:
    """Return which of the steps that occur keep a row from being taken as it is."""
    steps = set(chain.from_iterable(map(_steps, rows)))
    if scheme == "IOB2":
        return {step for step in steps if _is_wrong(step)}
    return {step for step in steps if step[1] != OUTSIDE}


def _from_io(row: Sequence[str], scheme: str) -> tuple[list[str], list[str]]:
    tags, reasons, before = [], [], OUTSIDE
    for tag in row:
        label = OUTSIDE if tag == "o" else tag
        if label == OUTSIDE:
            tags.append(OUTSIDE)
        elif label == before:
            tags.append("I-" + label)
        else:
            tags.append("B-" + label)
            reasons.append(f"entities converted from {scheme} to IOB2")
        before = label
    return tags, reasons


def _from_prefixed(row: Sequence[str], scheme: str) -> tuple[list[str], list[str]]:
    tags: list[str] = []
    reasons: list[str] = []
    open_label = ""  # of the entity that may go on; empty after O, E- and S-
    for tag in row:
        if len(tag) < 2:
            reasons += _left_open(open_label, scheme)
            tags.append(OUTSIDE)
            open_label = ""
            continue
        role, label = ROLE[tag[0].upper()], tag[2:]
        if tag[0].islower():
            reasons.append(LOWER_CASE)
        goes_on = role in "IE" and open_label == label
        if not goes_on:
            reasons += _left_open(open_label, scheme)
            reasons += _started(role, scheme)
        tags.append(("I-" if goes_on else "B-") + label)
        open_label = "" if role in "ES" else label
    reasons += _left_open(open_label, scheme)
    return tags, reasons


def _started(role: str, scheme: str) -> list[str]:
    """Say what was done where an entity starts."""
    if scheme in ("BIOES", "BILOU"):
        return [f"entities converted from {scheme} to IOB2"] + [LOOSE_INSIDE] * (role in "IE")
    if role != "I":
        return []
    return ["entities converted from IOB1 to IOB2" if scheme == "IOB1" else LOOSE_INSIDE]


def _left_open(open_label: str, scheme: str) -> list[str]:
    return [OPEN_END] if open_label and scheme in ("BIOES", "BILOU") else []


def from_iob2(row: Sequence[str], scheme: str) -> list[str]:
    """Write one row of IOB2 tags in another scheme. IO cannot keep neighbours apart.

    >>> from_iob2(["B-PER", "I-PER", "B-PER", "O"], "BILOU")
    ['B-PER', 'L-PER', 'U-PER', 'O']
    """
    if scheme in ("IOB2", "plain"):
        return list(row)
    result = []
    for position, tag in enumerate(row):
        if tag == OUTSIDE:
            result.append(tag)
            continue
        after = row[position + 1] if position + 1 < len(row) else OUTSIDE
        before = row[position - 1] if position else OUTSIDE
        last = after != "I-" + tag[2:]
        result.append(_written(tag, last, before[2:] == tag[2:], scheme))
    return result


def _written(tag: str, last: bool, touching: bool, scheme: str) -> str:
    first, label = tag[0] == "B", tag[2:]
    if scheme == "IO":
        return label
    if scheme == "IOB1":
        return ("B-" if first and touching else "I-") + label
    single, end = ("S-", "E-") if scheme == "BIOES" else ("U-", "L-")
    if last:
        return (single if first else end) + label
    return tag


def is_tags(values: Sequence[Any]) -> bool:
    """Say whether values look like IOB, BIOES or BILOU tags, in any spelling.

    >>> is_tags(["O", "B-PER"]), is_tags(["NUM-B", "O"]), is_tags(["the", "O"])
    (True, True, False)
    """
    return spelling_of({str(value) for value in values}) is not None


def label_of(tag: str) -> str:
    """Return the label of an IOB2 or plain tag.

    >>> [label_of(tag) for tag in ("B-PER", "I-creative-work", "NOUN")]
    ['PER', 'creative-work', 'NOUN']
    """
    return tag[2:] if tag[:2] in ("B-", "I-") else tag
