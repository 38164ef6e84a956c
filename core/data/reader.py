"""The limited child: `python -m core.data.reader` turns foreign files into Parquet.

One JSON request on stdin (`folder`, `hash`, `files`: split to [path, name, sha256] triples,
`limits`); on stdout lines `{"progress": [done, total]}`, then `{"done": true}` or
`{"error": {"message", "hint"}}`. Limits of memory, CPU time and output are set before any byte is
read; the parent watches the clock.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core.data.companions import Companions
from core.data.store import StoredColumn, example_of, store_column, write_split
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


def read_request(request: Mapping[str, Any], say: Say) -> None:
    """Read the files, write `<split>.parquet` and imported.json into the request's folder."""
    folder = Path(request["folder"])
    total = sum(
        Path(path).stat().st_size for files in request["files"].values() for path, *_ in files
    )
    done = 0
    companions = Companions(path for files in request["files"].values() for path, *_ in files)
    tables: dict[str, list[tuple[str, RawTable | None]]] = {}
    for split, files in request["files"].items():
        tables[split] = []
        for path, name, digest in files:
            say({"progress": [done, total]})
            data = Path(path).read_bytes()
            if hashlib.sha256(data).hexdigest() != digest:
                raise UserError(f"{name} changed while it was read.", "Choose it again in step 2.")
            tables[split].append((name, companions.read(data, path, name)))
            done += len(data)
    say({"progress": [done, total]})
    details = write_tables(folder, companions.settled(tables))
    details.update(hash=request["hash"], size_bytes=total)
    (folder / "imported.json").write_text(json.dumps(details, ensure_ascii=False), "utf-8")
    say({"done": True})


def write_tables(
    folder: Path, tables: Mapping[str, Sequence[tuple[str, RawTable]]]
) -> dict[str, Any]:
    """Write every split and return the content of imported.json."""
    every = [(name, table) for parts in tables.values() for name, table in parts]
    shared, warnings = shared_columns(every)
    stored: dict[str, dict[str, StoredColumn]] = {}
    for split, parts in tables.items():
        stored[split] = {
            column: store_column(
                [value for _, table in parts for value in table.columns[column]],
                f"{parts[0][0]}, column '{column}'",
            )
            for column in shared
        }
        write_split(folder / f"{split}.parquet", stored[split])
    repaired, dropped = Counter[str](), Counter[str]()
    for _, table in every:
        repaired.update(table.repaired)
        dropped.update(table.dropped)
        warnings += table.warnings
    kinds = next(iter(stored.values()))
    return {
        "format": _joined(table.format for _, table in every),
        "encoding": _joined(table.encoding or "" for _, table in every),
        "splits": {split: sum(t.row_count for _, t in parts) for split, parts in tables.items()},
        "columns": [_column(name, kinds[name].kind, every) for name in shared],
        "repaired": dict(repaired),
        "dropped": dict(dropped),
        "notes": [],
        "warnings": list(dict.fromkeys(warnings)),
        "sources": [name for name, _ in every],
        "files": {
            split: [[name, table.row_count] for name, table in parts]
            for split, parts in tables.items()
        },
    }


def _joined(parts: Any) -> str:
    return ", ".join(dict.fromkeys(part for part in parts if part))


def _column(name: str, kind: str, every: Sequence[tuple[str, RawTable]]) -> dict[str, Any]:
    names = next((table.names[name] for _, table in every if name in table.names), ())
    example = next((text for _, t in every if (text := example_of(t.columns[name]))), "")
    return {"name": name, "kind": kind, "example": example, "names": list(names)}


def shared_columns(tables: Sequence[tuple[str, RawTable]]) -> tuple[list[str], list[str]]:
    """Return the columns that all files have, and a warning for each that only some have.

    Raises:
        UserError: two files share no column, or all of them have no row.
    """
    first_name, first = tables[0]
    shared = list(first.columns)
    warnings = []
    for name, table in tables[1:]:
        kept = [column for column in shared if column in table.columns]
        if not kept:
            raise UserError(
                f"{first_name} and {name} share no column. {first_name} has: {', '.join(shared)}. "
                f"{name} has: {', '.join(table.columns)}.",
                "Choose files of the same kind.",
            )
        for column in [*shared, *table.columns]:
            if column not in kept:
                owner = first_name if column in shared else name
                warnings.append(
                    f"Column '{column}' of {owner} is not in every file; it was left out."
                )
        shared = kept
    return shared, list(dict.fromkeys(warnings))


if __name__ == "__main__":
    sys.exit(main())
