"""The report as CSV: every part in it, no formula, and only the visitor's own."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

from starlette.testclient import TestClient

from core.data.imports import import_dataset
from core.data.prepare import describe
from core.spec import DatasetSpec, RunSpec, SplitSpec
from ui.report_csv import report_csv
from ui.server import create_app


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_labels_rows_and_cases_stand_in_it_and_none_is_a_formula(
    tmp_path: Path, home: Path
) -> None:
    path = tmp_path / "mail.conll"
    row = "=cmd()\tB-=SUM(A1)\nleft\tO\n\n"
    path.write_text(row * 3 + "Anna\tB-PER\n\n", "utf-8")
    imported = import_dataset(DatasetSpec(files={"train": (str(path),)}), home)
    spec = RunSpec("token-classification", "starter", DatasetSpec(imported=imported.hash))
    spec = replace(spec, splits=SplitSpec(validation_share=0))
    lines = rows_of(report_csv(describe(imported, spec).report.to_json()))
    assert lines[0] == ["kind", "name", "split", "row", "count", "text"]
    assert ["format", "conll", "", "", "", ""] in lines
    assert ["label", "'=SUM(A1)", "train", "", "3", ""] in lines
    assert any(line[0] == "example" and line[5] == "'=cmd() left" for line in lines)
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "@", "+"))]


def test_a_visitor_without_data_gets_no_report(home: Path) -> None:
    app, services = create_app(home, 7860)
    with TestClient(app, base_url="http://127.0.0.1:7860") as browser:
        assert browser.get("/download/report.csv").status_code == 401
        browser.get("/")
        assert browser.get("/download/report.csv").status_code == 404
    services.close()
