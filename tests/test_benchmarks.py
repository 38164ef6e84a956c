"""The figures compare what they say they compare."""

from __future__ import annotations

from pathlib import Path

from benchmarks import alignment
from benchmarks.plain.token_classification import read_conll
from benchmarks.rows import MAIL, write_first
from tests.conftest import ROOT
from tests.tasks.models import starter


def test_the_course_loop_is_the_one_of_its_worked_example() -> None:
    words = [3, 0, 7, 0, 0, 0, 7, 0, 0]
    tokens = [None, 0, 1, 2, 3, 4, 5, 6, 7, 7, 8, None]
    labels = alignment.align_labels_with_tokens(words, tokens)
    assert labels == [-100, 3, 0, 7, 0, 0, 0, 7, 0, 0, 0, -100]


def test_validation_rows_with_labels_that_training_lacks_are_left_out(tmp_path: Path) -> None:
    train, validation = tmp_path / "train.conll", tmp_path / "validation.conll"
    assert write_first(MAIL / "train.conll", 3, train) == 3
    kept = write_first(MAIL / "validation.conll", 50, validation, like=train)
    known = {tag for _, tags in read_conll(train) for tag in tags}
    assert len(read_conll(validation)) == kept > 0
    assert known.issuperset(tag for _, tags in read_conll(validation) for tag in tags)


def test_the_alignment_is_measured_on_equal_ids_and_labels() -> None:
    starter()
    found = alignment.measure(1, ROOT / ".venv" / "home")
    assert found.equal
    assert found.ours > found.course
