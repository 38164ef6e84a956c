"""Raw text to words, and long rows of words to windows that a model can take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.data.words import split_words

OVERLAP = 0.25  # share of a window that repeats the end of the one before it, as context


@dataclass(frozen=True)
class Window:
    """Some neighbouring words of a text."""

    text: int
    """The index of the text."""
    words: list[str]
    known: int
    """How many of the first words an earlier window has already; they are context here."""


def words_of_text(text: str, tokenizer: Any) -> list[tuple[int, int]]:
    """Return (start, end) of each word of raw text.

    Tokenizers that mark the inside of words (WordPiece: "##ing") know words themselves; theirs are
    taken, so that the entities are those of `pipeline("token-classification")` with the published
    model. All others get the words of `core.data.words`.
    """
    backend = tokenizer.backend_tokenizer
    if not getattr(backend.model, "continuing_subword_prefix", None):
        return split_words(text)
    backend.no_truncation()
    encoding = backend.encode(text, add_special_tokens=False)
    spans: list[tuple[int, int]] = []
    previous = None
    for word, (start, end) in zip(encoding.word_ids, encoding.offsets, strict=True):
        if word is not None and word == previous:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
        previous = word
    return spans


def windows_of(rows: Sequence[list[str]], tokenizer: Any, max_length: int) -> list[Window]:
    """Cut rows that are longer than `max_length` tokens into overlapping windows."""
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    room = max_length - tokenizer.num_special_tokens_to_add()
    encodings = backend.encode_batch(list(rows), is_pretokenized=True, add_special_tokens=False)
    windows = []
    for text, (words, encoding) in enumerate(zip(rows, encodings, strict=True)):
        pieces = [0] * len(words)
        for word in encoding.word_ids:
            pieces[word] += 1
        bounds = window_bounds(pieces, room)
        windows += [Window(text, words[start:end], known) for start, end, known in bounds]
    return windows


def window_bounds(pieces: Sequence[int], room: int) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, known) of windows over words that have so many pieces each.

    >>> list(window_bounds([1, 1, 2], room=8))
    [(0, 3, 0)]
    >>> list(window_bounds([1] * 10, room=6))
    [(0, 6, 0), (5, 10, 1)]
    """
    start = known = 0
    while True:
        end, used = start, 0
        while end < len(pieces) and used + pieces[end] <= room:
            used += pieces[end]
            end += 1
        end = max(end, start + known + 1)  # a word longer than a window still goes on
        yield start, min(end, len(pieces)), known
        if end >= len(pieces):
            return
        start, known = _step_back(pieces, end, int(room * OVERLAP))


def _step_back(pieces: Sequence[int], end: int, context: int) -> tuple[int, int]:
    """Return where the next window begins, and how many known words it begins with."""
    start = end
    while start > 0 and pieces[start - 1] <= context:
        start -= 1
        context -= pieces[start]
    return start, end - start
