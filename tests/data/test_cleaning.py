"""Cleaning steps: what each changes or drops, its count, and options that do not fit."""

from __future__ import annotations

from typing import Any

import pytest

from core.data.cleaning import OPTIONS, STEPS, checked, clean
from core.data.rows import Split
from core.errors import UserError

ROWS = [["Caf\u0065\u0301", "&amp;"], ["b"], ["c", "d", "e"]]
TAGS = [["B-PER", "I-PER"], ["O"], ["B-LOC", "O", "B-PER"]]


def split(source: str = "train") -> Split:
    return Split(source, [list(row) for row in ROWS], [list(row) for row in TAGS], [0, 1, 2])


def run(step: dict[str, Any], source: str = "train") -> tuple[Split, dict[str, int]]:
    splits, work = clean({source: split(source)}, step)
    counts = {**work.repaired, **work.dropped}
    return splits[source], {reason: count for reason, count in counts.items() if count}


def test_words_are_changed_and_counted() -> None:
    assert run({"step": "unescape_html"})[0].tokens[0] == [ROWS[0][0], "&"]
    assert run({"step": "nfc"})[0].tokens[0][0] == "Caf\u00e9"
    lowered, counts = run({"step": "lowercase"})
    assert lowered.tokens[0][0] == ROWS[0][0].lower()
    assert counts == {"words with capitals, lower-cased": 1}


def test_labels_are_renamed_merged_and_taken_off() -> None:
    merged, counts = run({"step": "rename_label", "from": "LOC", "to": "PER"})
    assert merged.labels[2] == ["B-PER", "O", "B-PER"]
    assert counts == {"words labelled LOC, now PER": 1}
    gone, counts = run({"step": "rename_label", "from": "PER", "to": ""})
    assert gone.labels == [["O", "O"], ["O"], ["B-LOC", "O", "O"]]
    assert counts == {"words labelled PER, now without": 3}


def test_rows_are_kept_by_length_in_every_split() -> None:
    kept, counts = run({"step": "length", "minimum": 2, "maximum": 2}, "test")
    assert kept.numbers == [0]
    assert counts == {"rows with fewer than 2 or more than 2 words": 2}


def test_rows_are_taken_from_train_only() -> None:
    assert run({"step": "first", "count": 2})[0].numbers == [0, 1]
    assert run({"step": "first", "count": 9})[1] == {}
    assert run({"step": "first", "count": 2}, "test")[0].numbers == [0, 1, 2]
    assert run({"step": "random", "count": 2, "seed": 1})[1] == {
        "rows of train that were not taken": 1
    }


def test_a_shuffle_is_the_same_for_the_same_seed() -> None:
    once, again = (run({"step": "shuffle", "seed": 3})[0] for _ in range(2))
    assert once.numbers == again.numbers
    assert sorted(once.numbers) == [0, 1, 2]
    assert once.tokens == [ROWS[number] for number in once.numbers]


def test_a_step_that_is_off_does_nothing() -> None:
    assert run({"step": "lowercase", "on": False}) == (split(), {})


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            {"step": "first"},
            "first.count is null; expected a whole number from 1 to 100,000,000.",
        ),
        (
            {"step": "first", "count": 3, "seeds": 1},
            'The cleaning step "first" has no option "seeds". Its options: count.',
        ),
        (
            {"step": "length", "minimum": 5, "maximum": 2},
            "length.minimum is 5; expected at most length.maximum (2).",
        ),
        ({"step": "rename_label", "to": "X"}, "rename_label.from is null; expected a label."),
    ],
)
def test_options_that_do_not_fit_are_named(step: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as error:
        checked(step)
    assert error.value.message == message


def test_every_step_with_options_is_known() -> None:
    assert set(OPTIONS) <= set(STEPS)
