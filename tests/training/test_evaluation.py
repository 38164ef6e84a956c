"""Scores against seqeval's own report; what is undefined is None."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.training.evaluation import score_tags, undefined

TAGS = st.sampled_from(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"])
PAIRS = st.lists(st.lists(st.tuples(TAGS, TAGS), min_size=1, max_size=8), min_size=1, max_size=5)


@settings(max_examples=40, deadline=None)
@given(PAIRS)
def test_the_same_as_seqeval(rows: list[list[tuple[str, str]]]) -> None:
    from seqeval.metrics import accuracy_score, classification_report

    predictions = [[a for a, _ in row] for row in rows]
    references = [[b for _, b in row] for row in rows]
    scores = score_tags(predictions, references)
    assert scores["accuracy"] == pytest.approx(accuracy_score(references, predictions))
    if not any(tag != "O" for row in [*predictions, *references] for tag in row):
        assert scores["f1"] is None
        return
    report = classification_report(references, predictions, output_dict=True, zero_division=0)
    for label, found in scores["labels"].items():
        expected = report[label]
        assert found["support"] == expected["support"]
        for ours, theirs in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score")):
            assert (found[ours] or 0.0) == pytest.approx(expected[theirs])
    for ours, theirs in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score")):
        assert (scores[ours] or 0.0) == pytest.approx(report["micro avg"][theirs])


def test_nothing_predicted_is_undefined() -> None:
    scores = score_tags([["O", "O"]], [["B-PER", "O"]])
    assert scores == {
        "precision": None,
        "recall": 0.0,
        "f1": 0.0,
        "accuracy": 0.5,
        "labels": {"PER": {"precision": None, "recall": 0.0, "f1": 0.0, "support": 1}},
    }
    assert undefined(scores) == [
        "precision is undefined: nothing predicted.",
        "precision of PER is undefined: nothing predicted.",
    ]


def test_plain_tags_are_one_entity_per_word() -> None:
    scores = score_tags([["DET", "NOUN", "O"]], [["DET", "NOUN", "NOUN"]])
    assert scores["labels"]["NOUN"] == {
        "precision": 1.0,
        "recall": 0.5,
        "f1": pytest.approx(2 / 3),
        "support": 2,
    }
    assert scores["precision"] == 1.0
    assert scores["recall"] == pytest.approx(2 / 3)
    assert scores["accuracy"] == pytest.approx(2 / 3)


def test_a_label_that_only_the_prediction_has() -> None:
    scores = score_tags([["B-LOC"]], [["O"]])
    assert scores["labels"] == {"LOC": {"precision": 0.0, "recall": None, "f1": 0.0, "support": 0}}


def test_no_rows() -> None:
    assert score_tags([], [])["accuracy"] is None


def test_nothing_is_left_on_the_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert score_tags([["B-LOC"]], [["B-LOC"]])["f1"] == 1.0
    assert list(tmp_path.iterdir()) == []
