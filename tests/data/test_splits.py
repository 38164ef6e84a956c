"""Splits: seeded, stratified where possible, groups kept together."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.report import Cases, find_warnings
from core.data.splits import cut
from core.spec import SplitSpec

ROWS = [["B-PER", "O"]] * 60 + [["B-LOC"]] * 30 + [["O", "O"]] * 100 + [["B-RARE", "B-PER"]] * 10


def test_every_label_keeps_its_share() -> None:
    parts = cut(ROWS, None, {"validation": 0.2, "test": 0.1}, SplitSpec())
    found = {name: Counter(ROWS[row][0] for row in rows) for name, rows in parts.items()}
    assert found["validation"] == {"B-PER": 12, "B-LOC": 6, "O": 20, "B-RARE": 2}
    assert found["test"] == {"B-PER": 6, "B-LOC": 3, "O": 10, "B-RARE": 1}


def test_the_seed_decides() -> None:
    first, again = (cut(ROWS, None, {"validation": 0.1}, SplitSpec(seed=7)) for _ in range(2))
    other = cut(ROWS, None, {"validation": 0.1}, SplitSpec(seed=8))
    assert first == again != other


def test_a_label_that_occurs_once_stays_in_train() -> None:
    rows = [["O"]] * 50 + [["B-ONCE"]]
    assert 50 in cut(rows, None, {"validation": 0.1}, SplitSpec())["train"]


def test_groups_never_straddle_splits() -> None:
    groups = [row // 10 for row in range(len(ROWS))]
    parts = cut(ROWS, groups, {"validation": 0.2}, SplitSpec())
    train, validation = ({groups[row] for row in parts[name]} for name in ("train", "validation"))
    assert not train & validation
    assert len(parts["validation"]) == 40


@pytest.mark.parametrize("count", [2, 3, 5])
def test_small_data_leaves_rows_on_both_sides(count: int) -> None:
    parts = cut([["B-PER"]] * count, None, {"validation": 0.1}, SplitSpec())
    assert len(parts["validation"]) == 1
    assert len(parts["train"]) == count - 1


@given(
    st.lists(st.sampled_from([["O"], ["B-A"], ["B-B", "B-A"]]), min_size=2, max_size=40),
    st.floats(0.01, 0.6),
    st.floats(0.0, 0.3),
    st.booleans(),
)
def test_every_row_is_in_exactly_one_split(
    rows: list[list[str]], validation: float, test: float, stratify: bool
) -> None:
    shares = {"validation": validation, "test": test}
    parts = cut(rows, None, shares, SplitSpec(stratify=stratify))
    assert sorted(row for found in parts.values() for row in found) == list(range(len(rows)))
    assert parts["train"]


def test_warnings_about_rows_in_several_splits_and_contradictions() -> None:
    tokens = {"train": [["a"], ["b"], ["b"]], "test": [["a"], ["c"]]}
    labels = {"train": [["B-X"], ["O"], ["B-X"]], "test": [["B-X"], ["O"]]}
    cases = Cases()
    warnings = find_warnings(tokens, labels, {"train": {"X": 12}, "test": {"X": 10}}, cases)
    assert warnings == [
        "1 row of 'test' is also in 'train'.",
        "1 row repeats an earlier row of 'train'.",
        "1 row has the same words as another row but other labels.",
    ]
    assert cases.shown["1 row of 'test' is also in 'train'."] == [
        {"split": "test", "row": 1, "text": "a"}
    ]


def test_warnings_about_rare_missing_and_misspelled_labels() -> None:
    rows = {"train": [["a"]], "test": [["b"]]}
    counts = {"train": {"PER": 30, "Per": 3, "LOC": 20}, "test": {"PER": 4}}
    assert find_warnings(rows, {"train": [["B-PER"]], "test": [["B-PER"]]}, counts, Cases()) == [
        "The split 'test' has no example of: Per, LOC. It cannot be scored there.",
        "Labels with fewer than 10 examples in 'train': Per (3).",
        "These labels differ only in case or blanks: PER, Per.",
    ]
