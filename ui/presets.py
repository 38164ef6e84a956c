"""Presets of step 4: a few hyperparameters at once, fitted to the size of the checkpoint."""

from __future__ import annotations

from core.spec import Hyperparameters, RunSpec

SMALL = 50_000_000  # parameters; smaller models learn with larger steps
NAMES = ("quick", "balanced", "thorough")
OWN = "own"


def preset(name: str, parameters: int | None) -> dict[str, float]:
    """Return the hyperparameters of a preset.

    >>> preset("balanced", 110_000_000)["learning_rate"]
    5e-05
    """
    small = parameters is not None and parameters < SMALL
    rates = {"quick": (1e-4, 4e-4), "balanced": (5e-5, 2e-4), "thorough": (3e-5, 1e-4)}
    epochs = {"quick": 1.0, "balanced": 3.0, "thorough": 8.0}
    thorough = name == "thorough"
    return {
        "learning_rate": rates[name][small],
        "num_train_epochs": epochs[name],
        "per_device_train_batch_size": 16,
        "warmup_steps": 0.06 if thorough else 0.0,
        "weight_decay": 0.01 if thorough else 0.0,
    }


def preset_of(chosen: Hyperparameters, parameters: int | None) -> str:
    """Return the preset whose values are chosen, or `own`."""
    for name in NAMES:
        values = preset(name, parameters)
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
