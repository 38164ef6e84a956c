"""Words of raw text, and windows over long rows."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from core.data.words import split_words
from core.inference.windows import window_bounds, windows_of, words_of_text
from core.tasks.token_classification import TokenClassification
from tests.tasks.models import make_tiny_bpe

TASK = TokenClassification()


@given(st.lists(st.integers(0, 12), max_size=60), st.integers(1, 20))
def test_windows_hold_every_word_once(pieces: list[int], room: int) -> None:
    windows = list(window_bounds(pieces, room))
    fresh = [word for start, end, known in windows for word in range(start + known, end)]
    assert fresh == list(range(len(pieces)))
    for start, end, known in windows:
        before = sum(pieces[start : start + known])
        assert before <= room // 4
        alone = end - start - known == 1
        assert alone or sum(pieces[start:end]) <= room


def test_wordpiece_knows_its_words(tiny_checkpoint: Path) -> None:
    tokenizer = TASK.load_tokenizer(tiny_checkpoint)
    text = " Anna-Lee's 東京, z€5\n"
    words = [text[start:end] for start, end in words_of_text(text, tokenizer)]
    assert words == ["Anna", "-", "Lee", "'", "s", "東", "京", ",", "z€5"]
    assert words_of_text("", tokenizer) == []


def test_byte_level_bpe_gets_our_words(tmp_path: Path) -> None:
    tokenizer = TASK.load_tokenizer(make_tiny_bpe(tmp_path))
    text = "Anna-Lee's 東京, z€5"
    assert words_of_text(text, tokenizer) == split_words(text)


def test_windows_of_several_rows(tiny_checkpoint: Path) -> None:
    tokenizer = TASK.load_tokenizer(tiny_checkpoint)
    windows = windows_of([["a"] * 3, [], ["in"] * 12], tokenizer, 10)
    assert [(w.text, len(w.words), w.known) for w in windows] == [
        (0, 3, 0),
        (1, 0, 0),
        (2, 8, 0),
        (2, 6, 2),
    ]
