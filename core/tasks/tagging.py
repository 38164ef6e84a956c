"""From the logits of tokens to one tag for each word. Evaluation, files and playground share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.tasks.alignment import OUTSIDE
from core.tasks.base import Features, Rows

AGGREGATIONS = ("first", "average", "max")


@dataclass(frozen=True)
class TaggedRow:
    """The prediction for one row: a tag and its probability for each word."""

    tags: list[str]
    scores: list[float]
    cut: int
    """Words behind max_length, which the model never saw; they have O and 0.0."""


def tag_words(
    logits: Sequence[Any],
    features: Features,
    rows: Rows,
    labels: Sequence[str],
    aggregation: str = "first",
) -> list[TaggedRow]:
    """Tag each word by its pieces: the first one, their average, or the surest one ("max")."""
    import numpy as np

    words = rows["tokens"]
    tagged = [TaggedRow([OUTSIDE] * len(row), [0.0] * len(row), 0) for row in words]
    for index, cut in zip(features.row, features.bookkeeping["cut"], strict=True):
        tagged[index] = TaggedRow(tagged[index].tags, tagged[index].scores, cut)
    where, starts, ends = _pieces(features)
    if not where:
        return tagged
    trimmed = [
        np.asarray(values, dtype=np.float32)[: len(ids)]
        for values, ids in zip(logits, features.bookkeeping["word_ids"], strict=True)
    ]
    shares = _word_shares(np.concatenate(trimmed), np.array(starts), np.array(ends), aggregation)
    best = shares.argmax(axis=1)
    scores = shares[np.arange(len(best)), best].tolist()
    for (row, word), label, score in zip(where, best.tolist(), scores, strict=True):
        tagged[row].tags[word] = labels[label]
        tagged[row].scores[word] = score
    return tagged


def _pieces(features: Features) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """Return (row, word) of every word seen, and where its pieces start and end in all tokens."""
    where: list[tuple[int, int]] = []
    starts: list[int] = []
    ends: list[int] = []
    offset = 0
    for row, word_ids in zip(features.row, features.bookkeeping["word_ids"], strict=True):
        previous = None
        for position, word in enumerate(word_ids, start=offset):
            if word is not None and word == previous:
                ends[-1] = position + 1
            elif word is not None:
                where.append((row, word))
                starts.append(position)
                ends.append(position + 1)
            previous = word
        offset += len(word_ids)
    return where, starts, ends


def _word_shares(logits: Any, starts: Any, ends: Any, aggregation: str) -> Any:
    """Return the probabilities of the labels for each word, shape (words, labels)."""
    import numpy as np

    if aggregation == "first":
        return _softmax(logits[starts])
    shares = _softmax(logits)
    if aggregation == "max":
        surest = shares.max(axis=1)
        pairs = zip(starts, ends, strict=True)
        return shares[[start + surest[start:end].argmax() for start, end in pairs]]
    return np.stack([shares[a:b].mean(axis=0) for a, b in zip(starts, ends, strict=True)])


def _softmax(logits: Any) -> Any:
    import numpy as np

    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)
