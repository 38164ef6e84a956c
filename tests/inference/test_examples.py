"""Texts to try a model on."""

from __future__ import annotations

from core.inference.examples import examples, pick, running_text
from core.runs.folder import Run


def test_examples_come_from_the_test_split(run: Run) -> None:
    texts = examples(str(run.path), 3)
    assert len(texts) == 3
    assert "the order from acme corp" in texts


def test_words_without_blanks() -> None:
    assert running_text(["東", "京", "。"]) == "東京。"


def test_more_than_there_is() -> None:
    rows = {"tokens": [["a"], ["b"]], "labels": [["O"], ["B-X"]]}
    assert pick(rows, 9) == ["b"]
    assert pick(rows, 0) == []
    assert pick({"tokens": [], "labels": []}, 3) == []
