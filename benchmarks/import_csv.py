"""Import of a large CSV: ours beside `datasets`' own builder, and the first page of rows.

CPU seconds of a fresh process each, without what starting it and importing the libraries costs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS = 1_000_000
OURS = """
import json, pathlib, sys, time
from core.data import assemble, reader, readers
import pyarrow, pyarrow.csv, pyarrow.parquet, pyarrow.compute
path, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
start = time.process_time()
from core.data.imports import _digest
digest = _digest(path)
request = {"folder": str(folder), "hash": "x", "files": {"train": [[str(path), path.name, digest]]}}
reader.read_request(request, lambda answer: None)
print(json.dumps(time.process_time() - start))
"""
PLAIN = """
import json, sys, time
import datasets, pandas
from datasets import load_dataset
datasets.disable_progress_bars()
start = time.process_time()
load_dataset("csv", data_files=sys.argv[1], cache_dir=sys.argv[2], split="train")
print(json.dumps(time.process_time() - start))
"""
FIRST = """
import json, pathlib, sys, time
from core.data import heads, sources
path = pathlib.Path(sys.argv[1])
start = time.process_time()
rows = heads.first_rows(sources.file_source(path, path.name), 100, None, None)
assert len(rows) == 100
print(json.dumps(time.process_time() - start))
"""


def main(count: int = ROWS) -> None:
    """Print CPU seconds: ours, plain, ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "rows.csv"
        write_rows(path, count)
        ours = min(_seconds(OURS, path, folder / f"ours{n}") for n in range(3))
        plain = min(_seconds(PLAIN, path, folder / f"plain{n}") for n in range(3))
        first = min(_seconds(FIRST, path, folder) for _ in range(3))
    _say(count, "import", ours, plain)
    _say(count, "first 100 rows beside the whole import", first, ours)


def write_rows(path: Path, count: int) -> None:
    """Write short rows of a text and a label."""
    with path.open("w", encoding="utf-8") as file:
        file.write("id,text,label\n")
        for number in range(count):
            file.write(f'{number},"the parcel {number} came late, and wet",{number % 7}\n')


def _seconds(code: str, path: Path, folder: Path) -> float:
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", code, str(path), str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(json.loads(done.stdout))


def _say(count: int, what: str, ours: float, plain: float) -> None:
    sys.stdout.write(
        f"CSV of {count:,} rows, {what}: {ours:.2f} CPU s, plain {plain:.2f} CPU s, "
        f"ratio {ours / plain:.2f}\n"
    )


if __name__ == "__main__":
    main()
