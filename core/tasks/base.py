"""What every task brings. A task is one file in this folder and one line in the registry.

A task file imports nothing of ours but this module and `core.errors`, and imports torch and
transformers inside functions, so that the page process can ask a task for its columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

IGNORED = -100  # the label id that the loss skips, as in torch.nn.CrossEntropyLoss

Rows = Mapping[str, list[Any]]
"""Prepared rows by column role; all lists have the same length."""


@dataclass(frozen=True)
class Column:
    """A column that a task needs or may use."""

    role: str
    help: str
    example: str
    required: bool = True


@dataclass(frozen=True)
class Features:
    """Encoded rows. All lists have one entry per feature (a row may make several features)."""

    inputs: Mapping[str, Sequence[Any]]
    """What the model takes: `input_ids`, `labels`, ... one list of ints per feature."""
    row: list[int]
    """The index of the row each feature came from."""
    bookkeeping: Mapping[str, Sequence[Any]]
    """What decode needs besides logits, such as the word of each token."""


class Task(Protocol):
    """One kind of problem; see `token_classification` for a worked example."""

    name: str
    title: str
    columns: tuple[Column, ...]
    best_metric: str
    methods: tuple[str, ...]
    options: type
    sample: Rows

    def labels(self, rows: Rows) -> list[str]:
        """Return the ordered names of the label ids; empty if the task has none.

        Raises:
            UserError: the labels cannot be trained on.
        """

    def load_model(self, folder: Path, labels: Sequence[str]) -> Any:
        """Return the pretrained model in float32 with a head that fits the labels."""

    def load_tokenizer(self, folder: Path) -> Any:
        """Return the tokenizer as this task needs it."""

    def encode(
        self, rows: Rows, tokenizer: Any, labels: Sequence[str], max_length: int, options: Any
    ) -> Features:
        """Turn rows into model inputs. Without the label column: inputs only."""

    def collator(self, tokenizer: Any) -> Any:
        """Return what pads a list of features to a batch."""

    def decode(
        self,
        logits: Sequence[Any],
        features: Features,
        rows: Rows,
        labels: Sequence[str],
        options: Any,
    ) -> list[Any]:
        """Turn logits into one prediction per row; what was cut gets the task's empty answer.

        `logits`: one array per feature, shape (tokens, labels), without padding.
        """

    def score(self, predictions: Sequence[Any], rows: Rows) -> dict[str, Any]:
        """Return the task's metrics against the rows, shares in 0..1."""
