"""Files that cannot be read: each a UserError in clear words, in no time, and nothing else."""

from __future__ import annotations

import contextlib
import io
import pickle
import time
from collections.abc import Callable

import numpy
import pandas
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from core.data.readers import read_bytes
from core.errors import UserError


def parquet_bytes(table: pyarrow.Table) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(table, sink)
    return sink.getvalue()


def numpy_bytes() -> bytes:
    sink = io.BytesIO()
    numpy.save(sink, numpy.array([{"a": 1}], dtype=object), allow_pickle=True)
    return sink.getvalue()


GOOD = parquet_bytes(pyarrow.table({"text": [f"word {n}" for n in range(2_000)]}))
LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
BAD: dict[str, tuple[bytes, str]] = {
    # encoding
    "NUL": (b"text,label\na\x00b,c\n", "holds binary data"),
    "UTF-16 without mark": ("text,label\nabc,d\n".encode("utf-16-le"), "looks like UTF-16"),
    "cut character": (b"\xef\xbb\xbftext,label\na,\xe3\x81", "byte 17 cannot be read as such"),
    "odd UTF-16": ("text,label\na,b\n".encode("utf-16")[:-1], "starts like UTF-16"),
    # csv
    "empty": (b"", "is empty"),
    "blanks": (b" \r\n \t\n", "is empty"),
    "header only": (b"text,label\n", "has a header line but no row"),
    "ragged": (b"text,label\na,b\nc,d,e\nf,g\n", "line 3: the row has 3 cells; expected 2"),
    "open quote": (b'text,label\n"a,b\nc,d\ne,f\ng,h\n', "line 2: a quote opens a cell"),
    # json
    "bad line 17": (b'{"a": 1}\n' * 16 + b"{bad}\n" + b'{"a": 1}\n', "line 17 is no JSON"),
    "truncated": (b'[{"text": "a"}, {"text": ', "is no JSON"),
    "100,000 levels": (b"[" * 100_000, "nested too deeply"),
    "5,000 digits": (b'[{"a": ' + b"9" * 5_000 + b"}]", "is no JSON"),
    "a lone value": (b'[{"a": 1}, 3]', "row 2 is 3; expected an object"),
    "no rows": (b'{"data": []}', "holds no rows"),
    # container
    "web page": (b"<!DOCTYPE html><html><body>404</body></html>", "is a web page"),
    "PDF": (b"%PDF-1.7\n...", "is a PDF document"),
    "XML": (b'<?xml version="1.0"?><rows/>', "is XML"),
    "YAML": (b"%YAML 1.2\n---\na: b\n", "is YAML"),
    "old Excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Excel or Word file"),
    "LFS pointer": (LFS, "is a pointer to a file that Git LFS keeps elsewhere"),
    "7z": (b"7z\xbc\xaf\x27\x1c..", "is a 7z archive"),
    "tar": (b"a.csv".ljust(257, b"\0") + b"ustar\x0000", "is a tar archive"),
    "NumPy": (numpy_bytes(), "is a NumPy array"),
    "pickle 4": (pickle.dumps([1]), "is a Python pickle"),
    "pickle 2": (pickle.dumps([1], 2), "is a Python pickle"),
    "pickle 0": (b"cos\nsystem\n(S'true'\ntR.", "is a Python pickle"),
    "pandas pickle": (pickle.dumps(pandas.DataFrame({"a": [1]})), "is a Python pickle"),
    # parquet
    "cut": (GOOD[:-20], "is a damaged Parquet file"),
    "cut head": (GOOD[:100], "is a damaged Parquet file"),
    "flipped": (GOOD[:-60] + bytes(40) + GOOD[-20:], "is a damaged Parquet file"),
    "no rows in it": (parquet_bytes(pyarrow.table({"a": pyarrow.array([], "string")})), "no rows"),
    "binary only": (parquet_bytes(pyarrow.table({"a": [b"\xff"]})), "no rows of text or numbers"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_files(kind: str) -> None:
    data, message = BAD[kind]
    start = time.process_time()
    with pytest.raises(UserError) as caught:
        read_bytes(data, "file")
    assert message in caught.value.message
    assert caught.value.message.startswith("file")
    assert caught.value.hint
    assert time.process_time() - start < 2


SEEDS: dict[str, Callable[[], bytes]] = {
    "parquet": lambda: GOOD[:200] + GOOD[-400:],
    "csv": lambda: b'text,label\n"a, b",c\n\xc3\xa9,d\n',
    "json": lambda: b'{"tokens": ["a"], "labels": [1.5e3]}\n{"tokens": null}\n',
    "conll": lambda: b"# c\n1\tEU\tB-ORG\n2-3\ta\tO\n\n\t\n",
    "brackets": lambda: b'[[[[{"a": \'' * 300,
    "workbook": lambda: b"PK\x03\x04xl/workbook.xml" + bytes(60),
    "arrow": lambda: b"ARROW1\x00\x00\xff\xff\xff\xff\x10\x00\x00\x00",
    "stream": lambda: b"\xff\xff\xff\xff\x78\x00\x00\x00\x10\x00",
}


@pytest.mark.parametrize("kind", SEEDS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_bytes_end_in_rows_or_in_words(kind: str, data: st.DataObject) -> None:
    content = bytearray(SEEDS[kind]())
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        content = content or bytearray(b"a")
    with contextlib.suppress(UserError):
        read_bytes(bytes(content), "file")


ODD_NAMES = (
    "with blanks.csv",
    "-rf.csv",
    "=1+1.csv",
    "<img src=x onerror=alert(1)>.csv",
    "$(touch x);.csv",
    "\u202egnp.csv",
    "n" * 190 + ".csv",
    "line\nend.csv",
    "日本語.csv",
)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_will_do(name: str) -> None:
    assert read_bytes(b"text,label\na,b\nc,d\n", name).row_count == 2
