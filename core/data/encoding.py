"""Bytes to text by content. What is no text is refused; a guess is said; nothing is replaced."""

from __future__ import annotations

import codecs
import pickletools
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import UserError

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with BOM"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
# First bytes of what people rename or upload by mistake, and what to do instead.
KNOWN_BINARY = (
    (b"PK\x03\x04", "a zip archive or an Excel file", "Unpack it, or save the sheet as CSV."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it first."),
    (b"BZh", "a bzip2 archive", "Unpack it first."),
    (b"\xfd7zXZ\x00", "an xz archive", "Unpack it first."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it first."),
    (b"%PDF-", "a PDF document", "Save its text or table as CSV."),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", "Save the sheet as CSV."),
    (b"\x89PNG", "a picture", "Choose a file with text."),
    (b"\xff\xd8\xff", "a picture", "Choose a file with text."),
    (b"GIF8", "a picture", "Choose a file with text."),
    (b"\x7fELF", "a program", "Choose a file with text."),
    (b"SQLite format 3\x00", "a SQLite database", "Export the table as CSV."),
    (b"ARROW1", "an Arrow file", "Save it as Parquet."),
)
FORMATS = "CoNLL columns, CSV, TSV, JSON, JSON Lines or Parquet"
# Characters that no text file of words holds; tab, line ends and form feed are fine.
CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
HIRAGANA = re.compile("[\u3041-\u3096]")
GUESS_BYTES = 200_000  # enough for a sound guess, small enough to be quick


@dataclass(frozen=True)
class Text:
    """The text of a file with line feeds as its only line ends, and how it was decoded."""

    text: str
    encoding: str
    warnings: tuple[str, ...] = ()


def refuse_binary(data: bytes, name: str) -> None:
    """Raise a UserError for an empty file, a pickle in any disguise, and known binary files."""
    if not data.strip():
        raise UserError(f"{name} is empty; expected {FORMATS}.", "Choose another file.")
    if _is_pickle(data):
        raise UserError(
            f"{name} is a Python pickle. A pickle can run any code when it is opened, so none is "
            "read.",
            "Save the data as Parquet, CSV or JSON Lines and choose that file.",
        )
    for start, what, hint in KNOWN_BINARY:
        if data.startswith(start):
            raise UserError(f"{name} is {what}; expected {FORMATS}.", hint)


def _is_pickle(data: bytes) -> bool:
    if data[:1] == b"\x80" and data[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return True
    stripped = data.rstrip()
    if not stripped.endswith(b".") or stripped[:1] not in b"(]})cIFSVLlN":
        return False
    try:
        operations = sum(1 for _ in pickletools.genops(stripped))
    except (ValueError, LookupError, OverflowError, struct.error, EOFError):
        return False
    return operations > 1


def decode(data: bytes, name: str) -> Text:
    """Turn bytes into text: byte order mark, then UTF-8, then a guess that is said.

    Raises:
        UserError: the bytes are no text, or end in the middle of a character.
    """
    for mark, codec, title in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _checked(_strict(data, codec, title, name), title, (), name)
    try:
        return _checked(data.decode("utf-8"), "UTF-8", (), name)
    except UnicodeDecodeError:
        return _guessed(data, name)


def _strict(data: bytes, codec: str, title: str, name: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise UserError(
            f"{name} starts like {title}, but byte {error.start + 1:,} cannot be read as such.",
            "Save the file again as UTF-8.",
        ) from None


def _guessed(data: bytes, name: str) -> Text:
    import charset_normalizer

    if b"\x00" in data[:GUESS_BYTES]:
        raise _no_text(name)
    whole_lines = data[:GUESS_BYTES].rpartition(b"\n")[0] or data[:GUESS_BYTES]
    best = _likeliest(list(charset_normalizer.from_bytes(whole_lines)))
    if best is None:
        raise _no_text(name)
    try:
        text = data.decode(best.encoding)
    except UnicodeDecodeError as error:
        raise UserError(
            f"{name} is not UTF-8. It looks like {best.encoding}, but byte {error.start + 1:,} "
            "does not fit.",
            "Save the file again as UTF-8.",
        ) from None
    excerpt = _excerpt(text)
    warning = (
        f'{name} is not UTF-8; it was read as {best.encoding}. Check this excerpt: "{excerpt}"'
    )
    return _checked(text, best.encoding, (warning,), name)


def _likeliest(matches: Sequence[Any]) -> Any:
    """Return the best match; among equals the one with kana, which no wrong guess brings forth."""
    equal = [
        match
        for match in matches
        if (match.chaos, match.coherence) == (matches[0].chaos, matches[0].coherence)
    ]
    return max(equal, key=lambda match: len(HIRAGANA.findall(str(match))), default=None)


def _excerpt(text: str) -> str:
    """Return the surroundings of the first character beyond ASCII."""
    at = next((i for i, character in enumerate(text) if ord(character) > 127), 0)
    return " ".join(text[max(0, at - 20) : at + 20].split())


def _checked(text: str, encoding: str, warnings: tuple[str, ...], name: str) -> Text:
    if not text.strip():
        raise UserError(f"{name} is empty; expected {FORMATS}.", "Choose another file.")
    controls = len(CONTROL.findall(text))
    if "\x00" in text or controls * 100 > len(text):
        raise _no_text(name)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if controls:
        warnings = (*warnings, f"{name} holds {controls:,} control characters; they were kept.")
    return Text(text, encoding, warnings)


def _no_text(name: str) -> UserError:
    return UserError(
        f"{name} holds binary data, whatever its name says; expected {FORMATS}.",
        "Export the data as text and choose that file.",
    )
