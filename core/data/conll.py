"""CoNLL columns to rows: one word per line, its tags in columns, a blank line after each sentence.

Tab or blanks between columns; CoNLL-U included. A token may be a single blank (KLUE), and may
start with `#`: only lines that cannot be a token line are comments.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass, field

from core.data.table import RawTable, counted, unique_names
from core.errors import UserError

CONLLU = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
CONLLU_ID = re.compile(r"\d+([-.]\d+)?$")
BLANKS = re.compile(r"[ \t]+")
SAMPLE_LINES = 2_000
HEADER = frozenset(
    (
        *("word", "words", "token", "tokens", "form", "text", "lemma", "id", "index"),
        *("pos", "upos", "xpos", "tag", "tags", "label", "labels", "chunk", "entity"),
        *("ner", "ner_tag", "ner_tags", "iob"),
    )
)
LONGEST_TAG = 60  # characters; longer last cells are text
LONG_ROW = 500  # words; a single longer row means that sentence ends are missing
DOCUMENT_MARK = "-DOCSTART-"
TAG = re.compile(r"(O|[BIESLUM][-_].+)$")


@dataclass
class _Shape:
    """How the lines of a file are built."""

    tab: bool
    width: int
    indexed: bool  # the first column counts the words of a sentence
    tags: frozenset[str]  # what the last column holds in lines that do not start with "#"
    names: list[str]

    def cells(self, line: str) -> list[str]:
        """Cut one line."""
        return line.split("\t") if self.tab else BLANKS.split(line.strip(" \t"))

    def is_comment(self, line: str) -> bool:
        """Say whether a line that starts with `#` cannot be a token line."""
        cells = self.cells(line)
        if len(cells) < self.width or (len(cells) > self.width and not self.tab):
            return True
        first = cells[0]
        if self.indexed:
            return not CONLLU_ID.match(first)
        if len(cells) > self.width or (" " in first.strip() and first.strip()):
            return True
        return cells[-1] not in self.tags and not TAG.match(cells[-1])


@dataclass
class _Reading:
    """What was collected so far."""

    columns: list[list[list[str]]]
    sentence: list[list[str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def close(self) -> None:
        """End the sentence."""
        if self.sentence:
            for column, values in zip(self.columns, zip(*self.sentence, strict=True), strict=True):
                column.append(list(values))
            self.sentence = []


def looks_like_conll(text: str) -> bool:
    """Say whether the text is one word per line with tags in columns."""
    lines = text.split("\n", SAMPLE_LINES)[:SAMPLE_LINES]
    filled = [line for line in lines if line.strip(" \t") and not line.startswith("#")]
    if not filled or _is_other_format(filled):
        return False
    gaps = sum(not line.strip(" \t") for line in "\n".join(lines).strip("\n \t").split("\n"))
    shape = _shape(filled)
    fitting = [cells for line in filled if len(cells := shape.cells(line)) == shape.width]
    if shape.width < 2 or len(fitting) < 0.6 * len(filled):
        return False
    if tuple(shape.names) == CONLLU or DOCUMENT_MARK in filled[0]:
        return True
    lasts = [cells[-1] for cells in fitting]
    if sum(len(last) > LONGEST_TAG or " " in last.strip() for last in lasts) > 0.05 * len(lasts):
        return False
    if gaps:
        return shape.tab or len(fitting) > 0.9 * len(filled)
    tagged = sum(bool(TAG.match(last)) for last in lasts) > 0.8 * len(lasts)
    return tagged and bool(TAG.match(lasts[0])) and "," not in filled[0] and not _numbered(fitting)


def _numbered(rows: list[list[str]]) -> bool:
    """Say whether the first column repeats a number from row to row, as sentence numbers do."""
    return any(a[0] == b[0] and a[0].isdigit() for a, b in itertools.pairwise(rows))


def _is_other_format(filled: list[str]) -> bool:
    return filled[0].lstrip()[:1] in ("{", "[") and filled[-1].rstrip()[-1:] in ("}", "]", ",")


def _shape(filled: list[str]) -> _Shape:
    tab = sum("\t" in line for line in filled) * 2 >= len(filled)
    shape = _Shape(tab, 0, False, frozenset(), [])
    rows = [shape.cells(line) for line in filled if not line.startswith(DOCUMENT_MARK)]
    shape.width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
    rows = [row for row in rows if len(row) == shape.width]
    shape.tags = frozenset(row[-1] for row in rows)
    shape.indexed = shape.width > 2 and all(CONLLU_ID.match(row[0]) for row in rows)
    shape.names = [f"column_{number}" for number in range(1, shape.width + 1)]
    if tab and shape.width == len(CONLLU) and shape.indexed:
        shape.names = list(CONLLU)
    return shape


def _header(cells: list[str]) -> bool:
    return all(cell.strip().lower() in HEADER for cell in cells)


def read_conll(text: str, name: str) -> RawTable:
    """Read CoNLL columns; every column becomes one list of texts per sentence.

    Raises:
        UserError: a line has too few columns, or there is no word at all.
    """
    lines = text.split("\n")
    filled = [line for line in lines if line.strip(" \t") and not line.startswith("#")]
    if not filled:
        raise UserError(
            f"{name} holds comment lines only; expected one word per line.", "Choose another file."
        )
    shape = _shape(filled)
    head = _find_header(lines, shape)
    reading = _Reading([[] for _ in range(shape.width)])
    for number, line in enumerate(lines, 1):
        if number - 1 == head:
            shape.names = unique_names(shape.cells(line))
        else:
            _take(line, number, shape, reading, name)
    reading.close()
    return _table(shape, reading, name)


def _find_header(lines: list[str], shape: _Shape) -> int:
    """Return the index of the line with column names, or -1."""
    for index, line in enumerate(lines):
        if line.strip(" \t") and not line.startswith("#"):
            cells = shape.cells(line)
            return index if len(cells) == shape.width and _header(cells) else -1
    return -1


def _take(line: str, number: int, shape: _Shape, reading: _Reading, name: str) -> None:
    if not line.strip(" \t"):
        reading.close()
        return
    if line.startswith("#") and shape.is_comment(line):
        reading.counts["comment lines (#)"] += 1
        return
    if line.startswith(DOCUMENT_MARK):
        reading.close()
        reading.counts["document marks (-DOCSTART-)"] += 1
        return
    cells = shape.cells(line)
    if len(cells) != shape.width:
        cells = _mended(cells, number, shape, reading, name)
    if shape.names[0] == "id" and not cells[0].isdigit():
        kind = "empty nodes (8.1)" if "." in cells[0] else "multiword rows (3-4)"
        reading.counts[kind] += 1
        return
    reading.sentence.append(cells)


def _mended(
    cells: list[str], number: int, shape: _Shape, reading: _Reading, name: str
) -> list[str]:
    if len(cells) > shape.width and (shape.tab or not any(cells[shape.width :])):
        reading.counts["lines with more columns; the extra ones are left out"] += 1
        return cells[: shape.width]
    separator = "a tab" if shape.tab else "blanks"
    shown = " ".join(cells)[:60]
    raise UserError(
        f'{name}, line {number:,}: "{shown}" has {_columns(len(cells))}; expected {shape.width}, '
        f"separated by {separator}, as in most lines.",
        "Mend the line and choose the file again.",
    )


def _columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count} columns"


def _table(shape: _Shape, reading: _Reading, name: str) -> RawTable:
    if not reading.columns or not reading.columns[0]:
        raise UserError(
            f"{name} holds no words; expected one word per line.", "Choose another file."
        )
    counts = counted(reading.counts)
    repaired = {reason: n for reason, n in counts.items() if reason.startswith("lines with more")}
    dropped = {reason: n for reason, n in counts.items() if reason not in repaired}
    columns = dict(zip(shape.names, reading.columns, strict=True))
    empty = [name for name, rows in columns.items() if not any(map(any, rows))]
    for column in empty if len(empty) < len(columns) else ():
        del columns[column]
    kind = "conllu" if tuple(shape.names) == CONLLU else "conll"
    first = next(iter(columns.values()))
    warnings: tuple[str, ...] = ()
    if len(first) == 1 and len(first[0]) > LONG_ROW:
        warnings = (
            f"{name} has no blank line between sentences: all {len(first[0]):,} words are one row.",
        )
    return RawTable(kind, columns, dropped=dropped, repaired=repaired, warnings=warnings)
