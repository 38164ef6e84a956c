"""Words that carry their tags: `Al/B-PER naps/O` in one cell."""

from __future__ import annotations

from collections.abc import Sequence

from core.data.schemes import OUTSIDE, is_tags

SEPARATORS = ("/", "|", "_")
MOST_TAGS = 100  # distinct plain tags; more are no tags
FEWEST_PIECES = 3  # to be sure of plain tags


def separator_of(texts: Sequence[str]) -> str | None:
    """Return what stands between words and tags in every piece of these texts, or None.

    >>> separator_of(["Al/B-PER naps/O"]), separator_of(["A/DT dog/NN naps/VBZ ./."] * 2)
    ('/', '/')
    >>> separator_of(["on 1/2 or 3/4, and/or"]), separator_of(["1/2 3/2 5/2 7/2"])
    (None, None)
    """
    pieces = [piece for text in texts for piece in text.split()]
    for separator in SEPARATORS:
        cut = [piece.rpartition(separator) for piece in pieces]
        tags = [tag for word, _, tag in cut if word and tag]
        if len(tags) > 0.95 * len(pieces) and _are_tags(tags):
            return separator
    return None


def _are_tags(tags: Sequence[str]) -> bool:
    if is_tags(tags):
        return True
    different = set(tags)
    few = len(different) <= min(MOST_TAGS, len(tags) // 2) and len(tags) >= FEWEST_PIECES
    upper = all(tag == tag.upper() and not tag.isdecimal() for tag in different)
    return few and (upper or OUTSIDE in different)


def cut_words(text: str, separator: str) -> tuple[list[str], list[str]]:
    """Return the words and the tags of a text; a piece without a tag has an empty one.

    >>> cut_words("1/2/CD is/VBZ", "/")
    (['1/2', 'is'], ['CD', 'VBZ'])
    """
    pieces = [piece.rpartition(separator) for piece in text.split()]
    words = [word if found else tag for word, found, tag in pieces]
    return words, [tag if found else "" for _, found, tag in pieces]
