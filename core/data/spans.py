"""Character spans to words and tags: doccano, Prodigy, spaCy, and lists of start, end, label.

Words come from `split_words`. A span that starts or ends inside a word cuts the word, so that spans
never shift. Of overlapping spans the longest, the outer or the inner ones are kept; the others are
counted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from core.data.schemes import OUTSIDE
from core.data.words import split_words
from core.settings import Choice

OVERLAPS = Choice(
    ("longest", "outer", "inner"),
    "Which of overlapping spans is kept: the longest, the one around the others, or those inside.",
)
# What is said about the spans that are not kept, by the choice.
OVERLAPPING = {
    "longest": "spans that overlap a longer one, left out",
    "outer": "spans that overlap an outer one, left out",
    "inner": "spans that overlap an inner one, left out",
}
REPEATED = "spans given twice, the second left out"
IN_PIECES = "spans in several pieces, left out"
WITHOUT_WORD = "spans without a word, left out"
INSIDE_WORDS = "spans that start or end inside a word; the word was cut there"
BLANK_ENDS = "spans with blanks at an end, trimmed"
STARTS, ENDS = ("start", "start_offset", "begin"), ("end", "end_offset", "stop")
LABELS = ("label", "type", "entity_group", "entity_type", "entity", "tag", "category", "labels")


@dataclass(frozen=True)
class Span:
    """Characters `start` to `end` (not included) and their label."""

    start: int
    end: int
    label: str


@dataclass(frozen=True)
class TaggedText:
    """Words, their IOB2 tags, and a reason for whatever was left out or cut."""

    words: list[str]
    tags: list[str]
    reasons: list[str]


def read_span(item: Any) -> Span | None:
    """Read `[0, 2, "PER"]` or an object with start, end and label; None where it is neither.

    >>> read_span({"start_offset": 0, "end_offset": 2, "label": "PER"})
    Span(start=0, end=2, label='PER')
    >>> read_span({"span": [0, 2], "type": "PER"})
    Span(start=0, end=2, label='PER')
    """
    if isinstance(item, dict):
        bounds = item.get("span")
        if not isinstance(bounds, list):
            bounds = [_first(item, STARTS), _first(item, ENDS)]
        item = [*bounds, _first(item, LABELS)]
    if not isinstance(item, list | tuple) or len(item) != 3:
        return None
    start, end, label = item
    if isinstance(label, list) and len(label) == 1:
        label = label[0]
    start, end = _whole(start), _whole(end)
    if type(start) is not int or type(end) is not int or not isinstance(label, str) or not label:
        return None
    return Span(start, end, label)


def expanded(item: Any) -> list[Any]:
    """Return one item per label where an item has a list of labels.

    >>> expanded({"start": 0, "end": 2, "labels": ["A", "B"]})[1]
    {'start': 0, 'end': 2, 'label': 'B'}
    """
    labels = item.get("labels") if isinstance(item, dict) and "label" not in item else None
    if not isinstance(labels, list):
        return [item]
    rest = {key: value for key, value in item.items() if key != "labels"}
    return [{**rest, "label": label} for label in labels]


def _whole(number: Any) -> Any:
    """Return a whole number that was saved with a decimal point as what it is."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _first(item: dict[str, Any], keys: Sequence[str]) -> Any:
    return next((item[key] for key in keys if key in item), None)


def tag_text(text: str, spans: Sequence[Span], keep: str = "longest") -> TaggedText:
    """Split a text into words and tag them by spans that lie inside the text.

    >>> tag_text("Al Lee naps", [Span(0, 6, "PER")]).tags
    ['B-PER', 'I-PER', 'O']
    >>> tag_text("Tokyo-based", [Span(0, 5, "LOC"), Span(0, 2, "X")]).reasons
    ['spans that overlap a longer one, left out']
    """
    reasons = [REPEATED] * (len(spans) - len(set(spans)))
    trimmed = {span: _trimmed(span, text) for span in spans}
    reasons += [BLANK_ENDS] * sum(old != new for old, new in trimmed.items())
    different = set(trimmed.values())
    kept = _without_overlaps(different, keep)
    reasons += [OVERLAPPING[keep]] * (len(different) - len(kept))
    words = split_words(text)
    edges = sorted({edge for span in kept for edge in (span.start, span.end)})
    pieces = _cut(words, edges)
    tags = [OUTSIDE] * len(pieces)
    starts, outer = [start for start, _ in pieces], set(words)
    for span in kept:
        inside = range(bisect_left(starts, span.start), bisect_left(starts, span.end))
        for position, number in enumerate(inside):
            tags[number] = ("I-" if position else "B-") + span.label
        if not inside:
            reasons.append(WITHOUT_WORD)
        elif not {pieces[inside[0]], pieces[inside[-1]]} <= outer:
            reasons.append(INSIDE_WORDS)
    return TaggedText([text[start:end] for start, end in pieces], tags, reasons)


def _trimmed(span: Span, text: str) -> Span:
    """Leave blanks at the ends out of a span; one of blanks alone stays."""
    covered = text[span.start : span.end]
    if not covered.strip():
        return span
    start = span.start + len(covered) - len(covered.lstrip())
    return Span(start, start + len(covered.strip()), span.label)


def _without_overlaps(spans: Iterable[Span], keep: str) -> list[Span]:
    """Return spans that do not overlap: the longest, outer or inner ones come first.

    >>> inner, outer = [Span(0, 2, "A"), Span(3, 5, "B")], Span(0, 5, "C")
    >>> len(_without_overlaps([*inner, outer], "inner"))
    2
    """
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: _order(span, keep)):
        position = bisect_left(kept, span.start, key=lambda other: other.end - 1)
        if position == len(kept) or kept[position].start >= span.end:
            kept.insert(position, span)
    return kept


def _order(span: Span, keep: str) -> tuple[int, int, str]:
    length = span.end - span.start
    if keep == "outer":
        return span.start, -length, span.label
    return (length if keep == "inner" else -length), span.start, span.label


def _cut(words: Sequence[tuple[int, int]], edges: Sequence[int]) -> list[tuple[int, int]]:
    """Cut words at edges inside them; `edges` is sorted."""
    pieces = []
    for start, end in words:
        for edge in edges[bisect_left(edges, start + 1) : bisect_left(edges, end)]:
            pieces.append((start, edge))
            start = edge
        pieces.append((start, end))
    return pieces
