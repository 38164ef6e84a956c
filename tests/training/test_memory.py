"""The estimate stays near what was measured; the machine's memory is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.checkpoints.card import Checkpoint, read_folder
from core.training.memory import BASE_BYTES, estimate_bytes, machine_memory


@pytest.fixture
def minilm(tiny_checkpoint: Path) -> Checkpoint:
    """A card with the figures of MiniLM."""
    card = read_folder(tiny_checkpoint, "minilm", "folder")
    return replace(card, parameters=22_713_216, layers=6, hidden_size=384, heads=12)


@pytest.mark.parametrize(
    ("batch_size", "length", "bf16", "measured_mb"),
    [(16, 32, False, 519), (16, 128, False, 1209), (32, 128, False, 2125), (32, 128, True, 1681)],
)
def test_estimate_is_near_the_measured_peak(
    minilm: Checkpoint, batch_size: int, length: int, bf16: bool, measured_mb: int
) -> None:
    estimate = estimate_bytes(minilm, batch_size, length, bf16=bf16)

    assert (estimate - BASE_BYTES) / 1e6 == pytest.approx(measured_mb, rel=0.1)


def test_estimate_without_a_count_of_parameters_uses_the_shape(minilm: Checkpoint) -> None:
    counted = estimate_bytes(minilm, 16, 128)
    shaped = estimate_bytes(replace(minilm, parameters=None, vocabulary_size=30_522), 16, 128)

    assert shaped == pytest.approx(counted, rel=0.05)


def test_machine_has_memory() -> None:
    available, total = machine_memory()

    assert 0 < available <= total
