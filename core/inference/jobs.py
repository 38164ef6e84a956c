"""Preview and prediction for the command line: the same code as the page's, in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.spec import RunSpec

TEXTS_AT_ONCE = 64


def preview_row(spec: RunSpec, home: Path, split: str, row: int) -> dict[str, Any]:
    """Return one row of a split as the model will see it; rows count from 1."""
    from core.inference.previews import Previews

    return Previews(home).strip(spec.to_json(), split, row)


def predict_texts(run: Any, texts: Sequence[str], file: Path | None) -> Iterator[dict[str, Any]]:
    """Yield the entities of each text, then of each line of the file, in their order."""
    from core.inference.playground import Playground

    if not texts and file is None:
        raise UserError("There is no text to predict.", "Name a text or a file with --file.")
    playground = Playground()
    waiting = chain(texts, lines_of(file) if file is not None else ())
    while part := list(islice(waiting, TEXTS_AT_ONCE)):
        yield from playground.predict(str(run.path), part)


def lines_of(file: Path) -> Iterator[str]:
    """Yield the lines of a UTF-8 file, without their ends; an empty line is an empty text."""
    try:
        with file.open(encoding="utf-8-sig") as stream:
            for line in stream:
                yield line.rstrip("\r\n")
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}.", "Check the path.") from None
    except UnicodeDecodeError as error:
        raise UserError(
            f"{file} is no UTF-8 text: {error.reason} near byte {error.start}.",
            "Save it as UTF-8, one text a line.",
        ) from None
