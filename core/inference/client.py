"""The page's side of the predictor: starts the child, asks it, replaces it when it dies."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from core.errors import UserError

ROOT = Path(__file__).parent.parent.parent
LOG = "predictor.log"  # in the home folder: what the child and its libraries say
SECRET_ENDS = ("TOKEN", "SECRET", "PASSWORD", "API_KEY", "TOKEN_PATH")
LOG_TAIL_CHARACTERS = 2_000


class _Child:
    """One child process and the lines it has answered."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.log = home / LOG
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "core.inference.predictor", str(home)],
                cwd=ROOT,
                env=child_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                start_new_session=True,  # Ctrl-C in the terminal is for the page
            )
        self.lines: SimpleQueue[str | None] = SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    @property
    def lives(self) -> bool:
        return self.process.poll() is None

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def send(self, line: str) -> bool:
        """Write a request; False where the child is gone."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except (OSError, ValueError):
            return False
        return True

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(OSError):  # what was still to be written has no reader any more
            self.process.stdin.close()

    def last_words(self) -> str:
        """Return how it ended and what its log says."""
        code = self.process.wait()
        try:
            text = self.log.read_text("utf-8", "replace")[-LOG_TAIL_CHARACTERS:]
        except OSError:
            text = ""
        return f"The predictor ended with code {code}.\n{text}"


class Predictor:
    """Asks the warm child; one request at a time, from any thread."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._asked = 0

    def start(self) -> None:
        """Start the child, so that it is warm when the first question comes."""
        with self._lock:
            self._ready()

    def call(self, method: str, *, timeout_seconds: float = 60, **params: Any) -> Any:
        """Return the child's answer.

        Raises:
            UserError: the child raised it, or there was no answer in time.
            RuntimeError: a defect in the child, or its death.
        """
        end = time.monotonic() + timeout_seconds
        if not self._lock.acquire(timeout=timeout_seconds):
            raise UserError(
                f"Other questions kept the predictor busy for {timeout_seconds:g} seconds.",
                "Try again in a moment.",
            )
        try:
            return self._ask(method, params, end, timeout_seconds)
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the child."""
        with self._lock:
            if self._child is not None:
                self._child.end()
                self._child = None

    def _ready(self) -> _Child:
        """Return a child that lives."""
        if self._child is None or not self._child.lives:
            self._child = _Child(self.home)
        return self._child

    def _ask(self, method: str, params: dict[str, Any], end: float, limit: float) -> Any:
        self._asked += 1
        line = json.dumps({"id": self._asked, "method": method, "params": params})
        child = self._ready()
        if not child.send(line):
            self._child = None
            raise RuntimeError(child.last_words())
        try:
            answered = child.lines.get(timeout=max(0.0, end - time.monotonic()))
        except Empty:
            child.end()
            self._child = None
            raise UserError(
                f"No answer within {limit:g} seconds; the attempt was stopped.",
                "Try again with a smaller dataset, text or checkpoint.",
            ) from None
        if answered is None:
            self._child = None
            raise RuntimeError(child.last_words())
        return _result(json.loads(answered))


def _result(answered: dict[str, Any]) -> Any:
    if "error" in answered:
        raise UserError(answered["error"]["message"], answered["error"]["hint"])
    if "defect" in answered:
        raise RuntimeError(answered["defect"])
    return answered["result"]


def child_environment() -> dict[str, str]:
    """Return the environment for a child that needs neither network nor secrets."""
    kept = {
        name: value for name, value in os.environ.items() if not name.upper().endswith(SECRET_ENDS)
    }
    return {
        **kept,
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "PYTHONUNBUFFERED": "1",
    }
