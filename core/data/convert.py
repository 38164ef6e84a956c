"""A pandas pickle of one's own to Parquet, on the command line only: `python -m core convert`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import core
from core.data.child import default_limits
from core.errors import UserError

ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "LD_LIBRARY_PATH")
SECONDS = 300


def convert(file: Path, out: Path, *, trusted: bool) -> str:
    """Write a pandas pickle as Parquet and return a sentence about it.

    Raises:
        UserError: the file is not trusted, not there, or no table of pandas.
    """
    if not trusted:
        raise UserError(
            f"{file.name} is not opened: a pickle can run any code.",
            "If you made the file yourself, add --trust-this-file.",
        )
    if not file.is_file():
        raise UserError(f"The file {file} does not exist.", "Check the path.")
    if out.suffix != ".parquet" or not out.parent.is_dir():
        raise UserError(
            f"{out} is no place for the result; expected a name that ends in .parquet, in a folder "
            "that is there.",
            "Give another name.",
        )
    with tempfile.TemporaryDirectory(prefix=".convert-", dir=out.parent) as folder:
        result = Path(folder) / "result.parquet"
        answer = _ask({"file": str(file.resolve()), "result": str(result)}, file, Path(folder))
        if "problem" in answer:
            raise UserError(
                f"{file.name} cannot be converted: {answer['problem']}.",
                "Open it where it was made and save the table as Parquet or CSV.",
            )
        result.replace(out)
    return f"{out}: {answer['rows']:,} rows, columns {', '.join(answer['columns'])}"


def _ask(request: dict[str, Any], file: Path, folder: Path) -> dict[str, Any]:
    limits = default_limits(file.stat().st_size)
    request["limits"] = {
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": SECONDS,
        "output_bytes": 100 * file.stat().st_size + 10**8,
    }
    environment = {name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
    environment.update(PYTHONPATH=str(Path(core.__file__).parent.parent), HOME=str(folder))
    environment.update(PYTHONDONTWRITEBYTECODE="1", OMP_NUM_THREADS="1", PYTHONIOENCODING="utf-8")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "core.data.unpickle"],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=environment,
            cwd=folder,
            timeout=SECONDS,
            check=False,
        )
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (subprocess.TimeoutExpired, IndexError, ValueError):
        answer = {"problem": "reading it took more memory or time than it may"}
    return answer
