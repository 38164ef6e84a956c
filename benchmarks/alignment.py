"""Words to pieces with labels: the course's loop in `datasets.map` beside ours, in CPU seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.plain.token_classification import Row
from benchmarks.rows import aligned_rows
from core.checkpoints.find import resolve
from core.tasks.token_classification import TokenClassification, TokenClassificationOptions

MAX_LENGTH = 128


@dataclass(frozen=True)
class Figures:
    """Rows per CPU second, and whether ids and labels of every row are equal."""

    title: str
    course: float
    ours: float
    equal: bool


def align_labels_with_tokens(labels: list[int], word_ids: list[int | None]) -> list[int]:
    """Repeat a word's label on its pieces, B- as I-: the loop of the course, chapter 7."""
    new_labels = []
    current_word = None
    for word_id in word_ids:
        if word_id != current_word:
            current_word = word_id
            new_labels.append(-100 if word_id is None else labels[word_id])
        elif word_id is None:
            new_labels.append(-100)
        else:
            label = labels[word_id]
            new_labels.append(label + 1 if label % 2 == 1 else label)
    return new_labels


def measure(rounds: int, home: Path) -> Figures:
    """Encode all rows both ways in turns; the speed is the median of the rounds."""
    title, rows = aligned_rows()
    task = TokenClassification()
    tokenizer = task.load_tokenizer(resolve("starter", home))
    names = task.labels({"tokens": [], "labels": [tags for _, tags in rows]})
    columns = {"tokens": [words for words, _ in rows], "labels": [tags for _, tags in rows]}
    options = TokenClassificationOptions(label_rule="every")

    def ours() -> Any:
        return task.encode(columns, tokenizer, names, MAX_LENGTH, options).inputs

    course = _course(rows, names, tokenizer)
    times: dict[str, list[float]] = {"course": [], "ours": []}
    for _ in range(rounds):
        expected = _timed(course, times["course"])
        found = _timed(ours, times["ours"])
    equal = all(list(expected[name]) == list(found[name]) for name in ("input_ids", "labels"))
    speed = {way: len(rows) / median(seconds) for way, seconds in times.items()}
    return Figures(f"alignment of {title}", speed["course"], speed["ours"], equal)


def _course(rows: list[Row], names: list[str], tokenizer: Any) -> Callable[[], Any]:
    import datasets

    datasets.disable_progress_bars()
    datasets.disable_caching()
    ids = {name: index for index, name in enumerate(names)}
    raw = datasets.Dataset.from_dict(
        {
            "tokens": [words for words, _ in rows],
            "ner_tags": [[ids[tag] for tag in tags] for _, tags in rows],
        }
    )

    def tokenize_and_align_labels(examples: dict[str, list]) -> Any:
        tokenized = tokenizer(
            examples["tokens"], truncation=True, is_split_into_words=True, max_length=MAX_LENGTH
        )
        tokenized["labels"] = [
            align_labels_with_tokens(labels, tokenized.word_ids(index))
            for index, labels in enumerate(examples["ner_tags"])
        ]
        return tokenized

    return lambda: raw.map(tokenize_and_align_labels, batched=True, remove_columns=raw.column_names)


def _timed(encode: Callable[[], Any], seconds: list[float]) -> Any:
    began = time.process_time()
    found = encode()
    seconds.append(time.process_time() - began)
    return found
