"""Large tables, read a batch at a time: CSV and its relatives into Parquet without holding them.

Arrow's reader takes clean files at full speed; one odd row, and the file is read again with
Python's, which mends what can be mended and names the line that cannot.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.data.encoding import decode
from core.data.scan import Scan
from core.data.sources import Source
from core.data.store import SplitWriter, store_column, table_of
from core.data.table import Part, RawTable, counted, unique_names
from core.data.tabular import (
    SAMPLE_ROWS,
    delimiter_of,
    fit_row,
    has_header,
    is_tagged,
)
from core.errors import UserError

BLOCK_BYTES = 4 * 1024 * 1024
ROWS_AT_ONCE = 20_000
OFFSET_BYTES = 3  # of a cell in Arrow beyond those of the file
CUT = "rows with empty cells at the end, cut"
Told = Callable[[float], None]


class Odd(Exception):
    """A row that the fast reader does not understand as the careful one does."""


@dataclass
class Plan:
    """How the rows of a file are cut, told from its head."""

    delimiter: str
    names: list[str]
    skipped: int  # lines before the first row: the header and what says the separator
    example: dict[str, list[Any]]
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def format(self) -> str:
        """Name the format."""
        return "tsv" if self.delimiter == "\t" else "csv"


def plan_of(head: str, name: str) -> Plan | None:
    """Return the plan of a table that can be streamed, or None."""
    said = re.match(r"sep=(.)\n", head, re.IGNORECASE)
    body = head[said.end() :] if said else head
    delimiter = said[1] if said else delimiter_of(body)
    lines = body.split("\n")
    if delimiter is None or not lines[0].strip():
        return None
    rows = list(csv.reader(io.StringIO(body, newline=""), delimiter=delimiter))[:-1]
    filled = [row for row in rows if any(cell.strip() for cell in row)][: SAMPLE_ROWS + 1]
    if len(filled) < 2:
        return None
    width = Counter(map(len, filled)).most_common(1)[0][0]
    header = has_header(filled[:SAMPLE_ROWS])
    if (header and len(filled[0]) != width) or any("\n" in cell for cell in filled[0]):
        return None
    names = unique_names(filled[0] if header else [f"column_{n + 1}" for n in range(width)])
    data = [row for row in filled[header:] if len(row) == width]
    example = {n: list(cells) for n, cells in zip(names, zip(*data, strict=True), strict=True)}
    if is_tagged(example) and len(rows) > len(filled) and any(not row for row in rows):
        return None  # words with tags, blank lines between sentences
    return Plan(delimiter, names, int(bool(said)) + int(header), example)


def stream_table(
    source: Source, plan: Plan, found: Scan, folder: Path, told: Told
) -> RawTable | None:
    """Write the rows to a Parquet part and return the table, or None where it has to be held.

    Raises:
        UserError: a line has another number of cells.
    """
    part = folder / f"part-{len(list(folder.iterdir()))}.parquet"
    for batches in _ways(source, plan, found):
        writer = SplitWriter(part)
        done = 0
        plan.counts.clear()
        try:
            for table in batches:
                writer.write(table)
                done += table.nbytes - OFFSET_BYTES * table.num_rows * table.num_columns
                told(min(1.0, done / max(1, found.bytes)))
            break
        except Odd:
            continue
        finally:
            writer.close()
    if not writer.rows:
        raise UserError(f"{source.name} has a header line but no row.", "Choose another file.")
    repaired = {CUT: plan.counts.pop(CUT, 0)}
    return RawTable(
        plan.format,
        plan.example,
        encoding=found.codec.title,
        dropped=counted(plan.counts),
        repaired=counted(repaired),
        warnings=found.warnings,
        part=Part(part, writer.rows, dict.fromkeys(plan.names, "text")),
    )


def _ways(source: Source, plan: Plan, found: Scan) -> Iterator[Iterator[Any]]:
    """Yield readings from the fastest to the most careful one."""
    if plan.delimiter == "\t" or not found.quotes:
        yield _fast(source, plan, found, quoted=False)
    if found.quotes:
        yield _fast(source, plan, found, quoted=True)
    yield _careful(source, plan, found)


def _fast(source: Source, plan: Plan, found: Scan, *, quoted: bool) -> Iterator[Any]:
    """Yield tables as Arrow reads them.

    Raises:
        Odd: a row is not as wide as the others, or quotes around cells were taken for words.
    """
    import pyarrow
    from pyarrow import csv as arrow_csv

    def invalid(row: Any) -> str:
        if row.text.strip():
            return "error"
        plan.counts["blank lines"] += 1
        return "skip"

    stray = _Stray() if found.quotes and not quoted else None
    try:
        with (
            source.opened() as stream,
            arrow_csv.open_csv(
                pyarrow.PythonFile(stream, "r"),
                *_options(plan, found, invalid, quoted=quoted),
            ) as reader,
        ):
            for batch in reader:
                table = pyarrow.Table.from_batches([batch])
                if stray:
                    stray.look(table)
                yield _cleaned(table, plan, returns=found.returns and quoted)
    except pyarrow.ArrowInvalid as error:
        raise Odd from error
    if stray and stray.whole and not stray.found:
        raise Odd


def _options(
    plan: Plan, found: Scan, invalid: Callable[[Any], str], *, quoted: bool
) -> tuple[Any, Any, Any]:
    """Return Arrow's options of reading, parsing and converting."""
    import pyarrow
    from pyarrow import csv as arrow_csv

    return (
        arrow_csv.ReadOptions(
            use_threads=False,
            block_size=BLOCK_BYTES,
            skip_rows=plan.skipped,
            column_names=plan.names,
            encoding=_arrow_codec(found.codec.name),
        ),
        arrow_csv.ParseOptions(
            delimiter=plan.delimiter,
            quote_char='"' if quoted else False,
            newlines_in_values=quoted,
            ignore_empty_lines=False,
            invalid_row_handler=invalid,
        ),
        arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(plan.names, pyarrow.string()),
            strings_can_be_null=False,
            check_utf8=False,  # the pass before saw every byte
        ),
    )


