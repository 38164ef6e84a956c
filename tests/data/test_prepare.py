"""From an import to rows: columns and layouts, ids, cleaning, and clear errors."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from core.data.imports import Imported
from core.data.inspect import inspect_files
from core.data.prepare import Prepared, describe, prepare
from core.data.reader import read_request
from core.errors import UserError
from core.spec import DatasetSpec, RunSpec, SplitSpec

WHOLE = SplitSpec(validation_share=0.0)
TOKENS, LABELS = [["Al", "naps"], ["in", "Rome"]], [["B-PER", "O"], ["O", "B-LOC"]]


def spec_of(files: dict[str, str], folder: Path, **changes: Any) -> RunSpec:
    """Write one file per split (`train.jsonl`) and return a spec for them."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    paths = {name.split(".")[0]: (str(folder / name),) for name in files}
    changes = {"splits": WHOLE, **changes}
    return RunSpec("token-classification", "starter", DatasetSpec(files=paths), **changes)


def imported_of(spec: RunSpec, home: Path) -> Imported:
    """Import as the limited child does, but in this process: it is quicker."""
    home.mkdir()
    files = {
        split: [
            [path, Path(path).name, sha256(Path(path).read_bytes()).hexdigest()] for path in paths
        ]
        for split, paths in spec.dataset.files.items()
    }
    read_request({"folder": str(home), "hash": "a", "files": files}, lambda answer: None)
    return Imported.open(home)


def prepared(files: dict[str, str], home: Path, **changes: Any) -> Prepared:
    spec = spec_of(files, home.parent, **changes)
    return prepare(imported_of(spec, home), spec)


def refused(files: dict[str, str], home: Path, **changes: Any) -> UserError:
    with pytest.raises(UserError) as caught:
        prepared(files, home, **changes)
    return caught.value


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def train(result: Prepared) -> tuple[Any, Any]:
    rows = result.splits["train"]
    return rows["tokens"], rows["labels"]


JSON_LISTS = lines(*({"tokens": t, "tags": g} for t, g in zip(TOKENS, LABELS, strict=True)))


@pytest.mark.parametrize(
    ("name", "text", "layout"),
    [
        ("train.conll", "Al\tB-PER\nnaps\tO\n\nin\tO\nRome\tB-LOC\n", "columns"),
        ("train.conll", "Al NNP B-PER\nnaps VB O\n\nin IN O\nRome NNP B-LOC\n", "columns"),
        ("train.conll", "word\tner\nAl\tB-PER\nnaps\tO\n\nin\tO\nRome\tB-LOC\n", "columns"),
        ("train.jsonl", JSON_LISTS, "lists"),
        ("train.json", json.dumps({"words": TOKENS, "ner": LABELS}), "lists"),
        (
            "train.csv",
            f'tokens,tags\n"{TOKENS[0]}","{LABELS[0]}"\n"{TOKENS[1]}","{LABELS[1]}"\n',
            "lists",
        ),
        (
            "train.tsv",
            'tokens\ttags\n["Al", "naps"]\t["B-PER", "O"]\n["in", "Rome"]\t["O", "B-LOC"]\n',
            "lists",
        ),
        (
            "train.csv",
            "tokens,tags\n['Al' 'naps'],['B-PER' 'O']\n['in' 'Rome'],['O' 'B-LOC']\n",
            "lists",
        ),
        ("train.csv", "text,labels\nAl naps,B-PER O\nin Rome,O B-LOC\n", "aligned texts"),
        ("train.csv", "s,w,t\n1,Al,B-PER\n1,naps,O\n2,in,O\n2,Rome,B-LOC\n", "one token per row"),
        (
            "train.csv",
            "Sentence #;Word;POS;Tag\nSentence: 1;Al;NNP;B-PER\n;naps;VB;O\n"
            "Sentence: 2;in;IN;O\n;Rome;NNP;B-LOC\n",
            "one token per row",
        ),
        ("train.csv", "Al,B-PER\nnaps,O\n\nin,O\nRome,B-LOC\n", "one token per row"),
        ("train.jsonl", lines({"s": "Al/B-PER naps/O"}, {"s": "in/O Rome/B-LOC"}), "tagged words"),
        ("train.csv", "id,s\n1,Al|B-PER naps|O\n2,in|O Rome|B-LOC\n", "tagged words"),
        ("train.tsv", "1\tAl\tPER-B\n2\tnaps\tO\n\n1\tin\tO\n2\tRome\tLOC-B\n", "columns"),
        ("train.tsv", "1\tAl\tPER_B\n2\tnaps\t-\n\n1\tin\t-\n2\tRome\tLOC_B\n", "columns"),
        ("train.csv", "text,tag\nAl naps,B_PER O\nin Rome,O B_LOC\n", "aligned texts"),
    ],
)
def test_layouts_give_the_same_rows(name: str, text: str, layout: str, home: Path) -> None:
    result = prepared({name: text}, home)
    assert train(result) == (TOKENS, LABELS)
    assert result.report.layout == layout
    assert set(result.report.proposal) == set(result.report.columns)


