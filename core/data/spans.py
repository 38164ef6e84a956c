"""Character spans to words and tags: doccano, Prodigy, spaCy, and lists of start, end, label.

Words come from `split_words`. A span that starts or ends inside a word cuts the word, so that spans
never shift. Of overlapping spans the longest is kept; the others are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.data.schemes import OUTSIDE
from core.data.words import split_words

OVERLAPPING = "spans that overlap a longer one, left out"
WITHOUT_WORD = "spans without a word, left out"
CUT_WORDS = "words cut where a span starts or ends inside them"
STARTS, ENDS = ("start", "start_offset", "begin"), ("end", "end_offset", "stop")
LABELS = ("label", "type", "entity", "entity_type", "labels")


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
    if type(start) is not int or type(end) is not int or not isinstance(label, str) or not label:
        return None
    return Span(start, end, label)


def _first(item: dict[str, Any], keys: Sequence[str]) -> Any:
    return next((item[key] for key in keys if key in item), None)


def tag_text(text: str, spans: Sequence[Span]) -> TaggedText:
    """Split a text into words and tag them by spans that lie inside the text.

    >>> tag_text("Al Lee naps", [Span(0, 6, "PER")]).tags
    ['B-PER', 'I-PER', 'O']
    >>> tag_text("Tokyo-based", [Span(0, 5, "LOC"), Span(0, 2, "X")]).reasons
    ['spans that overlap a longer one, left out']
    """
    kept = _longest(spans)
    edges = sorted({edge for span in kept for edge in (span.start, span.end)})
    words = split_words(text)
    pieces = _cut(words, edges)
    tags = [OUTSIDE] * len(pieces)
    reasons = [OVERLAPPING] * (len(set(spans)) - len(kept))
    reasons += [CUT_WORDS] * (len(pieces) - len(words))
    for span in kept:
        inside = [
            n for n, (start, end) in enumerate(pieces) if span.start <= start < end <= span.end
        ]
        for position, number in enumerate(inside):
            tags[number] = ("I-" if position else "B-") + span.label
        if not inside:
            reasons.append(WITHOUT_WORD)
    return TaggedText([text[start:end] for start, end in pieces], tags, reasons)


def _longest(spans: Sequence[Span]) -> list[Span]:
    """Return spans that do not overlap, the longest first chosen."""
    kept: list[Span] = []
    for span in sorted(set(spans), key=lambda s: (s.start - s.end, s.start, s.label)):
        if all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return kept


def _cut(words: Sequence[tuple[int, int]], edges: Sequence[int]) -> list[tuple[int, int]]:
    """Cut words at edges inside them."""
    pieces = []
    for start, end in words:
        for edge in edges:
            if start < edge < end:
                pieces.append((start, edge))
                start = edge
        pieces.append((start, end))
    return pieces
