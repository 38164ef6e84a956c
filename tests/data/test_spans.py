"""Character spans of every tool become words and tags; nothing shifts, nothing is lost unsaid."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from core.data.spans import Span, tag_text
from tests.data.test_prepare import lines, prepared, refused, train

SPAN = {"start": 0, "end": 6, "label": "PER"}
STUDIO = {"start": 0, "end": 6, "text": "Al Lee", "labels": ["PER"]}
REGION = {"id": "a", "from_name": "label", "to_name": "text", "type": "labels", "value": STUDIO}
CHOICE = {"type": "choices", "value": {"choices": ["news"]}}
TASK = {
    "id": 1,
    "data": {"text": "Al Lee naps"},
    "annotations": [{"id": 7, "was_cancelled": False, "result": [REGION, CHOICE]}],
    "predictions": [],
}
MIN = {"text": "Al Lee naps", "id": 1, "label": [STUDIO], "annotator": 1, "annotation_id": 7}


def table(*rows: dict[str, Any], delimiter: str = ",") -> str:
    """Write rows as CSV; lists become JSON in quoted cells."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(rows[0])
    for row in rows:
        writer.writerow(json.dumps(v) if isinstance(v, list) else v for v in row.values())
    return text.getvalue()


@pytest.mark.parametrize(
    ("layout", "name", "text"),
    [
        ("doccano", "train.jsonl", lines({"text": "Al Lee naps", "label": [[0, 6, "PER"]]})),
        (
            "doccano",
            "train.jsonl",
            lines(
                {
                    "text": "Al Lee naps",
                    "entities": [{"start_offset": 0, "end_offset": 6, "label": "PER"}],
                }
            ),
        ),
        (
            "prodigy",
            "train.jsonl",
            lines({"text": "Al Lee naps", "spans": [SPAN], "answer": "accept"}),
        ),
        ("spacy", "train.json", json.dumps([["Al Lee naps", {"entities": [[0, 6, "PER"]]}]])),
        (
            "spans",
            "train.json",
            json.dumps([{"text": "Al Lee naps", "entities": [{"span": [0, 6], "type": "PER"}]}]),
        ),
        ("spans", "train.jsonl", lines({"text": "Al Lee naps", "ents": [SPAN]})),
        (
            "spans",
            "train.jsonl",
            lines(
                {
                    "sentence": "Al Lee naps",
                    "entities": [{"entity_group": "PER", "word": "Al Lee", "start": 0, "end": 6}],
                }
            ),
        ),
        (
            "spacy",
            "train.json",
            json.dumps(
                {
                    "classes": ["PER"],
                    "annotations": [["Al Lee naps", {"entities": [[0, 6, "PER"]]}]],
                }
            ),
        ),
        (
            "spans",
            "train.jsonl",
            lines({"text": "Al Lee naps", "spans": {"start": [0], "end": [6], "label": ["PER"]}}),
        ),
        ("spans", "train.csv", table({"text": "Al Lee naps", "spans": [[0, 6, "PER"]]})),
        ("spans", "train.csv", "body,found\nAl Lee naps,\"[(0, 6, 'PER')]\"\n"),
        (
            "spans",
            "train.jsonl",
            lines({"doc": {"text": "Al Lee naps"}, "notes": {"spans": [SPAN]}}),
        ),
        ("label studio", "train.json", json.dumps([TASK])),
        ("label studio min", "train.json", json.dumps([MIN])),
        ("label studio min", "train.csv", table(MIN, delimiter="\t")),
    ],
)
def test_every_tool_gives_the_same_row(layout: str, name: str, text: str, home: Path) -> None:
    result = prepared({name: text}, home)
    assert train(result) == ([["Al", "Lee", "naps"]], [["B-PER", "I-PER", "O"]])
    assert result.report.layout == layout
    assert set(result.report.columns) == {"text", "spans"} == set(result.report.proposal)
    assert (result.report.repaired, result.report.dropped) == ({}, {})


