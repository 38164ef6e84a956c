"""Token classification: a label for every word, as IOB2 entities or plain tags such as NOUN."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from core.data.spans import OVERLAPS
from core.errors import UserError
from core.settings import Choice, check_settings, setting
from core.tasks.alignment import OUTSIDE, align, entities, is_plain, label_name
from core.tasks.base import Column, Features, Rows
from core.tasks.tagging import TaggedRow, tag_words
from core.tasks.word_pieces import gather

__all__ = ["TaggedRow", "TokenClassification", "TokenClassificationOptions", "align", "entities"]

ROWS_AT_ONCE = 2_000  # rows handed to the tokenizer in one call; it works on them in parallel
SAMPLE: Rows = {
    "tokens": [
        ["Anna", "Brown", "lives", "in", "Paris", "."],
        ["Acme", "Corp", "ships", "lamps", "to", "Berlin", "."],
    ],
    "labels": [
        ["B-PER", "I-PER", "O", "O", "B-LOC", "O"],
        ["B-ORG", "I-ORG", "O", "O", "O", "B-LOC", "O"],
    ],
}


@dataclass(frozen=True)
class TokenClassificationOptions:
    """Which pieces of a word carry its label, and which of overlapping spans are kept."""

    label_rule: str = setting(
        "first",
        Choice(
            ("first", "every"),
            "first: the first piece of a word; the rest is ignored. every: all, B- becomes I-.",
        ),
    )
    overlaps: str = setting("longest", OVERLAPS)

    def __post_init__(self) -> None:
        check_settings(self)


class TokenClassification:
    """The task as `base.Task` describes it."""

    name = "token-classification"
    title = "Token classification"
    columns: tuple[Column, ...] = (
        Column("tokens", "The words of a row, as a list.", '["Anna", "lives", "in", "Paris"]'),
        Column("labels", "One label for each word, as a list.", '["B-PER", "O", "O", "B-LOC"]'),
    )
    best_metric = "f1"
    methods: tuple[str, ...] = ("full",)
    options: type = TokenClassificationOptions
    sample = SAMPLE

    def labels(self, rows: Rows) -> list[str]:
        """Return O, then B-X and I-X for each name, sorted; plain tags sorted as they are.

        Raises:
            UserError: there is nothing to learn, or the tags mix two schemes.

        >>> TokenClassification().labels(TokenClassification.sample)
        ['O', 'B-LOC', 'I-LOC', 'B-ORG', 'I-ORG', 'B-PER', 'I-PER']
        >>> TokenClassification().labels({"tokens": [["a", "b"]], "labels": [["X", "DET"]]})
        ['DET', 'X']
        """
        tags = sorted({tag for row in rows["labels"] for tag in row})
        names = [tag for tag in tags if tag != OUTSIDE]
        if not names:
            words = sum(len(row) for row in rows["labels"])
            raise UserError(
                f"No entity at all: none of the {words} words of the training rows has a label "
                "other than O.",
                "Choose the column with the labels in step 2.",
            )
        plain = [tag for tag in names if not tag.startswith(("B-", "I-"))]
        if not plain:
            return [OUTSIDE, *_iob2(names)]
        if len(plain) < len(names):
            raise UserError(
                f'The labels mix IOB2 with plain tags: "{plain[0]}" has no B- or I-.',
                "Choose the column with the labels in step 2.",
            )
        return tags

    def load_model(self, folder: Path, labels: Sequence[str]) -> Any:
        """Return the pretrained model in float32; its head is new where its labels differ."""
        from transformers import AutoModelForTokenClassification

        names = dict(enumerate(labels))
        try:
            model = AutoModelForTokenClassification.from_pretrained(
                str(folder),
                id2label=names,
                label2id={name: index for index, name in names.items()},
                dtype="float32",
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=True,
                ignore_mismatched_sizes=True,
            )
        except ValueError as error:
            if "Unrecognized configuration class" not in str(error):
                raise
            raise UserError(
                f"{folder.name} has an architecture without a token classification head.",
                "Choose a text encoder such as BERT, RoBERTa or DeBERTa in step 1.",
            ) from None
        if _labels_of(folder) not in ([], list(labels)):
            _renew_head(model)
        return model

    def load_tokenizer(self, folder: Path) -> Any:
        """Return the fast tokenizer, set to take words; what is too long is cut at the end."""
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(
            str(folder), trust_remote_code=False, local_files_only=True
        )
        if not tokenizer.is_fast:
            raise UserError(
                f"{type(tokenizer).__name__} of {folder.name} cannot say which word a token came "
                "from; token classification needs a fast tokenizer (a tokenizer.json).",
                "Choose another checkpoint in step 1.",
            )
        tokenizer.truncation_side = "right"
        tokenizer.padding_side = "right"
        if tokenizer.pad_token is None:  # GPT-2 and its kin: any token will do, it is masked
            tokenizer.pad_token = tokenizer.eos_token or tokenizer.convert_ids_to_tokens(0)
        _add_prefix_space(tokenizer)
        return tokenizer

    def encode(
        self, rows: Rows, tokenizer: Any, labels: Sequence[str], max_length: int, options: Any
    ) -> Features:
        """Turn rows into one feature each, cut at `max_length` tokens.

        `bookkeeping` has the `word_ids` of each token and how many words were `cut`.
        """
        pieces = gather(rows["tokens"], tokenizer, max_length)
        if pieces is None:
            return _encoded_by_row(rows, tokenizer, labels, max_length, options)
        inputs = pieces.inputs()
        word_ids = pieces.word_ids()
        if "labels" in rows:
            ids = _label_ids(rows, labels)
            inside = inside_ids(labels) if options.label_rule == "every" else None
            inputs["labels"] = (
                aligned_labels(rows["labels"], word_ids, labels, options)
                if ids is None
                else pieces.labels(ids, inside)
            )
        bookkeeping = {"word_ids": word_ids, "cut": pieces.cut}
        return Features(inputs, list(range(len(word_ids))), bookkeeping)

    def collator(self, tokenizer: Any) -> Any:
        """Return what pads a list of features to a batch; padding has the label -100."""
        from transformers import DataCollatorForTokenClassification

        return DataCollatorForTokenClassification(tokenizer)

    def decode(
        self,
        logits: Sequence[Any],
        features: Features,
        rows: Rows,
        labels: Sequence[str],
        options: Any,
    ) -> list[TaggedRow]:
        """Tag each word by its first piece. Words that were cut or have no piece get O, 0.0."""
        return tag_words(logits, features, rows, labels, "first")

    def score(self, predictions: Sequence[Any], rows: Rows) -> dict[str, Any]:
        """Return entity precision, recall, F1, overall and by label, and the accuracy of words."""
        from core.training.evaluation import score_tags

        return score_tags([row.tags for row in predictions], list(rows["labels"]))


def _encoded_by_row(
    rows: Rows, tokenizer: Any, labels: Sequence[str], max_length: int, options: Any
) -> Features:
    """Encode as the tokenizer does it, every row for itself."""
    inputs: dict[str, list[Any]] = {}
    word_ids: list[list[int | None]] = []
    cut: list[int] = []
    for start in range(0, len(rows["tokens"]), ROWS_AT_ONCE):
        batch = tokenizer(
            rows["tokens"][start : start + ROWS_AT_ONCE],
            is_split_into_words=True,
            truncation=True,
            max_length=max_length,
        )
        for name, values in batch.items():
            inputs.setdefault(name, []).extend(values)
        word_ids += [encoding.word_ids for encoding in batch.encodings]
        cut += [_words_cut(encoding) for encoding in batch.encodings]
    if "labels" in rows:
        inputs["labels"] = aligned_labels(rows["labels"], word_ids, labels, options)
    bookkeeping: dict[str, list[Any]] = {"word_ids": word_ids, "cut": cut}
    return Features(inputs, list(range(len(word_ids))), bookkeeping)


def _label_ids(rows: Rows, labels: Sequence[str]) -> list[int] | None:
    """Return the label id of every word of all rows; None where a row has other labels."""
    ids = {name: index for index, name in enumerate(labels)}
    tags = list(chain.from_iterable(rows["labels"]))
    fits = list(map(len, rows["labels"])) == list(map(len, rows["tokens"]))
    return [ids[tag] for tag in tags] if fits and ids.keys() >= set(tags) else None


def _iob2(tags: Sequence[str]) -> list[str]:
    names = sorted({label_name(tag) for tag in tags})
    return [f"{prefix}-{name}" for name in names for prefix in "BI"]


def aligned_labels(
    tags: Sequence[Sequence[str]],
    word_ids: Sequence[Sequence[int | None]],
    labels: Sequence[str],
    options: Any,
    first_row: int = 1,
) -> list[list[int]]:
    """Return the label id of every token by the rule; rows count from `first_row`."""
    ids = {name: index for index, name in enumerate(labels)}
    inside = inside_ids(labels) if options.label_rule == "every" else None
    aligned = []
    for number, (row, words) in enumerate(zip(tags, word_ids, strict=True), first_row):
        try:
            aligned.append(align([ids[tag] for tag in row], words, inside))
        except KeyError as error:
            raise UserError(
                f'Row {number} has the label "{error.args[0]}", which no training row has. '
                f"Those have: {', '.join(dict.fromkeys(map(label_name, labels)))}.",
                "Add training rows with this label, or take the rows with it out.",
            ) from None
    return aligned


def inside_ids(labels: Sequence[str]) -> dict[int, int]:
    """Return the id of I-X by the id of B-X.

    >>> inside_ids(["O", "B-LOC", "I-LOC", "B-PER", "I-PER"])
    {1: 2, 3: 4}
    """
    ids = {name: index for index, name in enumerate(labels)}
    return {
        index: ids[f"I-{name[2:]}"]
        for name, index in ids.items()
        if name.startswith("B-") and f"I-{name[2:]}" in ids and not is_plain(labels)
    }


def _words_cut(encoding: Any) -> int:
    """Count the words of which no piece was kept."""
    lost = {word for part in encoding.overflowing for word in part.word_ids} - {None}
    return len(lost - set(encoding.word_ids)) if lost else 0


def _labels_of(folder: Path) -> list[str]:
    """Return the labels that a checkpoint's head was trained on; empty where it has none."""
    try:
        config: Mapping[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return []
    names = config.get("id2label") or {}
    return [names[key] for key in sorted(names, key=int)]


def _renew_head(model: Any) -> None:
    """Draw the head anew: weights that were trained on other labels would only mislead."""
    import torch

    spread = getattr(model.config, "initializer_range", 0.02)
    for name in ("classifier", "score"):
        head = getattr(model, name, None)
        for layer in head.modules() if head is not None else ():
            if isinstance(layer, torch.nn.Linear):
                torch.nn.init.normal_(layer.weight, std=spread)
                if layer.bias is not None:
                    torch.nn.init.zeros_(layer.bias)


def _add_prefix_space(tokenizer: Any) -> None:
    """Make byte-level BPE (RoBERTa, GPT-2) mark the beginning of every word, as in running text."""
    from tokenizers import Tokenizer

    state = json.loads(tokenizer.backend_tokenizer.to_str())
    step = state.get("pre_tokenizer") or {}
    byte_level = [
        part for part in [step, *step.get("pretokenizers", [])] if part["type"] == "ByteLevel"
    ]
    if not any(part.get("add_prefix_space") is False for part in byte_level):
        return
    for part in byte_level:
        part["add_prefix_space"] = True
    tokenizer.backend_tokenizer.pre_tokenizer = Tokenizer.from_str(json.dumps(state)).pre_tokenizer
    tokenizer.add_prefix_space = True
