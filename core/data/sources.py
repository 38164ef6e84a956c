"""Where bytes come from: a file, a gzip stream or a zip member, read as a stream with a counter.

Nothing is ever unpacked to disk. What grows beyond all measure while it is read is refused.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from core.errors import UserError

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
HEAD_BYTES = 256 * 1024  # enough to know a format, its columns and its encoding
CHUNK_BYTES = 1024 * 1024
FREE_BYTES = 64 * 1024 * 1024  # unpacked content below this is never called a bomb
MOST_GROWTH = 200  # text that people write shrinks to a third, very uniform tables to a hundredth
DAMAGED = (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError)


@dataclass(frozen=True)
class Source:
    """Bytes with a name, which can be opened again from the start."""

    name: str
    opened: Callable[[], BinaryIO]
    packed_bytes: int
    path: str = ""
    """The file's path or the name inside an archive: what tells formats and pairs apart."""

    def head(self, count: int = HEAD_BYTES) -> bytes:
        """Return the first bytes."""
        parts, length = [], 0
        for chunk in self.chunks():
            parts.append(chunk)
            length += len(chunk)
            if length >= count:
                break
        return b"".join(parts)[:count]

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes from the start.

        Raises:
            UserError: the archive around them is damaged, or they grow beyond all measure.
        """
        try:
            with self.opened() as stream:
                while chunk := stream.read(CHUNK_BYTES):
                    yield chunk
        except DAMAGED as error:
            raise damaged(self.name, error) from None

    def read(self) -> bytes:
        """Return all bytes."""
        return b"".join(self.chunks())


class Counted(io.RawIOBase):
    """A stream that refuses to grow beyond what its packed size allows."""

    def __init__(self, stream: BinaryIO, name: str, packed_bytes: int) -> None:
        self._stream, self._name = stream, name
        self._most = most_bytes(packed_bytes)
        self._count = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer."""
        data = self._stream.read(len(buffer))
        self._count += len(data)
        if self._count > self._most:
            raise bomb(self._name)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the stream below."""
        self._stream.close()
        super().close()


def most_bytes(packed_bytes: int) -> int:
    """Return how large something of this packed size may become."""
    return max(FREE_BYTES, MOST_GROWTH * packed_bytes)


def bomb(name: str) -> UserError:
    """Say that an archive unpacks to far more than it should."""
    return UserError(
        f"{name} unpacks to more than {MOST_GROWTH} times its size; it was not read further.",
        "If the data is really that uniform, unpack it and choose the file inside.",
    )


def damaged(name: str, error: BaseException) -> UserError:
    """Say that an archive cannot be read to its end."""
    reason = (str(error).splitlines() or [""])[0].rstrip(".")[:120]
    return UserError(
        f"{name} is a damaged archive: {reason or 'it ends too early'}.",
        "Pack or download it again and choose it.",
    )


def file_source(path: Path, name: str) -> Source:
    """Return a file; a gzip file is unpacked while it is read.

    Raises:
        UserError: the gzip file holds another archive.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        is_gzip = file.read(len(GZIP)) == GZIP
    if not is_gzip:
        return Source(name, lambda: path.open("rb"), size, str(path))

    def opened() -> BinaryIO:
        packed = path.open("rb")
        stream = Counted(cast(BinaryIO, _Closing(packed)), name, size)
        return io.BufferedReader(stream, CHUNK_BYTES)

    inner = str(path)[:-3] if path.suffix.lower() == ".gz" else str(path)
    source = Source(name, opened, size, inner)
    refuse_nested(source)
    return source


class _Closing(gzip.GzipFile):
    """A gzip stream that closes the file below."""

    def __init__(self, packed: BinaryIO) -> None:
        super().__init__(fileobj=packed)
        self._packed = packed

    def close(self) -> None:
        super().close()
        self._packed.close()


def refuse_nested(source: Source) -> None:
    """Raise a UserError where an archive holds another archive."""
    head = source.head(512)
    nested = head.startswith((GZIP, ZIP, EMPTY_ZIP, b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf"))
    if nested or head[257:262] == b"ustar":
        raise UserError(
            f"{source.name} is an archive inside an archive; only one layer is unpacked.",
            "Unpack it once and choose what is inside.",
        )
