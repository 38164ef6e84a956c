"""CSV, TSV and their relatives to rows. Every cell stays the text that was typed."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Sequence

from core.data.schemes import is_tags
from core.data.table import RawTable, counted, unique_names
from core.errors import UserError

DELIMITERS = {"\t": "a tab", ",": "a comma", ";": "a semicolon", "|": "a bar"}
SAMPLE_CHARACTERS = 200_000
SAMPLE_ROWS = 200
LONGEST_NAME = 60  # characters of a column name; longer first cells are data
WHOLE_CELL = re.compile(r'"(?:[^"]|"")*"')
HEADER_NAMES = frozenset(
    (
        *("tokens", "token", "words", "word", "form", "text", "texts", "sentence", "sentence_id"),
        *("sentence #", "labels", "label", "tags", "tag", "ner", "ner_tag", "ner_tags", "pos"),
        *("id", "index", "entities", "document", "split", "iob", "lemma", "content", "message"),
        *("prompt", "completion", "response", "instruction", "query", "output", "messages"),
        *("question", "answer", "answers", "context", "source", "target", "sentence1", "sentence2"),
    )
)
END = "the end of the table"
STRANGE_SEPARATORS = ("::", "||", "/", ":", "_", "=", "^", "~", "#")


def read_tabular(text: str, name: str) -> RawTable:
    """Read a table; without a header its columns are column_1, column_2, ...

    Lines that nothing cuts into columns become rows of one column, `text`.

    Raises:
        UserError: a line has another number of cells, or all of them hold a strange separator.
    """
    csv.field_size_limit(sys.maxsize)
    said = re.match(r"sep=(.)\n", text, re.IGNORECASE)
    body = text[said.end() :] if said else text
    delimiter = said[1] if said else delimiter_of(body)
    if delimiter is None:
        return _one_column(text, name)
    rows, blanks, repaired = _rows(body, delimiter, name, 1 if said else 0)
    header = rows[0][1] if has_header([cells for _, cells in rows[:SAMPLE_ROWS]]) else None
    data = rows[1:] if header else rows
    if not data:
        raise UserError(f"{name} has a header line but no row.", "Choose another file.")
    width = len(data[0][1])
    names = unique_names(header or [f"column_{number}" for number in range(1, width + 1)])
    values = list(zip(*(cells for _, cells in data), strict=True))
    columns = {column: list(cells) for column, cells in zip(names, values, strict=True)}
    dropped = {}
    if blanks and is_tagged(columns):
        columns["sentence"] = _sentences([line for line, _ in data], blanks)
    else:
        dropped["blank lines"] = len(blanks)
    kind = "tsv" if delimiter == "\t" else "csv"
    return RawTable(kind, columns, dropped=counted(dropped), repaired=counted(repaired))


def _sample(text: str) -> str:
    """Return the first whole lines."""
    if len(text) <= SAMPLE_CHARACTERS:
        return text
    return text[: text.rfind("\n", 0, SAMPLE_CHARACTERS) + 1] or text[:SAMPLE_CHARACTERS]


def delimiter_of(text: str) -> str | None:
    """Return the delimiter that cuts most rows into the same number of cells, or None."""
    sample = _sample(text)
    found = _best_delimiter(sample, csv.QUOTE_MINIMAL, cut=len(sample) < len(text))
    if found is None and '"' in sample:  # a quote that is never closed swallows the rows
        found = _best_delimiter(sample, csv.QUOTE_NONE, cut=False, least=0.9)
    return found


def _best_delimiter(sample: str, quoting: int, *, cut: bool, least: float = 0.5) -> str | None:
    best, best_score = None, 0.0
    for delimiter in DELIMITERS:
        lines = io.StringIO(sample, newline="")
        reader = csv.reader(lines, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type]
        rows = [row for row in reader if row]
        if len(rows) > 1 and cut:
            rows.pop()  # may be cut in the middle of a quoted cell
        width, count = Counter(map(len, rows)).most_common(1)[0] if rows else (0, 0)
        score = count / len(rows) if width > 1 else 0.0
        if score > best_score + 0.02:
            best, best_score = delimiter, score
    least = max(least, 0.6) if best == "," else least  # prose holds commas
    return best if best_score > least else None


def _one_column(text: str, name: str) -> RawTable:
    """Read plain text, a row per line; blank lines stay, for they part paragraphs."""
    lines = [line for line in _sample(text).split("\n") if line.strip()]
    found = next((s for s in STRANGE_SEPARATORS if all(s in line for line in lines)), None)
    if found and len(lines) > 1 and all(len(line.split(found)) == 2 for line in lines):
        raise UserError(
            f"{name} has only one column: its lines are cut by none of tab, blank, comma, "
            f'semicolon or bar. Every line holds "{found}". Expected a word and its label in each '
            "line, or a table.",
            "Save the file with a tab between the columns and choose it again.",
        )
    rows = text.removesuffix("\n").split("\n")
    column = "text"
    if len(rows) > 1 and rows[0].strip().strip('"').lower() in HEADER_NAMES:
        column = rows.pop(0).strip().strip('"')
        return _quoted_column(rows, column)
    return RawTable("text", {column: rows})


def _quoted_column(rows: list[str], column: str) -> RawTable:
    """Read a table of one column, whose cells may be quoted."""
    cells = [row[0] if row else "" for row in csv.reader(io.StringIO("\n".join(rows)))]
    return RawTable("csv", {column: cells if any(cells) else rows})


def _rows(
    text: str, delimiter: str, name: str, skipped: int
) -> tuple[list[tuple[int, list[str]]], list[int], dict[str, int]]:
    """Return rows with their line numbers, the numbers of blank lines, and what was repaired."""
    lines = io.StringIO(text, newline="")
    if _stray_quotes(text, delimiter):
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    else:
        _refuse_open_quote(text, delimiter, name, skipped)
        reader = csv.reader(lines, delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    blanks: list[int] = []
    for cells in reader:
        line = reader.line_num + skipped
        if any(cell.strip() for cell in cells):
            rows.append((line, cells))
        else:
            blanks.append(line)
    if not rows:
        raise UserError(f"{name} holds no rows.", "Choose another file.")
    width = Counter(len(cells) for _, cells in rows).most_common(1)[0][0]
    last = rows[-1][0]
    repaired = sum(fit_row(cells, width, (line, delimiter), name) for line, cells in rows)
    reason = "rows with empty cells at the end, cut"
    return rows, [line for line in blanks if rows[0][0] < line < last], {reason: repaired}


def _refuse_open_quote(text: str, delimiter: str, name: str, skipped: int) -> None:
    """Refuse a table that ends inside of quotes: everything after them would be one cell."""
    if '"' not in text:
        return
    start = before = 0
    end = "" if text.endswith("\n") else "\n"
    last: list[str] = []
    reader = csv.reader(
        io.StringIO(f"{text}{end}{END}{delimiter}{END}\n", newline=""), delimiter=delimiter
    )
    for row in reader:
        start, before, last = before + 1, reader.line_num, row
    if last != [END, END]:
        raise UserError(
            f"{name}, line {start + skipped:,}: a quote opens a cell and is never closed.",
            "Close it, or double a quote that belongs to the text, and choose the file again.",
        )


def fit_row(cells: list[str], width: int, where: tuple[int, str], name: str) -> bool:
    """Cut empty cells at the end of a row; say whether there were any."""
    if len(cells) == width:
        return False
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        del cells[width:]
        return True
    line, delimiter = where
    count = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
    raise UserError(
        f"{name}, line {line:,}: the row has {count}; expected {width}, separated by "
        f"{DELIMITERS.get(delimiter, delimiter)}, as in most lines.",
        "Mend the line (a cell that holds the separator needs quotes) and choose the file again.",
    )


def _stray_quotes(text: str, delimiter: str) -> bool:
    """Say whether quotes are part of the words, as in `"<tab>O`, and not around cells."""
    if delimiter != "\t" or '"' not in text:
        return False
    rows = [line.split("\t") for line in text.split("\n") if line.strip()]
    if len({len(row) for row in rows}) > 1:
        return False
    quoted = [cell for row in rows for cell in row if cell.startswith('"')]
    return not all(WHOLE_CELL.fullmatch(cell) for cell in quoted)


def has_header(rows: Sequence[list[str]]) -> bool:
    """Say whether the first row names the columns."""
    first, rest = [cell.strip() for cell in rows[0]], rows[1:]
    if len(set(first)) < len(first) or not any(first[1:]):
        return False
    if any(
        _is_number(cell) or cell[:1] in ("[", "{") or len(cell) > LONGEST_NAME for cell in first
    ):
        return False
    if any(cell.lower() in HEADER_NAMES for cell in first):
        return True
    columns = [[row[index] for row in rest if index < len(row)] for index in range(len(first))]
    if any(
        is_tags([cell]) and is_tags(column) for cell, column in zip(first, columns, strict=True)
    ):
        return False
    return not any(cell in column for cell, column in zip(first, columns, strict=True))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def is_tagged(columns: dict[str, list[str]]) -> bool:
    """Say whether rows are words with tags, so that blank lines end sentences."""
    return any(is_tags(values[:SAMPLE_ROWS]) for values in columns.values())


def _sentences(lines: Sequence[int], blanks: Sequence[int]) -> list[str]:
    """Number the stretches between blank lines.

    >>> _sentences([1, 2, 4], [3])
    ['1', '1', '2']
    """
    numbers, number, waiting = [], 1, list(blanks)
    for line in lines:
        if waiting and line > waiting[0]:
            number += 1
            while waiting and line > waiting[0]:
                waiting.pop(0)
        numbers.append(str(number))
    return numbers
