"""The warm child of the page: `python -m core.inference.predictor HOME`.

Reads one JSON request a line on stdin ({"id", "method", "params"}), answers one JSON line each on
stdout: {"id", "result"}, or {"id", "error": {"message", "hint"}} for a UserError, or {"id",
"defect"} with a traceback for anything else. It ends when stdin does: it never outlives the page.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TextIO

from core.errors import explain

LIGHT = ("describe", "rows")  # answered without transformers
Method = Callable[..., Any]


def methods(home: Path) -> dict[str, Method]:
    """Return what can be asked."""
    from core.inference.examples import examples
    from core.inference.playground import Playground
    from core.inference.previews import Previews

    previews, playground = Previews(home), Playground()
    asked = (
        previews.describe,
        previews.rows,
        previews.strip,
        previews.batch,
        previews.find,
        previews.cuts,
        playground.predict,
    )
    return {**{method.__name__: method for method in asked}, "examples": examples}


def warm_up() -> None:
    """Import what the first preview needs while the page is still being read."""
    from transformers import AutoTokenizer, DataCollatorForTokenClassification

    del AutoTokenizer, DataCollatorForTokenClassification


def answer(line: str, known: dict[str, Method], wait: Callable[[], None]) -> dict[str, Any]:
    """Return the answer to one request line."""
    request: dict[str, Any] = {}
    try:
        request = json.loads(line)
        if request["method"] not in LIGHT:
            wait()
        result = known[request["method"]](**request["params"])
        json.dumps(result, allow_nan=False)
        return {"id": request["id"], "result": result}
    except Exception as error:  # noqa: BLE001 - the request loop answers whatever happens
        known_error = explain(error)
        if known_error is None:
            return {"id": request.get("id"), "defect": traceback.format_exc()}
        words = {"message": known_error.message, "hint": known_error.hint}
        return {"id": request.get("id"), "error": words}


def serve(requests: Iterator[str], answers: TextIO, home: Path) -> None:
    """Answer requests until there are none."""
    warming = threading.Thread(target=warm_up, daemon=True)
    warming.start()
    known = methods(home)
    for line in requests:
        answers.write(json.dumps(answer(line, known, warming.join)) + "\n")
        answers.flush()


def _lines(stream: TextIO) -> Iterator[str]:
    """Yield the lines of a stream that a thread reads, so that its end is seen at any time."""
    waiting: SimpleQueue[str] = SimpleQueue()

    def read() -> None:
        for line in stream:
            waiting.put(line)
        os._exit(0)  # the page is gone: whatever is being computed, nobody waits for it

    threading.Thread(target=read, daemon=True).start()
    while True:
        yield waiting.get()


def _take_stdout() -> TextIO:
    """Return a stream for answers; stray prints of libraries go to stderr from now on."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _no_core_files() -> None:
    """Leave no memory image with somebody's texts on the disk after a crash."""
    try:
        import resource
    except ImportError:  # Windows has neither the module nor the files
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Serve the home folder named on the command line."""
    answers = _take_stdout()
    _no_core_files()
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    serve(_lines(requests), answers, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
