"""Files on their way to the Hub, counted as they are read."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub import CommitOperationAdd, constants, get_session

Progress = Callable[[int, int], None]
BLOCK = 1 << 16
SILENCES = 6  # times HF_HUB_DOWNLOAD_TIMEOUT, as storage answers after the last byte


def limit_silence() -> None:
    """Let an upload that nobody takes end and be repeated: the client itself waits forever."""
    get_session().timeout = httpx2.Timeout(SILENCES * constants.HF_HUB_DOWNLOAD_TIMEOUT)


class _Counter:
    """Adds up what several threads read; a part that is sent again does not count twice."""

    def __init__(self, total: int, on_progress: Progress) -> None:
        self._total = total
        self._say = on_progress
        self._places: dict[str, int] = {}
        self._lock = threading.Lock()

    def reached(self, name: str, place: int) -> None:
        """Note how far a file was read; say it also of a repetition, which may be stopped."""
        with self._lock:
            self._places[name] = max(place, self._places.get(name, 0))
            done = min(sum(self._places.values()), self._total)
        self._say(done, self._total)


class _CountedFile(io.FileIO):
    """A file that tells how far it was read; the client rewinds it to send it again."""

    def __init__(self, path: str, name: str, counter: _Counter) -> None:
        super().__init__(path, "rb")
        self._name_in_repo = name
        self._counter = counter

    def read(self, size: int | None = -1, /) -> bytes:
        """Read and count."""
        data = super().read(size) or b""
        self._counter.reached(self._name_in_repo, self.tell())
        return data

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(BLOCK):
            yield block


class _CountedAdd(CommitOperationAdd):  # type: ignore[misc]
    """The client's upload of one file, counted while it is sent (not while it is hashed)."""

    counter: _Counter | None = None

    @contextmanager
    def as_file(self, with_tqdm: bool = False) -> Iterator[Any]:
        """Open the content; `with_tqdm` is set by the client only when it sends."""
        if with_tqdm and self.counter is not None:
            path, name = str(self.path_or_fileobj), self.path_in_repo
            with _CountedFile(path, name, self.counter) as counted:
                yield counted
        else:
            with super().as_file(with_tqdm=False) as file:
                yield file


def bytes_to_send(files: Sequence[Path]) -> int:
    """Return the bytes that the progress counts: those of the weights."""
    return sum(path.stat().st_size for path in files if path.suffix == ".safetensors")


def counted_files(
    files: Sequence[Path], texts: Mapping[str, bytes], on_progress: Progress | None
) -> list[Any]:
    """Return the operations that add files and texts to a repository."""
    total = bytes_to_send(files)
    counter = _Counter(total, on_progress) if on_progress is not None else None
    operations: list[Any] = []
    for path in files:
        operation = _CountedAdd(path_in_repo=path.name, path_or_fileobj=str(path))
        operation.counter = counter
        operations.append(operation)
    if on_progress is not None:
        on_progress(0, total)
    added = [CommitOperationAdd(path_in_repo=n, path_or_fileobj=data) for n, data in texts.items()]
    return [*operations, *added]
