from __future__ import annotations

import random
from pathlib import Path

import numpy
import pytest
import torch

from core.training.state import load_state, random_state, restore_random_state, save_state


def test_optimizer_state_comes_back_bit_for_bit(tmp_path: Path) -> None:
    weights = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.AdamW([weights], lr=0.1 + 0.2, betas=(0.9, 0.999))
    weights.sum().backward()
    optimizer.step()
    before = optimizer.state_dict()
    save_state(tmp_path, "optimizer", before)
    after = load_state(tmp_path, "optimizer")
    assert after["param_groups"] == before["param_groups"]
    for name, value in before["state"][0].items():
        assert torch.equal(after["state"][0][name], value)
    assert {path.name for path in tmp_path.iterdir()} == {
        "optimizer.json",
        "optimizer.safetensors",
    }


def test_every_generator_goes_on_as_it_would_have(tmp_path: Path) -> None:
    def draw() -> tuple[float, float, float]:
        return random.random(), float(numpy.random.rand()), float(torch.rand(1))

    numpy.random.randn()  # keeps half a pair of normal numbers in its state
    save_state(tmp_path, "random", random_state())
    expected = draw()
    draw()
    restore_random_state(load_state(tmp_path, "random"))
    assert draw() == expected


def test_what_would_need_pickle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="holds a object, which has no form without pickle"):
        save_state(tmp_path, "x", {"a": object()})
