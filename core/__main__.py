"""The same jobs without a browser: `python -m core train|resume|stop|runs|inspect|preview|...`.

Exit codes: 0 done; 2 a UserError (message and hint on stderr); 1 anything else. Results go to
stdout, progress to stderr.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Before huggingface_hub is imported: transfers by HTTP can be followed, stopped and resumed.
os.environ.setdefault("HF_HUB_DISABLE_XET", "1")

from core.errors import UserError, explain
from core.home import home_folder

Job = Callable[[argparse.Namespace], None]


def train(flags: argparse.Namespace) -> None:
    """Train a spec in the foreground; the last line is the run folder."""
    from core.runs.launcher import train_in_foreground
    from core.spec import read_spec

    changes = dict(_pair(text) for text in flags.set)
    run = train_in_foreground(read_spec(Path(flags.spec), changes), flags.home, _runs(flags))
    _say(str(run.path))


def resume(flags: argparse.Namespace) -> None:
    """Resume a run from its newest sound checkpoint."""
    from core.runs.folder import find_run
    from core.runs.launcher import resume_in_foreground

    run = find_run(flags.run, _runs(flags))
    resume_in_foreground(run)
    _say(str(run.path))


def stop(flags: argparse.Namespace) -> None:
    """Stop a run; it saves first."""
    from core.runs.folder import find_run
    from core.runs.launcher import stop_and_wait

    run = find_run(flags.run, _runs(flags))
    stop_and_wait(run)
    _say(str(run.path))


def runs(flags: argparse.Namespace) -> None:
    """List the runs, one JSON object a line, newest first."""
    from core.runs.folder import list_runs

    for run in list_runs(_runs(flags)):
        _say_json(run.summary().to_json())


def inspect(flags: argparse.Namespace) -> None:
    """Say what was found in files."""
    from core.data.inspect import inspect_files

    columns = dict(_pair(text) for text in flags.columns)
    files = [Path(name) for name in flags.files]
    wanted = {"encoding": flags.encoding, "sheet": flags.sheet}
    _say_json(inspect_files(files, flags.home, flags.task, columns, **wanted))


def convert(flags: argparse.Namespace) -> None:
    """Turn a pandas pickle of your own into Parquet."""
    from core.data.convert import convert as converted

    _say(converted(flags.file, flags.out, trusted=flags.trust_this_file))


def preview(flags: argparse.Namespace) -> None:
    """Show the aligned tokens of one row of the training split."""
    from core.inference.jobs import preview_row
    from core.spec import read_spec

    _say_json(preview_row(read_spec(Path(flags.spec)), flags.home, flags.split, flags.row))


def predict(flags: argparse.Namespace) -> None:
    """Predict texts, one JSON object a line, in the order of the input."""
    from core.inference.jobs import predict_texts
    from core.runs.folder import find_run

    for line in predict_texts(find_run(flags.run, _runs(flags)), flags.text, flags.file):
        _say_json(line)


def publish(flags: argparse.Namespace) -> None:
    """Publish a finished run to the Hub; the last line is its address."""
    from core.runs.folder import find_run
    from core.sharing.publish import publish_run

    run = find_run(flags.run, _runs(flags))
    _say(publish_run(run, flags.repo_id, private=flags.private, on_progress=_progress))


def starter(flags: argparse.Namespace) -> None:
    """Fetch and check the starter checkpoint."""
    from core.checkpoints.machine import fetch_starter

    _say(str(fetch_starter(flags.home, on_progress=_progress)))


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    top = argparse.ArgumentParser(prog="python -m core", description=__doc__)
    top.add_argument("--home", type=home_folder, default=home_folder(), help="home folder")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def add(job: Job) -> argparse.ArgumentParser:
        command = commands.add_parser(job.__name__, help=job.__doc__)
        command.set_defaults(job=job)
        command.add_argument(
            "--home", type=home_folder, default=argparse.SUPPRESS, help="home folder"
        )
        return command

    def add_for_run(job: Job) -> argparse.ArgumentParser:
        command = add(job)
        command.add_argument("run", metavar="RUN", help="run folder or id")
        command.add_argument("--runs", help="folder of the runs")
        return command

    command = add(train)
    command.add_argument("spec", metavar="SPEC.json")
    command.add_argument("--runs", help="folder of the runs")
    command.add_argument(
        "--set", action="extend", nargs="+", default=[], metavar="hyperparameters.seed=1"
    )
    add_for_run(resume)
    add_for_run(stop)
    add(runs).add_argument("--runs", help="folder of the runs")
    _add_data_commands(add)
    command = add(preview)
    command.add_argument("spec", metavar="SPEC.json")
    command.add_argument("--row", type=int, required=True, help="counts from 1")
    command.add_argument("--split", default="train")
    command = add_for_run(predict)
    command.add_argument("text", nargs="*")
    command.add_argument("--file", type=Path, help="one text a line")
    command = add_for_run(publish)
    command.add_argument("repo_id", metavar="REPO_ID")
    command.add_argument("--private", action="store_true")
    add(starter)
    return top


def _add_data_commands(add: Callable[[Job], argparse.ArgumentParser]) -> None:
    command = add(inspect)
    command.add_argument("files", nargs="+", metavar="FILE")
    command.add_argument("--task", default=None)
    command.add_argument("--columns", action="extend", nargs="+", default=[], metavar="ROLE=NAME")
    command.add_argument("--encoding", help="of text files; told by the content if left out")
    command.add_argument("--sheet", help="of an Excel workbook; the first with rows if left out")
    command = add(convert)
    command.add_argument("file", metavar="OWN.pkl", type=Path)
    command.add_argument("out", metavar="OUT.parquet", type=Path)
    command.add_argument(
        "--trust-this-file", action="store_true", help="a pickle can run any code; you made it"
    )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UserError(f'"{text}" has no "="; expected NAME=VALUE.', "Write it as NAME=VALUE.")
    return name, value


def _runs(flags: argparse.Namespace) -> Path:
    return Path(flags.runs).resolve() if flags.runs else flags.home / "runs"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _say_json(data: Any) -> None:
    _say(json.dumps(data, ensure_ascii=False, allow_nan=False))


def _progress(done: int, total: int) -> None:
    sys.stderr.write(f"\r{done / 1e6:.1f} of {total / 1e6:.1f} MB")
    sys.stderr.flush()


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit code."""
    flags = parser().parse_args(arguments)
    try:
        flags.job(flags)
    except (UserError, OSError, MemoryError) as error:
        known = explain(error)
        if known is None:
            raise
        sys.stderr.write(f"{known.message}\n{known.hint}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
