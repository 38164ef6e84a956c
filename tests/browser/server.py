"""A real server for the browser tests: `app.py` as a process of its own, with a home of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import psutil

from core.data.imports import import_dataset
from core.runs.process import read_worker
from core.spec import DatasetSpec
from tests.conftest import ROOT
from ui.drafts import Drafts
from ui.visitors import Visitors

START_SECONDS = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One page process; can be killed and started again on the same port and home."""

    def __init__(self, home: Path, environment: Mapping[str, str] | None = None) -> None:
        self.home = home
        self.environment = environment
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home / "server.txt").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "app.py", "--port", str(self.port), "--home", str(self.home)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            assert self.process.poll() is None, (self.home / "server.txt").read_text("utf-8")
            assert time.monotonic() < deadline, "no answer from the page"
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pid in self.workers():
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(pid).kill()

    def runs(self) -> list[Path]:
        return sorted(path.parent for path in self.home.glob("runs/*/run.json"))

    def workers(self) -> list[int]:
        found = [read_worker(run) for run in self.runs()]
        return [worker.pid for worker in found if worker is not None and worker.lives]

    def visitor(self) -> tuple[dict[str, str], str]:
        """Make a visitor: the cookie for a browser and the visitor's name."""
        visitors = Visitors(self.home)
        cookie = visitors.new()
        visitor = visitors.read({visitors.cookie: cookie})
        assert visitor is not None
        return {"name": visitors.cookie, "value": cookie, "url": self.url}, visitor

    def draft(self, files: dict[str, Path], checkpoint: Path, **changes: object) -> dict[str, str]:
        """Import files and make a visitor whose draft holds them; return the cookie."""
        dataset = DatasetSpec(files={split: (str(path),) for split, path in files.items()})
        imported = import_dataset(dataset, self.home)
        cookie, visitor = self.visitor()
        wanted = {"dataset": {"imported": imported.hash}, "checkpoint": str(checkpoint)}
        Drafts(self.home / "drafts").change(visitor, {**wanted, **changes})
        return cookie


def kill_worker(run: Path) -> None:
    worker = read_worker(run)
    assert worker is not None
    os.kill(worker.pid, signal.SIGKILL)


def events(run: Path) -> list[dict[str, object]]:
    text = (run / "events.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines() if line]