def test_how_tags_are_written_is_said_and_counted(home: Path) -> None:
    rows = lines(
        {"tokens": ["Al", "Lee", "naps"], "tags": ["PER_B", "PER_I", "-"]},
        {"tokens": ["in", "Rome"], "tags": ["-", "LOC_B"]},
    )
    report = prepared({"train.jsonl": rows}, home).report
    assert (report.scheme, report.spelling, report.labels) == ("IOB2", "PER_B", ["LOC", "PER"])
    assert report.repaired == {
        "tags - or _, which say that there is no entity, now O": 2,
        "tags written in the way of PER_B, now B-PER": 3,
    }


def test_tags_without_the_name_of_a_label(home: Path) -> None:
    rows = lines({"tokens": ["Al", "Lee", "naps"], "tags": ["B", "I", "O"]})
    report = prepared({"train.jsonl": rows}, home).report
    assert (report.scheme, report.spelling, report.labels) == ("IOB2", "B", ["ENTITY"])
    assert report.warnings[0] == (
        "The tags are B, I and O without the name of a label; it is called ENTITY."
    )


def test_dots_reach_into_objects(home: Path) -> None:
    rows = [
        {"id": 1, "row": {"tokens": words, "tags": tags}}
        for words, tags in zip(TOKENS, LABELS, strict=True)
    ]
    columns = {"tokens": "row.tokens", "labels": "row.tags"}
    for number, chosen in enumerate(({}, columns)):
        result = prepared({"train.jsonl": lines(*rows)}, home / str(number), columns=chosen)
        assert train(result) == (TOKENS, LABELS)
        assert result.report.columns == columns
        assert result.report.available[1:] == [
            {"name": "row", "kind": "text", "example": result.report.available[1]["example"]},
            {"name": "row.tokens", "kind": "list", "example": '["Al", "naps"]'},
            {"name": "row.tags", "kind": "list", "example": '["B-PER", "O"]'},
        ]


def test_a_word_without_its_tag_names_the_row(home: Path) -> None:
    rows = [{"text": "Al/B-PER naps/O in/O"}] * 20
    error = refused({"train.jsonl": lines(*rows, {"text": "Bo naps/O"})}, home)
    assert error.message == (
        'train.jsonl, row 21: "Bo" has no tag; expected each word with its tag, as in "word/TAG".'
    )


def test_every_role_has_a_reason(home: Path) -> None:
    report = prepared({"train.jsonl": JSON_LISTS}, home).report
    assert report.columns == {"tokens": "tokens", "labels": "tags"}
    assert report.proposal == {
        "tokens": "It is called 'tokens' and holds lists of words.",
        "labels": "Only this column has tags such as B- and I-, one per word in 2 rows.",
    }


def test_chunk_tags_are_told_from_entities(home: Path) -> None:
    text = "Al NNP B-NP B-PER\nnaps VB B-VP O\n\nin IN B-PP O\nRome NNP B-NP B-LOC\n"
    report = prepared({"train.conll": text}, home).report
    assert report.columns == {"tokens": "column_1", "labels": "column_4"}
    assert report.needs == []


def test_an_open_question_is_described_and_refused_for_training(home: Path) -> None:
    text = "Al\tB-PER\tB-A\nnaps\tO\tO\n\nin\tO\tO\nRome\tB-LOC\tO\n"
    spec = spec_of({"train.tsv": text}, home.parent)
    imported = imported_of(spec, home)
    needs = describe(imported, spec).report.needs
    assert needs == [
        {
            "field": "labels",
            "message": "Several columns hold entity tags; choose one: column_2 (entities: 2), "
            "column_3 (entities: 1), in the first rows.",
            "choices": ["column_2", "column_3"],
        }
    ]
    with pytest.raises(UserError) as caught:
        prepare(imported, spec)
    assert caught.value.hint == "Choose the column for labels in step 2."


