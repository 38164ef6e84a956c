"""Run the limited child (`core.data.reader`): its limits, its answers, its death in words."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import core
from core.errors import UserError

GIGABYTE = 10**9
POLL_SECONDS = 0.05
# What the child needs of the environment; everything else, tokens above all, stays here.
ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "LD_LIBRARY_PATH")

OnProgress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class ReadLimits:
    """What reading foreign files may take. None: as much as the disk holds."""

    file_bytes: int | None = None
    memory_bytes: int = 8 * GIGABYTE
    seconds: int = 120


def default_limits(total_bytes: int) -> ReadLimits:
    """Return limits that grow with the size of the files, within what the machine has."""
    physical = 16 * GIGABYTE
    if hasattr(os, "sysconf"):
        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    memory = min(max(4 * GIGABYTE, 60 * total_bytes), int(0.8 * physical))
    return ReadLimits(None, max(memory, 2 * GIGABYTE), 120 + total_bytes // 200_000)


@dataclass(frozen=True)
class Watch:
    """Who wants to know about progress, and who may call it off."""

    on_progress: OnProgress | None
    cancelled: Cancelled | None

    def told(self, done: int, total: int) -> None:
        """Pass progress on."""
        if self.on_progress:
            self.on_progress(done, total)

    def is_off(self) -> bool:
        """Say whether the person called it off."""
        return bool(self.cancelled and self.cancelled())


def read_into(folder: Path, request: dict[str, Any], limits: ReadLimits, watch: Watch) -> None:
    """Let the child read into a folder beside, and move it into place when it is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".reading-", dir=folder.parent) as beside:
        inner = Path(beside) / folder.name
        inner.mkdir()
        room = shutil.disk_usage(folder.parent).free
        request["folder"] = str(inner)
        request["limits"] = {
            "memory_bytes": limits.memory_bytes,
            "cpu_seconds": limits.seconds,
            "output_bytes": room,
        }
        _run_child(request, limits, watch)
        try:
            inner.replace(folder)
        except OSError:
            if not (folder / "imported.json").exists():  # else another import was first
                raise


def ask(request: dict[str, Any], limits: ReadLimits, watch: Watch) -> dict[str, Any]:
    """Let the child answer a request that writes nothing."""
    request["limits"] = {
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": limits.seconds,
        "output_bytes": 0,
    }
    return _run_child(request, limits, watch)


def _run_child(request: dict[str, Any], limits: ReadLimits, watch: Watch) -> dict[str, Any]:
    environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    environment.update(PYTHONIOENCODING="utf-8", OMP_NUM_THREADS="1", ARROW_IO_THREADS="2")
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="backslashreplace") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "core.data.reader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
            cwd=Path(core.__file__).parent.parent,
            text=True,
            encoding="utf-8",
        )
        try:
            answer = _converse(child, request, limits, watch)
        finally:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe:
                    pipe.close()
        if answer is None:
            log.seek(0)
            raise _death(child.returncode, request, log.read()[-2_000:])
    if "error" in answer:
        raise UserError(answer["error"]["message"], answer["error"]["hint"])
    return answer


def _converse(
    child: subprocess.Popen[str], request: dict[str, Any], limits: ReadLimits, watch: Watch
) -> dict[str, Any] | None:
    """Return the child's last answer, or None where it died without one."""
    lines: queue.Queue[str | None] = queue.Queue()
    assert child.stdin
    assert child.stdout
    threading.Thread(target=_pump, args=(child.stdout, lines), daemon=True).start()
    try:
        child.stdin.write(json.dumps(request))
        child.stdin.close()
    except BrokenPipeError:
        return None
    end = time.monotonic() + limits.seconds
    while True:
        if watch.is_off():
            raise UserError("Reading the files was cancelled.", "Choose files again in step 2.")
        if time.monotonic() > end:
            raise _too_slow(request, limits.seconds)
        try:
            line = lines.get(timeout=POLL_SECONDS)
        except queue.Empty:
            continue
        if line is None:
            return None
        answer: dict[str, Any] = json.loads(line)
        if "progress" not in answer:
            return answer
        watch.told(*answer["progress"])


def _pump(pipe: IO[str], lines: queue.Queue[str | None]) -> None:
    try:
        for line in pipe:
            lines.put(line)
    except ValueError:  # the pipe was closed: nobody waits for more
        return
    lines.put(None)


def _names(request: Mapping[str, Any]) -> str:
    return ", ".join(name for files in request["files"].values() for _, name, _ in files)


def _too_slow(request: Mapping[str, Any], seconds: int) -> UserError:
    return UserError(
        f"Reading {_names(request)} took more than {seconds:,} seconds and was stopped.",
        "Cut the data into smaller files, or save it as Parquet.",
    )


def _death(code: int, request: Mapping[str, Any], log: str) -> Exception:
    if code < 0 or "MemoryError" in log:
        return UserError(
            f"Reading {_names(request)} took more memory or time than it may, and was stopped.",
            "Cut the data into smaller files, or save it as Parquet.",
        )
    return RuntimeError(f"The reader ended with code {code}: {log}")
