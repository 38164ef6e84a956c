"""Batches: every row once an epoch, as many batches as promised, little padding, no luck."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.training.batching import TokenBudgetBatches, batch_sizes
from tests.training.conftest import MakeRun, work_here


@settings(max_examples=150, deadline=None)
@given(
    lengths=st.lists(st.integers(2, 128), min_size=1, max_size=90),
    batch_size=st.integers(1, 40),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_epoch_has_every_row_once_in_as_many_batches_as_rows_by_batch_size(
    lengths: list[int], batch_size: int, seed: int
) -> None:
    batches = TokenBudgetBatches(lengths, batch_size, seed)
    assert len(batches) == -(-len(lengths) // batch_size)
    for epoch in (0, 1):
        batches.set_epoch(epoch)
        drawn = list(batches)
        assert len(drawn) == len(batches)
        assert all(drawn)
        assert sorted(index for batch in drawn for index in batch) == list(range(len(lengths)))


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    dice = random.Random(1)
    lengths = [dice.randint(3, 60) for _ in range(200)]

    def order(seed: int, epoch: int) -> list[list[int]]:
        batches = TokenBudgetBatches(lengths, 16, seed)
        batches.set_epoch(epoch)
        random.random()
        return list(batches)

    assert order(42, 1) == order(42, 1)
    assert order(42, 0) != order(42, 1) != order(43, 1)


def test_batches_hold_little_padding_and_like_numbers_of_tokens() -> None:
    dice = random.Random(2)
    lengths = [min(128, 3 + int(dice.expovariate(1 / 25))) for _ in range(2_000)]
    padded = [
        len(batch) * max(lengths[index] for index in batch)
        for batch in TokenBudgetBatches(lengths, 16, 42)
    ]
    assert sum(padded) < 1.02 * sum(lengths)
    assert max(padded) < 1.3 * sum(padded) / len(padded)


@pytest.mark.parametrize(
    ("lengths", "count", "sizes"),
    [
        ([4] * 7, 2, [4, 3]),
        ([3, 3, 3, 100], 2, [3, 1]),
        ([2, 2, 4, 4], 3, [2, 1, 1]),  # budgets alone give two batches or four
        ([], 0, []),
    ],
)
def test_sizes_of_batches(lengths: list[int], count: int, sizes: list[int]) -> None:
    assert batch_sizes(lengths, count) == sizes


def test_accumulated_batches_are_averaged_not_summed(make_run: MakeRun) -> None:
    def first_loss(**settings: int) -> float:
        run = make_run(max_steps=1, logging_steps=1, **settings)
        assert work_here(run) == 0, run.events()[-1]
        return next(e.values["loss"] for e in run.events() if "loss" in e.values)

    whole = first_loss(per_device_train_batch_size=80)
    halves = first_loss(per_device_train_batch_size=20, gradient_accumulation_steps=4)
    assert halves == pytest.approx(whole, rel=0.1)
