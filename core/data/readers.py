"""One file to a raw table. The content decides the format; the name only settles a tie."""

from __future__ import annotations

from pathlib import Path

from core.data.conll import looks_like_conll, read_conll
from core.data.encoding import decode, refuse_binary
from core.data.table import RawTable


def read_file(path: Path, name: str) -> RawTable:
    """Read a file of any supported format. `name` is what messages call it.

    Raises:
        UserError: the file is empty, binary, or in no format that is read here.
    """
    return read_bytes(path.read_bytes(), name)


def read_bytes(data: bytes, name: str) -> RawTable:
    """Read the bytes of a file; see `read_file`."""
    refuse_binary(data, name)
    text = decode(data, name)
    table = _read_text(text.text, name)
    return RawTable(
        table.format,
        table.columns,
        text.encoding,
        table.names,
        table.dropped,
        table.repaired,
        (*text.warnings, *table.warnings),
    )


def _read_text(text: str, name: str) -> RawTable:
    if looks_like_conll(text):
        return read_conll(text, name)
    return read_conll(text, name)
