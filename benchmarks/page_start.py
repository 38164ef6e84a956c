"""Page process to its first `GET /` 200, beside an empty `gr.Blocks` app: CPU seconds and memory.

Both are started in turns, so that what else the machine does falls on both. Figures are CPU seconds
(user and system) of the page process and its resident memory at the moment of the answer.
"""

from __future__ import annotations

import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent
EMPTY = """
import os, sys
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
import gradio as gr
with gr.Blocks() as page:
    pass
page.launch(server_name="127.0.0.1", server_port=int(sys.argv[1]), quiet=True)
"""
LIMIT_SECONDS = 120


@dataclass(frozen=True)
class Start:
    """One start: CPU seconds and resident megabytes at the first answer."""

    cpu_seconds: float
    memory_mb: float


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def measure(command: list[str], port: int) -> Start:
    """Start a server, wait for its first answer, and stop it."""
    server = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + LIMIT_SECONDS
        while not _answers(port):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"no answer from {command}")
            time.sleep(0.02)
        process = psutil.Process(server.pid)
        times = process.cpu_times()
        return Start(times.user + times.system, process.memory_info().rss / 1e6)
    finally:
        server.terminate()
        server.wait(20)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def compare(rounds: int) -> tuple[Start, Start]:
    """Return the medians of ours and of the empty app over interleaved rounds."""
    ours, empty = [], []
    for _ in range(rounds):
        port = free_port()
        empty.append(measure([sys.executable, "-c", EMPTY, str(port)], port))
        port = free_port()
        with tempfile.TemporaryDirectory() as home:
            command = [sys.executable, "app.py", "--port", str(port), "--home", home]
            ours.append(measure(command, port))
    return _median(ours), _median(empty)


def _median(starts: list[Start]) -> Start:
    return Start(
        statistics.median(start.cpu_seconds for start in starts),
        statistics.median(start.memory_mb for start in starts),
    )


def main(rounds: int = 5) -> None:
    """Print the table."""
    ours, empty = compare(rounds)
    print(f"{'to the first GET / 200':28}{'ours':>10}{'empty page':>12}{'ratio':>8}")
    ratio = ours.cpu_seconds / empty.cpu_seconds
    print(f"{'CPU seconds':28}{ours.cpu_seconds:>10.2f}{empty.cpu_seconds:>12.2f}{ratio:>8.2f}")
    ratio = ours.memory_mb / empty.memory_mb
    print(f"{'resident memory, MB':28}{ours.memory_mb:>10.0f}{empty.memory_mb:>12.0f}{ratio:>8.2f}")


if __name__ == "__main__":
    main()
