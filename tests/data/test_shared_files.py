"""What `inspect` says about real files: right without a hint, or a specific question."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from core.data.imports import import_dataset
from core.data.inspect import inspect_files
from core.data.label_studio import annotated
from core.data.prepare import prepare
from core.data.spans import Span, TaggedText, tag_text
from core.errors import UserError
from core.spec import DatasetSpec, RunSpec
from tests.conftest import SHARED_DATA

pytestmark = pytest.mark.skipif(
    not SHARED_DATA.is_dir(), reason="the shared datasets are not beside this checkout"
)
IOB1 = "entities converted from IOB1 to IOB2"
BIOES = "entities converted from BIOES to IOB2"
INSIDE = "spans that start or end inside a word; the word was cut there"
COLUMNS = {"tokens": "column_1", "labels": "column_2"}

# files, format and layout, scheme, columns, rows, entities (words for plain tags), labels,
# repaired, dropped
EXPECTED: list[tuple[Sequence[str], str, str, dict[str, str], Any, Any, int, Any, Any]] = [
    (
        (
            "ner/wnut17/wnut17train.conll",
            "ner/wnut17/emerging.dev.conll",
            "ner/wnut17/emerging.test.annotated",
        ),
        *("conll columns", "IOB2", COLUMNS),
        {"train": 3394, "validation": 1009, "test": 1287},
        {"train": 1975, "validation": 836, "test": 1079},
        *(6, {}, {}),
    ),
    (
        ("ner/wikigold/wikigold.conll.txt",),
        *("conll columns", "IOB1", COLUMNS, {"train": 1696}, {"train": 3558}, 4),
        *({IOB1: 3558}, {"document marks (-DOCSTART-)": 145}),
    ),
    (
        ("ner/germeval2014_nested/NER-de-dev.tsv",),
        *("conll columns", "IOB2", {"tokens": "column_2", "labels": "column_3"}),
        *({"train": 2200}, {"train": 2674}, 12, {}, {"comment lines (#)": 2200}),
    ),
    (
        ("ner/klue_ner/klue-ner-dev.first400.tsv",),
        *("conll columns", "IOB2", COLUMNS, {"train": 400}, {"train": 1142}, 6),
        *({}, {"comment lines (#)": 405}),
    ),
    (
        ("ner/ncbi_disease_bio/devel.tsv", "ner/ncbi_disease_bio/test.tsv"),
        *("conll columns", "IOB2", COLUMNS),
        *({"train": 923, "test": 940}, {"train": 787, "test": 960}, 1, {}, {}),
    ),
    (
        ("ner/ncbi_disease_iobes/devel.tsv",),
        *("conll columns", "BIOES", COLUMNS, {"train": 923}, {"train": 787}, 1, {BIOES: 787}, {}),
    ),
    (
        ("ner/re3d/re3d-train.conll", "ner/re3d/re3d-test.conll"),
        *("conll columns", "IOB2", COLUMNS),
        *({"train": 765, "test": 200}, {"train": 2718, "test": 676}, 10, {}, {}),
    ),
    (
        ("ner/stockmark_ja/ner.first800.json",),
        *("json spans", "IOB2", {"text": "text", "spans": "entities"}),
        *({"train": 800}, {"train": 2001}, 8, {}, {}),
    ),
    (
        ("spans/prodigy/reddit_product_ner.first400.jsonl",),
        *(
            "jsonl prodigy",
            "IOB2",
            {"text": "text", "spans": "spans"},
            {"train": 74},
            {"train": 75},
            1,
        ),
        *({}, {"rows that were rejected or ignored in annotation": 326}),
    ),
    (
        ("spans/spacy_json/ner_demo_replace__train.json",),
        *("json spacy", "IOB2", {"text": "text", "spans": "entities"}),
        *({"train": 8}, {"train": 8}, 3, {}, {}),
    ),
    (
        ("spans/prodigy/news_headlines_ner.jsonl",),
        *("jsonl prodigy", "IOB2", {"text": "text", "spans": "spans"}, {"train": 372}),
        *({"train": 303}, 4, {}, {"rows that were rejected or ignored in annotation": 1}),
    ),
    *(
        (
            (f"spans/spacy_json/{name}.json",),
            *("json spacy", "IOB2", {"text": "text", "spans": "entities"}),
            *({"train": rows}, {"train": entities}, labels, {}, {}),
        )
        for name, rows, entities, labels in (
            ("ner_demo__train", 2, 3, 2),
            ("ner_demo__dev", 2, 2, 2),
            ("ner_demo_replace__dev", 8, 7, 3),
            ("ner_demo_update__train", 8, 8, 3),
            ("ner_demo_update__dev", 8, 7, 3),
            ("spancat_demo__train", 3, 4, 2),
            ("spancat_demo__dev", 2, 2, 2),
        )
    ),
    (
        ("spans/brat_ncbi/*",),
        *("brat brat", "IOB2", {"text": "text", "spans": "spans"}, {"train": 10}, {"train": 132}),
        *(1, {}, {"attributes of brat, which are no spans": 132}),
    ),
    (
        ("spans/brat_news/*",),
        *("brat brat", "IOB2", {"text": "text", "spans": "spans"}, {"train": 13}, {"train": 119}),
        *(7, {}),
        {
            "attributes of brat, which are no spans": 11,
            "equivalences of brat, which are no spans": 2,
            "events of brat, which are no spans": 23,
            "notes of brat, which are no spans": 4,
            "references of brat, which are no spans": 1,
            "relations of brat, which are no spans": 8,
        },
    ),
    (
        ("shapes/doccano/sequence_labeling/example.conll",),
        *("conll columns", "IOB2", COLUMNS, {"train": 2}, {"train": 2}, 2, {}, {}),
    ),
    (
        ("shapes/doccano/sequence_labeling/labeling.trailing.conll",),
        *("conll columns", "IOB2", COLUMNS, {"train": 1}, {"train": 2}, 2, {}, {}),
    ),
    (
        ("shapes/doccano/sequence_labeling/example.jsonl",),
        *("jsonl doccano", "IOB2", {"text": "text", "spans": "label"}, {"train": 2}, {"train": 1}),
        *(1, {INSIDE: 1}, {"rows without a text": 1}),
    ),
    (
        ("shapes/doccano/sequence_labeling/example_overlapping.jsonl",),
        *("jsonl doccano", "IOB2", {"text": "text", "spans": "label"}, {"train": 1}, {"train": 1}),
        *(1, {INSIDE: 1}, {"spans given twice, the second left out": 1}),
    ),
    (
        ("shapes/doccano/relation_extraction/example.jsonl",),
        *("jsonl doccano", "IOB2", {"text": "text", "spans": "entities"}, {"train": 1}),
        *({"train": 4}, 3, {}, {}),
    ),
    (
        ("pos/ud_ewt/train.first1200.conllu", "pos/ud_ewt/dev.first400.conllu"),
        *("conllu columns", "plain", {"tokens": "form", "labels": "upos"}),
        *({"train": 1200, "validation": 400}, {"train": 25719, "validation": 6729}, 17, {}),
        {"comment lines (#)": 3471, "multiword rows (3-4)": 381, "empty nodes (8.1)": 4},
    ),
]


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda expected: expected[0][0])
def test_table_of_expectations(expected: tuple[Any, ...], home: Path) -> None:
    files, format, scheme, columns, rows, entities, labels, repaired, dropped = expected
    paths = [path for name in files for path in sorted(SHARED_DATA.glob(name))]
    report = inspect_files(paths, home, None, {})
    assert (f"{report['format']} {report['layout']}", report["encoding"]) == (format, "UTF-8")
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


Annotations = Iterator[tuple[str, list[tuple[Span, str]]]]


def stockmark() -> Annotations:
    for row in json.loads((SHARED_DATA / "ner/stockmark_ja/ner.first800.json").read_text("utf-8")):
        spans = [(Span(*e["span"], e["type"]), e["name"]) for e in row["entities"]]
        yield row["text"], spans


def prodigy() -> Annotations:
    for path in SHARED_DATA.glob("spans/prodigy/*.jsonl"):
        for row in map(json.loads, path.read_text("utf-8").splitlines()):
            tokens = row.get("tokens") or []
            spans = []
            for span in row.get("spans") or []:
                first, last = span.get("token_start"), span.get("token_end")
                quoted = row["text"][span["start"] : span["end"]]
                if tokens:
                    start, end = tokens[first]["start"], tokens[last]["end"]
                    assert quoted.split() == row["text"][start:end].split()
                spans.append((Span(span["start"], span["end"], span["label"]), quoted))
            yield row["text"], spans


def spacy() -> Annotations:
    for path in SHARED_DATA.glob("spans/spacy_json/*.json"):
        for text, notes in json.loads(path.read_text("utf-8")):
            yield text, [(Span(*e), text[e[0] : e[1]]) for e in notes.get("entities", [])]


def label_studio() -> Annotations:
    path = SHARED_DATA / "spans/label_studio/label_studio_predictions.json"
    for task in json.loads(path.read_text("utf-8")):  # as if somebody had accepted them
        found = annotated(task["predictions"]).spans or []
        quoted = [region["value"]["text"] for region in task["predictions"][0]["result"]]
        spans = [Span(item["start"], item["end"], item["label"]) for item in found]
        yield task["data"]["text"], list(zip(spans, quoted, strict=True))


def brat() -> Annotations:
    for path in SHARED_DATA.glob("spans/brat_*/*.ann"):
        spans = []
        for line in path.read_text("utf-8").splitlines():
            if line.startswith("T"):
                _, where, quoted = line.split("\t")
                label, start, end = where.split()
                spans.append((Span(int(start), int(end), label), quoted))
        yield path.with_suffix(".txt").read_text("utf-8"), spans


@pytest.mark.parametrize(
    ("rows", "count"),
    [(stockmark, 2001), (prodigy, 710), (spacy, 41), (label_studio, 115), (brat, 251)],
)
def test_characters_of_spans_are_the_annotated_strings(
    rows: Callable[[], Annotations], count: int
) -> None:
    seen = 0
    for text, spans in rows():
        tagged = tag_text(text, [span for span, _ in spans])
        wanted = [(span.label, quoted) for span, quoted in sorted(spans, key=lambda s: s[0].start)]
        assert entities_of(text, tagged) == wanted
        seen += len(spans)
    assert seen == count


def entities_of(text: str, tagged: TaggedText) -> list[tuple[str, str]]:
    """Return label and text of each entity, the words found again in the text."""
    found: list[tuple[str, int, int]] = []
    end = 0
    for word, tag in zip(tagged.words, tagged.tags, strict=True):
        start = text.index(word, end)
        assert not text[end:start].strip()
        end = start + len(word)
        if tag.startswith("B-"):
            found.append((tag[2:], start, end))
        elif tag.startswith("I-"):
            found[-1] = (tag[2:], found[-1][1], end)
    return [(label, text[start:end]) for label, start, end in found]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "spans/label_studio/label_studio_import.json",
            "label_studio_import.json holds tasks of Label Studio but no annotations",
        ),
        (
            "spans/label_studio/label_studio_predictions.json",
            "label_studio_predictions.json holds model predictions of Label Studio but no",
        ),
        (
            "shapes/label_studio_converter/test_export_csv/csv_test.json",
            "mark no characters of a text; their types are: rectanglelabels.",
        ),
        (
            "shapes/label_studio_converter/test_export_csv/csv_test2.json",
            "mark no characters of a text; their types are: choices.",
        ),
        (
            "shapes/label_studio_converter/test_export_csv/csv_test_history.json",
            "mark no characters of a text; their types are: choices.",
        ),
        (
            "shapes/label_studio_converter/test_export_json_min/data.json",
            "mark no characters of a text; their types are: polygonlabels.",
        ),
        (
            "shapes/label_studio_converter/test_export_json_min/data_repeater.json",
            "mark no characters of a text; their types are: rectanglelabels, taxonomy.",
        ),
        ("shapes/label_studio_converter/test_export_csv/csv_test2_result.csv", "no column"),
        (
            "shapes/label_studio_converter/test_export_json_min/label_config_repeater.json",
            "no column",
        ),
        ("spans/spacy_json/parser_intent_demo__train.json", "row 1 is"),
        ("spans/spacy_json/parser_intent_demo__dev.json", "row 1 is"),
        ("shapes/doccano/sequence_labeling/labeling.invalid.conll", "line 1"),
    ],
)
def test_what_is_no_gold_of_words_is_refused(name: str, message: str, home: Path) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        inspect_files([SHARED_DATA / name], home, None, {})


def test_a_file_without_labels_is_refused(home: Path) -> None:
    with pytest.raises(UserError, match="no column with one word per row and none with lists"):
        inspect_files([SHARED_DATA / "cls/sms_spam/SMSSpamCollection"], home, None, {})
