"""Files on their way to the Hub, counted as they are read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from huggingface_hub import CommitOperationAdd

Progress = Callable[[int, int], None]


class _Counter:
    """Adds up what several threads read; a part that is sent again does not count twice."""

    def __init__(self, total: int, on_progress: Progress) -> None:
        self._total = total
        self._say = on_progress
        self._places: dict[str, int] = {}
        self._lock = threading.Lock()

    def reached(self, name: str, place: int) -> None:
        """Note how far a file was read."""
        with self._lock:
            if place <= self._places.get(name, 0):
                return
            self._places[name] = place
            done = min(sum(self._places.values()), self._total)
        self._say(done, self._total)


class _CountedFile:
    """A binary file that tells how far it was read."""

    def __init__(self, file: BinaryIO, name: str, counter: _Counter) -> None:
        self._file = file
        self._name = name
        self._counter = counter

    def read(self, size: int = -1) -> bytes:
        """Read and count."""
        data = self._file.read(size)
        self._counter.reached(self._name, self._file.tell())
        return data

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(1 << 18):
            yield block

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class _CountedAdd(CommitOperationAdd):  # type: ignore[misc]
    """The client's upload of one file, counted while it is sent (not while it is hashed)."""

    counter: _Counter | None = None

    @contextmanager
    def as_file(self, with_tqdm: bool = False) -> Iterator[Any]:
        """Open the content; `with_tqdm` is set by the client only when it sends."""
        with super().as_file(with_tqdm=False) as file:
            if with_tqdm and self.counter is not None:
                yield _CountedFile(file, self.path_in_repo, self.counter)
            else:
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
