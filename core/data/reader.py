"""The limited child: `python -m core.data.reader` turns foreign files into Parquet.

One JSON request on stdin (`folder`, `hash`, `files`: split to [path, name, sha256] triples,
`encoding`, `sheet`, `limits`); on stdout lines `{"progress": [done, total]}`, then `{"done": true}`
or `{"error": {"message", "hint"}}`. With `first` it only says that many rows: `{"rows": [...]}`.
Limits of memory, CPU time and output are set before any byte is read; the parent watches the
clock.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.data.archives import sources_of
from core.data.assemble import write_tables
from core.data.companions import Companions
from core.data.heads import first_rows
from core.data.names import splits_by_name
from core.data.readers import Reading
from core.data.sources import Source
from core.data.table import RawTable
from core.errors import UserError

Say = Callable[[dict[str, Any]], None]


def main() -> int:
    """Serve the one request on stdin."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # stray prints of libraries must not look like answers

    def say(answer: dict[str, Any]) -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    request = json.loads(sys.stdin.read())
    set_limits(request["limits"])
    try:
        if "first" in request:
            say_first_rows(request, say)
        else:
            read_request(request, say)
    except UserError as error:
        say({"error": {"message": error.message, "hint": error.hint}})
    except (MemoryError, RecursionError, ImportError) as error:
        if isinstance(error, ImportError) and "map segment" not in str(error):
            raise
        say({"error": too_much(request)})  # a library that found no room to load, too
    return 0


def too_much(request: Mapping[str, Any]) -> dict[str, str]:
    """Say that the content needs more memory than reading may take."""
    names = ", ".join(name for files in request["files"].values() for _, name, _ in files)
    return {
        "message": f"Reading {names} took more memory than it may, or is nested too deeply.",
        "hint": "Cut the data into smaller files, or save it as Parquet.",
    }


def set_limits(limits: Mapping[str, int]) -> None:
    """Set limits of address space, CPU seconds and written bytes, where the system has them."""
    try:
        import resource
    except ImportError:
        return
    wanted = (
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, limits["output_bytes"]),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, value in wanted:
        _, hard = resource.getrlimit(kind)
        ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (ceiling, hard))


@dataclass(frozen=True)
class Chosen:
    """A source, the file it came from (split and position there), and how much of it that is."""

    source: Source
    origin: tuple[str, int]
    share_bytes: int


def read_request(request: Mapping[str, Any], say: Say) -> None:
    """Read the files, write `<split>.parquet` and imported.json into the request's folder."""
    folder = Path(request["folder"])
    chosen, warnings = _opened(request)
    total = sum(each.share_bytes for parts in chosen.values() for each in parts)
    companions = Companions(each.source.path for parts in chosen.values() for each in parts)
    tables: dict[str, list[tuple[str, RawTable | None]]] = {}
    done = 0
    for split, parts in chosen.items():
        tables[split] = []
        for each in parts:
            say({"progress": [done, total]})
            told = _teller(say, done, each.share_bytes, total)
            reading = Reading(request.get("encoding"), request.get("sheet"), folder, told)
            table = companions.read(each.source, each.source.path, reading)
            tables[split].append((each.source.name, table))
            done += each.share_bytes
    say({"progress": [done, total]})
    details = write_tables(folder, companions.settled(tables))
    details["warnings"] = [*warnings, *details["warnings"]]
    details["origins"] = {
        split: [[*each.origin, each.source.name] for each in parts]
        for split, parts in chosen.items()
    }
    details.update(hash=request["hash"], size_bytes=total)
    (folder / "imported.json").write_text(json.dumps(details, ensure_ascii=False), "utf-8")
    say({"done": True})


def _teller(say: Say, done: int, size: int, total: int) -> Callable[[float], None]:
    return lambda share: say({"progress": [done + int(share * size), total]})


def _opened(request: Mapping[str, Any]) -> tuple[dict[str, list[Chosen]], list[str]]:
    """Return the sources of each split; the members of a lone archive become splits by name."""
    chosen: dict[str, list[Chosen]] = {}
    warnings: list[str] = []
    for split, files in request["files"].items():
        chosen[split] = []
        for position, (path, name, digest) in enumerate(files):
            _check_unchanged(Path(path), name, digest)
            sources, said = sources_of(Path(path), name)
            warnings += said
            share = Path(path).stat().st_size // len(sources)
            chosen[split] += [Chosen(source, (split, position), share) for source in sources]
    if set(chosen) == {"train"} and len(request["files"]["train"]) == 1:
        by_path = {each.source.path: each for each in chosen["train"]}
        named, notes = splits_by_name({"train": list(by_path)})
        warnings += notes
        chosen = {split: [by_path[path] for path in paths] for split, paths in named.items()}
    return chosen, warnings


def _check_unchanged(path: Path, name: str, digest: str) -> None:
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != digest:
            raise UserError(f"{name} changed while it was read.", "Choose it again in step 2.")


def say_first_rows(request: Mapping[str, Any], say: Say) -> None:
    """Say the first rows of the files, from their first bytes alone where the format allows."""
    rows: list[dict[str, Any]] = []
    for path, name, _ in request["files"]["train"]:
        for source in sources_of(Path(path), name)[0]:
            wanted = request["first"] - len(rows)
            if wanted > 0:
                rows += first_rows(source, wanted, request.get("encoding"), request.get("sheet"))
    say({"rows": rows})


if __name__ == "__main__":
    sys.exit(main())
