"""Presets of step 4: a few hyperparameters at once, fitted to the size of the checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.spec import Hyperparameters, RunSpec

SMALL = 50_000_000  # parameters; smaller models learn with larger steps
NAMES = ("quick", "balanced", "thorough")
OWN = "own"
BATCH = 16
MOST_EVALUATIONS = 8  # points on the F1 curve of a run
EVALUATION_SHARE = 0.2  # of the cost of training, at most
EVALUATION_COST = 0.35  # of a row, where training on it costs 1: there is no backward pass


def preset(
    name: str, parameters: int | None, splits: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """Return the hyperparameters of a preset.

    >>> preset("balanced", 110_000_000)["learning_rate"]
    5e-05
    """
    small = parameters is not None and parameters < SMALL
    rates = {"quick": (1e-4, 4e-4), "balanced": (5e-5, 2e-4), "thorough": (3e-5, 1e-4)}
    epochs = {"quick": 1.0, "balanced": 3.0, "thorough": 8.0}
    thorough = name == "thorough"
    every = evaluation_steps(epochs[name], splits) if splits else None
    return {
        "eval_strategy": "steps" if every else "epoch",
        "eval_steps": every,
        "learning_rate": rates[name][small],
        "num_train_epochs": epochs[name],
        "per_device_train_batch_size": BATCH,
        "warmup_steps": 0.06 if thorough else 0.0,
        "weight_decay": 0.01 if thorough else 0.0,
    }


def evaluation_steps(epochs: float, splits: Mapping[str, int]) -> int | None:
    """Return the steps between evaluations: about 8 in a run, fewer where they would cost much.

    >>> evaluation_steps(1.0, {"train": 992, "validation": 110})
    12
    >>> evaluation_steps(1.0, {"train": 992, "validation": 900})
    62
    """
    train, validation = splits.get("train", 0), splits.get("validation", 0)
    if not (train and validation):
        return None
    steps = max(1, round(-(-train // BATCH) * epochs))
    allowed = EVALUATION_SHARE * train * epochs / (EVALUATION_COST * validation)
    count = min(max(int(allowed), 1), MOST_EVALUATIONS, steps)
    every = steps // count
    return every if steps // every == count else every + 1


def preset_of(
    chosen: Hyperparameters, parameters: int | None, splits: Mapping[str, int] | None = None
) -> str:
    """Return the preset whose values are chosen, or `own`."""
    for name in NAMES:
        values = preset(name, parameters, splits)
        if all(getattr(chosen, key) == value for key, value in values.items()):
            return name
    return OWN


def steps_of(spec: RunSpec, rows: int) -> int:
    """Return the optimizer steps of a run.

    >>> from core.spec import DatasetSpec
    >>> steps_of(RunSpec("token-classification", "starter", DatasetSpec()), 992)
    186
    """
    chosen = spec.hyperparameters
    if chosen.max_steps > 0:
        return chosen.max_steps
    batches = -(-rows // chosen.per_device_train_batch_size)
    steps = -(-batches // chosen.gradient_accumulation_steps)
    return max(1, round(steps * chosen.num_train_epochs))
