"""brat's standoff files: `a.txt` holds the text, `a.ann` its annotations, one per line.

`T1<tab>Disease 94 130<tab>phenylalanine` is a span; one in several pieces is `94 99;104 130`. Lines
of relations, events, attributes and notes say nothing about characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from core.data.table import RawTable, counted
from core.errors import UserError

SPAN = re.compile(r"(T\d+)\t(\S+) (\d+ \d+(?:;\d+ \d+)*)(?:\t(.*))?$")
OTHER = {"R": "relations", "E": "events", "A": "attributes", "M": "attributes", "N": "references"}
OTHER |= {"#": "notes", "*": "equivalences"}


def read_brat(text: str, annotations: str, names: tuple[str, str]) -> RawTable:
    """Read a document as one row of text and spans; `names` are those of .txt and .ann.

    Raises:
        UserError: a line is no annotation, or gives other characters than those it quotes.
    """
    spans: list[dict[str, Any]] = []
    left_out: dict[str, int] = {}
    lines = annotations.splitlines() if "\n" not in annotations else annotations.split("\n")
    for number, line in enumerate(lines, 1):
        line = line.rstrip("\r")
        match = SPAN.fullmatch(line)
        if match:
            spans.append(_span(match))
        elif line[:1] in OTHER:
            reason = f"{OTHER[line[0]]} of brat, which are no spans"
            left_out[reason] = left_out.get(reason, 0) + 1
        elif line.strip():
            raise UserError(
                f'{names[1]}, line {number:,}: "{line[:60]}" is no annotation of brat; expected '
                '"T1", type, start, end and the text.',
                "Mend the line and choose the files again.",
            )
    text = _fitting(text, spans, names)
    for span in spans:
        del span["quoted"]
    columns: dict[str, list[Any]] = {"document": [names[0].removesuffix(".txt")]}
    columns |= {"text": [text], "spans": [spans]}
    return RawTable("brat", columns, dropped=counted(left_out))


def _span(match: re.Match[str]) -> dict[str, Any]:
    pieces = [[int(bound) for bound in piece.split()] for piece in match[3].split(";")]
    span = {"id": match[1], "start": pieces[0][0], "end": pieces[-1][1], "label": match[2]}
    span["quoted"] = match[4]
    return {**span, "pieces": pieces} if len(pieces) > 1 else span


def _fitting(text: str, spans: Sequence[dict[str, Any]], names: tuple[str, str]) -> str:
    """Return the text in the form that the positions count: line ends as one character or two."""
    unified = text.replace("\r\n", "\n")
    wrong = _wrong(text, spans)
    if wrong is None:
        return text
    if _wrong(unified, spans) is None:
        return unified
    found = " ".join(text[wrong["start"] : wrong["end"]].split())
    raise UserError(
        f'{names[1]}: {wrong["id"]} quotes "{wrong["quoted"][:60]}", but characters '
        f'{wrong["start"]:,} to {wrong["end"]:,} of {names[0]} are "{found[:60]}".',
        "Choose the text file that was annotated.",
    )


def _wrong(text: str, spans: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the first span whose characters are not those that it quotes."""
    for span in spans:
        pieces = span.get("pieces") or [[span["start"], span["end"]]]
        covered = " ".join(text[start:end] for start, end in pieces)
        quoted = span["quoted"]
        if quoted is not None and covered.split() != quoted.split():
            return span
    return None
