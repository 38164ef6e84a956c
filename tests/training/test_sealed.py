from __future__ import annotations

from pathlib import Path

import pytest

from core.training.sealed import (
    all_checkpoints,
    checkpoint_folder,
    fault_of,
    newest_sound,
    remove_drafts,
    rotate,
    sealed_folder,
)


@pytest.fixture
def checkpoints(tmp_path: Path) -> Path:
    for step in (9, 10, 100):
        with sealed_folder(checkpoint_folder(tmp_path, step)) as draft:
            (draft / "weights").write_bytes(b"w" * step)
            (draft / "state.json").write_text("{}")
    return tmp_path


def test_the_newest_sound_checkpoint_is_found_by_number(checkpoints: Path) -> None:
    assert newest_sound(checkpoints) == (checkpoints / "checkpoint-100", [])


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("weights", b"x" * 100, "weights is damaged"),
        ("weights", b"w" * 99, "weights is damaged"),
        ("weights", None, "weights is missing or does not belong"),
        ("stranger", b"", "stranger is missing or does not belong"),
        ("manifest.json", None, "it was not finished"),
        ("manifest.json", b"{", "manifest.json cannot be read"),
        ("manifest.json", b"[]", "manifest.json cannot be read"),
    ],
)
def test_a_checkpoint_that_is_not_sound_is_passed_over_and_said(
    checkpoints: Path, name: str, content: bytes | None, fault: str
) -> None:
    path = checkpoints / "checkpoint-100" / name
    path.unlink(missing_ok=True)
    if content is not None:
        path.write_bytes(content)
    assert fault_of(checkpoints / "checkpoint-100") == fault
    found, passed_over = newest_sound(checkpoints)
    assert found == checkpoints / "checkpoint-10"
    assert passed_over == [f"checkpoint-100: {fault}"]


def test_a_failed_save_leaves_what_was_there(checkpoints: Path) -> None:
    target = checkpoint_folder(checkpoints, 100)
    with pytest.raises(FileNotFoundError), sealed_folder(target) as draft:
        (draft / "missing" / "weights").write_bytes(b"half")
    assert fault_of(target) is None
    assert not list(checkpoints.glob(".*"))


def test_drafts_of_a_killed_worker_do_not_count_and_go(checkpoints: Path) -> None:
    (checkpoints / ".checkpoint-200.123").mkdir()
    assert len(all_checkpoints(checkpoints)) == 3
    remove_drafts(checkpoints, "checkpoint-*")
    assert not list(checkpoints.glob(".*"))


@pytest.mark.parametrize(
    ("limit", "best", "kept"),
    [
        (1, None, [100]),
        (1, 9, [100, 9]),
        (2, None, [100, 10]),
        (2, 9, [100, 9]),
        (3, 9, [100, 10, 9]),
    ],
)
def test_the_newest_and_the_best_are_never_removed(
    checkpoints: Path, limit: int, best: int | None, kept: list[int]
) -> None:
    rotate(checkpoints, limit, best)
    assert [path.name for path in all_checkpoints(checkpoints)] == [f"checkpoint-{s}" for s in kept]


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert newest_sound(tmp_path / "nowhere") == (None, [])
