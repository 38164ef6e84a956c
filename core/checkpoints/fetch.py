"""Download files of a repository into the Hub's local cache, with progress, cancel and resume.

The client's own download stops only between pieces of 10 MB and throws away what has arrived.
Here the bytes are taken as they come, and the client puts the finished file into its place.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from core.checkpoints.hub_errors import hub_errors
from core.errors import UserError

Progress = Callable[[int, int], None]
Wanted = Mapping[str, tuple[int, str | None]]
"""File name to size in bytes and sha256, where the Hub knows it."""
Tell = Callable[[int], None]
"""Takes how many bytes of a file are here; raises when the download is cancelled."""

RETRIES = 3
RETRY_SECONDS = 1.0
LOCK_SECONDS = 0.2
AGAIN = "Start the download again; what has arrived is kept."


def fetch_files(
    source: tuple[str, str | None, str],
    files: Wanted,
    token: str | None,
    *,
    on_progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    repo_type: str = "model",
) -> Path:
    """Download files of a repository into the Hub's cache; return their folder.

    Args:
        source: repository, revision as the person named it, and the commit that it means.
        files: what is wanted.
        token: the person's token; None: this machine's login, where it has one.
        on_progress: called with the bytes so far and in all.
        cancelled: asked whenever bytes arrive; the download stops when it says True. A Hub that
            is silent is left after `HF_HUB_DOWNLOAD_TIMEOUT` seconds.
        repo_type: "model" or "dataset".

    Raises:
        UserError: it failed, or was cancelled.
    """
    from huggingface_hub import hf_hub_download

    repo_id, revision, commit = source
    counter = _Counter(sum(size for size, _ in files.values()), on_progress, cancelled)
    folder = Path()
    with hub_errors(repo_id, "checkpoint" if repo_type == "model" else repo_type):
        for name, (size, sha256) in files.items():
            _fetch_blob((repo_id, repo_type, commit, name), sha256, token, counter.tell)
            # The config is asked for by the person's revision: the cache learns what that means.
            asked = revision if name == "config.json" else commit
            path = hf_hub_download(repo_id, name, repo_type=repo_type, revision=asked, token=token)
            if name != "config.json":
                folder = Path(path).parents[name.count("/")]
            counter.end_file(size)
    return folder


class _Counter:
    """Counts bytes over all files, reports every whole per mille, and asks for a cancellation."""

    def __init__(
        self, total: int, on_progress: Progress | None, cancelled: Callable[[], bool] | None
    ) -> None:
        self._total = total
        self._say = on_progress
        self._cancelled = cancelled
        self._ended = 0  # bytes of the files before this one
        self._done = 0
        self._said = -1

    def tell(self, here: int) -> None:
        """Note how many bytes of this file are here."""
        if self._cancelled is not None and self._cancelled():
            raise UserError("The download was cancelled.", AGAIN)
        self._done = min(max(self._ended + here, self._done), self._total)
        share = self._done * 1000 // max(1, self._total)
        if self._say is not None and share != self._said:
            self._said = share
            self._say(self._done, self._total)

    def end_file(self, size: int) -> None:
        """Note that a file is complete."""
        self.tell(size)
        self._ended += size


def _fetch_blob(
    place: tuple[str, str, str, str], sha256: str | None, token: str | None, tell: Tell
) -> None:
    """Bring the content of a file into the cache's blobs, where the client looks for it."""
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
    from huggingface_hub.file_download import repo_folder_name

    repo_id, repo_type, commit, name = place
    tell(0)
    url = hf_hub_url(repo_id, name, repo_type=repo_type, revision=commit)
    known = get_hf_file_metadata(url, token=token, timeout=constants.HF_HUB_ETAG_TIMEOUT)
    if known.etag is None or known.size is None:
        raise OSError(f"the Hub does not say what {name} is")
    repository = repo_folder_name(repo_id=repo_id, repo_type=repo_type)
    cache = Path(constants.HF_HUB_CACHE)
    blob = cache / repository / "blobs" / known.etag
    part = blob.with_name(f"{known.etag}.part")
    with _alone(cache / ".locks" / repository / f"{part.name}.lock", part, tell):
        if not blob.exists():
            _receive_all(url, token, part, known.size, tell)
        found = blob if blob.exists() else part
        if sha256 is not None and _sha256(found) != sha256:  # the client compares only sizes
            found.unlink()
            raise UserError(
                f"{name} arrived damaged (sha256 differs).", "Start the download again."
            )
        found.replace(blob)


@contextmanager
def _alone(guard: Path, part: Path, tell: Tell) -> Iterator[None]:
    """Wait until nobody else downloads the same file; show how far they are."""
    from filelock import FileLock, Timeout

    for path in (guard, part):
        path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(guard)
    while not lock.is_locked:
        try:
            lock.acquire(timeout=LOCK_SECONDS)
        except Timeout:
            tell(_length(part))
    try:
        yield
    finally:
        lock.release()


def _receive_all(url: str, token: str | None, part: Path, size: int, tell: Tell) -> None:
    """Receive what is missing of a file; a connection that breaks off is made again."""
    import httpx2

    part.touch()
    failures = 0
    while (before := _length(part)) < size:
        tell(before)
        try:
            _receive(url, token, part, tell)
        except httpx2.TransportError:
            if failures == RETRIES:
                raise
        failures = 0 if _length(part) > before else failures + 1
        if failures > RETRIES:
            raise UserError("The Hub ended the download too early.", AGAIN)
        if failures:
            time.sleep(RETRY_SECONDS)


def _receive(url: str, token: str | None, part: Path, tell: Tell) -> None:
    """Receive the rest of a file over one connection."""
    from huggingface_hub import constants
    from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

    here = _length(part)
    headers = {**build_hf_headers(token=token), "Accept-Encoding": "identity"}
    if here:
        headers["Range"] = f"bytes={here}-"
    seconds = constants.HF_HUB_DOWNLOAD_TIMEOUT
    with get_session().stream("GET", url, headers=headers, timeout=seconds) as answer:
        hf_raise_for_status(answer)
        resumed = answer.status_code == 206
        with part.open("ab" if resumed else "wb", buffering=0) as file:
            for block in answer.iter_bytes():
                file.write(block)
                tell(file.tell())


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
