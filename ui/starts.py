"""Starting a run: fetch the checkpoint if it is not here, import, check, launch; with progress.

It happens in a thread of the page process and its state is read by polling, so a closed tab does
not interrupt it. One start at a time for a visitor: two clicks make one run.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.errors import UserError

REPEAT_SECONDS = 3.0  # a second click that late is still the same click


@dataclass(frozen=True)
class Start:
    """How far a start is."""

    phase: str  # "download", "prepare", "done", "failed", "cancelled"
    done: int = 0
    total: int = 0
    run: str = ""
    message: str = ""
    hint: str = ""

    @property
    def is_busy(self) -> bool:
        """Whether it still goes on."""
        return self.phase in ("download", "prepare")


Progress = Callable[[str, int, int], None]
Work = Callable[[Progress, Callable[[], bool]], str]
"""Does the start: takes a progress function (phase, done, total) and a cancelled function."""


class Starts:
    """The starts under way or just over, by visitor."""

    def __init__(self) -> None:
        self._kept: dict[str, Start] = {}
        self._over: dict[str, float] = {}
        self._cancelled: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def get(self, visitor: str) -> Start | None:
        """Return the newest start of a visitor."""
        with self._lock:
            return self._kept.get(visitor)

    def begin(self, visitor: str, work: Work) -> bool:
        """Begin unless one is under way or was just done; say whether it began."""
        with self._lock:
            last = self._kept.get(visitor)
            recent = time.monotonic() - self._over.get(visitor, -60.0) < REPEAT_SECONDS
            if last and (last.is_busy or (last.phase == "done" and recent)):
                return False
            self._kept[visitor] = Start("prepare")
            cancelled = self._cancelled[visitor] = threading.Event()
        thread = threading.Thread(
            target=self._work, args=(visitor, work, cancelled), daemon=True, name="start"
        )
        thread.start()
        return True

    def cancel(self, visitor: str) -> None:
        """Ask the visitor's start to end."""
        with self._lock:
            event = self._cancelled.get(visitor)
        if event:
            event.set()

    def cancel_all(self) -> None:
        """Ask all starts to end."""
        with self._lock:
            events = list(self._cancelled.values())
        for event in events:
            event.set()

    def forget(self, visitor: str) -> None:
        """Drop a start that is over."""
        with self._lock:
            last = self._kept.get(visitor)
            if last and not last.is_busy:
                del self._kept[visitor]

    def _work(self, visitor: str, work: Work, cancelled: threading.Event) -> None:
        def progress(phase: str, done: int, total: int) -> None:
            self._put(visitor, Start(phase, done, total))

        try:
            run = work(progress, cancelled.is_set)
        except UserError as error:
            phase = "cancelled" if cancelled.is_set() else "failed"
            self._put(visitor, Start(phase, message=error.message, hint=error.hint))
        else:
            self._put(visitor, replace(Start("done"), run=run))
        finally:  # whatever happened, the page must not wait for ever
            last = self.get(visitor)
            if last is None or last.is_busy:
                self._put(visitor, Start("failed"))

    def _put(self, visitor: str, start: Start) -> None:
        with self._lock:
            self._kept[visitor] = start
            if not start.is_busy:
                self._over[visitor] = time.monotonic()
