"""What a run says while it works: one JSON line per event, written by the worker only.

A line counts once its newline is there; anything else is torn and ignored. Times are seconds since
1970, sequences count from 1.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TERMINAL = ("finished", "stopped", "failed")
DURABLE = ("metrics", "checkpoint", "resumed", *TERMINAL)  # on disk before the worker goes on
TAIL_BYTES = 64 * 1024


@dataclass(frozen=True)
class Event:
    """One line of events.jsonl."""

    time: float
    sequence: int
    kind: str
    step: int | None = None
    epoch: float | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    message: str | None = None
    hint: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form; what is not set is left out, NaN and infinity are null."""
        data = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: _plain(value) for name, value in data.items() if value not in (None, {})}


def _plain(value: Any) -> Any:
    """Make a value JSON that any reader takes.

    >>> _plain({"loss": float("nan"), "eval_labels": {"PER": 0.5}})
    {'loss': None, 'eval_labels': {'PER': 0.5}}
    """
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


class EventWriter:
    """Appends events; only the worker of the run has one."""

    def __init__(self, path: Path) -> None:
        last = last_event(path)
        self._sequence = last.sequence if last else 0
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._torn = _ends_torn(path)

    def write(self, kind: str, **fields: Any) -> Event:
        """Append one event; what must survive a crash is on disk when this returns."""
        event = Event(time=round(time.time(), 3), sequence=self._sequence + 1, kind=kind, **fields)
        line = json.dumps(event.to_json(), ensure_ascii=False, allow_nan=False)
        self._append((("\n" if self._torn else "") + line + "\n").encode("utf-8", "replace"))
        self._sequence = event.sequence
        if kind in DURABLE:
            os.fsync(self._file)
        return event

    def _append(self, data: bytes) -> None:
        self._torn = True  # until the whole line is there
        while data:
            data = data[os.write(self._file, data) :]
        self._torn = False

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def _ends_torn(path: Path) -> bool:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def read_events(path: Path, after: int = 0) -> list[Event]:
    """Return the events with a sequence above `after`, without the metrics that a resume voided.

    Reads from the end of the file, so that asking for what is new is cheap however long the run is.
    A caller that kept earlier metrics drops those beyond the step of a returned `resumed` event.
    """
    return drop_voided([event for event in _tail(path, after) if event.sequence > after])


def last_event(path: Path) -> Event | None:
    """Return the last whole event, or None."""
    events = recent_events(path)
    return events[-1] if events else None


def recent_events(path: Path) -> list[Event]:
    """Return the last events that fit into one read from the end; at least one if there is any."""
    return _tail(path, None)


def drop_voided(events: Iterable[Event]) -> list[Event]:
    """Drop the metrics beyond the step from which the run was resumed later.

    >>> lines = [Event(0, 1, "metrics", 2), Event(0, 2, "metrics", 4), Event(0, 3, "resumed", 2)]
    >>> [event.sequence for event in drop_voided(lines)]
    [1, 3]
    """
    kept: list[Event] = []
    for event in events:
        if event.kind == "resumed":
            kept = [old for old in kept if not _voided(old, event.step or 0)]
        kept.append(event)
    return kept


def _voided(event: Event, step: int) -> bool:
    return event.kind in ("metrics", "checkpoint") and (event.step or 0) > step


def _tail(path: Path, after: int | None) -> list[Event]:
    """Return the last events; at least all above `after`, or at least one if `after` is None."""
    size = TAIL_BYTES
    while True:
        try:
            with path.open("rb") as file:
                length = file.seek(0, os.SEEK_END)
                file.seek(max(0, length - size))
                data = file.read(size)
        except FileNotFoundError:
            return []
        whole = length <= size
        events = _parse(data, whole)
        if whole or (events and (after is None or events[0].sequence <= after)):
            return events
        size *= 4


def _parse(data: bytes, whole: bool) -> list[Event]:
    lines = data.split(b"\n")[:-1]  # the last piece has no newline: torn
    events = [_event(line) for line in (lines if whole else lines[1:])]
    return [event for event in events if event is not None]


def _event(line: bytes) -> Event | None:
    try:
        data = json.loads(line)
        known = {name: data[name] for name in Event.__dataclass_fields__ if name in data}
        event = Event(**known)
    except (ValueError, TypeError):
        return None
    return event if isinstance(event.sequence, int) and isinstance(event.kind, str) else None
