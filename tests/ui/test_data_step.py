"""Step 2: files become rows, what was found is shown, nothing is lost where something fails."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.ui.conftest import last, text_of
from ui.found import rows_html, running
from ui.parts.data import layout
from ui.services import Visit
from ui.steps import data

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def parts(lay: Callable[[Callable[[], Any]], Any]) -> Any:
    return lay(layout)


def uploaded(path: Path, folder: Path) -> str:
    """Copy a file as Gradio does: into a folder of its own."""
    folder.mkdir(parents=True)
    return str(shutil.copy(path, folder / path.name))


def take(visit: Visit, parts: Any, *paths: Path | str) -> dict[Any, Any]:
    return last(data.file_taker(parts)(visit, [str(path) for path in paths]))


def picked(value: str) -> Any:
    return SimpleNamespace(value=value)


def test_uploaded_files_become_rows_and_gradios_copies_are_deleted(
    visit: Visit,
    parts: Any,
    conll_files: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    copies = [uploaded(path, tmp_path / "cache" / name) for name, path in conll_files.items()]
    shown = take(visit, parts, *copies)
    assert not any(Path(copy).exists() for copy in copies)
    assert all(path.exists() for path in conll_files.values())
    assert visit.spec.dataset.imported
    found = text_of(shown[parts.found])
    for fact in ("CoNLL, UTF-8", "IOB2", "All 120 rows are kept.", "in 3 labels"):
        assert fact in found
    assert "train 80, validation 20, test 20" in found
    note = found.split("By their names, train.conll")[0].rpartition("<li")[2]
    assert 'class="is-ok"' in note, "what file names decided is a note, no warning"
    assert text_of(shown[parts.counts]).count('class="fr-chip') == 3
    assert "Half of the train rows have at most" in text_of(shown[parts.lengths_text])
    assert sum(shown[parts.lengths].value["y"]) == 80
    assert "train.conll and 2 more" in text_of(shown[parts.chosen])
    assert "Rows 1 to 8 of 80" in text_of(shown[parts.rows])


def test_each_column_says_why_it_was_proposed_and_can_be_changed(
    visit: Visit, parts: Any, conll_files: dict[str, Path]
) -> None:
    shown = take(visit, parts, conll_files["train"])
    assert shown[parts.tokens].value == "column_1"
    assert [name for name, _ in shown[parts.labels].choices] == ["column_1", "column_2"]
    assert "tags such as B- and I-" in shown[parts.labels].info
    assert not shown[parts.sentence].visible
    shown = last(data.role_taker(parts)(visit, "column_2", "column_1", None, None, None))
    assert visit.spec.columns == {"tokens": "column_2", "labels": "column_1"}


def test_a_file_that_cannot_be_read_says_why_and_the_old_data_stays(
    visit: Visit, parts: Any, conll_files: dict[str, Path], tmp_path: Path
) -> None:
    take(visit, parts, conll_files["train"])
    before = visit.spec.dataset
    empty = tmp_path / "empty.conll"
    empty.touch()
    shown = take(visit, parts, empty)
    problem = text_of(shown[parts.problem])
    assert "empty.conll" in problem
    assert "The data chosen before stays." in problem
    assert visit.spec.dataset == before


def test_rows_that_do_not_fit_are_named_and_the_columns_stay_choosable(
    visit: Visit, parts: Any, tmp_path: Path
) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"tokens": ["a", "b"], "ner_tags": ["O"]}\n', "utf-8")
    shown = take(visit, parts, path)
    assert (
        "x.jsonl, row 1: column &#x27;tokens&#x27; has 2 words but column &#x27;ner_tags&#x27; has "
        "1 label; expected as many labels as words."
    ) in text_of(shown[parts.problem])
    assert shown[parts.columns].visible
    assert "tokens ([&quot;a&quot;, &quot;b&quot;])" in text_of(shown[parts.found])


def test_character_positions_are_read_as_words_and_labels(
    visit: Visit, parts: Any, tmp_path: Path
) -> None:
    path = tmp_path / "spans.jsonl"
    row = '{"text": "Anna left Paris", "label": [[0, 4, "PER"], [10, 15, "LOC"]]}\n'
    path.write_text(row * 12, "utf-8")
    shown = take(visit, parts, path)
    assert shown[parts.text].value == "text"
    assert shown[parts.spans].value == "label"
    assert not shown[parts.tokens].visible
    assert "text with character positions" in text_of(shown[parts.found])
    assert "Anna<span>PER</span>" in text_of(shown[parts.rows])


def test_an_open_question_is_asked_and_the_answer_settles_it(
    visit: Visit, parts: Any, tmp_path: Path
) -> None:
    path = tmp_path / "two.jsonl"
    row = '{"tokens": ["Anna", "left"], "first": ["B-PER", "O"], "second": ["B-X", "O"]}\n'
    path.write_text(row * 12, "utf-8")
    shown = take(visit, parts, path)
    assert 'data-pick="labels=second"' in text_of(shown[parts.needs])
    assert shown[parts.rows] == ""
    answer, show = data.answer_taker(parts)
    answer(visit, picked("labels=second"))
    shown = last(show(visit))
    assert visit.spec.columns["labels"] == "second"
    assert shown[parts.needs] == ""
    assert "X" in text_of(shown[parts.rows])


def test_cleaning_and_splits_change_the_report(
    visit: Visit, parts: Any, conll_files: dict[str, Path]
) -> None:
    take(visit, parts, conll_files["train"])
    change = data.settings_taker(parts)
    _, _, _, add = data.cleaner(parts)
    shown = last(add(visit, "drop_duplicates", "", ""))
    shown |= last(change(visit, "0.25", "0", "7", True))
    assert visit.spec.splits.validation_share == 0.25
    assert visit.spec.cleaning == ({"step": "drop_duplicates"},)
    assert "dropped:" in text_of(shown[parts.found])
    assert shown[parts.settings].label == (
        "Cleaning and splits · Drop duplicate rows, 25 % validation, 0 % test, seed 7"
    )
    shown = last(change(visit, "abc", "0", "7", True))
    assert "validation_share is &quot;abc&quot;" in text_of(shown[parts.problem])
    assert visit.spec.splits.validation_share == 0.25


def test_cleaning_steps_are_added_moved_switched_off_and_removed(
    visit: Visit, parts: Any, conll_files: dict[str, Path]
) -> None:
    take(visit, parts, conll_files["train"])
    change, show, choose, add = data.cleaner(parts)
    asked = choose(visit, "length")
    assert [asked[box].visible for box in (parts.add_first, parts.add_second)] == [True, True]
    shown = last(add(visit, "length", "many", "9"))
    assert "length.minimum is &quot;many&quot;" in text_of(shown[parts.problem])
    assert visit.spec.cleaning == ()
    last(add(visit, "lowercase", "", ""))
    shown = last(add(visit, "first", "30", ""))
    steps = text_of(shown[parts.cleaning])
    assert "<b>Take the first rows of train</b><small>Rows: 30 · 50 rows dropped</small>" in steps
    assert visit.spec.cleaning == ({"step": "lowercase"}, {"step": "first", "count": 30})
    change(visit, picked("up:1"))
    change(visit, picked("on:1"))
    assert visit.spec.cleaning == (
        {"step": "first", "count": 30},
        {"step": "lowercase", "on": False},
    )
    assert "switched off" in text_of(last(show(visit))[parts.cleaning])
    change(visit, picked("remove:0"))
    change(visit, picked("remove:0"))
    assert "No cleaning" in text_of(last(show(visit))[parts.cleaning])


def test_the_labels_of_cleaning_steps_are_escaped(
    visit: Visit, parts: Any, conll_files: dict[str, Path]
) -> None:
    take(visit, parts, conll_files["train"])
    _, _, _, add = data.cleaner(parts)
    shown = last(add(visit, "rename_label", EVIL, "x"))
    assert EVIL not in text_of(shown[parts.cleaning])
    assert "&lt;script&gt;" in text_of(shown[parts.cleaning])


def test_rows_are_paged(visit: Visit, parts: Any, conll_files: dict[str, Path]) -> None:
    take(visit, parts, conll_files["train"])
    to_split, to_row, back, on = data.pager(parts)
    assert "Rows 9 to 16 of 72" in text_of(on(visit)[parts.rows])
    assert "Rows 1 to 8 of 72" in text_of(back(visit)[parts.rows])
    shown = to_row(visit, "70")
    assert "Rows 70 to 72 of 72" in text_of(shown[parts.rows])
    assert not shown[parts.on].interactive
    assert "of 8" in text_of(to_split(visit, "validation")[parts.rows])


def test_a_reload_shows_the_same(visit: Visit, parts: Any, conll_files: dict[str, Path]) -> None:
    first = take(visit, parts, conll_files["train"])
    again = last(data.refresher(parts)(visit))
    assert text_of(again[parts.found]) == text_of(first[parts.found])
    assert text_of(again[parts.chosen]) == text_of(first[parts.chosen])


def test_removed_data_is_gone_and_the_step_says_what_to_do(
    visit: Visit, parts: Any, conll_files: dict[str, Path]
) -> None:
    take(visit, parts, conll_files["train"])
    shown = data.remover(parts)(visit, picked("remove"))
    assert visit.spec.dataset.is_empty
    assert "Upload a file, name a Hub dataset, or take an example." in text_of(shown[parts.found])


def test_the_example_is_one_click(visit: Visit, parts: Any) -> None:
    pick, take_example = data.example_taker(parts)
    pick(visit, picked("customer_mail"))
    shown = last(take_example(visit))
    assert "6 labels" in text_of(shown[parts.found])
    assert visit.draft.page["data_name"] == "Customer mail"


def test_a_dataset_of_the_hub_without_a_network(visit: Visit, parts: Any) -> None:
    look_up, _ = data.hub_finder(parts)
    shown = last(look_up(visit, "dev/mails"))
    assert "The Hub cannot be reached" in text_of(shown[parts.problem])


def test_words_and_labels_of_the_data_are_escaped(visit: Visit) -> None:
    row = {"number": 1, "tokens": [EVIL, "b"], "labels": [f"B-{EVIL}", "O"]}
    markup = rows_html(visit, {"total": 1, "rows": [row]}, [EVIL])
    assert EVIL not in markup
    assert "&lt;script&gt;" in markup


def test_running_text_joins_entities() -> None:
    tags = ["B-PER", "I-PER", "B-PER", "I-LOC"]
    assert running(["A", "B", "C", "D"], tags) == (
        "A B C D",
        [(0, 3, "PER"), (4, 5, "PER"), (6, 7, "LOC")],
    )
    assert running(["a", "b"], ["NOUN", "X"])[1] == [(0, 1, "NOUN"), (2, 3, "X")]
