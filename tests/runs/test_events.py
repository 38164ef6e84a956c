from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.runs.events import Event, EventWriter, last_event, read_events


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_events_come_back_as_written(path: Path) -> None:
    writer = EventWriter(path)
    writer.write("started", step=0, values={"total_steps": 4})
    writer.write("metrics", step=2, epoch=0.5, values={"loss": 1.5})
    first, second = read_events(path)
    assert (first.sequence, first.kind, first.values) == (1, "started", {"total_steps": 4})
    assert (second.sequence, second.step, second.epoch) == (2, 2, 0.5)


def test_a_missing_file_has_no_events(path: Path) -> None:
    assert read_events(path) == []
    assert last_event(path) is None


def test_nan_and_infinity_become_null(path: Path) -> None:
    EventWriter(path).write("metrics", step=1, values={"loss": float("nan"), "x": [float("inf")]})
    assert json.loads(path.read_text())["values"] == {"loss": None, "x": [None]}


@pytest.mark.parametrize(
    "torn", [b'{"time": 1, "sequence": 2, "ki', b"no json\n", b"[1]\n", b"\x00\xff"]
)
def test_torn_lines_are_ignored_and_the_next_event_is_whole(path: Path, torn: bytes) -> None:
    EventWriter(path).write("started")
    with path.open("ab") as file:
        file.write(torn)
    assert [event.kind for event in read_events(path)] == ["started"]
    EventWriter(path).write("metrics", step=1)
    assert [(event.sequence, event.kind) for event in read_events(path)] == [
        (1, "started"),
        (2, "metrics"),
    ]


def test_resumed_voids_the_metrics_beyond_its_step(path: Path) -> None:
    writer = EventWriter(path)
    for step in (20, 40, 60):
        writer.write("metrics", step=step)
    writer.write("resumed", step=40)
    writer.write("metrics", step=60)
    kept = [(event.kind, event.step, event.sequence) for event in read_events(path)]
    assert kept == [("metrics", 20, 1), ("metrics", 40, 2), ("resumed", 40, 4), ("metrics", 60, 5)]


def test_only_what_is_new_is_returned(path: Path) -> None:
    writer = EventWriter(path)
    for step in range(5000):
        writer.write("note", step=step, message="x" * 40)
    assert path.stat().st_size > 3 * 64 * 1024
    assert [event.sequence for event in read_events(path, after=4998)] == [4999, 5000]
    assert len(read_events(path, after=10)) == 4990
    assert len(read_events(path)) == 5000
    assert read_events(path, after=5000) == []


def test_last_event_is_found_behind_a_very_long_line(path: Path) -> None:
    writer = EventWriter(path)
    writer.write("started")
    writer.write("failed", message="y" * 200_000)
    last = last_event(path)
    assert isinstance(last, Event)
    assert last.kind == "failed"
