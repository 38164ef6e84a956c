"""Histories and counts as figures for the charts (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def quantile(counts: Sequence[int], width: int, share: float) -> int:
    """Return the most words that a share of the rows has, from a histogram.

    >>> quantile([0, 1, 1, 0, 0, 2], 1, 0.5), quantile([10, 10], 5, 0.9)
    (2, 9)
    """
    needed, seen = share * sum(counts), 0
    for place, count in enumerate(counts):
        seen += count
        if seen >= needed:
            return place * width + width - 1
    return 0


def histogram(lengths: dict[str, Any], words: str, rows: str, title: str) -> dict[str, Any]:
    """Return what the histogram component draws: bars with their ranges, and the axes' words.

    >>> histogram({"bin_width": 2, "counts": [1, 3]}, "words", "rows", "Words per row")["ranges"]
    ['0–1', '2–3']
    """
    width, counts = lengths["bin_width"], list(lengths["counts"])
    starts = [place * width for place in range(len(counts))]
    return {
        "x": [start + (width - 1) / 2 for start in starts],
        "y": counts,
        "width": width,
        "ranges": [str(s) if width == 1 else f"{s}–{s + width - 1}" for s in starts],
        "words": words,
        "rows": rows,
        "title": title,
    }
