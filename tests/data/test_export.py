"""What is written in any layout and scheme gives the same entities when it is read back."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.export import LAYOUTS, TAG_LAYOUTS, write_rows
from core.data.prepare import prepare
from core.data.spellings import SPELLINGS
from core.errors import UserError
from core.spec import DatasetSpec, RunSpec
from tests.data.test_prepare import WHOLE, imported_of

SCHEMES = ("IO", "IOB1", "IOB2", "BIOES", "BILOU")
SUFFIXES = {
    "columns": (".conll",),
    "lists": (".jsonl", ".json", ".csv", ".tsv"),
    "aligned texts": (".csv", ".tsv", ".jsonl"),
    "one token per row": (".csv", ".tsv", ".jsonl"),
    "tagged words": (".jsonl",),
    "spans": (".jsonl", ".csv"),
    "doccano": (".jsonl",),
    "prodigy": (".jsonl",),
    "spacy": (".json",),
    "brat": ("",),
    "label studio": (".json",),
    "label studio min": (".json", ".tsv"),
}
WORDS = (
    "Al",
    "Lee",
    "naps",
    "in",
    "東",
    "京",
    "大学",
    "é",
    "don't",
    "3.5",
    '"',
    "#",
    ",",
    "🇯🇵",
    "A/B",
)
ENTITIES = ("PER", "ORG", "creative-work", "その他", "A_B")


@st.composite
def rows_of_words(draw: st.DrawFn, touching: bool = True) -> dict[str, list[list[str]]]:
    """Rows with IOB2 tags; the first has two entities, so that there is something to detect."""
    rows: dict[str, list[list[str]]] = {"tokens": [], "labels": []}
    first = [("PER", 2), ("", 1), ("ORG", 1), ("", 1)]
    pieces = st.tuples(st.sampled_from(("", *ENTITIES)), st.integers(1, 3))
    for row in [
        first,
        *draw(st.lists(st.lists(pieces, min_size=2, max_size=6), min_size=2, max_size=5)),
    ]:
        labels: list[str] = []
        for label, length in row:
            if not touching and label and labels and labels[-1][2:] == label:
                labels.append("O")
            tags = [f"B-{label}", *[f"I-{label}"] * (length - 1)] if label else ["O"] * length
            labels += tags
        words = st.lists(st.sampled_from(WORDS), min_size=len(labels), max_size=len(labels))
        rows["tokens"].append(draw(words))
        rows["labels"].append(labels)
    return rows


def read_back(path: Path, home: Path) -> Any:
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    dataset = DatasetSpec(files={"train": tuple(map(str, files))})
    spec = RunSpec("token-classification", "starter", dataset, splits=WHOLE)
    return prepare(imported_of(spec, home), spec)


def round_trip(rows: Any, layout: str, suffix: str, *written: str) -> Any:
    folder = Path(mkdtemp())
    try:
        write_rows(rows, folder / f"rows{suffix}", layout, *written)
        return read_back(folder / f"rows{suffix}", folder / "home")
    finally:
        shutil.rmtree(folder)


def entities(rows: Any) -> list[list[tuple[str, str]]]:
    """Return label and letters of each entity, row by row."""
    found = []
    for words, tags in zip(rows["tokens"], rows["labels"], strict=True):
        row: list[tuple[str, str]] = []
        for word, tag in zip(words, tags, strict=True):
            if tag[:2] == "B-":
                row.append((tag[2:], word))
            elif tag[:2] == "I-":
                row[-1] = (row[-1][0], row[-1][1] + word)
        found.append(row)
    return found


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("layout", TAG_LAYOUTS)
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_every_scheme_in_every_layout_of_tags(
    layout: str, scheme: str, data: st.DataObject
) -> None:
    rows = data.draw(rows_of_words(touching=scheme != "IO"))
    if (layout, scheme) == ("columns", "IO"):  # a line "#<tab>PER" may be a comment: refused
        rows["tokens"] = [[word.replace("#", "No") for word in row] for row in rows["tokens"]]
    suffix = data.draw(st.sampled_from(SUFFIXES[layout]))
    result = round_trip(rows, layout, suffix, scheme)
    assert result.splits["train"] == rows
    assert (result.report.layout, result.report.scheme) == (layout, scheme)


@pytest.mark.parametrize("layout", sorted(set(LAYOUTS) - set(TAG_LAYOUTS)))
@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_every_layout_of_character_positions(layout: str, data: st.DataObject) -> None:
    rows = data.draw(rows_of_words())
    suffix = data.draw(st.sampled_from(SUFFIXES[layout]))
    result = round_trip(rows, layout, suffix)
    assert entities(result.splits["train"]) == entities(rows)
    assert result.report.layout == layout


@pytest.mark.parametrize("spelling", SPELLINGS)
@settings(max_examples=3, deadline=None)
@given(data=st.data())
def test_every_spelling_of_tags(spelling: str, data: st.DataObject) -> None:
    rows = data.draw(rows_of_words())
    scheme = "IOB2" if spelling == "B" else data.draw(st.sampled_from(("IOB1", "IOB2", "BIOES")))
    if spelling == "B":
        rows["labels"] = [
            [tag[:2] + "ENTITY" if tag != "O" else tag for tag in row] for row in rows["labels"]
        ]
    result = round_trip(rows, "lists", ".jsonl", scheme, spelling)
    assert result.splits["train"] == rows
    assert (result.report.scheme, result.report.spelling) == (scheme, spelling)


def test_plain_tags_are_written_as_they_are() -> None:
    rows = {"tokens": [["Al", "naps"], ["in", "Rome"]], "labels": [["X", "V"], ["P", "X"]]}
    assert round_trip(rows, "columns", ".conll", "plain").splits["train"] == rows
    with pytest.raises(UserError) as caught:
        round_trip(rows, "brat", "", "plain")
    assert caught.value.message == (
        'Tags such as X mark no entities, so the layout "brat" cannot hold them.'
    )


def test_words_that_are_blanks_are_kept() -> None:
    rows = {
        "tokens": [[*"Al Lee"], [*"in Rome"]],
        "labels": [["B-PER", *["I-PER"] * 5], [*"OOO", "B-LOC", *["I-LOC"] * 3]],
    }
    assert round_trip(rows, "columns", ".conll").splits["train"] == rows
    spans = round_trip(rows, "spans", ".jsonl").splits["train"]
    assert spans["tokens"] == [["Al", "Lee"], ["in", "Rome"]]


@pytest.mark.parametrize(
    ("words", "tags", "layout", "written", "message"),
    [
        (
            ["a", "b"],
            ["B-PER", "B-PER"],
            "lists",
            ("IO",),
            "Row 1 has two entities of PER side by side, which the scheme IO cannot keep apart.",
        ),
        (
            ["a\tb"],
            ["B-PER"],
            "columns",
            (),
            'Row 1: the layout "columns" cannot hold the word "a\\tb" with the tag "B-PER".',
        ),
        (
            ["a", "#"],
            ["B-PER", "B-LOC"],
            "columns",
            ("IO",),
            'Row 1: the layout "columns" cannot hold the word "#" with the tag "LOC".',
        ),
        (
            ["New York"],
            ["B-LOC"],
            "aligned texts",
            (),
            'Row 1: the layout "aligned texts" cannot hold the word "New York" with the tag '
            '"B-LOC".',
        ),
        (
            ["a"],
            ["B-A/B"],
            "tagged words",
            (),
            'Row 1: the layout "tagged words" cannot hold the word "a" with the tag "B-A/B".',
        ),
        (
            ["a", "b"],
            ["B-PER", "B-LOC"],
            "lists",
            ("IOB2", "B"),
            "Tags without the name of a label cannot tell LOC, PER apart.",
        ),
        (
            ["a", " "],
            ["O", "B-PER"],
            "spans",
            (),
            "Row 1 has an entity of PER without a letter or sign, which character positions cannot "
            "hold.",
        ),
        (["a"], ["B-a b"], "brat", (), 'brat cannot hold the label "a b": it has blanks.'),
        (
            ["a"],
            ["B-PER"],
            "xml",
            (),
            f'There is no layout "xml"; expected one of: {", ".join(LAYOUTS)}.',
        ),
    ],
)
def test_what_a_layout_cannot_hold_is_refused(
    words: list[str],
    tags: list[str],
    layout: str,
    written: tuple[str, ...],
    message: str,
    tmp_path: Path,
) -> None:
    with pytest.raises(UserError) as caught:
        write_rows({"tokens": [words], "labels": [tags]}, tmp_path / "a", layout, *written)
    assert caught.value.message == message
