"""Text to words: one rule for every language, so that character spans and words always agree.

A word is a run of letters, digits and marks. Punctuation and symbols stand alone, one character
each. Where a script writes no blanks (Han, Kana, Thai, ...) one character is one word.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

ZERO_WIDTH_JOINER = "\u200d"
ZERO_WIDTH_SPACE = "\u200b"
# First and last code point of scripts that are written without blanks between words.
UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19DF),  # Tai Le, New Tai Lue
    (0x3005, 0x3007),  # ideographic iteration mark, closing mark, zero
    (0x3040, 0x312F),  # Hiragana, Katakana, Bopomofo
    (0x31F0, 0x31FF),  # Katakana extensions
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),  # halfwidth Katakana
    (0x20000, 0x3FFFF),
)
# How a character behaves: part of a run, alone, glued to what stands before it, or a gap.
RUN, ALONE, SYMBOL, FLAG, TONE, MARK, GAP = range(7)


@lru_cache(maxsize=65_536)
def _behaviour(character: str) -> int:
    code, category = ord(character), unicodedata.category(character)
    if (category[0] in "ZC" and category not in ("Cf", "Co")) or character == ZERO_WIDTH_SPACE:
        return GAP
    if category[0] == "M" or category == "Cf":
        return MARK
    if 0x1F1E6 <= code <= 0x1F1FF:
        return FLAG
    if 0x1F3FB <= code <= 0x1F3FF:
        return TONE
    if category[0] in "LN":
        return ALONE if any(low <= code <= high for low, high in UNSPACED) else RUN
    return SYMBOL


def split_words(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of each word, in order; `text[start:end]` is the word.

    >>> [text[s:e] for text in ["Don't pay 12.50 EUR"] for s, e in split_words(text)]
    ['Don', "'", 't', 'pay', '12', '.', '50', 'EUR']
    >>> split_words("東京 ok")
    [(0, 1), (1, 2), (3, 5)]
    """
    words: list[tuple[int, int]] = []
    last = GAP  # behaviour of the word before this position, GAP where none touches it
    for position, character in enumerate(text):
        behaviour = _behaviour(character)
        if behaviour == GAP:
            last = GAP
        elif last != GAP and _joins(behaviour, last, text, words[-1]):
            words[-1] = (words[-1][0], position + 1)
        else:
            words.append((position, position + 1))
            last = RUN if behaviour == MARK else behaviour
    return words


def _joins(behaviour: int, last: int, text: str, word: tuple[int, int]) -> bool:
    """Say whether a character belongs to the word that ends right before it."""
    start, end = word
    if behaviour == MARK:
        return True
    if behaviour == RUN or last == RUN:
        return behaviour == last
    if text[end - 1] == ZERO_WIDTH_JOINER:
        return True
    if behaviour == FLAG:
        return last == FLAG and end - start == 1
    return behaviour == TONE and last == SYMBOL


def words_of(text: str) -> list[str]:
    """Return the words themselves.

    >>> words_of("Order #A-12, please!")
    ['Order', '#', 'A', '-', '12', ',', 'please', '!']
    """
    return [text[start:end] for start, end in split_words(text)]


def join_words(words: Sequence[str]) -> tuple[str, list[int]]:
    """Return a text of these words, and where each starts.

    Blanks stand between words, but not between those of scripts without blanks, and nowhere where
    blanks are words themselves.

    >>> join_words(["Al", "naps", "東", "京"]), join_words(["A", " ", "B"])
    (('Al naps 東京', [0, 3, 8, 9]), ('A B', [0, 1, 2]))
    """
    with_blanks = not any(word.isspace() for word in words)
    text, starts = "", list[int]()
    for before, word in zip(("", *words), words, strict=False):
        if with_blanks and before and word and not (_is_alone(before[-1]) and _is_alone(word[0])):
            text += " "
        starts.append(len(text))
        text += word
    return text, starts


def _is_alone(character: str) -> bool:
    return _behaviour(character) == ALONE
