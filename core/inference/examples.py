"""Texts to try a run's model on, from rows it was not trained on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.tasks.token_preview import has_blanks

WORDS = range(5, 40)  # rows of this many words make good examples


def running_text(words: list[str]) -> str:
    """Return words as running text.

    >>> running_text(["Anna", "Brown", "(", "Paris", ")", "wrote", ",", "again", "."])
    'Anna Brown (Paris) wrote, again.'
    """
    if not has_blanks(words):
        return "".join(words)
    text = re.sub(r" (?=[.,;:!?%)\]}…’”])", "", " ".join(words))
    return re.sub(r"(?<=[(\[{“‘¿¡]) ", "", text)


def pick(rows: Any, count: int) -> list[str]:
    """Return the texts of up to `count` rows spread over the split, rows with labels first."""
    total = len(rows["tokens"])
    usual = [index for index in range(total) if len(rows["tokens"][index]) in WORDS]
    usual = usual or list(range(total))
    labelled = [index for index in usual if set(rows["labels"][index]) - {"O"}] or usual
    step = max(1, len(labelled) // count) if count else 1
    return [running_text(rows["tokens"][index]) for index in labelled[::step][:count]]


def examples(run: str, count: int) -> list[str]:
    """Return texts from the test split of a run, else from its validation split."""
    from core.data.imports import Imported
    from core.data.prepare import prepare
    from core.runs.folder import Run

    spec = Run(Path(run)).spec()
    splits = prepare(Imported.open(Path(run) / "data"), spec).splits
    rows = next((splits[name] for name in ("test", "validation") if splits[name]["tokens"]), None)
    if rows is None:
        raise UserError("This run has neither test nor validation rows.", "Type a text.")
    return pick(rows, count)
