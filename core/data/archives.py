"""Zip archives: which members hold data, and which archives are not read at all."""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from core.data.sources import (
    CHUNK_BYTES,
    DAMAGED,
    EMPTY_ZIP,
    ZIP,
    Counted,
    Source,
    bomb,
    damaged,
    file_source,
    most_bytes,
    refuse_nested,
)
from core.errors import UserError

MOST_MEMBERS = 2_000
DIRECTORY_BYTES = 16 * 1024 * 1024  # of the list of members; 2,000 long names take 1 MB
END_BYTES = 22  # fixed part of the record at the end of a zip archive
RESOURCES = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)", re.I)
NOTES = re.compile(r"(^|/)(readme|licen[cs]e|copying|citation|changelog)[^/]*$", re.I)

OTHER_USES = (
    ("data.pkl", "a PyTorch file, which is a pickle and can run any code", "Choose a data file."),
    ("word/document.xml", "a Word document", "Save its text or table as CSV."),
    ("ppt/presentation.xml", "a presentation", "Choose a data file."),
    ("content.xml", "an OpenDocument file", "Save the sheet as .xlsx or CSV."),
    ("xl/workbook.bin", "a binary Excel workbook", "Save it as .xlsx or CSV."),
)
WORKBOOK = "xl/workbook.xml"


def zip_sources(path: Path, name: str) -> tuple[list[Source], tuple[str, ...]]:
    """Return the members with data, and warnings about what was left out.

    Raises:
        UserError: the archive is damaged, encrypted, nested, a bomb, or holds names or links that
            reach outside of it.
    """
    members = zip_members(path, name)
    _refuse_other_uses({info.filename for info in members}, name)
    notes = [info for info in members if NOTES.search(info.filename)]
    data = [info for info in members if info not in notes] or notes
    if not data:
        raise UserError(f"{name} holds no file with data.", "Choose another file.")
    size = path.stat().st_size
    sources = [_source(path, name, info, size) for info in data]
    for source in sources:
        refuse_nested(source)
    left = [info.filename for info in notes if info not in data]
    warnings = (f"Of {name}, {', '.join(left)} was left out: no data by its name.",) if left else ()
    return sources, warnings


def _refuse_other_uses(names: set[str], name: str) -> None:
    """Refuse what is a zip archive under another name."""
    for member, what, hint in OTHER_USES:
        if any(found == member or found.endswith("/" + member) for found in names):
            raise UserError(f"{name} is {what}; expected data.", hint)


def _source(path: Path, name: str, info: zipfile.ZipInfo, size: int) -> Source:
    def opened() -> BinaryIO:
        with zipfile.ZipFile(path) as archive:  # the file stays open as long as the member does
            stream = cast(BinaryIO, archive.open(info))
        return io.BufferedReader(Counted(stream, name, size), CHUNK_BYTES)

    return Source(f"{name}/{info.filename}", opened, size, info.filename)


def zip_members(path: Path, name: str) -> list[zipfile.ZipInfo]:
    """Return the files in a zip archive, without folders and what systems add."""
    _check_directory(path, name)
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
    except (*DAMAGED, ValueError, OSError) as error:
        raise damaged(name, error) from None
    if len(members) > MOST_MEMBERS:
        raise _too_many(len(members), name)
    for info in members:
        _check_member(info, name)
    repeated = _repeated([info.filename for info in members])
    if repeated:
        raise _unsafe(name, repeated, "occurs twice")
    if sum(info.file_size for info in members) > most_bytes(path.stat().st_size):
        raise bomb(name)
    return [info for info in members if not RESOURCES.search(info.filename)]


def sources_of(path: Path, name: str) -> tuple[list[Source], tuple[str, ...]]:
    """Return what a file holds: itself, or the members of a zip archive; and warnings.

    Raises:
        UserError: it is an archive that is not read.
    """
    with path.open("rb") as file:
        start = file.read(len(ZIP))
    if start not in (ZIP, EMPTY_ZIP):
        return [file_source(path, name)], ()
    if any(info.filename == WORKBOOK for info in zip_members(path, name)):
        return [Source(name, lambda: path.open("rb"), path.stat().st_size, str(path))], ()
    return zip_sources(path, name)


def _check_directory(path: Path, name: str) -> None:
    """Refuse a huge list of members before it is read."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - END_BYTES - 65_536))
        tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    record = tail[end : end + END_BYTES]
    if end < 0 or len(record) < END_BYTES:
        return  # zipfile says what is wrong
    count, size = int.from_bytes(record[10:12], "little"), int.from_bytes(record[12:16], "little")
    if size > DIRECTORY_BYTES:
        raise _too_many(max(count, MOST_MEMBERS + 1), name)


def _check_member(info: zipfile.ZipInfo, name: str) -> None:
    path = info.filename.replace("\\", "/")
    if info.flag_bits & 1:
        raise UserError(
            f"{name} is encrypted ({info.filename}).",
            "Unpack it with its password and choose what is inside.",
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise _unsafe(name, info.filename, "is a link")
    if path.startswith("/") or re.match(r"[A-Za-z]:", path) or ".." in PurePosixPath(path).parts:
        raise _unsafe(name, info.filename, "reaches outside of the archive")


def _unsafe(name: str, member: str, why: str) -> UserError:
    return UserError(
        f"{name} is not read: its member {member[:120]!r} {why}.",
        "Pack the data files again, each under a plain name of its own.",
    )


def _too_many(count: int, name: str) -> UserError:
    return UserError(
        f"{name} holds {count:,} files or more; at most {MOST_MEMBERS:,} are read.",
        "Join the files into a few, one per split.",
    )


def _repeated(names: Sequence[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
