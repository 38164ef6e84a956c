"""One file to a raw table. The content decides the format; the name only settles a tie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from core.data.arrows import ARROW_FILE, ARROW_STREAM, read_arrow
from core.data.conll import looks_like_conll, read_conll
from core.data.encoding import decode, refuse_binary
from core.data.json_lines import is_json_lines, stream_json_lines
from core.data.jsons import looks_like_json, read_json
from core.data.parquets import MAGIC, read_parquet
from core.data.scan import scan
from core.data.sources import HEAD_BYTES, ZIP, Source
from core.data.streams import Told, head_text, plan_of, stream_table
from core.data.table import RawTable
from core.data.tabular import read_tabular

STREAM_BYTES = 8 * 1024 * 1024  # larger tables are not held in memory


def silent(share: float) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Reading:
    """What a person said about the files, where large ones go, and who follows."""

    encoding: str | None = None
    sheet: str | None = None
    folder: Path | None = None
    """Folder for the parts of large files; None: all files are held in memory."""
    told: Told = silent
    stream_bytes: int = STREAM_BYTES


def read_source(source: Source, reading: Reading) -> RawTable:
    """Read a file, a gzip stream or a zip member.

    Raises:
        UserError: it is empty, binary, or in no format that is read here.
    """
    name = source.name
    if reading.folder is None:
        return read_bytes(source.read(), name, reading)
    first = source.head(max(reading.stream_bytes, HEAD_BYTES) + 1)
    if len(first) <= reading.stream_bytes:
        return read_bytes(first, name, reading)
    table = None if _is_binary(first) else _streamed(source, first[:HEAD_BYTES], reading)
    del first
    return table or read_bytes(source.read(), name, reading)


def _streamed(source: Source, head: bytes, reading: Reading) -> RawTable | None:
    """Read a large table or JSON Lines file in batches; None for other formats."""
    assert reading.folder
    refuse_binary(head, source.name)
    if head[:1] in b"(]})cIFSVLlN" and source.name.endswith((".pkl", ".pickle")):
        return None
    found = scan(source, head, reading.encoding)
    text = head_text(head, found, source.name)
    if looks_like_json(text):
        if not is_json_lines(text):
            return None
        return stream_json_lines(source, found, reading.folder, reading.told)
    if looks_like_conll(text):
        return None
    plan = plan_of(text, source.name)
    if plan is None:
        return None
    return stream_table(source, plan, found, reading.folder, reading.told)


def _is_binary(data: bytes) -> bool:
    return data.startswith((MAGIC, ARROW_FILE, ARROW_STREAM, ZIP))


def read_bytes(data: bytes, name: str, reading: Reading | None = None) -> RawTable:
    """Read a file of any supported format. `name` is what messages call it.

    Raises:
        UserError: the file is empty, binary, or in no format that is read here.
    """
    reading = reading or Reading()
    if data.startswith(MAGIC):
        return read_parquet(data, name)
    if data.startswith((ARROW_FILE, ARROW_STREAM)):
        return read_arrow(data, name)
    if data.startswith(ZIP) and b"xl/workbook" in data:
        from core.data.sheets import read_workbook

        return read_workbook(data, name, reading.sheet)
    refuse_binary(data, name)
    text = decode(data, name, reading.encoding)
    table = _reader(text.text)(text.text, name)
    return replace(table, encoding=text.encoding, warnings=(*text.warnings, *table.warnings))


def _reader(text: str) -> Callable[[str, str], RawTable]:
    if looks_like_json(text):
        return read_json
    return read_conll if looks_like_conll(text) else read_tabular
