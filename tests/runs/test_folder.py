from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import UserError
from core.runs.events import EventWriter
from core.runs.folder import Run, create_run, find_run, list_runs
from core.runs.process import AlreadyLockedError, locked, read_worker, write_worker
from core.spec import DatasetSpec, RunSpec

SPEC = RunSpec(
    task="token-classification",
    checkpoint="starter",
    dataset=DatasetSpec({"train": ("/somewhere/mail.conll",)}),
    name="../first try",
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "train.parquet").write_bytes(b"PAR1")
    (folder / "imported.json").write_text("{}")
    return folder


@pytest.fixture
def run(data: Path, tmp_path: Path) -> Run:
    resolved = {"dataset": "mail.conll", "data_hash": "abc", "threads": 1}
    return create_run(SPEC, data, tmp_path / "runs", {"train": {"source": "train"}}, resolved)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield child
    child.kill()
    child.wait()


def test_the_folder_has_a_time_based_id_and_links_to_the_data(run: Run, data: Path) -> None:
    day, clock, random = run.id.split("-")
    assert (len(day), len(clock), len(random)) == (8, 6, 4)
    linked = run.path / "data" / "train.parquet"
    assert linked.stat().st_ino == (data / "train.parquet").stat().st_ino
    assert run.spec() == SPEC
    assert run.details()["resolved"]["data_hash"] == "abc"
    assert not [path for path in run.path.parent.iterdir() if path != run.path]


def test_a_new_run_is_starting_and_one_that_was_never_launched_is_killed(run: Run) -> None:
    assert run.state() == "starting"
    text = (run.path / "run.json").read_text()
    created = run.details()["resolved"]["created"]
    (run.path / "run.json").write_text(text.replace(str(created), str(created - 3600)))
    assert run.state() == "killed"


def test_the_state_follows_from_the_last_event_and_the_process(
    run: Run, sleeper: subprocess.Popen[bytes]
) -> None:
    write_worker(run.path, sleeper.pid, time.time())
    assert run.state() == "starting"
    events = EventWriter(run.events_path)
    events.write("started", step=0, values={"total_steps": 40})
    events.write("metrics", step=20, values={"loss": 0.5, "total_steps": 40})
    assert run.state() == "running"
    assert run.is_active
    sleeper.kill()
    assert_soon(run, "killed")
    failure = run.failure()
    assert failure is not None
    assert failure.message == "The process was killed at step 20."
    summary = run.summary()
    assert (summary.step, summary.total_steps, summary.name) == (20, 40, "../first try")


@pytest.mark.parametrize("kind", ["finished", "stopped", "failed"])
def test_an_ended_run_keeps_its_state_when_the_process_is_gone(run: Run, kind: str) -> None:
    write_worker(run.path, 2**22 + 1, time.time())
    EventWriter(run.events_path).write(kind, step=40, message="The reason.", hint="A click.")
    assert run.state() == kind
    failure = run.failure()
    assert (failure is not None) == (kind == "failed")
    assert run.summary().message == "The reason."


def test_a_resumed_run_is_starting_until_its_new_worker_speaks(
    run: Run, sleeper: subprocess.Popen[bytes]
) -> None:
    write_worker(run.path, 2**22 + 1, time.time())
    events = EventWriter(run.events_path)
    events.write("stopped", step=20)
    time.sleep(0.01)
    write_worker(run.path, sleeper.pid, time.time())
    assert run.state() == "starting"
    events.write("resumed", step=20)
    assert run.state() == "running"
    sleeper.kill()
    assert_soon(run, "killed")


def test_another_process_with_the_same_id_is_not_ours(
    run: Run, sleeper: subprocess.Popen[bytes]
) -> None:
    write_worker(run.path, sleeper.pid, time.time())
    text = (run.path / "process.json").read_text()
    worker = read_worker(run.path)
    assert worker is not None
    assert worker.lives
    stamp = str(worker.create_time)
    (run.path / "process.json").write_text(text.replace(stamp, str(worker.create_time - 100)))
    again = read_worker(run.path)
    assert again is not None
    assert not again.lives


def test_runs_are_listed_newest_first_and_nothing_else(run: Run, data: Path) -> None:
    runs = run.path.parent
    (runs / "notes").mkdir()
    (runs / ".20261120-104455-ab12").mkdir()
    later = create_run(SPEC, data, runs, {}, {"dataset": "mail.conll", "threads": 1})
    later.path.rename(runs / "29990101-000000-aaaa")
    assert [found.id for found in list_runs(runs)] == ["29990101-000000-aaaa", run.id]
    assert list_runs(runs / "nowhere") == []


def test_an_id_is_never_a_path(run: Run) -> None:
    outside = run.path.parent / "inner"
    outside.mkdir()
    with pytest.raises(UserError, match=f'There is no run "../{run.id}".'):
        find_run(f"../{run.id}", outside)


def test_the_log_is_read_from_its_end(run: Run) -> None:
    (run.path / "log.txt").write_text("first\nlast ä\n", "utf-8")
    assert run.log(tail_bytes=8) == "last ä\n"
    (run.path / "log.txt").unlink()
    assert run.log() == ""


def test_a_lock_is_held_once(tmp_path: Path) -> None:
    with locked(tmp_path / "lock"), pytest.raises(AlreadyLockedError), locked(tmp_path / "lock"):
        pass
    with locked(tmp_path / "lock"):
        pass


def assert_soon(run: Run, state: str) -> None:
    deadline = time.monotonic() + 5
    while run.state() != state:
        assert time.monotonic() < deadline, run.state()
        time.sleep(0.01)
