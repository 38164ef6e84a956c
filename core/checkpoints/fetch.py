"""Download in a child process, so that cancelling is immediate whatever protocol the Hub uses.

`python -m core.checkpoints.fetch` reads one JSON object from stdin (the token comes this way, never
by arguments or environment) and writes JSON lines: progress, then the folder or an error.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from core.checkpoints.hub_errors import hub_errors
from core.errors import UserError

Progress = Callable[[int, int], None]
Wanted = Mapping[str, tuple[int, str | None]]
"""File name to size in bytes and sha256, where the Hub knows it."""

SECRETS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
POLL_SECONDS = 0.1
AGAIN = "Start the download again; what has arrived is kept."


def fetch_files(
    source: tuple[str, str | None, str],
    files: Wanted,
    token: str | None,
    *,
    on_progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    repo_type: str = "model",
) -> Path:
    """Download files of a repository into the Hub's cache; return their folder.

    Args:
        source: repository, revision as the person named it, and the commit that it means.
        files: what is wanted.
        token: the person's token; None: this machine's login, where it has one.
        on_progress: called with the bytes so far and in all.
        cancelled: asked about ten times a second; the download stops when it says True.
        repo_type: "model" or "dataset".

    Raises:
        UserError: it failed, or was cancelled.
    """
    from huggingface_hub import get_token

    repo_id, revision, commit = source
    order = {
        "repo_id": repo_id,
        "repo_type": repo_type,
        "revision": revision,
        "commit": commit,
        "files": dict(files),
        "token": token or get_token(),
    }
    child = _start_child()
    lines: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_read_lines, args=(child, lines), daemon=True)
    reader.start()
    try:
        with contextlib.suppress(BrokenPipeError):
            _write_order(child, order)
        return _follow(lines, on_progress, cancelled)
    finally:
        child.kill()
        child.wait()
        reader.join()


def _start_child() -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if name not in SECRETS}
    return subprocess.Popen(
        [sys.executable, "-m", "core.checkpoints.fetch"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        cwd=Path(__file__).parents[2],
        env={**environment, "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"},
    )


def _write_order(child: subprocess.Popen[str], order: Mapping[str, Any]) -> None:
    assert child.stdin is not None
    with child.stdin as stdin:
        stdin.write(json.dumps(order))


def _read_lines(child: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    assert child.stdout is not None
    with child.stdout as stdout:
        for line in stdout:
            lines.put(line)
    lines.put(None)


def _follow(
    lines: queue.Queue[str | None],
    on_progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> Path:
    while True:
        if cancelled is not None and cancelled():
            raise UserError("The download was cancelled.", AGAIN)
        try:
            line = lines.get(timeout=POLL_SECONDS)
        except queue.Empty:
            continue
        if line is None:
            raise UserError("The download ended unexpectedly.", AGAIN)
        report = json.loads(line)
        if "error" in report:
            raise UserError(*report["error"])
        if "folder" in report:
            return Path(report["folder"])
        if on_progress is not None:
            on_progress(report["done"], report["total"])


def _fetch_all(order: Mapping[str, Any], out: TextIO) -> Path:
    """Download every file of the order, in the child."""
    from huggingface_hub import hf_hub_download

    files: Wanted = order["files"]
    total = sum(size for size, _ in files.values())
    counter = _Counter(total, out)
    folder = Path()
    for name, (size, sha256) in files.items():
        start = counter.done
        # The config is asked for by the person's revision, so that the cache learns what it means.
        revision = order["revision"] if name == "config.json" else order["commit"]
        path = Path(
            hf_hub_download(
                order["repo_id"],
                name,
                repo_type=order["repo_type"],
                revision=revision,
                token=order["token"] or False,
                tqdm_class=counter.bar_class(),
            )
        )
        if name != "config.json":
            folder = path.parents[name.count("/")]
        _check_hash(path, sha256, name)
        counter.set(start + size)
    return folder


def _check_hash(path: Path, sha256: str | None, name: str) -> None:
    """Compare the file with the Hub's hash: the client itself compares only sizes."""
    if sha256 is None:
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        path.resolve().unlink()
        path.unlink(missing_ok=True)
        raise UserError(f"{name} arrived damaged (sha256 differs).", "Start the download again.")


class _Counter:
    """Counts bytes over all files and reports every whole per mille."""

    def __init__(self, total: int, out: TextIO) -> None:
        self.total = total
        self.done = 0
        self._out = out
        self._said = -1

    def set(self, done: int) -> None:
        """Note how many bytes are here."""
        self.done = min(max(done, self.done), self.total)
        share = self.done * 1000 // max(1, self.total)
        if share != self._said:
            self._said = share
            _say(self._out, {"done": self.done, "total": self.total})

    def bar_class(self) -> Any:
        """Return a progress bar for one file that counts here and draws nothing."""
        from huggingface_hub.utils import tqdm

        counter, start = self, self.done

        class Bar(tqdm):  # type: ignore[misc]
            """Counts the bytes of one file."""

            def __init__(self, *arguments: Any, **named: Any) -> None:
                named.pop("name", None)
                self.arrived = named.get("initial") or 0
                super().__init__(*arguments, **{**named, "disable": True})

            def update(self, n: float | None = 1) -> bool | None:
                """Add bytes."""
                self.arrived += int(n or 0)
                counter.set(start + self.arrived)
                return None

        return Bar


def _say(out: TextIO, data: Mapping[str, Any]) -> None:
    out.write(json.dumps(data) + "\n")
    out.flush()


def _kind(repo_type: str) -> str:
    return "checkpoint" if repo_type == "model" else repo_type


def main() -> int:
    """Carry out one order."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    sys.stdout = sys.stderr  # stray prints of libraries must not mix with the lines
    order = json.load(sys.stdin)
    try:
        with hub_errors(order["repo_id"], _kind(order["repo_type"])):
            folder = _fetch_all(order, out)
    except UserError as error:
        _say(out, {"error": [error.message, error.hint]})
        return 2
    _say(out, {"folder": str(folder)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
