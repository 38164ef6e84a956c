"""A run is a folder. Its state follows from its last event and from whether its process lives."""

from __future__ import annotations

import difflib
import os
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.runs.events import TERMINAL, Event, drop_voided, last_event, read_events, recent_events
from core.runs.files import link_or_copy, read_json, write_json
from core.runs.process import read_worker
from core.spec import RunSpec

LOG_TAIL_BYTES = 64 * 1024
LAUNCH_SECONDS = 60.0  # a run that was never launched counts as starting for this long
RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")


@dataclass(frozen=True)
class RunSummary:
    """One line of the list of runs."""

    id: str
    name: str | None
    state: str
    task: str
    checkpoint: str
    dataset: str
    method: str
    started: float
    """Seconds since 1970."""
    seconds: float
    step: int
    total_steps: int | None
    best_metric_name: str | None
    best_metric: float | None
    message: str | None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)


@dataclass(frozen=True)
class Run:
    """A run folder. Reads only; the worker writes."""

    path: Path

    @property
    def id(self) -> str:
        """The name of the folder."""
        return self.path.name

    @property
    def model(self) -> Path:
        """Where the kept model lies once there is one."""
        return self.path / "model"

    @property
    def events_path(self) -> Path:
        """The event log."""
        return self.path / "events.jsonl"

    def details(self) -> dict[str, Any]:
        """Return run.json: the spec, and under `resolved` what else decides the result."""
        return read_json(self.path / "run.json")

    def spec(self) -> RunSpec:
        """Return the spec of the run."""
        data = self.details()
        return RunSpec.from_json({name: data[name] for name in data if name != "resolved"})

    def events(self, after: int = 0) -> list[Event]:
        """Return the events with a sequence above `after`."""
        return read_events(self.events_path, after)

    def started_with(self) -> dict[str, Any]:
        """Return what the first start of training told; empty before it."""
        starts = (event for event in self.events() if event.kind in ("started", "resumed"))
        first = next(starts, None)
        return dict(first.values) if first else {}

    def metrics(self) -> dict[str, Any] | None:
        """Return the scores of the kept model by split, or None before there are any."""
        try:
            return read_json(self.path / "metrics.json")
        except FileNotFoundError:
            return None

    def log(self, tail_bytes: int = LOG_TAIL_BYTES) -> str:
        """Return the end of the worker's log."""
        try:
            with (self.path / "log.txt").open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - tail_bytes))
                return file.read(tail_bytes).decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def state(self) -> str:
        """Return starting, running, finished, stopped, failed or killed."""
        last, worker = last_event(self.events_path), read_worker(self.path)
        if worker is None:
            return "starting" if time.time() - self._created() < LAUNCH_SECONDS else "killed"
        old = last is None or last.time < worker.started  # a resumed run has events of before
        if last is not None and not old and last.kind in TERMINAL:
            return last.kind
        if not worker.lives:
            return self._after_death(worker.started)
        return "starting" if old else "running"

    def _after_death(self, started: float) -> str:
        last = last_event(self.events_path)  # again: it may have ended between two looks
        ended = last is not None and last.time >= started and last.kind in TERMINAL
        return last.kind if last is not None and ended else "killed"

    @property
    def is_active(self) -> bool:
        """Whether a worker is at it."""
        return self.state() in ("starting", "running")

    def failure(self) -> UserError | None:
        """Say why a failed or killed run ended, or return None for any other."""
        state = self.state()
        if state == "killed":
            step = self.summary().step
            return UserError(
                f"The process was killed at step {step}." if step else "The process was killed.",
                "Resume the run. If it is killed again, choose a smaller "
                "per_device_train_batch_size: the machine may be out of memory.",
            )
        last = last_event(self.events_path)
        if state != "failed" or last is None:
            return None
        return UserError(last.message or "The run failed.", last.hint or "")

    def summary(self) -> RunSummary:
        """Return the run in one line; reads only the end of the event log."""
        details, state = self.details(), self.state()
        recent = drop_voided(recent_events(self.events_path))
        values: dict[str, Any] = {}
        for event in recent:
            values.update(event.values)
        message = recent[-1].message if recent and state in TERMINAL else None
        if state == "killed":
            message = "The process was killed."
        return RunSummary(
            id=self.id,
            name=details.get("name"),
            state=state,
            task=details["task"],
            checkpoint=details["checkpoint"],
            dataset=details["resolved"]["dataset"],
            method=details["method"],
            started=self._created(),
            seconds=self._seconds(recent, state),
            step=max((event.step or 0 for event in recent), default=0),
            total_steps=values.get("total_steps"),
            best_metric_name=values.get("best_metric_name"),
            best_metric=values.get("best_metric"),
            message=message,
        )

    def _created(self) -> float:
        return float(self.details()["resolved"]["created"])

    def _seconds(self, recent: list[Event], state: str) -> float:
        last = recent[-1].time if recent else self._created()
        until = time.time() if state in ("starting", "running") else last
        return round(max(0.0, until - self._created()), 1)


def create_run(
    spec: RunSpec,
    data: Path,
    runs: Path,
    splits: Mapping[str, Any],
    resolved: Mapping[str, Any],
) -> Run:
    """Make the folder of a run: whole, or not at all.

    Args:
        spec: what the person decided.
        data: folder of the imported dataset (Parquet and imported.json).
        runs: folder of the runs.
        splits: content of splits.json.
        resolved: what else decides the result (data hash, revision, versions, threads, ...).
    """
    created = time.time()
    run_id = f"{time.strftime('%Y%m%d-%H%M%S', time.localtime(created))}-{secrets.token_hex(2)}"
    draft = runs / f".{run_id}"
    try:
        for folder in (draft / "data", draft / "checkpoints"):
            folder.mkdir(parents=True)
        for file in sorted(data.iterdir()):
            if file.is_file() and not file.name.startswith("."):
                link_or_copy(file, draft / "data" / file.name)
        write_json(draft / "splits.json", splits)
        decides = {**spec.to_json(), "resolved": {**resolved, "created": created}}
        write_json(draft / "run.json", decides, indent=1)
        for name in ("events.jsonl", "log.txt"):
            (draft / name).touch()
        draft.rename(runs / run_id)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return Run(runs / run_id)


def list_runs(runs: Path) -> list[Run]:
    """Return the runs of a folder, newest first."""
    if not runs.is_dir():
        return []
    found = [path for path in runs.iterdir() if (path / "run.json").is_file()]
    return [Run(path) for path in sorted(found, reverse=True) if not path.name.startswith(".")]


def find_run(text: str, runs: Path) -> Run:
    """Return the run with this id, or in this folder.

    Raises:
        UserError: there is none.
    """
    by_id = runs / text if RUN_ID.fullmatch(text) else None
    for path in (by_id, Path(text).expanduser()):
        if path is not None and (path / "run.json").is_file():
            return Run(path.resolve())
    known = [run.id for run in list_runs(runs)]
    near = difflib.get_close_matches(text, known, n=1)
    guess = f'Did you mean "{near[0]}"?' if near else f"{runs} holds {len(known)} runs."
    raise UserError(f'There is no run "{text}". {guess}', "`python -m core runs` lists the runs.")
