"""The report of step 2 as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

HEAD = ("kind", "name", "split", "row", "count", "text")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
FACTS = ("format", "encoding", "layout", "scheme")
Line = tuple[Any, Any, Any, Any, Any, Any]


def safe(value: Any) -> str:
    """Return a cell that no spreadsheet takes for a formula.

    >>> safe("=1+1"), safe("Anna"), safe(-3)
    ("'=1+1", 'Anna', '-3')
    """
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text


def report_csv(report: Mapping[str, Any]) -> str:
    """Return the whole report; one line says one thing."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for line in chain(_counts(report), _findings(report)):
        writer.writerow([safe(cell) for cell in line])
    return "\ufeff" + out.getvalue()


def _counts(report: Mapping[str, Any]) -> Iterator[Line]:
    for name in FACTS:
        yield name, report[name], "", "", "", ""
    for role, column in report["columns"].items():
        yield "column", role, "", "", "", column
    for split, rows in report["splits"].items():
        yield "rows", "", split, "", rows, ""
        yield "words", "", split, "", report["words"].get(split, 0), ""
    for split, labels in report["label_counts"].items():
        for label, count in labels.items():
            yield "label", label, split, "", count, ""


def _findings(report: Mapping[str, Any]) -> Iterator[Line]:
    for kind in ("repaired", "dropped"):
        for reason, count in report[kind].items():
            yield kind, reason, "", "", count, ""
    for kind, key in (("note", "notes"), ("warning", "warnings")):
        for text in report[key]:
            yield kind, text, "", "", "", ""
    for reason, cases in report["examples"].items():
        for case in cases:
            yield "example", reason, case["split"], case["row"], "", case["text"]
