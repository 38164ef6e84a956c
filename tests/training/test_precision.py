"""Half precision: where it is faster, as the run began, and never in what is kept."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from core.spec import RunSpec
from core.training.devices import device_of
from core.training.precision import bf16_is_faster, trains_in_bf16
from core.training.stopping import StopRequest
from tests.training.conftest import MakeRun, curve, weights_of, work_here


def test_a_spec_that_says_no_means_no() -> None:
    assert not trains_in_bf16(False, {}, "cpu")
    assert not trains_in_bf16(False, {"bf16": True}, "cpu")


def test_a_new_run_asks_the_machine() -> None:
    assert trains_in_bf16(True, {}, "cpu") == bf16_is_faster("cpu")
    assert not trains_in_bf16(True, {}, "mps")


@pytest.mark.parametrize("before", [True, False])
def test_a_run_goes_on_as_it_began(before: bool) -> None:
    assert trains_in_bf16(True, {"bf16": before}, "cpu") == before


def test_the_answer_is_the_same_again_and_again() -> None:
    assert len({bf16_is_faster("cpu") for _ in range(5)}) == 1


def test_the_device_may_be_left_to_the_machine(make_run: MakeRun, base_spec: RunSpec) -> None:
    run = make_run(replace(base_spec, device="auto"), max_steps=1)
    assert work_here(run) == 0, run.events()[-1]
    assert run.started_with()["bf16"] == bf16_is_faster(device_of("auto"))


@pytest.mark.parametrize("bf16", [True, False])
def test_a_run_says_its_precision_keeps_it_and_saves_float32(make_run: MakeRun, bf16: bool) -> None:
    class AtOnce(StopRequest):
        requested = True

    run = make_run(max_steps=3, logging_steps=1, bf16=bf16)
    assert work_here(run, stop=AtOnce()) == 0, run.events()[-1]
    used = run.started_with()["bf16"]
    assert used == (bf16 and bf16_is_faster(device_of("cpu")))
    assert {str(w.dtype) for w in weights_of(run.model).values()} == {"torch.float32"}
    text = run.events_path.read_text()
    run.events_path.write_text(re.sub(r'"bf16": ?true', '"bf16": false', text))
    assert work_here(run, resume=True) == 0, run.events()[-1]
    resumed = next(event for event in run.events() if event.kind == "resumed")
    assert resumed.values["bf16"] is False
    assert curve(run)
