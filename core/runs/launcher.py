"""From a spec to a run with a worker: check, make the folder, launch, stop, resume."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from core.errors import UserError
from core.runs.folder import Run, list_runs
from core.runs.prepare import prepare_run
from core.runs.process import AlreadyLockedError, Worker, locked, read_worker, write_worker
from core.runs.progress import Progress
from core.spec import RunSpec

__all__ = [
    "launch",
    "prepare_run",
    "resume",
    "resume_in_foreground",
    "running_runs",
    "stop",
    "stop_and_wait",
    "train_in_foreground",
]

PROJECT = Path(__file__).parents[2]
SECRET = ("TOKEN", "SECRET", "PASSWORD", "API_KEY", "CREDENTIAL")
HARMLESS = ("TOKENIZERS_PARALLELISM",)
LOCK_SECONDS = 10.0
LOOK_SECONDS = 0.2


def launch(run: Run) -> None:
    """Start the worker of a new run, detached; a run that was started already stays as it is."""
    with _launch_lock(run):
        if read_worker(run.path) is None:
            _reap(_start(run))


def resume(run: Run) -> None:
    """Start a worker that goes on from the newest sound checkpoint, detached.

    Raises:
        UserError: the run is finished or still at work.
    """
    with _launch_lock(run):
        _check_resumable(run)
        _reap(_start(run, "--resume"))


def stop(run: Run) -> None:
    """Ask the worker to finish its step, save and end. Returns at once.

    Raises:
        UserError: no worker is at it.
    """
    worker, state = read_worker(run.path), run.state()
    if worker is None or state not in ("starting", "running"):
        raise UserError(
            f"The run {run.id} is not running: it is {state}.", "Choose a run that is running."
        )
    _ask_to_stop(worker)


def stop_and_wait(run: Run) -> None:
    """Stop the worker and wait until it has saved and is gone."""
    stop(run)
    while (worker := read_worker(run.path)) is not None and worker.lives:
        time.sleep(LOOK_SECONDS)


def running_runs(runs: Path) -> list[Run]:
    """Return the runs that have a worker at work, newest first."""
    return [run for run in list_runs(runs) if run.is_active]


def train_in_foreground(spec: RunSpec, home: Path, runs: Path) -> Run:
    """Train with the worker as our own child; progress goes to stderr, Ctrl-C stops and saves.

    Raises:
        UserError: the spec cannot be trained, or the run failed.
    """
    from core.runs.prepare import fetch_checkpoint

    progress = Progress(sys.stderr)
    fetch_checkpoint(spec, home, progress.bytes_done)
    run = prepare_run(spec, home, runs)
    with _launch_lock(run):
        child = _start(run)
    _follow(run, child, progress)
    return run


def resume_in_foreground(run: Run) -> None:
    """Resume with the worker as our own child, as `train_in_foreground` trains."""
    with _launch_lock(run):
        _check_resumable(run)
        child = _start(run, "--resume")
    _follow(run, child, Progress(sys.stderr))


@contextmanager
def _launch_lock(run: Run) -> Iterator[None]:
    try:
        with locked(run.path / ".launch", LOCK_SECONDS):
            yield
    except AlreadyLockedError:
        raise UserError(
            f"The run {run.id} is being started by someone else.", "Look again."
        ) from None


def _check_resumable(run: Run) -> None:
    state = run.state()
    if state in ("starting", "running"):
        raise UserError(f"The run {run.id} is still {state}.", "Stop it first, or let it go on.")
    if state == "finished":
        raise UserError(
            f"The run {run.id} is finished; there is nothing to resume.",
            "Start a new run; with this run as its checkpoint it goes on from the kept model.",
        )


def _start(run: Run, *flags: str) -> subprocess.Popen[bytes]:
    """Start a worker in its own session with nothing secret in its environment."""
    started = time.time()
    with (run.path / "log.txt").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "core.training.worker", str(run.path), *flags],
            cwd=PROJECT,
            env=worker_environment(dict(os.environ), run.details()["resolved"]["threads"]),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    write_worker(run.path, child.pid, started)
    return child


def _reap(child: subprocess.Popen[bytes]) -> None:
    """Collect the exit code of a detached worker, so that no zombie stays behind the page."""
    threading.Thread(target=child.wait, name="reaper", daemon=True).start()


def worker_environment(environment: dict[str, str], threads: int) -> dict[str, str]:
    """Return the environment of a worker: no secrets, no network, one device, fixed threads.

    >>> worker_environment({"HF_TOKEN": "hf_x", "PATH": "/bin"}, 2)["PATH"]
    '/bin'
    >>> "HF_TOKEN" in worker_environment({"HF_TOKEN": "hf_x"}, 2)
    False
    """
    kept = {
        name: value
        for name, value in environment.items()
        if name in HARMLESS or not any(word in name.upper() for word in SECRET)
    }
    first_device = kept.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
    return {
        "OMP_WAIT_POLICY": "PASSIVE",  # threads that spin slow a busy machine down tenfold
        **kept,
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": str(threads),
        "CUDA_VISIBLE_DEVICES": first_device,  # the Trainer would take all it sees
    }


def _ask_to_stop(worker: Worker) -> None:
    try:
        psutil.Process(worker.pid).terminate()
    except psutil.NoSuchProcess:
        return


def _follow(run: Run, child: subprocess.Popen[bytes], progress: Progress) -> None:
    """Show the events until the child is gone; Ctrl-C and SIGTERM stop it, then wait on."""
    seen = run.events()[-1].sequence if run.events() else 0
    with _stop_on_signals(child):
        while True:
            ended = child.poll() is not None  # before reading: nothing is written after the end
            for event in run.events(after=seen):
                seen = event.sequence
                progress.show(event)
            if ended:
                break
            time.sleep(LOOK_SECONDS)
    progress.close()
    _raise_failure(run)


def _raise_failure(run: Run) -> None:
    failure = run.failure()
    if failure is None:
        return
    events = run.events()
    if events and "incident" in events[-1].values:  # a defect of ours, not the person's to mend
        raise RuntimeError(f"{failure.message} {run.path / 'log.txt'}")
    raise failure


@contextmanager
def _stop_on_signals(child: subprocess.Popen[bytes]) -> Iterator[None]:
    def ask(_number: int, _frame: object) -> None:
        if child.poll() is None:
            child.terminate()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
