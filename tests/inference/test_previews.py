"""The preview's questions, on the small CoNLL files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import UserError
from core.inference.previews import Previews
from core.spec import read_spec


@pytest.fixture
def spec(tiny_spec: Path) -> dict[str, Any]:
    return read_spec(tiny_spec).to_json()


@pytest.fixture
def previews(home: Path) -> Previews:
    return Previews(home)


def test_describe(previews: Previews, spec: dict[str, Any]) -> None:
    report = previews.describe(spec)
    assert report["labels"] == ["LOC", "ORG", "PER"]
    assert report["splits"] == {"train": 80, "validation": 20, "test": 20}


def test_rows(previews: Previews, spec: dict[str, Any]) -> None:
    page = previews.rows(spec, "train", 1, 2)
    assert page["total"] == 80
    assert page["rows"][0] == {
        "number": 2,
        "tokens": ["the", "order", "from", "acme", "corp"],
        "labels": ["O", "O", "O", "B-ORG", "I-ORG"],
    }
    assert [row["number"] for row in page["rows"]] == [2, 3]
    assert len(previews.rows(spec, "train", 79, 50)["rows"]) == 1


def test_strip(previews: Previews, spec: dict[str, Any]) -> None:
    strip = previews.strip(spec, "validation", 2)
    assert (strip["split"], strip["row"], strip["total"]) == ("validation", 2, 20)
    assert [word["text"] for word in strip["words"]] == ["the", "order", "from", "acme", "corp"]
    assert strip["label_ids"]["B-ORG"] == 3


def test_the_rule_and_the_length_change_the_strip(previews: Previews, spec: dict[str, Any]) -> None:
    spec["max_length"] = 4
    spec["task_options"] = {"label_rule": "every"}
    assert previews.strip(spec, "train", 2)["kept"] == 4
    assert previews.cuts(spec)["rows_cut"] == 80


def test_batch(previews: Previews, spec: dict[str, Any]) -> None:
    batch = previews.batch(spec, "train", 79)
    assert [row["number"] for row in batch["rows"]] == [79, 80]
    assert 0 <= batch["sorted_share"] <= batch["split_share"] < 1


def test_find(previews: Previews, spec: dict[str, Any]) -> None:
    assert previews.find(spec, "train", 1, "word", "acme corp") == {"row": 2}
    assert previews.find(spec, "train", 2, "label", "ORG") == {"row": 4}
    assert previews.find(spec, "train", 80, "label", "ORG") == {"row": 2}
    assert previews.find(spec, "train", 0, "cut") == {"row": None}
    with pytest.raises(UserError) as caught:
        previews.find(spec, "train", 0, "colour", "red")
    assert caught.value.message == '"colour" cannot be searched; expected cut, word or label.'


def test_cuts(previews: Previews, spec: dict[str, Any]) -> None:
    spec["max_length"] = 6
    cuts = previews.cuts(spec)
    assert cuts["rows"] == 80
    assert cuts["max_length"] == 6
    assert set(cuts["by_split"]) == {"train", "validation", "test"}
    assert cuts["remedies"][-1] == {"kind": "drop", "rows": cuts["rows_cut"]}
    assert cuts["rows_cut"] > 0
    assert sum(cuts["histogram"]["counts"]) == 80


def test_rows_and_splits_that_are_not_there(previews: Previews, spec: dict[str, Any]) -> None:
    with pytest.raises(UserError) as caught:
        previews.strip(spec, "train", 81)
    assert str(caught.value) == (
        "The split 'train' has no row 81; it has the rows 1 to 80. Choose another row."
    )
    with pytest.raises(UserError) as caught:
        previews.strip(spec, "dev", 1)
    assert str(caught.value) == (
        "There are no rows in the split 'dev'. There are: train, validation, test. "
        "Choose another split."
    )


def test_no_dataset(previews: Previews, spec: dict[str, Any]) -> None:
    spec["dataset"] = {}
    with pytest.raises(UserError) as caught:
        previews.strip(spec, "train", 1)
    assert str(caught.value) == "There is no dataset yet. Choose one in step 2."
