"""Stopping at any moment and going on gives the run that nobody disturbed, bit for bit."""

from __future__ import annotations

import pytest

from core.runs.folder import Run
from core.training.stopping import StopRequest
from tests.training.conftest import MakeRun, curve, same_weights, work_here


class StopAtLook(StopRequest):
    """A stop that is asked for right before the n-th time that someone looks."""

    def __init__(self, looks: int) -> None:
        self._left = looks

    @property
    def requested(self) -> bool:
        self._left -= 1
        return self._left < 0

    @requested.setter
    def requested(self, _value: bool) -> None:
        pass


@pytest.fixture(scope="module")
def settings() -> dict[str, object]:
    """Dropout is on (as in the checkpoint), gradients are accumulated, log lines straddle saves."""
    return {"gradient_accumulation_steps": 2, "logging_steps": 4, "max_steps": 14}


@pytest.fixture(scope="module")
def undisturbed(make_run: MakeRun, settings: dict[str, object]) -> Run:
    run = make_run(**settings)
    assert work_here(run) == 0, run.log()
    return run


@pytest.mark.parametrize("looks", [0, 3, 5, 6, 7, 8, 13, 14, 16, 22])
def test_stopping_at_any_moment_and_resuming_changes_nothing(
    looks: int, make_run: MakeRun, undisturbed: Run, settings: dict[str, object]
) -> None:
    run = make_run(**settings)
    assert work_here(run, stop=StopAtLook(looks)) == 0
    assert run.events()[-1].kind == "stopped", run.events()[-1]
    assert (run.model / "model.safetensors").exists()
    assert work_here(run, resume=True) == 0
    assert run.events()[-1].kind == "finished"
    assert curve(run) == curve(undisturbed)
    assert same_weights(run.model, undisturbed.model)
    assert run.metrics() == undisturbed.metrics()


def test_a_second_stop_while_a_cut_evaluation_is_made_up_for_changes_nothing(
    make_run: MakeRun, undisturbed: Run, settings: dict[str, object]
) -> None:
    run = make_run(**settings)
    work_here(run, stop=StopAtLook(6))
    work_here(run, resume=True, stop=StopAtLook(0))
    work_here(run, resume=True)
    assert run.events()[-1].kind == "finished"
    assert curve(run) == curve(undisturbed)
    assert same_weights(run.model, undisturbed.model)


def test_without_a_sound_checkpoint_a_run_starts_again_and_says_so(
    make_run: MakeRun, undisturbed: Run, settings: dict[str, object]
) -> None:
    run = make_run(**settings)
    work_here(run, stop=StopAtLook(3))
    for manifest in run.path.glob("checkpoints/*/manifest.json"):
        manifest.unlink()
    assert work_here(run, resume=True) == 0
    resumed = next(event for event in run.events() if event.kind == "resumed")
    assert resumed.step == 0
    assert "No sound checkpoint: from the start. Passed over:" in (resumed.message or "")
    assert "it was not finished" in (resumed.message or "")
    assert curve(run) == curve(undisturbed)


def test_a_run_whose_base_is_gone_resumes_from_its_own_checkpoint(
    make_run: MakeRun, undisturbed: Run, settings: dict[str, object]
) -> None:
    run = make_run(**settings)
    work_here(run, stop=StopAtLook(3))
    text = (run.path / "run.json").read_text()
    base = run.details()["resolved"]["checkpoint_folder"]
    (run.path / "run.json").write_text(text.replace(base, "/nowhere"))
    assert work_here(run, resume=True) == 0, run.events()[-1]
    assert same_weights(run.model, undisturbed.model)
