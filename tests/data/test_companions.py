"""Files that come with others: brat's pairs, and the names of labels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.data.inspect import inspect_files
from core.data.prepare import Prepared, prepare
from core.errors import UserError
from core.spec import DatasetSpec, RunSpec
from tests.data.test_prepare import LABELS, TOKENS, WHOLE, imported_of, lines

TEXT = "Al Lee naps\nin New  York today"
NOTES = (
    "T1\tPER 0 6\tAl Lee\n"
    "T2\tLOC 15 24\tNew  York\n"
    "A1\tLevel T1 high\n"
    "#1\tAnnotatorNotes T1\tsure\n"
    "T3\tLOC 15 18;25 30\tNew today\n"
)


def read(home: Path, *files: tuple[str, str | bytes]) -> Prepared:
    """Write files, in folders of their own where names repeat, and prepare them as train."""
    paths = []
    for name, content in files:
        path = home.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        paths.append(str(path))
    dataset = DatasetSpec(files={"train": tuple(paths)})
    spec = RunSpec("token-classification", "starter", dataset, splits=WHOLE)
    return prepare(imported_of(spec, home), spec)


def refused(home: Path, *files: tuple[str, str | bytes]) -> str:
    with pytest.raises(UserError) as caught:
        read(home, *files)
    return caught.value.message


def test_pairs_of_brat_are_documents(home: Path) -> None:
    pairs = [("a.ann", NOTES), ("a.txt", TEXT), ("b.txt", "No one"), ("b.ann", "")]
    result = read(home, *pairs, ("annotation.conf", "[entities]\nPER\n"))
    assert result.splits["train"] == {
        "tokens": [["Al", "Lee", "naps", "in", "New", "York", "today"], ["No", "one"]],
        "labels": [["B-PER", "I-PER", "O", "O", "B-LOC", "I-LOC", "O"], ["O", "O"]],
    }
    report = result.report
    assert (report.format, report.layout, report.encoding) == ("brat", "brat", "UTF-8")
    assert report.dropped == {
        "attributes of brat, which are no spans": 1,
        "notes of brat, which are no spans": 1,
        "spans in several pieces, left out": 1,
    }


@pytest.mark.parametrize("first", [15, 16])
def test_positions_of_brat_count_line_ends_as_one_character_or_two(first: int, home: Path) -> None:
    notes = f"T1\tLOC {first} {first + 9}\tNew  York\n"
    text = TEXT.replace("\n", "\r\n").encode()
    result = read(home, ("a.txt", text), ("a.ann", notes))
    assert result.splits["train"]["labels"][0][4:6] == ["B-LOC", "I-LOC"]


def test_uploads_lie_in_folders_of_their_own(home: Path) -> None:
    result = read(home, ("x/a.txt", TEXT), ("y/a.ann", NOTES))
    assert result.report.splits == {"train": 1}


def test_documents_of_the_same_name_are_told_apart_by_folder(home: Path) -> None:
    files = [("x/1.ann", NOTES), ("y/1.ann", "T1\tPER 0 2\tBo\n"), ("x/1.txt", TEXT)]
    result = read(home, *files, ("y/1.txt", "Bo naps"))
    assert result.splits["train"]["tokens"][1] == ["Bo", "naps"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            [("a.ann", NOTES), ("a.txt", TEXT), ("b.txt", TEXT)],
            "b.txt has no b.ann beside it; brat's files come in pairs of .txt and .ann.",
        ),
        (
            [("a.txt", "Bo Lee naps today and then he sings"), ("a.ann", NOTES)],
            'a.ann: T1 quotes "Al Lee", but characters 0 to 6 of a.txt are "Bo Lee".',
        ),
        (
            [("a.txt", TEXT), ("a.ann", "T1\tPER 0 6\tAl Lee\nPER 7 9\n")],
            'a.ann, line 2: "PER 7 9" is no annotation of brat; expected "T1", type, start, end '
            "and the text.",
        ),
        (
            [("a.txt", TEXT), ("a.ann", NOTES), ("b.csv", "a,b\n1,2\n")],
            "b.csv is no file of brat, as the others are; expected pairs of .txt and .ann.",
        ),
    ],
)
def test_broken_pairs_are_named(files: list[tuple[str, str]], message: str, home: Path) -> None:
    assert refused(home, *files) == message


NAMES = ["O", "B-PER", "B-LOC"]
IDS = lines(
    *(
        {"tokens": words, "ner_tags": [NAMES.index(tag) for tag in tags]}
        for words, tags in zip(TOKENS, LABELS, strict=True)
    )
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("labels.txt", "O\nB-PER\nB-LOC\n"),
        ("label_list.txt", "0\tO\n1\tB-PER\n2\tB-LOC\n"),
        ("ner_tags.txt", "O\r\nB-PER\r\nB-LOC\r\n"),
        ("label2id.json", json.dumps({"O": 0, "B-LOC": 2, "B-PER": 1})),
        ("id2label.json", json.dumps({"0": "O", "1": "B-PER", "2": "B-LOC"})),
        ("classes.json", json.dumps(NAMES)),
    ],
)
def test_ids_get_their_names_from_a_file_beside(name: str, content: str, home: Path) -> None:
    result = read(home, (name, content), ("rows.jsonl", IDS))
    assert result.splits["train"] == {"tokens": TOKENS, "labels": LABELS}
    assert result.report.format == "jsonl"
    assert not [warning for warning in result.report.warnings if "without names" in warning]


def test_ids_in_cells_get_their_names_too(home: Path) -> None:
    table = "tokens,tags\n\"['Al', 'naps']\",\"[1, 0]\"\n\"['in', 'Rome']\",\"[0, 2]\"\n"
    result = read(home, ("rows.csv", table), ("labels.txt", "O\nB-PER\nB-LOC\n"))
    assert result.splits["train"] == {"tokens": TOKENS, "labels": LABELS}


def test_names_reach_the_rows_through_the_limited_child(home: Path, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(IDS)
    (tmp_path / "dev.jsonl").write_text(IDS)
    (tmp_path / "labels.txt").write_text("O\nB-PER\nB-LOC\n")
    report = inspect_files(sorted(tmp_path.glob("*.*")), home, None, {})
    assert (report["splits"], report["labels"]) == ({"train": 2, "validation": 2}, ["LOC", "PER"])
