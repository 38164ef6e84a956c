"""Metrics as `evaluate.Metric` over seqeval and scikit-learn. Slow to import: only to score."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from typing import Any

import datasets
import evaluate
from seqeval.metrics.sequence_labeling import get_entities
from sklearn.metrics import accuracy_score

from core.tasks.alignment import OUTSIDE, is_plain


class TagScores(evaluate.Metric):  # type: ignore[misc]
    """Entity precision, recall and F1 as seqeval counts them, and the accuracy of words."""

    def _info(self) -> Any:
        tags = datasets.Sequence(datasets.Value("string"))
        return evaluate.MetricInfo(
            description="Entity precision, recall and F1 overall and by label; accuracy of words.",
            citation="",
            inputs_description="One list of tags per row, in predictions and in references.",
            features=datasets.Features({"predictions": tags, "references": tags}),
        )

    def _compute(
        self, *, predictions: list[list[str]], references: list[list[str]]
    ) -> dict[str, Any]:
        found, actual = _entities(predictions, references), _entities(references, references)
        counts = [
            Counter(label for label, _, _ in group) for group in (found & actual, found, actual)
        ]
        labels = {}
        for label in sorted(counts[1] | counts[2]):
            hits, guesses, support = (count[label] for count in counts)
            labels[label] = {**_shares(hits, guesses, support), "support": support}
        flat = [[tag for row in rows for tag in row] for rows in (references, predictions)]
        return {
            **_shares(len(found & actual), len(found), len(actual)),
            "accuracy": float(accuracy_score(*flat)) if flat[0] else None,
            "labels": labels,
        }


def score_tags(
    predictions: Sequence[Sequence[str]], references: Sequence[Sequence[str]]
) -> dict[str, Any]:
    """Score one list of tags per row; what is undefined (0 of 0) is None."""
    pairs = [(list(a), list(b)) for a, b in zip(predictions, references, strict=True)]
    with tempfile.TemporaryDirectory() as folder:  # evaluate makes one, though it writes nothing
        result: dict[str, Any] = TagScores(keep_in_memory=True, cache_dir=folder).compute(
            predictions=[a for a, _ in pairs], references=[b for _, b in pairs]
        )
    return result


def undefined(metrics: dict[str, Any]) -> list[str]:
    """Say in words which metrics are undefined, and why.

    >>> undefined({"precision": None, "f1": 0.0, "labels": {"PER": {"recall": None}}})
    ['precision is undefined: nothing predicted.', 'recall of PER is undefined: no such entity.']
    """
    why = {"precision": "nothing predicted", "recall": "no such entity"}
    groups = [("", metrics), *((f" of {k}", v) for k, v in metrics.get("labels", {}).items())]
    return [
        f"{name}{label} is undefined: {why.get(name, 'nothing to count')}."
        for label, group in groups
        for name, value in group.items()
        if value is None
    ]


def _entities(rows: list[list[str]], references: list[list[str]]) -> set[tuple[str, int, int]]:
    """Return (label, first, last) over all words; a plain tag is an entity of one word."""
    tags = [tag for row in rows for tag in [*row, OUTSIDE]]
    if any(is_plain(row) for row in references):
        tags = [tag if tag == OUTSIDE else f"B-{tag}" for tag in tags]
    return set(get_entities(tags))


def _shares(hits: int, guesses: int, support: int) -> dict[str, float | None]:
    return {
        "precision": hits / guesses if guesses else None,
        "recall": hits / support if support else None,
        "f1": 2 * hits / (guesses + support) if guesses + support else None,
    }
