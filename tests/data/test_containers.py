"""Archives, workbooks and Arrow files: read as streams, and what is refused in clear words."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pyarrow
import pytest
from pyarrow import feather, ipc, parquet

from core.data.imports import Imported, import_dataset
from core.errors import UserError
from core.spec import DatasetSpec

ROWS = "text,label\ngood,1\nbad,0\n"


def zipped(path: Path, members: Mapping[str, str | bytes], **options: int) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content, **options)
    return path


def imported(path: Path, home: Path, **options: str) -> Imported:
    return import_dataset(DatasetSpec(files={"train": (str(path),)}, **options), home)  # type: ignore[arg-type]


def refused(path: Path, home: Path) -> str:
    start = time.monotonic()
    with pytest.raises(UserError) as caught:
        imported(path, home)
    assert time.monotonic() - start < 8  # 2 s beyond the start of the child, on a busy machine
    assert not list((home / "data").iterdir()) if (home / "data").exists() else True
    return caught.value.message


def test_gzip(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(ROWS.encode()))
    found = imported(path, home)
    assert (found.format, found.sources) == ("csv", ("rows.csv.gz",))
    assert found.page("train", 0, 1) == [{"text": "good", "label": "1"}]


def test_members_of_a_zip_become_splits_by_name(tmp_path: Path, home: Path) -> None:
    members = {
        "data/train.csv": ROWS,
        "data/dev.csv": ROWS,
        "data/test.csv": "text,label\nso,1\n",
        "__MACOSX/data/._train.csv": b"\x00\x05\x16\x07",
        "data/.DS_Store": b"\x00\x00\x00\x01Bud1",
        "README.txt": "about",
    }
    path = zipped(tmp_path / "all.zip", members)
    found = imported(path, home)
    assert found.splits == {"train": 2, "validation": 2, "test": 1}
    assert found.files["test"] == [("all.zip/data/test.csv", 1)]
    assert "Of all.zip, README.txt was left out: no data by its name." in found.warnings
    renamed = path.rename(tmp_path / "again.zip")
    assert imported(renamed, home).files["test"] == [("again.zip/data/test.csv", 1)]


def test_members_without_split_names_are_joined(tmp_path: Path, home: Path) -> None:
    path = zipped(tmp_path / "all.zip", {"a.csv": ROWS, "b.csv": ROWS})
    assert imported(path, home).splits == {"train": 4}


def test_nothing_is_unpacked_to_disk(tmp_path: Path, home: Path) -> None:
    imported(zipped(tmp_path / "all.zip", {"a.csv": ROWS}), home)
    assert not list(home.rglob("*.csv"))


def nested(path: Path) -> Path:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.csv", ROWS)
    return zipped(path, {"inner.zip": inner.getvalue()})


def link(path: Path) -> Path:
    info = zipfile.ZipInfo("link.csv")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    return path


def patched(path: Path, old: bytes, new: bytes) -> Path:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))
    return path


def encrypted(path: Path) -> Path:
    zipped(path, {"a.csv": ROWS})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    return path


def lying(path: Path) -> Path:
    """An archive whose list says that 100 MB are 1,000 bytes."""
    zipped(path, {"a.csv": b"text,label\n" + b"a,b\n" * 25_000_000})
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = data.rindex(mark) + at
        data[start : start + 4] = (1_000).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    return path


def bad_sum(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.csv", ROWS)
    return patched(path, b"good", b"gold")


BOMB = b"text,label\n" + b"a,b\n" * 30_000_000
REFUSED = {
    "bomb": (lambda p: zipped(p, {"a.csv": BOMB}), "unpacks to more than 200 times its size"),
    "lying header": (lying, "is a damaged archive: Bad CRC-32"),
    "nested": (nested, "is an archive inside an archive; only one layer is unpacked."),
    "link": (link, "is not read: its member 'link.csv' is a link."),
    "encrypted": (encrypted, "is encrypted (a.csv)."),
    "slip": (
        lambda p: zipped(p, {"../a.csv": ROWS}),
        "is not read: its member '../a.csv' reaches outside of the archive.",
    ),
    "drive": (lambda p: zipped(p, {"C:\\a.csv": ROWS}), "reaches outside of the archive."),
    "absolute": (lambda p: zipped(p, {"/etc/a.csv": ROWS}), "reaches outside of the archive."),
    "many": (
        lambda p: zipped(p, {f"{n}.csv": "" for n in range(20_000)}),
        "holds 20,000 files or more; at most 2,000 are read.",
    ),
    "bad sum": (bad_sum, "is a damaged archive: Bad CRC-32"),
    "cut": (lambda p: patched(zipped(p, {"a": ROWS}), b"PK\x05\x06", b"PK\x05"), "damaged archive"),
    "empty": (lambda p: zipped(p, {}), "holds no file with data."),
    "torch": (lambda p: zipped(p, {"archive/data.pkl": b"\x80\x02}."}), "is a PyTorch file"),
    "word": (lambda p: zipped(p, {"word/document.xml": "<w/>"}), "is a Word document"),
    "pickle inside": (lambda p: zipped(p, {"a.csv": b"\x80\x04}."}), "is a Python pickle"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_refused_archives(kind: str, tmp_path: Path, home: Path) -> None:
    made, message = REFUSED[kind]
    assert message in refused(made(tmp_path / "a.zip"), home)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (gzip.compress(BOMB), "a.csv.gz unpacks to more than 200 times its size"),
        (gzip.compress(ROWS.encode())[:-12], "a.csv.gz is a damaged archive"),
        (gzip.compress(gzip.compress(b"a,b\n")), "a.csv.gz is an archive inside an archive"),
    ],
    ids=["bomb", "cut", "nested"],
)
def test_refused_gzip(data: bytes, message: str, tmp_path: Path, home: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(data)
    assert message in refused(path, home)


def test_workbook(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "reviews"
    for row in (["text", "label", "n"], ["good", "yes", 1], [None, None, None], ["007", True, 2]):
        sheet.append(row)
    book.create_sheet("empty")
    more = book.create_sheet("more")
    for row in (["plain words", "a"], ["others", "a"]):
        more.append(row)
    book.save(path)
    found = imported(path, home)
    assert found.format == "xlsx"
    assert found.page("train", 0, 9) == [
        {"text": "good", "label": "yes", "n": 1},
        {"text": "007", "label": "True", "n": 2},
    ]
    assert found.warnings == (
        "book.xlsx has the sheets reviews, more; 'reviews' was read. For another one choose its "
        "name (on the command line: --sheet NAME).",
    )
    assert imported(path, home, sheet="more").splits == {"train": 2}
    with pytest.raises(UserError) as caught:
        imported(path, home, sheet="none")
    assert caught.value.message == ("book.xlsx has no sheet 'none'. It has: reviews, empty, more.")


def test_arrow_files_and_streams(tmp_path: Path, home: Path) -> None:
    table = pyarrow.table({"text": ["a", "b"], "tags": [["O"], []]})
    path = tmp_path / "a.feather"
    feather.write_feather(table, path)
    stream = tmp_path / "a.arrow"
    with ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    for each in (path, stream):
        found = imported(each, home)
        assert (found.format, found.page("train", 0, 9)) == ("arrow", table.to_pylist())
    stream.write_bytes(stream.read_bytes()[:60])
    assert "a.arrow is a damaged Arrow file" in refused_anew(stream, home)


def refused_anew(path: Path, home: Path) -> str:
    with pytest.raises(UserError) as caught:
        imported(path, home)
    return caught.value.message


def test_a_parquet_file_with_gigabytes_in_it_is_refused(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "a.parquet"
    text = pyarrow.array(["x" * 4_000_000])
    indices = pyarrow.array([0] * 4_000, pyarrow.int32())
    table = pyarrow.table({"text": pyarrow.DictionaryArray.from_arrays(indices, text)})
    parquet.write_table(table, path, compression="zstd")
    assert path.stat().st_size < 1_000_000
    assert "unpacks to more than 200 times its size" in refused(path, home)
