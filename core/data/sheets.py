"""Excel workbooks (.xlsx) to rows. Formulas give the values that were saved with them."""

from __future__ import annotations

import datetime
import io
import warnings
import zipfile
from collections.abc import Sequence
from typing import Any

from core.data.sources import damaged
from core.data.table import RawTable, counted, unique_names
from core.data.tabular import has_header
from core.errors import UserError

MOST_CELLS = 50_000_000  # of one sheet, empty ones included


def read_workbook(data: bytes, name: str, wanted: str | None) -> RawTable:
    """Read one sheet: the wanted one, else the first that holds rows.

    Raises:
        UserError: the workbook is damaged, has no such sheet, or the sheet holds no rows.
    """
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and printing, which are not read
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            sheets = {sheet.title: _rows(sheet, name) for sheet in _chosen(book, name, wanted)}
    except (KeyError, ValueError, TypeError, SyntaxError, OSError, zipfile.BadZipFile) as error:
        raise damaged(name, error) from None
    filled = [title for title, (rows, _) in sheets.items() if rows]
    if not filled:
        raise UserError(f"{name} holds no rows.", "Choose another file.")
    said: tuple[str, ...] = ()
    if len(filled) > 1:
        said = (
            f"{name} has the sheets {', '.join(filled)}; '{filled[0]}' was read. For another one "
            "choose its name (on the command line: --sheet NAME).",
        )
    return _table(*sheets[filled[0]], name, said)


def _chosen(book: Any, name: str, wanted: str | None) -> list[Any]:
    sheets = list(book.worksheets)
    if wanted is None:
        return sheets
    found = [sheet for sheet in sheets if sheet.title == wanted]
    if not found:
        raise UserError(
            f"{name} has no sheet '{wanted}'. It has: {', '.join(s.title for s in sheets)}.",
            "Choose one of its sheets.",
        )
    return found


def _rows(sheet: Any, name: str) -> tuple[list[list[Any]], int]:
    """Return the filled rows as long as the longest, and how many are blank between them."""
    sheet.reset_dimensions()  # what the file says about its size may be wrong
    rows: list[list[Any]] = []
    blanks = waiting = cells = 0
    for row in sheet.iter_rows(values_only=True):
        cells += len(row) + 1
        if cells > MOST_CELLS:
            raise UserError(
                f"{name} has a sheet with more than {MOST_CELLS:,} cells.", "Save it as CSV."
            )
        values = [_plain(value) for value in row]
        while values and values[-1] in (None, ""):
            values.pop()
        if not values:
            waiting += 1
            continue
        blanks += waiting if rows else 0
        waiting = 0
        rows.append(values)
    width = max(map(len, rows), default=0)
    return [row + [None] * (width - len(row)) for row in rows], blanks


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, str | bool | int | float) or value is None:
        return value
    return str(value)


def _table(rows: list[list[Any]], blanks: int, name: str, said: tuple[str, ...]) -> RawTable:
    texts = [["" if v is None else str(v) for v in row] for row in rows[:200]]
    header = texts[0] if has_header(texts) else None
    data = rows[1:] if header else rows
    if not data:
        raise UserError(f"{name} has a header line but no row.", "Choose another file.")
    names = unique_names(header or [f"column_{number + 1}" for number in range(len(rows[0]))])
    columns = {
        column: _column(values)
        for column, values in zip(names, zip(*data, strict=True), strict=True)
    }
    return RawTable("xlsx", columns, dropped=counted({"blank lines": blanks}), warnings=said)


def _column(values: Sequence[Any]) -> list[Any]:
    """Return the values of one type; a column of texts and numbers becomes texts."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float} or len(kinds) < 2:
        empty = "" if kinds == {str} else None
        return [empty if value is None else value for value in values]
    return ["" if value is None else str(value) for value in values]