def test_spans_never_shift_and_what_is_left_out_is_counted(home: Path) -> None:
    rows = [
        {"text": "東京大学はTokyo-based。", "spans": [[0, 4, "ORG"], [0, 2, "LOC"], [5, 7, "X"]]},
        {"text": "Al naps", "spans": [], "answer": "reject"},
        {"text": "a  b", "spans": [[1, 3, "GAP"]]},
        {"text": None, "spans": [[1, 3, "GAP"]]},
        {"text": "in Rome today", "spans": [[2, 8, "LOC"], [2, 8, "LOC"]]},
    ]
    result = prepared({"train.jsonl": lines(*rows)}, home)
    words, tags = (part[0] for part in train(result))
    assert words == [*"東京大学は", "To", "kyo", "-", "based", "。"]
    assert tags[:7] == ["B-ORG", "I-ORG", "I-ORG", "I-ORG", "O", "B-X", "O"]
    assert train(result)[1][2] == ["O", "B-LOC", "O"]
    assert result.report.repaired == {
        "spans that start or end inside a word; the word was cut there": 1,
        "spans with blanks at an end, trimmed": 1,
    }
    assert result.report.dropped == {
        "spans that overlap a longer one, left out": 1,
        "spans given twice, the second left out": 1,
        "spans without a word, left out": 1,
        "rows that were rejected or ignored in annotation": 1,
        "rows without a text": 1,
    }
    assert set(result.report.examples) >= set(result.report.dropped) | set(result.report.repaired)
    assert result.indices["train"]["rows"] == [0, 2, 4]


@pytest.mark.parametrize(
    ("keep", "tags", "left_out"),
    [
        ("longest", ["O", "B-C", "I-C", "I-C", "I-C"], 3),
        ("outer", ["B-A", "I-A", "O", "B-D", "O"], 2),
        ("inner", ["O", "B-B", "O", "B-D", "O"], 2),
    ],
)
def test_which_of_overlapping_spans_are_kept(
    keep: str, tags: list[str], left_out: int, home: Path
) -> None:
    spans = [[0, 3, "A"], [2, 3, "B"], [2, 9, "C"], [6, 7, "D"]]
    rows = lines({"text": "a b c d e", "spans": spans})
    result = prepared({"train.jsonl": rows}, home, task_options={"overlaps": keep})
    assert train(result)[1] == [tags]
    assert sum(result.report.dropped.values()) == left_out


def test_an_unknown_choice_of_overlapping_spans(home: Path) -> None:
    rows = lines({"text": "Al", "spans": [[0, 2, "PER"]]})
    error = refused({"train.jsonl": rows}, home, task_options={"overlaps": "first"})
    assert error.message == 'overlaps is "first"; expected one of: longest, outer, inner.'


def test_many_spans_are_quick() -> None:
    spans = [Span(3 * n, 3 * n + 2, "X") for n in range(20_000)]
    tagged = tag_text("ab " * 20_000, spans)
    assert tagged.tags == ["B-X"] * 20_000


def test_the_gold_of_label_studio_is_chosen_and_counted(home: Path) -> None:
    other = {"result": [{**REGION, "value": {**STUDIO, "labels": ["ORG"]}}]}
    nothing = {"result": [{**REGION, "value": {"start": 0, "end": 2, "text": "Al"}}]}
    rich = {"start": "/p[1]", "end": "/p[1]", "globalOffsets": {"start": 0, "end": 2}}
    tasks = [
        TASK,
        {**TASK, "annotations": []},
        {**TASK, "annotations": [{**other, "was_cancelled": True}]},
        {**TASK, "annotations": [TASK["annotations"][0], {**other, "ground_truth": True}]},  # type: ignore[index]
        {**TASK, "annotations": [nothing]},
        {**TASK, "annotations": [{"result": [{**REGION, "value": {**rich, "labels": ["PER"]}}]}]},
    ]
    result = prepared({"train.json": json.dumps(tasks)}, home)
    assert [tags[:2] for tags in train(result)[1]] == [
        ["B-PER", "I-PER"],
        ["B-ORG", "I-ORG"],
        ["O", "O"],
        ["B-PER", "O"],
    ]
    assert result.report.dropped == {
        "tasks without an annotation": 2,
        "regions without a label, left out": 1,
    }
    assert result.report.repaired == {"tasks with several annotations; only one was taken": 1}


@pytest.mark.parametrize(
    ("task", "message"),
    [
        (
            {"id": 1, "data": {"text": "Al"}},
            "train.json holds tasks of Label Studio but no annotations, so nothing says which "
            "entities are right.",
        ),
        (
            {"data": {"text": "Al"}, "predictions": [{"result": [REGION]}]},
            "train.json holds model predictions of Label Studio but no annotations, so nothing "
            "says which entities are right.",
        ),
        (
            {"data": {"text": "Al"}, "annotations": [{"result": [CHOICE]}]},
            "The annotations of train.json mark no characters of a text; their types are: choices. "
            "Expected the type labels.",
        ),
    ],
)
def test_label_studio_without_gold_is_refused(
    task: dict[str, Any], message: str, home: Path
) -> None:
    assert refused({"train.json": json.dumps([task])}, home).message == message
