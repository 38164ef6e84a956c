"""Rows gathered from distinct words are those that the tokenizer makes, to the last id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import UserError
from core.tasks.alignment import align
from core.tasks.token_classification import (
    TokenClassification,
    TokenClassificationOptions,
    inside_ids,
)
from core.tasks.word_pieces import FEWEST_ROWS, gather
from tests.conftest import WORDS
from tests.tasks.models import hard_rows, starter, wnut_rows

TASK = TokenClassification()
ROWS = hard_rows(FEWEST_ROWS + 150)
ROWS["tokens"][3], ROWS["labels"][3] = [], []


def unigram(scheme: str) -> Any:
    """A SentencePiece-like tokenizer whose words begin with a mark, as in T5 or XLM-R."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme)
    trainer = trainers.UnigramTrainer(
        vocab_size=120, special_tokens=["<s>", "</s>", "<pad>", "<unk>"], unk_token="<unk>"
    )
    tokenizer.train_from_iterator([" ".join(WORDS.split())] * 9, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="</s>", pad_token="<pad>", unk_token="<unk>"
    )


def plain(tokenizer: Any, max_length: int, rule: str) -> dict[str, list[Any]]:
    """What the tokenizer gives row by row, and the labels that `align` gives."""
    labels = TASK.labels(ROWS)
    ids = {name: index for index, name in enumerate(labels)}
    batch = tokenizer(
        ROWS["tokens"], is_split_into_words=True, truncation=True, max_length=max_length
    )
    word_ids = [encoding.word_ids for encoding in batch.encodings]
    inside = inside_ids(labels) if rule == "every" else None
    expected = {name: [list(row) for row in values] for name, values in batch.items()}
    expected["labels"] = [
        align([ids[tag] for tag in tags], words, inside)
        for tags, words in zip(ROWS["labels"], word_ids, strict=True)
    ]
    return {**expected, "word_ids": word_ids}


def check(tokenizer: Any, max_length: int, rule: str) -> None:
    assert gather(ROWS["tokens"], tokenizer, max_length) is not None
    options = TokenClassificationOptions(label_rule=rule)
    features = TASK.encode(ROWS, tokenizer, TASK.labels(ROWS), max_length, options)
    found = {**features.inputs, "word_ids": features.bookkeeping["word_ids"]}
    assert {name: list(values) for name, values in found.items()} == plain(
        tokenizer, max_length, rule
    )


@pytest.mark.parametrize("rule", ["first", "every"])
@pytest.mark.parametrize("max_length", [4, 13, 64, 100_000])
def test_word_piece(tiny_checkpoint: Path, rule: str, max_length: int) -> None:
    check(TASK.load_tokenizer(tiny_checkpoint), max_length, rule)


@pytest.mark.parametrize("max_length", [13, 64])
def test_byte_level_bpe(tiny_bpe: Path, max_length: int) -> None:
    check(TASK.load_tokenizer(tiny_bpe), max_length, "every")


@pytest.mark.parametrize("scheme", ["always", "first", "never"])
def test_unigram_with_every_way_to_mark_words(scheme: str) -> None:
    check(unigram(scheme), 32, "first")


def test_words_that_are_cut_are_counted_as_the_tokenizer_does(tiny_checkpoint: Path) -> None:
    tokenizer = TASK.load_tokenizer(tiny_checkpoint)
    few = FEWEST_ROWS - 1  # goes the plain way
    options = TokenClassificationOptions()
    start = {name: values[:few] for name, values in ROWS.items()}
    labels = TASK.labels(ROWS)
    expected = TASK.encode(start, tokenizer, labels, 13, options).bookkeeping["cut"]
    found = TASK.encode(ROWS, tokenizer, labels, 13, options).bookkeeping["cut"]
    assert any(expected)
    assert found[:few] == expected


def test_a_tokenizer_that_draws_its_pieces_goes_the_plain_way(tiny_bpe: Path) -> None:
    tokenizer = TASK.load_tokenizer(tiny_bpe)
    tokenizer.backend_tokenizer.model.dropout = 0.5
    assert gather(ROWS["tokens"], tokenizer, 64) is None


def test_a_tokenizer_that_looks_at_neighbours_is_found_out(tiny_checkpoint: Path) -> None:
    """Special tokens amid the words: the frame does not fit, so the plain way is taken."""
    from tokenizers import processors

    tokenizer = TASK.load_tokenizer(tiny_checkpoint)
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="$A [SEP] $A", special_tokens=[("[SEP]", tokenizer.sep_token_id)]
    )
    assert gather(ROWS["tokens"], tokenizer, 64) is None


def test_a_label_that_training_does_not_have_is_named_with_its_row(tiny_checkpoint: Path) -> None:
    rows = {"tokens": ROWS["tokens"], "labels": [list(row) for row in ROWS["labels"]]}
    rows["labels"][9][0] = "B-NEW"
    with pytest.raises(UserError, match='Row 10 has the label "B-NEW"'):
        TASK.encode(
            rows,
            TASK.load_tokenizer(tiny_checkpoint),
            TASK.labels(ROWS),
            64,
            TokenClassificationOptions(),
        )


def test_every_row_of_wnut_with_the_starter() -> None:
    rows = wnut_rows()
    tokenizer = TASK.load_tokenizer(starter())
    pieces = gather(rows["tokens"], tokenizer, 64)
    assert pieces is not None
    batch = tokenizer(rows["tokens"], is_split_into_words=True, truncation=True, max_length=64)
    assert list(pieces.word_ids()) == [encoding.word_ids for encoding in batch.encodings]
    for name, values in pieces.inputs().items():
        assert list(values) == batch[name]


def test_gathered_rows_make_the_batches_of_plain_ones(tiny_checkpoint: Path) -> None:
    import torch

    tokenizer = TASK.load_tokenizer(tiny_checkpoint)
    labels, options = TASK.labels(ROWS), TokenClassificationOptions()
    few = {name: values[:8] for name, values in ROWS.items()}
    batches = []
    for rows in (ROWS, few):
        inputs = TASK.encode(rows, tokenizer, labels, 20, options).inputs
        items = [{name: values[index] for name, values in inputs.items()} for index in range(8)]
        batches.append(TASK.collator(tokenizer)(items))
    gathered, plainly = batches
    assert gathered.keys() == plainly.keys()
    assert all(torch.equal(gathered[name], plainly[name]) for name in plainly)
