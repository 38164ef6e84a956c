"""Words: the same rule for every language, and offsets that slice the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.words import split_words, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mr. O'Neil's e-mail", ["Mr", ".", "O", "'", "Neil", "'", "s", "e", "-", "mail"]),
        ("snake_case 3.5%", ["snake", "_", "case", "3", ".", "5", "%"]),
        ("東京タワーへ行く", list("東京タワーへ行く")),
        ("AI時代2026年", ["AI", "時", "代", "2026", "年"]),
        ("서울에서 만나요", ["서울에서", "만나요"]),
        ("किताबें पढ़ो", ["किताबें", "पढ़ो"]),
        ("สวัสดี", ["ส", "วั", "ส", "ดี"]),
        ("cafe\u0301 na\u0308ive", ["cafe\u0301", "na\u0308ive"]),
        ("می\u200cخواهم", ["می\u200cخواهم"]),
        ("ok👍🏽!", ["ok", "👍🏽", "!"]),
        ("👩\u200d👩\u200d👧 hi", ["👩\u200d👩\u200d👧", "hi"]),
        ("🇯🇵🇰🇷", ["🇯🇵", "🇰🇷"]),
        ("❤\ufe0f a", ["❤\ufe0f", "a"]),
        ("a\u200bb\u00a0c\u3000d\ne", ["a", "b", "c", "d", "e"]),
        ("", []),
    ],
)
def test_words_of_many_languages(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@given(st.text())
def test_words_are_in_order_and_only_gaps_are_left_out(text: str) -> None:
    end = 0
    for start, stop in split_words(text):
        assert end <= start < stop <= len(text)
        assert not any(character.isalnum() for character in text[end:start])
        end = stop
    assert not any(character.isalnum() for character in text[end:])


@given(st.text())
def test_words_joined_by_blanks_are_the_same_words(text: str) -> None:
    words = words_of(text)
    assert words_of(" ".join(words)) == words
