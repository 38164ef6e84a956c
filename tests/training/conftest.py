"""One home, one small dataset and one undisturbed run for all tests of training."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.runs.folder import Run
from core.runs.launcher import launch, prepare_run
from core.spec import DatasetSpec, Hyperparameters, RunSpec
from core.training.stopping import StopRequest

os.environ["OMP_NUM_THREADS"] = "1"  # two threads of a tiny model wait for each other
PEOPLE, PLACES = ("anna", "lee brown"), ("paris", "london", "berlin")
TERMINAL = ("finished", "stopped", "failed", "killed")


@pytest.fixture(scope="session")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the session with `home` and three CoNLL files."""
    folder = tmp_path_factory.mktemp("training")
    for split, rows in {"train": 80, "validation": 20, "test": 20}.items():
        (folder / f"{split}.conll").write_text("\n".join(map(sentence, range(rows))), "utf-8")
    return folder


def sentence(index: int) -> str:
    person, place = PEOPLE[index % 2].split(), PLACES[index % 3]
    lines = [f"{word}\t{'I' if i else 'B'}-PER" for i, word in enumerate(person)]
    lines += ["was\tO", "in\tO", f"{place}\tB-LOC", *(["with\tO", "her\tO"] * (index % 5))]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="session")
def base_spec(lasting: Path, tiny_checkpoint: Path) -> RunSpec:
    """Eleven steps an epoch, logged, scored and saved at moments that do not line up."""
    return RunSpec(
        task="token-classification",
        checkpoint=str(tiny_checkpoint),
        dataset=DatasetSpec({split: (str(lasting / f"{split}.conll"),) for split in SPLITS}),
        max_length=32,
        device="cpu",
        hyperparameters=Hyperparameters(
            learning_rate=1e-3,
            num_train_epochs=3,
            per_device_train_batch_size=8,
            per_device_eval_batch_size=8,
            logging_steps=4,
        ),
    )


SPLITS = ("train", "validation", "test")

MakeRun = Callable[..., Run]


@pytest.fixture(scope="session")
def make_run(lasting: Path, base_spec: RunSpec) -> MakeRun:
    """Make a run folder from the base spec with other hyperparameters (or another spec)."""

    def make(spec: RunSpec = base_spec, **hyperparameters: Any) -> Run:
        changed = replace(spec.hyperparameters, **hyperparameters)
        return prepare_run(
            replace(spec, hyperparameters=changed), lasting / "home", lasting / "home" / "runs"
        )

    return make


def work_here(run: Run, *, resume: bool = False, stop: StopRequest | None = None) -> int:
    """Do the worker's work in this process: the same code, without seconds of imports."""
    from core.training.worker import work

    return work(run, resume, stop or StopRequest())


def wait_for(run: Run, *states: str, seconds: float = 60) -> str:
    """Wait until the run has one of the states."""
    deadline = time.monotonic() + seconds
    while (state := run.state()) not in states:
        assert time.monotonic() < deadline, f"still {state} after {seconds} s: {run.log()}"
        time.sleep(0.02)
    return state


def wait_for_step(run: Run, step: int, kind: str = "metrics", seconds: float = 60) -> None:
    """Wait until an event of this kind is at or beyond the step."""
    deadline = time.monotonic() + seconds
    while not any(event.kind == kind and (event.step or 0) >= step for event in run.events()):
        assert time.monotonic() < deadline, run.log()
        time.sleep(0.005)


LONG = {"num_train_epochs": 12, "save_strategy": "steps", "save_steps": 15, "logging_steps": 7}


@pytest.fixture(scope="session")
def long_run(make_run: MakeRun) -> Run:
    """A finished run of 120 steps that nobody disturbed, by a real worker process."""
    run = make_run(**LONG)
    launch(run)
    wait_for(run, *TERMINAL)
    return run


def weights_of(folder: Path) -> dict[str, Any]:
    """Return the weights of a model folder."""
    from safetensors.torch import load_file

    return dict(load_file(folder / "model.safetensors"))


def same_weights(one: Path, other: Path) -> bool:
    """Say whether two model folders hold the same weights, bit for bit."""
    import torch

    first, second = weights_of(one), weights_of(other)
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) for name in first
    )


def curve(run: Run) -> list[tuple[int, str, Any]]:
    """Return the learning curve without what depends on the clock."""
    timed = ("rows_per_second", "seconds_left", "memory_bytes")
    return [
        (event.step or 0, name, value)
        for event in run.events()
        if event.kind == "metrics"
        for name, value in sorted(event.values.items())
        if name not in timed
    ]
