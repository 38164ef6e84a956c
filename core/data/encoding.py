"""Bytes to text by content. What is no text is refused; a guess is said; nothing is replaced."""

from __future__ import annotations

import codecs
import pickletools
import re
import struct
from dataclasses import dataclass

from core.data.guess import likeliest
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
    (b"\x93NUMPY", "a NumPy array", "Save it as Parquet, CSV or JSON Lines."),
    (b"\x89HDF", "an HDF5 file", "Save it as Parquet, CSV or JSON Lines."),
    (b"FEA1", "a Feather file of version 1", "Save it as Parquet."),
    (b"ustar", "a tar archive", "Unpack it and choose what is inside."),
    (b"{\\rtf", "a text with formatting (RTF)", "Save it as plain text."),
    (b"<?xml", "XML", "Convert its rows to CSV or JSON Lines."),
    (b"<!DOCTYPE", "a web page", "Download the file itself, not the page about it."),
    (b"<!doctype", "a web page", "Download the file itself, not the page about it."),
    (b"<html", "a web page", "Download the file itself, not the page about it."),
    (b"%YAML", "YAML", "Convert its rows to CSV or JSON Lines."),
    (
        b"version https://git-lfs.github.com/spec/",
        "a pointer to a file that Git LFS keeps elsewhere",
        "Fetch the file itself (git lfs pull, or download it from the page of the repository).",
    ),
)
FORMATS = "CoNLL columns, CSV, TSV, JSON, JSON Lines, Excel, Arrow or Parquet"
# Characters that no text file of words holds; tab, line ends and form feed are fine.
CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
CONTROL_BYTES = bytes(code for code in range(32) if CONTROL.match(chr(code)))
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
            "Save the data as Parquet, CSV or JSON Lines and choose that file. For a pickle of "
            "your own: python -m core convert OWN.pkl OUT.parquet --trust-this-file",
        )
    for start, what, hint in KNOWN_BINARY:
        if data.startswith(start) or (start == b"ustar" and data[257:262] == start):
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


@dataclass(frozen=True)
class Codec:
    """How to decode a file."""

    name: str
    title: str
    warnings: tuple[str, ...] = ()


def codec_of(head: bytes, name: str, wanted: str | None) -> Codec | None:
    """Return the codec that a person or a byte order mark says, or None.

    Raises:
        UserError: there is no encoding of the wanted name, or UTF-16 comes without its mark.
    """
    if wanted is not None:
        return Codec(codec_name(wanted), wanted)
    for mark, codec, title in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return Codec(codec, title)
    sample = head[:GUESS_BYTES]
    if (zeros := sample.count(0)) * 5 > len(sample):
        odd = sample[1::2].count(0)
        likely = "utf-16-le" if odd * 2 > zeros else "utf-16-be"
        if max(odd, zeros - odd) > 0.9 * zeros and not CONTROL.search(_tried(sample, likely)):
            raise UserError(
                f"{name} looks like UTF-16 without a byte order mark; it was not guessed at.",
                f"Choose the encoding {likely}, or save the file again as UTF-8.",
            )
    return None


def _tried(data: bytes, codec: str) -> str:
    try:
        return data[: len(data) // 2 * 2].decode(codec)
    except UnicodeDecodeError:
        return "\x00"


def codec_name(wanted: str) -> str:
    """Return Python's name of an encoding.

    Raises:
        UserError: there is none of this name.
    """
    try:
        "a".encode(wanted)
        return "utf-8-sig" if (name := codecs.lookup(wanted).name) == "utf-8" else name
    except (LookupError, ValueError):
        raise UserError(
            f'There is no encoding "{wanted[:60]}".',
            "Choose one such as utf-8, cp1252, shift_jis, euc_jp, cp949, gb18030 or utf-16-le.",
        ) from None


def decode(data: bytes, name: str, encoding: str | None = None) -> Text:
    """Turn bytes into text: what a person says, byte order mark, UTF-8, then a guess that is said.

    Raises:
        UserError: the bytes are no text, or end in the middle of a character.
    """
    codec = codec_of(data, name, encoding)
    if codec is None:
        try:
            return _checked(data.decode("utf-8"), "UTF-8", (), name)
        except UnicodeDecodeError:
            codec = guess(data, name)
    try:
        text = data.decode(codec.name)
    except UnicodeDecodeError as error:
        marked = len(data) - len(error.object)  # the mark is not counted
        raise unfit(name, codec, marked + error.start + 1) from None
    return _checked(text, codec.title, codec.warnings, name)


def unfit(name: str, codec: Codec, byte: int | None) -> UserError:
    """Say that the bytes are not what they looked like, or were said to be."""
    where = "a byte in it" if byte is None else f"byte {byte:,}"
    if codec.warnings:
        what = f"{name} is not UTF-8. It looks like {codec.title}, but {where} does not fit."
    else:
        what = f"{name} starts like {codec.title}, but {where} cannot be read as such."
    return UserError(what, "Save the file again as UTF-8.")


def guess(data: bytes, name: str) -> Codec:
    """Guess the encoding of text that is no UTF-8; the guess is said with an excerpt.

    Raises:
        UserError: it is no text in any encoding.
    """
    if b"\x00" in data[:GUESS_BYTES]:
        raise no_text(name)
    start = max(0, next((i for i, byte in enumerate(data) if byte > 127), 0) - GUESS_BYTES // 2)
    sample = data[start : start + GUESS_BYTES]
    if start + GUESS_BYTES < len(data) or start:
        sample = sample[sample.find(b"\n") + 1 if start else 0 : sample.rfind(b"\n") + 1] or sample
    codec = likeliest(sample)
    if codec is None:
        raise no_text(name)
    excerpt = _excerpt(sample.decode(codec, "ignore"))
    return Codec(
        codec,
        codec,
        (f'{name} is not UTF-8; it was read as {codec}. Check this excerpt: "{excerpt}"',),
    )


def _excerpt(text: str) -> str:
    """Return the surroundings of the first character beyond ASCII."""
    at = next((i for i, character in enumerate(text) if ord(character) > 127), 0)
    return " ".join(text[max(0, at - 20) : at + 20].split())


def _checked(text: str, encoding: str, warnings: tuple[str, ...], name: str) -> Text:
    if not text.strip():
        raise UserError(f"{name} is empty; expected {FORMATS}.", "Choose another file.")
    controls = len(CONTROL.findall(text))
    if "\x00" in text or controls * 100 > len(text):
        raise no_text(name)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if controls:
        warnings = (*warnings, f"{name} holds {controls:,} control characters; they were kept.")
    return Text(text, encoding, warnings)


def no_text(name: str) -> UserError:
    """Say that a file is no text."""
    return UserError(
        f"{name} holds binary data, whatever its name says; expected {FORMATS}.",
        "Export the data as text and choose that file.",
    )
