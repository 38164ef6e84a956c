"""The task: labels, tokenizer, model, encoding, decoding, scores."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import UserError
from core.tasks import get_task
from core.tasks.base import Features
from core.tasks.tagging import tag_words
from core.tasks.token_classification import TokenClassification, TokenClassificationOptions
from tests.tasks.models import hard_rows

TASK = TokenClassification()
OPTIONS = TokenClassificationOptions()


def rows(*labelled: tuple[str, str]) -> dict[str, list[Any]]:
    return {
        "tokens": [words.split() for words, _ in labelled],
        "labels": [tags.split() for _, tags in labelled],
    }


def perfect(features: Features, labels: list[str], given: dict[str, list[Any]]) -> list[Any]:
    """Logits that say the right tag on the first piece and nonsense on the others."""
    ids = {name: index for index, name in enumerate(labels)}
    logits = []
    for row, word_ids in zip(features.row, features.bookkeeping["word_ids"], strict=True):
        values = np.zeros((len(word_ids), len(labels)), np.float32)
        for position, word in enumerate(word_ids):
            first = word is not None and word_ids.index(word) == position
            values[position, ids[given["labels"][row][word]] if first else 1] = 9
        logits.append(values)
    return logits


def test_the_registry_knows_it() -> None:
    assert get_task("token-classification").best_metric == "f1"


def test_labels_begin_with_o_and_are_sorted() -> None:
    assert TASK.labels(rows(("a b c", "I-b O B-A"))) == ["O", "B-A", "I-A", "B-b", "I-b"]
    assert TASK.labels(rows(("a b", "X ADV"))) == ["ADV", "X"]


def test_no_entity_at_all() -> None:
    with pytest.raises(UserError) as caught:
        TASK.labels(rows(("a b c", "O O O")))
    assert str(caught.value) == (
        "No entity at all: none of the 3 words of the training rows has a label other than O. "
        "Choose the column with the labels in step 2."
    )


def test_mixed_schemes() -> None:
    with pytest.raises(UserError) as caught:
        TASK.labels(rows(("a b", "B-PER NOUN")))
    assert caught.value.message == ('The labels mix IOB2 with plain tags: "NOUN" has no B- or I-.')


def test_a_label_that_training_does_not_have(tiny_checkpoint: Path) -> None:
    tokenizer = TASK.load_tokenizer(tiny_checkpoint)
    given = rows(("a", "O"), ("a", "B-NEW"))
    with pytest.raises(UserError) as caught:
        TASK.encode(given, tokenizer, ["O", "B-PER", "I-PER"], 8, OPTIONS)
    assert str(caught.value) == (
        'Row 2 has the label "B-NEW", which no training row has. Those have: O, PER. '
        "Add training rows with this label, or take the rows with it out."
    )


def test_a_tokenizer_that_does_not_know_words(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "canine"}', "utf-8")
    (tmp_path / "tokenizer_config.json").write_text(
        '{"tokenizer_class": "CanineTokenizer"}', "utf-8"
    )
    with pytest.raises(UserError) as caught:
        TASK.load_tokenizer(tmp_path)
    assert str(caught.value) == (
        f"CanineTokenizer of {tmp_path.name} cannot say which word a token came from; token "
        "classification needs a fast tokenizer (a tokenizer.json). "
        "Choose another checkpoint in step 1."
    )


def test_byte_level_bpe_marks_every_word(tiny_bpe: Path, tmp_path: Path) -> None:
    tokenizer = TASK.load_tokenizer(tiny_bpe)
    pieces = tokenizer.convert_ids_to_tokens(
        tokenizer([["paris", "berlin"]], is_split_into_words=True)["input_ids"][0]
    )
    assert pieces == ["<s>", "Ġparis", "Ġberlin", "</s>"]
    tokenizer.save_pretrained(tmp_path)
    state = json.loads((tmp_path / "tokenizer.json").read_text("utf-8"))
    assert state["pre_tokenizer"]["add_prefix_space"] is True


def test_the_model_is_float32_and_knows_the_labels(tiny_checkpoint: Path) -> None:
    import torch

    labels = ["O", "B-LOC", "I-LOC"]
    model = TASK.load_model(tiny_checkpoint, labels)
    assert model.config.id2label == dict(enumerate(labels))
    assert model.config.label2id == {"O": 0, "B-LOC": 1, "I-LOC": 2}
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


def test_a_head_is_kept_for_the_same_labels_only(tiny_checkpoint: Path, tmp_path: Path) -> None:
    import torch

    first = TASK.load_model(tiny_checkpoint, ["O", "B-LOC", "I-LOC"])
    first.save_pretrained(tmp_path)
    same = TASK.load_model(tmp_path, ["O", "B-LOC", "I-LOC"])
    assert torch.equal(first.classifier.weight, same.classifier.weight)
    other = TASK.load_model(tmp_path, ["O", "B-PER", "I-PER"])
    assert not torch.equal(first.classifier.weight, other.classifier.weight)
    assert other.config.id2label[1] == "B-PER"
    larger = TASK.load_model(tmp_path, ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"])
    assert larger.classifier.weight.shape == (5, 32)


def test_an_architecture_without_a_head(tiny_checkpoint: Path, tmp_path: Path) -> None:
    folder = tmp_path / "whisper"
    shutil.copytree(tiny_checkpoint, folder)
    (folder / "config.json").write_text('{"model_type": "whisper"}', "utf-8")
    with pytest.raises(UserError) as caught:
        TASK.load_model(folder, ["O", "B-PER", "I-PER"])
    assert str(caught.value) == (
        "whisper has an architecture without a token classification head. "
        "Choose a text encoder such as BERT, RoBERTa or DeBERTa in step 1."
    )


def test_cut_rows_keep_a_prediction_for_every_word(tiny_checkpoint: Path) -> None:
    tokenizer = TASK.load_tokenizer(tiny_checkpoint)
    given = rows(("anna zzz paris", "B-PER O B-LOC"), ("lee", "B-PER"))
    labels = TASK.labels(given)
    features = TASK.encode(given, tokenizer, labels, 4, OPTIONS)
    assert features.bookkeeping["cut"] == [1, 0]  # "zzz" keeps its first piece
    predictions = TASK.decode(perfect(features, labels, given), features, given, labels, OPTIONS)
    assert [row.tags for row in predictions] == [["B-PER", "O", "O"], ["B-PER"]]
    assert [row.cut for row in predictions] == [1, 0]
    assert predictions[0].scores[2] == 0.0
    scores = TASK.score(predictions, given)
    assert scores["recall"] == pytest.approx(2 / 3)
    assert scores["accuracy"] == pytest.approx(3 / 4)


def test_a_perfect_prediction_scores_one(tiny_checkpoint: Path) -> None:
    tokenizer = TASK.load_tokenizer(tiny_checkpoint)
    given = hard_rows(60)
    seen = {  # words without a piece can only be O
        "tokens": given["tokens"],
        "labels": [
            ["O" if not tokenizer.tokenize(word) else tag for word, tag in zip(*pair, strict=True)]
            for pair in zip(given["tokens"], given["labels"], strict=True)
        ],
    }
    labels = TASK.labels(seen)
    features = TASK.encode(seen, tokenizer, labels, 100_000, OPTIONS)
    predictions = TASK.decode(perfect(features, labels, seen), features, seen, labels, OPTIONS)
    assert [row.tags for row in predictions] == seen["labels"]
    scores = TASK.score(predictions, seen)
    assert (scores["f1"], scores["accuracy"]) == (1.0, 1.0)


def test_rows_without_words_and_no_rows(tiny_checkpoint: Path) -> None:
    tokenizer = TASK.load_tokenizer(tiny_checkpoint)
    given: dict[str, list[Any]] = {"tokens": [[], [""], ["anna"]]}
    features = TASK.encode(given, tokenizer, ["O"], 8, OPTIONS)
    assert "labels" not in features.inputs
    logits = [np.ones((len(ids), 1), np.float32) for ids in features.inputs["input_ids"]]
    found = TASK.decode(logits, features, given, ["O"], OPTIONS)
    assert [row.tags for row in found] == [[], ["O"], ["O"]]
    empty = {"tokens": [], "labels": []}
    assert TASK.encode(empty, tokenizer, ["O"], 8, OPTIONS).row == []
    assert TASK.decode([], TASK.encode(empty, tokenizer, [], 8, OPTIONS), empty, [], OPTIONS) == []


def test_padding_behind_the_tokens_is_not_read(tiny_checkpoint: Path) -> None:
    tokenizer = TASK.load_tokenizer(tiny_checkpoint)
    given = rows(("anna lee", "B-PER I-PER"), ("paris", "O"))
    labels = TASK.labels(given)
    features = TASK.encode(given, tokenizer, labels, 16, OPTIONS)
    logits = [np.pad(values, ((0, 5), (0, 0))) for values in perfect(features, labels, given)]
    found = TASK.decode(logits, features, given, labels, OPTIONS)
    assert [row.tags for row in found] == given["labels"]


def test_aggregations_differ_as_they_should() -> None:
    features = Features({}, [0], {"word_ids": [[None, 0, 0, 0, None]], "cut": [0]})
    shares = np.array([[1, 1, 1], [0.5, 0.4, 0.1], [0.1, 0.6, 0.3], [0.02, 0.08, 0.9], [1, 1, 1]])
    logits = [np.log(shares)]
    given = {"tokens": [["word"]]}
    found = {
        name: tag_words(logits, features, given, ["O", "B-A", "I-A"], name)[0]
        for name in ("first", "average", "max")
    }
    assert {name: row.tags for name, row in found.items()} == {
        "first": ["O"],
        "average": ["I-A"],
        "max": ["I-A"],
    }
    assert found["first"].scores[0] == pytest.approx(0.5)
    assert found["average"].scores[0] == pytest.approx(1.3 / 3)
    assert found["max"].scores[0] == pytest.approx(0.9)


@settings(deadline=None)
@given(st.sampled_from(["first", "average", "max"]), st.integers(0, 2**32 - 1))
def test_aggregations_against_a_plain_loop(aggregation: str, seed: int) -> None:
    dice = np.random.default_rng(seed)
    word_ids = [None, *np.repeat(np.arange(6), dice.integers(0, 4, 6)).tolist(), None]
    logits = dice.normal(size=(len(word_ids), 3)).astype(np.float32)
    features = Features({}, [0], {"word_ids": [word_ids], "cut": [0]})
    labels = ["O", "B-A", "I-A"]
    row = tag_words([logits], features, {"tokens": [["w"] * 6]}, labels, aggregation)[0]
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    for word in range(6):
        pieces = [shares[i] for i, found in enumerate(word_ids) if found == word]
        if not pieces:
            assert (row.tags[word], row.scores[word]) == ("O", 0.0)
            continue
        chosen = {
            "first": pieces[0],
            "average": np.mean(pieces, axis=0),
            "max": max(pieces, key=max),
        }[aggregation]
        assert row.tags[word] == labels[chosen.argmax()]
        assert row.scores[word] == pytest.approx(chosen.max(), rel=1e-5)


def test_the_collator_pads_labels_with_minus_100(tiny_checkpoint: Path) -> None:
    tokenizer = TASK.load_tokenizer(tiny_checkpoint)
    features = TASK.encode(TASK.sample, tokenizer, TASK.labels(TASK.sample), 16, OPTIONS)
    items = [{name: values[i] for name, values in features.inputs.items()} for i in range(2)]
    batch = TASK.collator(tokenizer)(items)
    padding = batch["attention_mask"] == 0
    assert padding.any()
    assert (batch["labels"][padding] == -100).all()


def test_an_unknown_rule() -> None:
    with pytest.raises(UserError) as caught:
        TokenClassificationOptions(label_rule="last")
    assert caught.value.message == 'label_rule is "last"; expected one of: first, every.'
