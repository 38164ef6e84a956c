"""Entities in raw text, by the model of a run. Remembers the models used last."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.checkpoints.card import read_folder
from core.errors import UserError
from core.inference.previews import changed
from core.inference.recent import Recent
from core.inference.windows import Window, windows_of, words_of_text
from core.tasks.alignment import entities
from core.tasks.tagging import AGGREGATIONS, TaggedRow, tag_words
from core.tasks.token_classification import TokenClassification, TokenClassificationOptions

MODELS = 2  # kept in memory
TOKENS_AT_ONCE = 8_192  # of one forward pass


@dataclass(frozen=True)
class Loaded:
    """A model that is ready to answer."""

    model: Any
    tokenizer: Any
    labels: list[str]
    max_length: int


class Playground:
    """Predicts raw texts with the models of runs."""

    def __init__(self) -> None:
        self._models: Recent[Loaded] = Recent(MODELS)

    def predict(
        self, run: str, texts: Sequence[str], aggregation: str = "first"
    ) -> list[dict[str, Any]]:
        """Return the entities of each text, with character offsets and mean scores.

        Long text goes through the model in overlapping windows, so that nothing is cut.
        """
        if aggregation not in AGGREGATIONS:
            raise UserError(
                f'aggregation is "{aggregation}"; expected one of: {", ".join(AGGREGATIONS)}.',
                "Choose another aggregation.",
            )
        loaded = self._load(Path(run) / "model")
        started = time.perf_counter()
        texts = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        spans = [words_of_text(text, loaded.tokenizer) for text in texts]
        tagged = _tag(loaded, texts, spans, aggregation)
        spent = (time.perf_counter() - started) * 1000 / max(len(texts), 1)
        return [
            {
                "text": text,
                "entities": _entities(text, words, row),
                "cut": row.cut,
                "milliseconds": round(spent, 1),
            }
            for text, words, row in zip(texts, spans, tagged, strict=True)
        ]

    def _load(self, folder: Path) -> Loaded:
        stamp = changed(folder, "model.safetensors")
        if not stamp:
            raise UserError(
                f"The run {folder.parent.name} has no model yet.",
                "Wait until it has finished, or stop it in step 4: it saves what it has.",
            )
        return self._models.get((str(folder), stamp), lambda: load(folder))


def load(folder: Path) -> Loaded:
    """Load the model of a run and its tokenizer."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(str(folder), trust_remote_code=False, local_files_only=True)
    labels = [config.id2label[index] for index in range(config.num_labels)]
    task = TokenClassification()
    longest = read_folder(folder, folder.parent.name, "run").max_length
    model = task.load_model(folder, labels).eval()
    return Loaded(model, task.load_tokenizer(folder), labels, longest)


def _tag(
    loaded: Loaded, texts: Sequence[str], spans: list[list[tuple[int, int]]], aggregation: str
) -> list[TaggedRow]:
    """Tag the words of each text, window by window."""
    words = [
        [text[start:end] for start, end in found] for text, found in zip(texts, spans, strict=True)
    ]
    windows = windows_of(words, loaded.tokenizer, loaded.max_length)
    tagged = [TaggedRow([], [], 0) for _ in texts]
    for window, row in zip(windows, _forward(loaded, windows, aggregation), strict=True):
        whole = tagged[window.text]
        whole.tags.extend(row.tags[window.known :])
        whole.scores.extend(row.scores[window.known :])
    return tagged


def _forward(loaded: Loaded, windows: Sequence[Window], aggregation: str) -> list[TaggedRow]:
    """Return the prediction for each window; windows of similar length share a forward pass."""
    import torch

    task = TokenClassification()
    rows = {"tokens": [window.words for window in windows]}
    features = task.encode(
        rows, loaded.tokenizer, loaded.labels, loaded.max_length, TokenClassificationOptions()
    )
    lengths = [len(ids) for ids in features.inputs["input_ids"]]
    order = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
    collate = task.collator(loaded.tokenizer)
    logits: list[Any] = [None] * len(order)
    while order:
        size = max(1, TOKENS_AT_ONCE // lengths[order[0]])
        part, order = order[:size], order[size:]
        items = [{name: values[i] for name, values in features.inputs.items()} for i in part]
        with torch.inference_mode():
            answer = loaded.model(**collate(items)).logits.float().numpy()
        for index, values in zip(part, answer, strict=True):
            logits[index] = values[: lengths[index]]
    return tag_words(logits, features, rows, loaded.labels, aggregation)


def _entities(text: str, spans: Sequence[tuple[int, int]], row: TaggedRow) -> list[dict[str, Any]]:
    if not all(map(math.isfinite, row.scores)):
        raise UserError(
            "The model answers with NaN: its weights are broken.",
            "Train again with a smaller learning rate.",
        )
    found = []
    for label, first, last in entities(row.tags):
        start, end = spans[first][0], spans[last - 1][1]
        score = sum(row.scores[first:last]) / (last - first)
        entity = {"label": label, "start": start, "end": end}
        found.append({**entity, "text": text[start:end], "score": score})
    return found
