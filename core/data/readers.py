"""One file to a raw table. The content decides the format; the name only settles a tie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.data.conll import looks_like_conll, read_conll
from core.data.encoding import decode, refuse_binary
from core.data.jsons import looks_like_json, read_json
from core.data.parquets import MAGIC, read_parquet
from core.data.table import RawTable
from core.data.tabular import read_tabular


def read_bytes(data: bytes, name: str) -> RawTable:
    """Read a file of any supported format. `name` is what messages call it.

    Raises:
        UserError: the file is empty, binary, or in no format that is read here.
    """
    if data.startswith(MAGIC):
        return read_parquet(data, name)
    refuse_binary(data, name)
    text = decode(data, name)
    table = _reader(text.text)(text.text, name)
    return replace(table, encoding=text.encoding, warnings=(*text.warnings, *table.warnings))


def _reader(text: str) -> Callable[[str, str], RawTable]:
    if looks_like_json(text):
        return read_json
    return read_conll if looks_like_conll(text) else read_tabular
