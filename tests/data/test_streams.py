"""Large files are read in batches, and give the same rows as small ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.assemble import write_tables
from core.data.imports import first_rows, import_dataset
from core.data.readers import Reading, read_bytes, read_source
from core.data.sources import file_source
from core.data.store import read_page
from core.data.table import RawTable
from core.errors import UserError
from core.spec import DatasetSpec


def streamed(data: bytes, folder: Path, name: str = "a.csv") -> RawTable:
    path = folder / name
    path.write_bytes(data)
    parts = folder / "parts"
    parts.mkdir(exist_ok=True)
    for old in parts.iterdir():
        old.unlink()
    return read_source(file_source(path, name), Reading(folder=parts, stream_bytes=10))


def rows_of(table: RawTable) -> list[dict[str, object]]:
    assert table.part
    return read_page(table.part.path, 0, table.part.rows)


def expected(data: bytes, name: str = "a.csv") -> list[dict[str, object]]:
    table = read_bytes(data, name)
    names = list(table.columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*table.columns.values(), strict=True)]


HEAD = b"text,label\nfirst one,a\nsecond one,b\n"
TABLES = {
    "plain": HEAD + b"third,c\n",
    "quoted line ends": HEAD + b'"x\r\ny, z",c\r\n"a ""b""",d\n',
    "blank lines": HEAD + b"\nthird,c\n\n,\nfourth,d\n",
    "cells cut at the end": HEAD + b"third,c,,\nfourth,d\n",
    "returns": HEAD.replace(b"\n", b"\r") + b"third,c\r",
    "tabs with stray quotes": b'text\tlabel\nthe 5" pipe\ta\n"No" he said\tb\nso "\tc\n',
    "tabs with quoted cells": b'text\tlabel\n"a\tb"\tx\n"c"\ty\nd\tz\n',
    "a semicolon": b"text;label\na,b;c\nd,e;f\n",
    "sep=": b"sep=;\ntext;label\na;b\nc;d\n",
    "mark": b"\xef\xbb\xbftext,label\na,b\nc,d\n",
    "words for missing": HEAD + b"NA,null\nNone,\n,true\n007,nan\n",
    "latin": HEAD + "Die Straße ist schön,c\nÄrger über Übel,d\n".encode("cp1252"),
    "late latin": HEAD + b"x,y\n" * 50 + "Straße für Mädchen,c\n".encode("cp1252"),
    "shift": "本文,札\nこれはペンです,あ\nそれは本です,い\n".encode("shift_jis"),
    "utf-16": "text,label\nä,b\nc,d\n".encode("utf-16"),
}


@pytest.mark.parametrize("kind", TABLES)
def test_a_large_table_gives_the_rows_of_a_small_one(kind: str, tmp_path: Path) -> None:
    data = TABLES[kind]
    table, small = streamed(data, tmp_path), read_bytes(data, "a.csv")
    assert rows_of(table) == expected(data)
    assert (table.format, table.encoding, dict(table.dropped), dict(table.repaired)) == (
        small.format,
        small.encoding,
        dict(small.dropped),
        dict(small.repaired),
    )


CELLS = st.text(st.sampled_from('ab ",;\n\r|é\u2028'), max_size=6)


@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_whatever_a_spreadsheet_writes(
    rows: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"'

    lines = [f"{quoted('w' + a)},{quoted(b)}\n" for a, b in rows]
    data = ("text,label\nfirst,x\nsecond,y\n" + "".join(lines)).encode()
    table = streamed(data, tmp_path_factory.mktemp("rows"))
    assert rows_of(table) == expected(data)


def test_a_ragged_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        streamed(HEAD + b"one,two,three\n", tmp_path)
    assert caught.value.message == (
        "a.csv, line 4: the row has 3 cells; expected 2, separated by a comma, as in most lines."
    )


def test_json_lines_with_types_that_change_late(tmp_path: Path) -> None:
    lines = [{"text": f"t{n}", "label": n} for n in range(30)]
    lines += [{"text": "x", "label": "late", "tags": ["O"]}, {"text": None, "label": 2**70}]
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    table = streamed(data, tmp_path, "a.jsonl")
    assert rows_of(table) == expected(data, "a.jsonl")
    assert table.format == "jsonl"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{bad", "a.jsonl, line 3 is no JSON"),
        ("[1]", "a.jsonl, line 3 is [1]; expected an object"),
        ('{"text": "\\ud83d"}', "a.jsonl, column 'text', row 3: the text holds half a character"),
        ("[" * 100_000, "a.jsonl, line 3 is no JSON: it is nested too deeply"),
    ],
)
def test_a_broken_line_is_named(line: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        streamed(f'{{"text": "a"}}\n{{"text": "b"}}\n{line}\n'.encode(), tmp_path, "a.jsonl")
    assert message in caught.value.message


def test_large_and_small_files_share_a_split(tmp_path: Path) -> None:
    large = streamed(HEAD, tmp_path)
    small = RawTable("csv", {"label": ["z"], "text": ["small"]})
    write_tables(tmp_path, {"train": [("a.csv", large), ("b.csv", small)]})
    assert read_page(tmp_path / "train.parquet", 0, 9)[-2:] == [
        {"text": "second one", "label": "b"},
        {"text": "small", "label": "z"},
    ]
    assert not list((tmp_path / "parts").iterdir())


def test_a_large_file_through_the_child(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,label\n" + "".join(f"row {n},{n % 3}\n" for n in range(900_000)))
    dataset = DatasetSpec(files={"train": (str(path),)})
    assert first_rows(dataset, 2) == [
        {"text": "row 0", "label": "0"},
        {"text": "row 1", "label": "1"},
    ]
    told: list[tuple[int, int]] = []
    imported = import_dataset(dataset, home, on_progress=lambda *each: told.append(each))
    assert imported.splits == {"train": 900_000}
    assert imported.page("train", 899_999, 1) == [{"text": "row 899999", "label": "2"}]
    assert [column.kind for column in imported.columns] == ["text", "text"]
    assert any(0 < done < total for done, total in told)
    assert sorted(path.name for path in imported.folder.iterdir()) == [
        "imported.json",
        "train.parquet",
    ]
