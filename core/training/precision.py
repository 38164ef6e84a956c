"""Whether training in half precision is faster here: measured in a moment, never guessed.

Only matrix products and what follows them run in bf16 (autocast); weights, gradients, optimizer and
the saved model stay in float32.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

ROWS, HIDDEN, WIDE = 512, 384, 1536  # a batch of tokens through a layer of a small encoder
ROUNDS = 5
GAIN = 0.8  # share of the float32 time above which half precision is not worth it


def trains_in_bf16(wanted: bool, started_with: Mapping[str, Any], device: str) -> bool:
    """Decide for a run; one that goes on keeps what it began with, where the device can.

    Args:
        wanted: the spec's `bf16`: half precision where it is faster.
        started_with: what the run's first event says; empty for a new run.
        device: where training runs: cpu, cuda or mps.
    """
    if not wanted:
        return False
    before = started_with.get("bf16")
    if before is None:
        return bf16_is_faster(device)
    return bool(before) and (device == "cpu" or bf16_is_faster(device))


def bf16_is_faster(device: str) -> bool:
    """Say whether a device has bf16 natively; a CPU is timed, a GPU knows."""
    import torch

    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device == "cpu" and cpu_seconds(half=True) < GAIN * cpu_seconds(half=False)


def cpu_seconds(half: bool) -> float:
    """Return the least CPU seconds of a product of matrices as autocast makes it."""
    import torch

    rows, weights = torch.ones(ROWS, HIDDEN), torch.ones(WIDE, HIDDEN)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=half):
        return min(_timed(torch.nn.functional.linear, rows, weights) for _ in range(ROUNDS + 1))


def _timed(product: Callable[[Any, Any], Any], rows: Any, weights: Any) -> float:
    began = time.process_time()  # CPU time: what else the machine does must not decide
    product(rows, weights)
    return time.process_time() - began
