"""How much memory a training takes, and how much this machine has."""

from __future__ import annotations

from pathlib import Path

from core.checkpoints.card import Checkpoint

CONTAINER = Path("/sys/fs/cgroup")  # control group, version 2

BASE_BYTES = 390_000_000  # Python with torch and transformers imported
TRAINED = 16  # float32 weight, gradient and the two moments of Adam
FROZEN = 4
PER_HIDDEN = 118  # bytes of activations per layer, token and hidden unit, measured in float32
PER_PAIR = 16  # bytes per layer, token, head and position looked at
HALF = 0.77  # share of the activations under bf16 autocast
TRAINED_SHARE = {"full": 1.0, "lora": 0.02, "frozen-features": 0.0}


def estimate_bytes(
    checkpoint: Checkpoint, batch_size: int, length: int, method: str = "full", bf16: bool = False
) -> int:
    """Return the peak memory of a training, measured to be within about 20 % on the CPU.

    Args:
        checkpoint: the card; its parameters, layers, hidden size and heads count.
        batch_size: rows per step on the device.
        length: tokens of a padded row.
        method: which weights learn.
        bf16: whether bf16 autocast is on.
    """
    parameters = checkpoint.parameters or _parameters(checkpoint)
    trained = round(parameters * TRAINED_SHARE.get(method, 1.0))
    weights = TRAINED * trained + FROZEN * (parameters - trained)
    if method == "frozen-features":
        return BASE_BYTES + weights
    per_token = PER_HIDDEN * checkpoint.hidden_size + PER_PAIR * checkpoint.heads * length
    activations = checkpoint.layers * batch_size * length * per_token
    return BASE_BYTES + weights + round(activations * (HALF if bf16 else 1.0))


def _parameters(checkpoint: Checkpoint) -> int:
    """Return the parameters of an encoder of this shape, where nobody counted them."""
    hidden = checkpoint.hidden_size
    return checkpoint.vocabulary_size * hidden + 12 * checkpoint.layers * hidden * hidden


def machine_memory() -> tuple[int, int]:
    """Return the available and the total bytes of this machine's memory, or of its container's."""
    import psutil

    memory = psutil.virtual_memory()
    limit, used = (_number_in(CONTAINER / name) for name in ("memory.max", "memory.current"))
    if limit is None or used is None or limit >= memory.total:
        return memory.available, memory.total
    return min(memory.available, max(0, limit - used)), limit


def _number_in(path: Path) -> int | None:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):  # "max", or no container
        return None
