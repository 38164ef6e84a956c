"""Small real tokenizers and a small real run, for the tests of tasks and of inference."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from core.tasks.token_classification import TokenClassification
from tests.conftest import ROOT, SHARED_DATA, WORDS

WNUT = SHARED_DATA / "ner" / "wnut17"
WNUT_FILES = ("wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated")
MODEL_LABELS = ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]


def make_tiny_bpe(folder: Path, prefix_space: bool = False) -> Path:
    """Write a byte-level BPE tokenizer as RoBERTa and GPT-2 have it, trained on a few words."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix_space)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<s>", "</s>", "<pad>", "<unk>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([" ".join(WORDS.split()) * 9, "été été 東京 東京 東京"], trainer)
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", 1), ("<s>", 0), add_prefix_space=prefix_space
    )
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    (folder / "config.json").write_text('{"model_type": "roberta"}', "utf-8")
    return folder


def make_tiny_model(checkpoint: Path, folder: Path, labels: list[str]) -> Path:
    """Write a run's `model/` whose head is so large that its answers differ from word to word."""
    import torch

    task = TokenClassification()
    torch.manual_seed(1)
    model = task.load_model(checkpoint, labels)
    with torch.no_grad():
        model.classifier.weight.mul_(60)
    model.save_pretrained(folder)
    task.load_tokenizer(checkpoint).save_pretrained(folder)
    return folder


def read_conll(path: Path) -> tuple[list[list[str]], list[list[str]]]:
    """Read words and tags, independently of core.data."""
    tokens: list[list[str]] = [[]]
    labels: list[list[str]] = [[]]
    for line in path.read_text("utf-8").split("\n"):
        word, tab, tag = line.partition("\t")
        if tab and line.strip():
            tokens[-1].append(word)
            labels[-1].append(tag.strip())
        elif tokens[-1]:
            tokens.append([])
            labels.append([])
    kept = [index for index, words in enumerate(tokens) if words]
    return [tokens[index] for index in kept], [labels[index] for index in kept]


def wnut_rows() -> dict[str, list[Any]]:
    """Return all rows of WNUT-17, or skip the test where the data is absent."""
    if not WNUT.is_dir():
        pytest.skip(f"{WNUT} is not there")
    parts = [read_conll(WNUT / name) for name in WNUT_FILES]
    return {
        "tokens": [row for tokens, _ in parts for row in tokens],
        "labels": [row for _, labels in parts for row in labels],
    }


def starter() -> Path:
    """Return the starter checkpoint's folder, or skip the test where it is absent."""
    from core.checkpoints.machine import starter_folder

    found = starter_folder(ROOT / ".venv" / "home")
    if found is None:
        pytest.skip("the starter checkpoint is not on this machine: python -m core starter")
    return found


HARD_WORDS = (
    *("", " ", "\u200b", "\n", "e\u0301te\u0301", "ÉTÉ", "İstanbul", "東京", "大阪府", "カタカナ"),
    *(
        "서울",
        "กรุงเทพ",
        "😀",
        "👩‍👩‍👧",
        "🇫🇷",
        "don't",
        "a-b",
        "3.50",
        "€5",
        "x" * 150,
        "[SEP]",
        "[UNK]",
        "_",
    ),
    *("مرحبا", "שלום", "\ufeff", "zzzzzzzz", "paris", "Anna", "acme", "corp"),
)


def hard_rows(count: int = 200, seed: int = 7) -> dict[str, list[Any]]:
    """Return generated rows of hard words with IOB2 tags, some of them long."""
    dice = random.Random(seed)
    tokens, labels = [], []
    for _ in range(count):
        size = dice.choice([1, 3, 8, 20, 60])
        tokens.append([dice.choice(HARD_WORDS) for _ in range(size)])
        labels.append(_tags(dice, size))
    return {"tokens": tokens, "labels": labels}


def _tags(dice: random.Random, size: int) -> list[str]:
    tags: list[str] = []
    for _ in range(size):
        open_label = tags[-1][2:] if tags and tags[-1] != "O" else None
        name = dice.choice(["PER", "LOC"])
        inside = open_label and dice.random() < 0.5
        tags.append(f"I-{open_label}" if inside else dice.choice(["O", f"B-{name}"]))
    return tags
