"""The plain Trainer script that our figures are compared with: CoNLL files, first-subword rule.

Like `run_ner.py` of transformers and chapter 7 of the course, and nothing of this project. Run it
with the same files and settings as a spec:

    python benchmarks/plain/token_classification.py --checkpoint FOLDER \
        --train train.conll --validation dev.conll --test test.conll

`--well_informed` adds the two arguments by which who knows the Trainer makes it faster.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from seqeval.metrics import accuracy_score, f1_score, precision_score, recall_score
from transformers import (
    AutoModelForTokenClassification,
    AutoTokenizer,
    DataCollatorForTokenClassification,
    Trainer,
    TrainingArguments,
    set_seed,
)

IGNORED = -100  # the label id that the loss skips

Row = tuple[list[str], list[str]]


def read_conll(path: Path) -> list[Row]:
    """Read rows of (words, tags): the first and the last column, a blank line ends a row."""
    rows: list[Row] = []
    words: list[str] = []
    tags: list[str] = []
    for line in [*path.read_text("utf-8").split("\n"), ""]:
        columns = line.split()
        if columns and columns[0] != "-DOCSTART-":
            words.append(columns[0])
            tags.append(columns[-1])
        elif words:
            rows.append((words, tags))
            words, tags = [], []
    return rows


def encode(rows: list[Row], tokenizer: Any, ids: dict[str, int], max_length: int) -> list[dict]:
    """Tokenize words; the first piece of a word has its label, every other token is ignored."""
    words = [row[0] for row in rows]
    batch = tokenizer(words, is_split_into_words=True, truncation=True, max_length=max_length)
    features = []
    for index, (_, tags) in enumerate(rows):
        word_ids = batch.word_ids(index)
        labels = [
            ids[tags[word]] if word is not None and word != previous else IGNORED
            for word, previous in zip(word_ids, [None, *word_ids], strict=False)
        ]
        features.append({**{name: batch[name][index] for name in batch}, "labels": labels})
    return features


def score(logits: Any, features: list[dict], rows: list[Row], names: list[str]) -> dict[str, float]:
    """Score the tags of words against the rows; a word that was cut counts as O."""
    predicted = []
    for feature, values, (_, tags) in zip(features, logits, rows, strict=True):
        first = [index for index, label in enumerate(feature["labels"]) if label != IGNORED]
        found = [names[index] for index in np.asarray(values)[first].argmax(-1)]
        predicted.append(found + ["O"] * (len(tags) - len(found)))
    gold = [tags for _, tags in rows]
    return {
        "precision": float(precision_score(gold, predicted)),
        "recall": float(recall_score(gold, predicted)),
        "f1": float(f1_score(gold, predicted)),
        "accuracy": float(accuracy_score(gold, predicted)),
    }


def arguments() -> argparse.Namespace:
    """Return the command line; the defaults are those of our WNUT-17 figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", required=True)
    for split in ("train", "validation", "test"):
        parser.add_argument(f"--{split}", type=Path, required=split != "test")
    parser.add_argument("--learning_rate", type=float, default=1e-4)
    parser.add_argument("--num_train_epochs", type=float, default=3)
    parser.add_argument("--batch_size", type=int, default=16)
    parser.add_argument("--max_length", type=int, default=128)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--well_informed", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Train, score both splits with the last step's weights, print one JSON object."""
    chosen = arguments()
    files = {split: getattr(chosen, split) for split in ("train", "validation", "test")}
    rows = {split: read_conll(path) for split, path in files.items() if path}
    names = sorted({tag for _, tags in rows["train"] for tag in tags})
    ids = {name: index for index, name in enumerate(names)}
    set_seed(chosen.seed)
    tokenizer = AutoTokenizer.from_pretrained(chosen.checkpoint, trust_remote_code=False)
    model = AutoModelForTokenClassification.from_pretrained(
        chosen.checkpoint,
        id2label=dict(enumerate(names)),
        label2id=ids,
        dtype="float32",
        trust_remote_code=False,
    )
    features = {
        split: encode(part, tokenizer, ids, chosen.max_length) for split, part in rows.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(
            model=model,
            args=TrainingArguments(
                output_dir=folder,
                learning_rate=chosen.learning_rate,
                num_train_epochs=chosen.num_train_epochs,
                per_device_train_batch_size=chosen.batch_size,
                per_device_eval_batch_size=32,
                seed=chosen.seed,
                bf16=chosen.well_informed,
                train_sampling_strategy="group_by_length" if chosen.well_informed else "random",
                use_cpu=not torch.cuda.is_available(),
                save_strategy="no",
                logging_steps=50,
                report_to="none",
                disable_tqdm=True,
            ),
            train_dataset=features["train"],
            data_collator=DataCollatorForTokenClassification(tokenizer),
            processing_class=tokenizer,
        )
        cpu, wall = time.process_time(), time.perf_counter()
        trainer.train()
        result: dict[str, Any] = {
            "train_cpu_seconds": round(time.process_time() - cpu, 1),
            "train_wall_seconds": round(time.perf_counter() - wall, 1),
        }
        trainer.args.train_sampling_strategy = "random"  # else predict() reorders the rows
        for split in [name for name in rows if name != "train"]:
            logits = trainer.predict(features[split]).predictions
            result[split] = score(logits, features[split], rows[split], names)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
