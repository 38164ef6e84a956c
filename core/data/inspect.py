"""What is in these files? The JSON of `python -m core inspect` and of step 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.data.imports import import_dataset
from core.data.prepare import TASK, describe
from core.errors import UserError
from core.spec import DatasetSpec, RunSpec, SplitSpec


def inspect_files(
    files: Sequence[Path],
    home: Path,
    task: str | None,
    columns: Mapping[str, str],
    *,
    encoding: str | None = None,
    sheet: str | None = None,
) -> dict[str, Any]:
    """Import the files and report on them, splits as the files give them.

    Raises:
        UserError: the files cannot be read, or cannot be trained on for the task.
    """
    if task not in (None, TASK):
        raise UserError(
            f'There is no task "{task}". Known: {TASK}.', f"Leave it out, or use {TASK}."
        )
    names = tuple(str(path) for path in files)
    dataset = DatasetSpec(files={"train": names}, encoding=encoding, sheet=sheet)
    spec = RunSpec(
        task=TASK,
        checkpoint="starter",
        dataset=dataset,
        columns=columns,
        splits=SplitSpec(validation_share=0.0),
    )
    return describe(import_dataset(dataset, home), spec).report.to_json()
