"""What `inspect` says about real files: right without a hint, or a specific question."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from core.data.imports import import_dataset
from core.data.inspect import inspect_files
from core.data.prepare import prepare
from core.errors import UserError
from core.spec import DatasetSpec, RunSpec, SplitSpec
from tests.conftest import SHARED_DATA

pytestmark = pytest.mark.skipif(
    not SHARED_DATA.is_dir(), reason="the shared datasets are not beside this checkout"
)
IOB1 = "entities converted from IOB1 to IOB2"
BIOES = "entities converted from BIOES to IOB2"
COLUMNS = {"tokens": "column_1", "labels": "column_2"}

# files, format, scheme, columns, rows, entities (words for plain tags), labels, repaired, dropped
EXPECTED: list[tuple[Sequence[str], str, str, dict[str, str], Any, Any, int, Any, Any]] = [
    (
        (
            "ner/wnut17/wnut17train.conll",
            "ner/wnut17/emerging.dev.conll",
            "ner/wnut17/emerging.test.annotated",
        ),
        *("conll", "IOB2", COLUMNS),
        {"train": 3394, "validation": 1009, "test": 1287},
        {"train": 1975, "validation": 836, "test": 1079},
        *(6, {}, {}),
    ),
    (
        ("ner/wikigold/wikigold.conll.txt",),
        *("conll", "IOB1", COLUMNS, {"train": 1696}, {"train": 3558}, 4),
        *({IOB1: 3558}, {"document marks (-DOCSTART-)": 145}),
    ),
    (
        ("ner/germeval2014_nested/NER-de-dev.tsv",),
        *("conll", "IOB2", {"tokens": "column_2", "labels": "column_3"}),
        *({"train": 2200}, {"train": 2674}, 12, {}, {"comment lines (#)": 2200}),
    ),
    (
        ("ner/klue_ner/klue-ner-dev.first400.tsv",),
        *("conll", "IOB2", COLUMNS, {"train": 400}, {"train": 1142}, 6),
        *({}, {"comment lines (#)": 405}),
    ),
    (
        ("ner/ncbi_disease_bio/devel.tsv", "ner/ncbi_disease_bio/test.tsv"),
        *("conll", "IOB2", COLUMNS),
        *({"train": 923, "test": 940}, {"train": 787, "test": 960}, 1, {}, {}),
    ),
    (
        ("ner/ncbi_disease_iobes/devel.tsv",),
        *("conll", "BIOES", COLUMNS, {"train": 923}, {"train": 787}, 1, {BIOES: 787}, {}),
    ),
    (
        ("ner/re3d/re3d-train.conll", "ner/re3d/re3d-test.conll"),
        *("conll", "IOB2", COLUMNS),
        *({"train": 765, "test": 200}, {"train": 2718, "test": 676}, 10, {}, {}),
    ),
    (
        ("ner/stockmark_ja/ner.first800.json",),
        *("json", "IOB2", {"text": "text", "spans": "entities"}),
        *({"train": 800}, {"train": 2001}, 8, {}, {}),
    ),
    (
        ("spans/prodigy/reddit_product_ner.first400.jsonl",),
        *("jsonl", "IOB2", {"text": "text", "spans": "spans"}, {"train": 74}, {"train": 75}, 1),
        *({}, {"rows that were rejected or ignored in annotation": 326}),
    ),
    (
        ("spans/spacy_json/ner_demo_replace__train.json",),
        *("json", "IOB2", {"text": "text", "spans": "entities"}),
        *({"train": 8}, {"train": 8}, 3, {}, {}),
    ),
    (
        ("pos/ud_ewt/train.first1200.conllu", "pos/ud_ewt/dev.first400.conllu"),
        *("conllu", "plain", {"tokens": "form", "labels": "upos"}),
        *({"train": 1200, "validation": 400}, {"train": 25719, "validation": 6729}, 17, {}),
        {"comment lines (#)": 3471, "multiword rows (3-4)": 381, "empty nodes (8.1)": 4},
    ),
]


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected[0][0])
def test_table_of_expectations(expected: tuple[Any, ...], home: Path) -> None:
    files, format, scheme, columns, rows, entities, labels, repaired, dropped = expected
    report = inspect_files([SHARED_DATA / name for name in files], home, None, {})
    assert (report["format"], report["encoding"]) == (format, "UTF-8")
    assert (report["scheme"], report["columns"]) == (scheme, columns)
    assert report["splits"] == rows
    counts = report["label_counts"]
    assert {split: sum(found.values()) for split, found in counts.items()} == entities
    assert len(report["labels"]) == labels
    assert (report["repaired"], report["dropped"]) == (repaired, dropped)
    asked = [need["field"] for need in report["needs"]]
    assert asked == (["labels"] if "germeval" in files[0] else [])


def test_the_question_about_two_label_columns_is_settled_by_an_answer(home: Path) -> None:
    file = SHARED_DATA / "ner/germeval2014_nested/NER-de-dev.tsv"
    report = inspect_files([file], home, None, {})
    assert report["needs"] == [
        {
            "field": "labels",
            "message": "Several columns hold entity tags; choose one: column_3 (entities: 1,219), "
            "column_4 (entities: 83), in the first rows.",
            "choices": ["column_3", "column_4"],
        }
    ]
    answered = inspect_files([file], home, None, {"labels": "column_4"})
    assert answered["needs"] == []
    assert sum(answered["label_counts"]["train"].values()) == 212


def test_both_schemes_of_the_same_text_give_the_same_rows(home: Path) -> None:
    prepared = []
    for name in ("ncbi_disease_bio", "ncbi_disease_iobes"):
        files = {"train": (str(SHARED_DATA / "ner" / name / "devel.tsv"),)}
        dataset = DatasetSpec(files=files)
        spec = RunSpec("token-classification", "starter", dataset)
        prepared.append(prepare(import_dataset(dataset, home), spec).splits["train"])
    assert prepared[0] == prepared[1]


def test_blanks_of_klue_are_words(home: Path) -> None:
    dataset = DatasetSpec(files={"train": (str(SHARED_DATA / EXPECTED[3][0][0]),)})
    words = prepare(
        import_dataset(dataset, home), RunSpec("token-classification", "starter", dataset)
    ).splits["train"]["tokens"]
    assert sum(word == " " for row in words for word in row) > 4000


def test_words_of_japanese_spans_are_the_annotated_names(home: Path) -> None:
    file = SHARED_DATA / "ner/stockmark_ja/ner.first800.json"
    dataset = DatasetSpec(files={"train": (str(file),)})
    spec = RunSpec(
        "token-classification", "starter", dataset, splits=SplitSpec(validation_share=0.0)
    )
    rows = prepare(import_dataset(dataset, home), spec).splits["train"]
    for row, words, tags in zip(
        json.loads(file.read_text("utf-8")), rows["tokens"], rows["labels"], strict=True
    ):
        names = sorted("".join(entity["name"].split()) for entity in row["entities"])
        assert sorted(entities_of(words, tags)) == names


def entities_of(words: list[str], tags: list[str]) -> list[str]:
    found: list[str] = []
    for word, tag in zip(words, tags, strict=True):
        if tag.startswith("B-"):
            found.append(word)
        elif tag.startswith("I-"):
            found[-1] += word
    return found


def test_a_file_without_labels_is_refused(home: Path) -> None:
    with pytest.raises(UserError, match="no column with one word per row and none with lists"):
        inspect_files([SHARED_DATA / "cls/sms_spam/SMSSpamCollection"], home, None, {})
