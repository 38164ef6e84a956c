"""The child of `python -m core convert`: a pandas pickle to Parquet. The only pickle ever read.

A pickle runs what its maker wrote. So this is for files of one's own, on the command line only,
in a process with limits, without secrets in its environment and without a network: its own empty
network where the system gives it one, and in any case a hook that ends it at the first socket,
process, or file written elsewhere.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from pathlib import Path
from typing import Any

from core.data.reader import set_limits

NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000  # of unshare(2)
REFUSED = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
)
CHANGING = ("os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.chmod", "shutil.")
WRITING = os.O_WRONLY | os.O_RDWR


def main() -> int:
    """Convert the file that the request on stdin names; answer with one JSON line."""
    request = json.loads(sys.stdin.read())
    answers = sys.stdout
    sys.stdout = sys.stderr
    answer: dict[str, Any]
    try:
        import pandas
        import pyarrow.parquet  # noqa: F401  (loaded before the walls go up)

        set_limits(request["limits"])
        wall_in(Path(request["result"]))
        frame = pandas.read_pickle(request["file"], compression=None)
        answer = write(frame, request["result"])
    except Blocked as error:
        answer = {"problem": f"it tried to use {error}"}
    except Exception as error:  # noqa: BLE001 - a pickle may raise anything
        answer = {"problem": f"{type(error).__name__}: {str(error)[:200]}"}
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
    return 0


class Blocked(BaseException):
    """The file tried what no table needs; not to be caught by what runs inside of it."""


def wall_in(result: Path) -> None:
    """Take away the network and everything but writing the result."""
    if sys.platform == "linux":
        ctypes.CDLL(None).unshare(NEW_USER | NEW_NETWORK)  # fails where namespaces are off

    def guard(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith((*REFUSED, *CHANGING)):
            raise Blocked(event)
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & WRITING and os.fspath(path) != str(result):
                raise Blocked(f"the file {path}")

    sys.addaudithook(guard)


def write(frame: Any, result: str) -> dict[str, Any]:
    """Write the table as Parquet."""
    import pandas

    if isinstance(frame, pandas.Series):
        frame = frame.to_frame(str(frame.name or "column_1"))
    if not isinstance(frame, pandas.DataFrame):
        return {"problem": f"it holds a {type(frame).__name__}, not a table of pandas"}
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    frame.columns = [str(name) for name in frame.columns]
    frame.to_parquet(result, index=False)
    return {"rows": len(frame), "columns": list(frame.columns)}


if __name__ == "__main__":
    sys.exit(main())