def test_a_column_that_is_not_there_names_those_that_are(home: Path) -> None:
    error = refused({"train.jsonl": JSON_LISTS}, home, columns={"labels": "ner"})
    assert error.message == "The split 'train' has no column 'ner'. It has: tokens, tags."
    assert error.hint == "Choose the column for labels in step 2."


def test_one_column_cannot_be_words_and_labels(home: Path) -> None:
    error = refused({"train.jsonl": JSON_LISTS}, home, columns={"tokens": "tags", "labels": "tags"})
    assert error.message == "Column 'tags' is chosen for the words and for the labels."


def test_a_column_without_spans_cannot_be_spans(home: Path) -> None:
    error = refused({"train.jsonl": JSON_LISTS}, home, columns={"spans": "tags"})
    assert error.message == (
        "Column 'tags' of train.jsonl cannot be used as spans: there are no lists of start, end "
        "and label."
    )


def test_an_unknown_role_names_the_known_ones(home: Path) -> None:
    error = refused({"train.jsonl": JSON_LISTS}, home, columns={"label": "tags"})
    assert error.message == (
        'There is no role "label" in token classification; expected one of: tokens, labels, '
        "sentence, text, spans."
    )


def test_validation_is_cut_by_seed_and_groups_stay_together(home: Path) -> None:
    rows = [
        {"tokens": [f"w{row}"], "labels": ["B-X" if row % 3 else "O"], "mail": row // 4}
        for row in range(40)
    ]
    splits = SplitSpec(validation_share=0.2, test_share=0.1, group_by="mail")
    result = prepared({"train.jsonl": lines(*rows)}, home, splits=splits)
    assert result.report.splits == {"train": 28, "validation": 8, "test": 4}
    cut = {split: found["rows"] for split, found in result.indices.items()}
    assert sorted(row for found in cut.values() for row in found) == list(range(40))
    groups = {split: {row // 4 for row in found} for split, found in cut.items()}
    assert not groups["train"] & groups["validation"]
    assert {found["source"] for found in result.indices.values()} == {"train"}
    assert result.splits["test"]["tokens"] == [[f"w{row}"] for row in cut["test"]]


def test_given_splits_are_kept_and_only_missing_ones_are_cut(home: Path) -> None:
    files = {"train.jsonl": JSON_LISTS * 10, "validation.jsonl": JSON_LISTS}
    splits = SplitSpec(validation_share=0.5, test_share=0.1)
    result = prepared(files, home, splits=splits)
    assert result.report.splits == {"train": 18, "validation": 2, "test": 2}
    assert result.indices["validation"] == {"source": "validation", "rows": [0, 1]}


def test_a_group_column_that_is_not_there(home: Path) -> None:
    error = refused({"train.jsonl": JSON_LISTS}, home, splits=SplitSpec(group_by="author"))
    assert error.message == "The split 'train' has no column 'author'. It has: tokens, tags."


def test_tags_and_tokens_of_different_length(home: Path) -> None:
    rows = [{"tokens": ["a", "b"], "labels": ["O", "B-X"]}, {"tokens": ["a"], "labels": ["O", "O"]}]
    error = refused({"train.jsonl": lines(*rows)}, home)
    assert error.message == (
        "train.jsonl, row 2: column 'tokens' has 1 word but column 'labels' has 2 labels; expected "
        "as many labels as words."
    )
    assert error.hint == (
        "Mend the row and choose the file again, or choose other columns in step 2."
    )


def test_an_unknown_tag_scheme(home: Path) -> None:
    error = refused({"train.conll": "Al\tX-PER\nnaps\tO\n\nRome\tQ-LOC\n"}, home)
    assert error.message.startswith(
        "Column 'column_2' of train.conll holds tags of no known scheme, such as X-PER, Q-LOC: "
    )


def test_no_entity_at_all(home: Path) -> None:
    error = refused({"train.conll": "Al\tO\nnaps\tO\n\nRome\tO\n"}, home)
    assert error.message == (
        "Column 'column_2' of train.conll holds no entity: its tag is O in all 2 rows. Expected "
        "tags such as B-PER."
    )
    assert error.hint == "Choose another label column or another file in step 2."


def test_one_label_only_in_validation(home: Path) -> None:
    files = {"train.conll": "Al\tB-PER\nnaps\tO\n", "validation.conll": "Rome\tB-LOC\nis\tO\n"}
    report = prepared(files, home).report
    reason = (
        "The label LOC is in the split 'validation' but not in 'train'; it cannot be learned "
        "(1 time)."
    )
    assert reason in report.warnings
    assert report.examples[reason] == [{"split": "validation", "row": 1, "text": "Rome is"}]
    assert report.labels == ["LOC", "PER"]


def test_ids_with_names(home: Path) -> None:
    data = {"names": ["O", "B-PER", "I-PER"], "data": [{"tokens": ["Al", "B"], "tags": [1, 2]}]}
    assert train(prepared({"train.json": json.dumps(data)}, home))[1] == [["B-PER", "I-PER"]]


def test_ids_without_names_get_names_and_a_warning(home: Path) -> None:
    result = prepared({"train.jsonl": lines({"tokens": ["Al", "naps"], "tags": [3, 0]})}, home)
    assert train(result)[1] == [["label_3", "label_0"]]
    assert result.report.scheme == "plain"
    assert (
        "Column 'tags' holds numbers without names; they are called label_0, label_1, ..."
        in result.report.warnings
    )


def test_an_id_beyond_the_names(home: Path) -> None:
    data = {"names": ["O", "B-PER"], "data": [{"tokens": ["Al"], "tags": [7]}]}
    assert refused({"train.json": json.dumps(data)}, home).message == (
        "Column 'tags' of train.json holds the label id 7, but the file names only 2 labels (0 to "
        "1)."
    )


def test_repairs_are_counted_with_cases(home: Path) -> None:
    report = prepared({"train.conll": "Al\tB-PER\nof\tO\nRome\tI-LOC\n\nAl\tB-PER\n"}, home).report
    assert report.scheme == "IOB2"
    assert report.repaired == {"I- without B- before it, now B-": 1}
    assert report.examples["I- without B- before it, now B-"] == [
        {"split": "train", "row": 1, "text": "Al of Rome"}
    ]


def test_rows_without_words_are_dropped_and_counted(home: Path) -> None:
    rows = [{"tokens": [], "tags": []}, {"tokens": ["Al"], "tags": ["B-PER"]}]
    result = prepared({"train.jsonl": lines(*rows)}, home)
    assert result.report.dropped == {"rows without words": 1}
    assert result.indices == {"train": {"source": "train", "rows": [1]}}


def test_cleaning_steps(home: Path) -> None:
    rows = [{"tokens": [" Al ", "\u00a0"], "tags": ["B-PER", "O"]}] * 2 + [
        {"tokens": [" "], "tags": ["O"]}
    ]
    steps = ({"step": "trim"}, {"step": "drop_empty"}, {"step": "drop_duplicates"})
    result = prepared({"train.jsonl": lines(*rows)}, home, cleaning=steps)
    assert train(result)[0] == [["Al", "\u00a0"]]
    assert result.report.repaired == {"words with blanks around them, trimmed": 2}
    assert result.report.dropped == {"empty rows": 1, "rows that repeat an earlier one": 1}


def test_an_unknown_cleaning_step_names_the_nearest(home: Path) -> None:
    error = refused({"train.jsonl": JSON_LISTS}, home, cleaning=({"step": "drop_duplicate"},))
    assert error.message == (
        'There is no cleaning step "drop_duplicate". Did you mean "drop_duplicates"?'
    )


def test_nothing_left_after_cleaning(home: Path) -> None:
    files = {"train.jsonl": lines({"tokens": [" "], "tags": ["O"]})}
    error = refused(files, home, cleaning=({"step": "drop_empty"},))
    assert error.message == "train.jsonl has no row left to train on."


def test_a_span_beyond_its_text_is_named(home: Path) -> None:
    files = {"train.jsonl": lines({"text": "Al naps", "label": [[0, 99, "PER"]]})}
    assert refused(files, home).message == (
        'train.jsonl, row 1: [0, 99, "PER"] is no span of its text, which has 7 characters; '
        "expected start, end and label."
    )


def test_spans_in_a_form_that_is_not_read_are_refused(home: Path) -> None:
    files = {"train.jsonl": lines({"text": "Al", "annotations": [{"result": []}]})}
    assert refused(files, home).message == (
        "Column 'annotations' of train.jsonl gives entities by character positions in a form that "
        "is not read yet; expected start, end and label."
    )


def test_classification_data_is_refused(home: Path) -> None:
    error = refused(
        {"train.csv": "text,label\nhow are you,good\nvery bad day,bad\nso so,good\n"}, home
    )
    assert "one word per row" in error.message


def test_words_without_sentence_ends_are_refused(home: Path) -> None:
    error = refused({"train.csv": "word,tag\nAl,B-PER\nnaps,O\nRome,B-LOC\n"}, home)
    assert error.message == (
        "train.csv has one word per row, and nothing says where a sentence ends. It has: word, tag."
    )
    assert error.hint == "Put a blank line after each sentence, or add a column with its number."


def test_a_split_that_lacks_the_labels_is_named(home: Path) -> None:
    files = {"train.jsonl": JSON_LISTS, "test.jsonl": lines({"tokens": ["Al", "naps"]})}
    assert refused(files, home).message == (
        "train.jsonl has no column with one label per word. It has: tokens. Expected a list of "
        "tags as long as 'tokens' in every row. Column 'tags' of train.jsonl is not in every file; "
        "it was left out."
    )


def test_a_table_with_sentence_numbers_is_not_one_long_row(home: Path) -> None:
    rows = [f"{row}\tthe\tO\n{row}\tcat\tB-ANIMAL\n" for row in range(1, 40)]
    for header in ("", "sentence\tword\ttag\n"):
        result = prepared({"train.tsv": header + "".join(rows)}, home.parent / f"h{len(header)}")
        assert result.report.splits == {"train": 39}
        assert result.report.layout == "one token per row"


def test_missing_sentence_ends_are_said(home: Path) -> None:
    report = prepared({"train.conll": "the\tO\ncat\tB-ANIMAL\n" * 300}, home).report
    assert report.warnings[0] == (
        "train.conll has no blank line between sentences: all 600 words are one row."
    )


def test_blank_joined_cells_of_different_length(home: Path) -> None:
    rows = ["text,labels", *["Al naps,B-PER O"] * 9, "in Rome,O"]
    assert refused({"train.csv": "\n".join(rows) + "\n"}, home).message == (
        "train.csv, row 10: column 'text' has 2 words but column 'labels' has 1 label; expected as "
        "many labels as words."
    )


def test_a_broken_list_in_a_cell_is_named(home: Path) -> None:
    rows = ["tokens,tags"] + ["\"['a']\",\"['B-X']\""] * 3 + ['"[\'a","[\'O\']"']
    error = refused({"train.csv": "\n".join(rows) + "\n"}, home)
    assert error.message == (
        "train.csv, row 4: column 'tokens' holds \"['a\"; expected a list, such as "
        '["EU", "rejects"].'
    )


def test_nothing_is_turned_into_null(home: Path) -> None:
    text = "s,w,t\n1,NA,B-PER\n1,None,O\n1,null,O\n1,007,O\n2,nan,O\n"
    assert train(prepared({"train.csv": text}, home))[0] == [["NA", "None", "null", "007"], ["nan"]]


def test_inspect_returns_the_fields_of_the_contract(home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(JSON_LISTS, "utf-8")
    found = inspect_files([tmp_path / "a.jsonl"], home, "token-classification", {})
    wanted = (
        "format encoding layout scheme task columns splits labels repaired dropped warnings needs"
    )
    assert set(wanted.split()) <= set(found)
    assert found["splits"] == {"train": 2}
    assert json.loads(json.dumps(found)) == found


def test_another_task_is_refused(home: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        inspect_files([tmp_path / "a.jsonl"], home, "seq2seq", {})
    assert caught.value.message == 'There is no task "seq2seq". Known: token-classification.'


def test_the_command_prints_one_object_or_exits_with_2(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from core.__main__ import main

    (tmp_path / "a.jsonl").write_text(JSON_LISTS, "utf-8")
    command = ["--home", str(home), "inspect", str(tmp_path / "a.jsonl")]
    assert main([*command, "--columns", "tokens=tokens", "labels=tags"]) == 0
    assert json.loads(capsys.readouterr().out)["labels"] == ["LOC", "PER"]
    assert main([*command, "--columns", "labels=ner"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "The split 'train' has no column 'ner'. It has: tokens, tags.\n"
        "Choose the column for labels in step 2.\n"
    )
