"""Alignment against the Hugging Face course's loop and run_ner's rule, written independently."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tasks.alignment import align, entities
from core.tasks.token_classification import (
    TokenClassification,
    TokenClassificationOptions,
    inside_ids,
)
from tests.tasks.models import hard_rows, starter, wnut_rows

TASK = TokenClassification()


def course(labels: list[int], word_ids: list[int | None]) -> list[int]:
    """The course's align_labels_with_tokens: odd ids are B-, the next even one is their I-."""
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


def run_ner(labels: list[int], word_ids: list[int | None]) -> list[int]:
    """The rule of the example script run_ner.py without label_all_tokens."""
    previous_word_idx = None
    label_ids = []
    for word_idx in word_ids:
        if word_idx is None:
            label_ids.append(-100)
        elif word_idx != previous_word_idx:
            label_ids.append(labels[word_idx])
        else:
            label_ids.append(-100)
        previous_word_idx = word_idx
    return label_ids


REFERENCES = {"every": course, "first": run_ner}


def assert_same(rows: dict[str, list[Any]], tokenizer: Any, rule: str, max_length: int) -> None:
    labels = TASK.labels(rows)
    ids = {name: index for index, name in enumerate(labels)}
    options = TokenClassificationOptions(label_rule=rule)
    features = TASK.encode(rows, tokenizer, labels, max_length, options)
    assert len(features.row) == len(rows["tokens"])
    for index, (words, tags) in enumerate(zip(rows["tokens"], rows["labels"], strict=True)):
        encoded = tokenizer(words, is_split_into_words=True, truncation=True, max_length=max_length)
        expected = REFERENCES[rule]([ids[tag] for tag in tags], encoded.word_ids())
        assert features.inputs["input_ids"][index] == encoded["input_ids"], words
        assert features.inputs["labels"][index] == expected, words


@pytest.mark.parametrize("rule", ["first", "every"])
def test_wnut_with_the_tiny_tokenizer(tiny_checkpoint: Path, rule: str) -> None:
    assert_same(wnut_rows(), TASK.load_tokenizer(tiny_checkpoint), rule, 64)


@pytest.mark.parametrize("rule", ["first", "every"])
def test_wnut_with_the_starter(rule: str) -> None:
    assert_same(wnut_rows(), TASK.load_tokenizer(starter()), rule, 128)


@pytest.mark.parametrize("rule", ["first", "every"])
@pytest.mark.parametrize("max_length", [4, 12, 64])
def test_hard_words(tiny_checkpoint: Path, rule: str, max_length: int) -> None:
    assert_same(hard_rows(), TASK.load_tokenizer(tiny_checkpoint), rule, max_length)


@pytest.mark.parametrize("rule", ["first", "every"])
@pytest.mark.parametrize("max_length", [12, 64])
def test_hard_words_with_byte_level_bpe(tiny_bpe: Path, rule: str, max_length: int) -> None:
    assert_same(hard_rows(), TASK.load_tokenizer(tiny_bpe), rule, max_length)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=12),
    st.booleans(),
)
def test_any_word_ids(words: list[tuple[int, int]], specials: bool) -> None:
    labels = [label for label, _ in words]
    word_ids: list[int | None] = [i for i, (_, pieces) in enumerate(words) for _ in range(pieces)]
    if specials:
        word_ids = [None, *word_ids, None]
    inside = inside_ids(["O", "B-LOC", "I-LOC", "B-PER", "I-PER"])
    assert align(labels, word_ids) == run_ner(labels, word_ids)
    assert align(labels, word_ids, inside) == course(labels, word_ids)


def test_every_repeats_plain_tags() -> None:
    assert inside_ids(["DET", "NOUN"]) == {}
    assert align([1, 0], [0, 0, 1], {}) == [1, 1, 0]


@settings(deadline=None)
@given(st.lists(st.sampled_from(["O", "B-A", "I-A", "B-B-C", "I-B-C"]), max_size=15))
def test_entities_are_those_of_seqeval(tags: list[str]) -> None:
    from seqeval.metrics.sequence_labeling import get_entities

    assert entities(tags) == [(label, first, last + 1) for label, first, last in get_entities(tags)]