def _arrow_codec(name: str) -> str:
    return "utf8" if name in ("utf-8", "utf-8-sig", "ascii") else name


class _Stray:
    """Looks for quotes that are part of words, as in `5" pipe`, and for those around cells."""

    def __init__(self) -> None:
        self.found = self.whole = False

    def look(self, table: Any) -> None:
        """Look at cells that start with a quote."""
        from pyarrow import compute

        for column in table.columns:
            if self.found:
                return
            starts = column.filter(compute.starts_with(column, '"'))
            if len(starts):
                fits = compute.match_substring_regex(starts, r'^"(?:[^"]|"")*"$')
                self.whole = self.whole or bool(compute.any(fits).as_py())
                self.found = not compute.all(fits).as_py()


def _cleaned(table: Any, plan: Plan, *, returns: bool) -> Any:
    """Leave out rows of blanks only; line ends inside of cells become line feeds."""
    from pyarrow import compute

    if returns:
        for index, column in enumerate(table.columns):
            for end in ("\r\n", "\r"):
                column = compute.replace_substring(column, end, "\n")
            table = table.set_column(index, table.schema.field(index), column)
    blank = None
    for column in table.columns:
        empty = compute.equal(compute.binary_length(column), 0)
        if compute.any(compute.ascii_is_space(column)).as_py():
            empty = compute.or_(empty, compute.utf8_is_space(column))
        blank = empty if blank is None else compute.and_(blank, empty)
        if not compute.any(blank).as_py():
            return table
    plan.counts["blank lines"] += compute.sum(blank).as_py()
    return table.filter(compute.invert(blank))


def _careful(source: Source, plan: Plan, found: Scan) -> Iterator[Any]:
    """Yield tables as Python reads them, line by line.

    Raises:
        UserError: a line has another number of cells.
    """
    csv.field_size_limit(sys.maxsize)
    width = len(plan.names)
    with io.TextIOWrapper(source.opened(), found.codec.name) as text:
        reader = csv.reader(text, delimiter=plan.delimiter)
        rows: list[list[str]] = []
        for index, cells in enumerate(_without_mark(reader)):
            if index < plan.skipped:
                continue
            if not any(cell.strip() for cell in cells):
                plan.counts["blank lines"] += 1
                continue
            plan.counts[CUT] += fit_row(
                cells, width, (reader.line_num, plan.delimiter), source.name
            )
            rows.append(cells)
            if len(rows) == ROWS_AT_ONCE:
                yield _from_rows(rows, plan.names, source.name)
                rows = []
        if rows:
            yield _from_rows(rows, plan.names, source.name)


def _without_mark(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    for index, cells in enumerate(rows):
        if index == 0 and cells:
            cells[0] = cells[0].removeprefix("\ufeff")
        yield cells


def _from_rows(rows: Sequence[Sequence[str]], names: Sequence[str], name: str) -> Any:
    columns = zip(names, zip(*rows, strict=True), strict=True)
    return table_of({column: store_column(values, name) for column, values in columns})


def head_text(head: bytes, found: Scan, name: str) -> str:
    """Return the whole lines of the first bytes as text."""
    end = head.rfind(b"\n") if b"\n" in head else head.rfind(b"\r")
    if found.codec.name.startswith(("utf-16", "utf-32")):
        return head.decode(found.codec.name, "ignore").removeprefix("\ufeff").replace("\r\n", "\n")
    return decode(head[: end + 1] or head, name, found.codec.name).text
