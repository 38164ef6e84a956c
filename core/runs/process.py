"""Which process trains a run, whether it lives, and that there is never a second one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from core.runs.files import read_json, write_json

START_TOLERANCE_SECONDS = (
    2.0  # Linux counts the start of a process from a boot time in whole seconds
)


@dataclass(frozen=True)
class Worker:
    """The content of process.json: a process id alone may be taken by another process later."""

    pid: int
    create_time: float
    started: float
    """When it was launched, on the clock of the events (create_time may be off by a second)."""

    @property
    def lives(self) -> bool:
        """Whether this very process still runs."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.create_time) < START_TOLERANCE_SECONDS
            return same and process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return True


def write_worker(run: Path, pid: int, started: float) -> None:
    """Note the process of a run; a process that is gone already gets the time of its start."""
    try:
        create_time = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        create_time = started
    write_json(run / "process.json", asdict(Worker(pid, create_time, started)), indent=1)


def read_worker(run: Path) -> Worker | None:
    """Return the process of a run, or None if it was never launched."""
    try:
        data = read_json(run / "process.json")
        return Worker(int(data["pid"]), float(data["create_time"]), float(data["started"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


class AlreadyLockedError(Exception):
    """Another process holds the lock."""


@contextmanager
def locked(path: Path, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock of a file; it goes with the process that holds it, however that ends.

    Raises:
        AlreadyLockedError: another process or thread holds it for longer than `wait_seconds`.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        deadline = time.monotonic() + wait_seconds
        while not _take(handle):
            if time.monotonic() >= deadline:
                raise AlreadyLockedError(str(path))
            time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def _take(handle: int) -> bool:
    try:
        import fcntl
    except ImportError:
        return _take_on_windows(handle)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _take_on_windows(handle: int) -> bool:
    import importlib

    msvcrt = importlib.import_module("msvcrt")
    try:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True
