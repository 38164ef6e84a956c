"""The report over all rows against the strips of all rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.tasks.alignment import entities
from core.tasks.token_classification import TokenClassification, TokenClassificationOptions
from core.tasks.token_preview import strip_of
from core.tasks.token_survey import survey_of
from tests.tasks.models import hard_rows

TASK = TokenClassification()


@pytest.mark.parametrize("kind", ["tiny_checkpoint", "tiny_bpe"])
@pytest.mark.parametrize("length", [4, 12, 40, 10_000])
def test_the_report_sums_the_strips(request: pytest.FixtureRequest, kind: str, length: int) -> None:
    tokenizer = TASK.load_tokenizer(request.getfixturevalue(kind))
    rows = hard_rows(60)
    labels, options = TASK.labels(rows), TokenClassificationOptions()
    strips = [strip_of(rows, i, tokenizer, labels, length, options) for i in range(60)]
    words = [word for strip in strips for word in strip["words"]]
    pieces = sum(len(word["pieces"]) for word in words)
    unknown = sum(strip["unknown"] for strip in strips)
    assert survey_of(rows, tokenizer).report(length) == {
        "rows": 60,
        "rows_cut": sum(strip["tokens"] > length for strip in strips),
        "words": len(words),
        "words_lost": sum(bool(w["pieces"]) and w["pieces"][0]["cut"] for w in words),
        "entities": sum(len(entities(tags)) for tags in rows["labels"]),
        "entities_lost": sum(strip["lost"] for strip in strips),
        "entities_split": sum(strip["partly"] for strip in strips),
        "tokens": pieces,
        "unknown": unknown,
        "unknown_share": unknown / pieces,
        "empty_words": sum(strip["empty"] for strip in strips),
        "longest": max(strip["tokens"] for strip in strips),
    }


def test_histogram_and_remedies(tiny_checkpoint: Path) -> None:
    sizes = [1] * 50 + [30] * 49 + [80, 300]
    rows = {"tokens": [["a"] * size for size in sizes], "labels": [["O"] * size for size in sizes]}
    survey = survey_of(rows, TASK.load_tokenizer(tiny_checkpoint))
    histogram = survey.histogram()
    assert sum(histogram["counts"]) == 101
    assert histogram["bin_width"] == 4
    assert histogram["counts"][0] == 50
    assert histogram["counts"][8] == 49
    assert survey.remedies(32, longest_allowed=512) == [
        {"kind": "max_length", "value": 64, "rows_cut": 2},
        {"kind": "max_length", "value": 128, "rows_cut": 1},
        {"kind": "max_length", "value": 192, "rows_cut": 1},
        {"kind": "max_length", "value": 256, "rows_cut": 1},
        {"kind": "max_length", "value": 304, "rows_cut": 0},
        {"kind": "drop", "rows": 2},
    ]
    assert survey.remedies(32, longest_allowed=100)[-2:] == [
        {"kind": "max_length", "value": 100, "rows_cut": 1},
        {"kind": "drop", "rows": 2},
    ]
    assert survey.remedies(512, longest_allowed=512) == []


def test_padding_shares(tiny_checkpoint: Path) -> None:
    rows = {"tokens": [["a"] * size for size in (8, 1, 8, 1)], "labels": [[]] * 4}
    survey = survey_of(rows, TASK.load_tokenizer(tiny_checkpoint))
    assert survey.padding_share(2, 64, by_length=False) == pytest.approx(14 / 40)
    assert survey.padding_share(2, 64, by_length=True) == 0.0
    assert survey.padding_share(2, 4, by_length=False) == pytest.approx(2 / 16)


def test_no_rows(tiny_checkpoint: Path) -> None:
    survey = survey_of({"tokens": [], "labels": []}, TASK.load_tokenizer(tiny_checkpoint))
    assert survey.report(16)["rows"] == 0
    assert survey.padding_share(8, 16, by_length=True) == 0.0
    assert survey.remedies(16, 64) == []
