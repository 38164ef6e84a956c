"""Importing: once, under a hash of the content, in a limited child."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import pytest

from core.data.child import ReadLimits
from core.data.imports import Imported, ImportedColumn, import_dataset
from core.data.reader import read_request
from core.errors import UserError
from core.spec import DatasetSpec

CONLL = "EU\tB-ORG\nrejects\tO\n\nPeter\tB-PER\n"


def written(folder: Path, files: dict[str, str]) -> list[str]:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return [str(folder / name) for name in files]


def refused(dataset: DatasetSpec, home: Path, limits: ReadLimits | None = None) -> UserError:
    with pytest.raises(UserError) as caught:
        import_dataset(dataset, home, limits=limits)
    return caught.value


def test_import_of_the_three_splits(conll_files: dict[str, Path], home: Path) -> None:
    progress: list[tuple[int, int]] = []
    dataset = DatasetSpec(files={split: (str(path),) for split, path in conll_files.items()})
    imported = import_dataset(dataset, home, on_progress=lambda *told: progress.append(told))
    assert imported.splits == {"train": 80, "validation": 20, "test": 20}
    assert imported.folder == home / "data" / imported.hash
    assert imported.sources == ("train.conll", "validation.conll", "test.conll")
    assert imported.columns[0] == ImportedColumn(
        "column_1", "list", '["anna", "was", "in", "paris"]'
    )
    assert imported.page("test", 19, 5) == [
        {
            "column_1": ["the", "order", "from", "acme", "corp"],
            "column_2": ["O", "O", "O", "B-ORG", "I-ORG"],
        }
    ]
    assert progress[-1] == (imported.size_bytes, imported.size_bytes)
    assert sorted(path.name for path in imported.folder.iterdir()) == [
        "imported.json",
        "test.parquet",
        "train.parquet",
        "validation.parquet",
    ]
    assert Imported.open(imported.folder) == imported
    assert import_dataset(DatasetSpec(imported=imported.hash), home) == imported


def test_the_same_content_is_read_once_under_any_name(tmp_path: Path, home: Path) -> None:
    (first,) = written(tmp_path / "a", {"a.conll": CONLL})
    (second,) = written(tmp_path / "b", {"b.conll": CONLL})
    imported = import_dataset(DatasetSpec(files={"train": (first,)}), home)
    told: list[int] = []
    again = import_dataset(
        DatasetSpec(files={"train": (second,)}), home, on_progress=lambda *_: told.append(1)
    )
    assert (again.hash, told, again.sources) == (imported.hash, [], ("b.conll",))


def test_changed_content_is_another_import(tmp_path: Path, home: Path) -> None:
    (name,) = written(tmp_path, {"a.conll": CONLL})
    first = import_dataset(DatasetSpec(files={"train": (name,)}), home)
    written(tmp_path, {"a.conll": CONLL + "\nnew\tO\n"})
    second = import_dataset(DatasetSpec(files={"train": (name,)}), home)
    assert (first.splits, second.splits) == ({"train": 2}, {"train": 3})


def test_several_files_become_splits_by_their_names(tmp_path: Path, home: Path) -> None:
    names = written(
        tmp_path,
        {"a.dev.conll": CONLL, "a-test.conll": CONLL, "atrain.conll": CONLL, "train.conll": CONLL},
    )
    imported = import_dataset(DatasetSpec(files={"train": tuple(names)}), home)
    assert imported.splits == {"train": 4, "validation": 2, "test": 2}
    assert imported.notes == (
        "By their names, atrain.conll, train.conll became the split 'train'.",
        "By their names, a.dev.conll became the split 'validation'.",
        "By their names, a-test.conll became the split 'test'.",
    )
    assert import_dataset(DatasetSpec(imported=imported.hash), home) == imported


def test_several_files_of_one_split_are_joined(tmp_path: Path, home: Path) -> None:
    names = written(tmp_path, {"a.conll": CONLL, "b.conll": CONLL})
    imported = import_dataset(DatasetSpec(files={"train": tuple(names)}), home)
    assert imported.splits == {"train": 4}
    assert imported.where("train", 3) == "b.conll, row 2"


def test_files_that_share_no_column(tmp_path: Path, home: Path) -> None:
    names = written(tmp_path, {"a.conll": CONLL, "b.jsonl": '{"tokens": ["a"]}\n'})
    error = refused(DatasetSpec(files={"train": tuple(names)}), home)
    assert error.message == (
        "a.conll and b.jsonl share no column. a.conll has: column_1, column_2. b.jsonl has: tokens."
    )
    assert error.hint == "Choose files of the same kind."


def test_values_without_a_plain_type_come_back_as_they_were(tmp_path: Path, home: Path) -> None:
    rows = [{"a": [1, "x"], "b": {"k": [None]}, "c": 10**30, "d": True, "e": 0.5, "f": [1]}]
    (name,) = written(tmp_path, {"a.jsonl": json.dumps(rows[0]) + "\n"})
    imported = import_dataset(DatasetSpec(files={"train": (name,)}), home)
    assert imported.page("train", 0, 1) == rows


def test_a_missing_file_and_a_folder(tmp_path: Path, home: Path) -> None:
    error = refused(DatasetSpec(files={"train": (str(tmp_path / "no.csv"),)}), home)
    assert error.message == f"The file {tmp_path / 'no.csv'} does not exist."
    error = refused(DatasetSpec(files={"train": (str(tmp_path),)}), home)
    assert error.message == f"The file {tmp_path} is a folder."


def test_nothing_chosen_and_nothing_to_train_on(tmp_path: Path, home: Path) -> None:
    assert refused(DatasetSpec(), home).message == "No data was chosen."
    (name,) = written(tmp_path, {"a.conll": CONLL})
    error = refused(DatasetSpec(files={"test": (name,)}), home)
    assert error.message == "There is no file for the split 'train'."


def test_a_hash_that_is_not_here_and_one_that_is_a_path(home: Path) -> None:
    assert refused(DatasetSpec(imported="abc"), home).message == (
        "The imported data abc is not on this machine."
    )
    assert refused(DatasetSpec(imported="../../x"), home).message == (
        '"../../x" is no hash of imported data.'
    )


def test_a_file_above_the_named_limit(tmp_path: Path, home: Path) -> None:
    (name,) = written(tmp_path, {"a.conll": CONLL * 100_000})
    error = refused(DatasetSpec(files={"train": (name,)}), home, ReadLimits(file_bytes=1_000_000))
    assert error.message == "a.conll has 3.2 MB; a file may have at most 1.0 MB."
    assert error.hint == "Choose a smaller file, or cut it into several."
    assert not list((home / "data").glob("*")) if (home / "data").exists() else True


def test_a_file_larger_than_the_disk_can_hold(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(shutil.disk_usage(tmp_path).free + 10**9)  # sparse: takes no room
    error = refused(DatasetSpec(files={"train": (str(path),)}), home)
    assert "but the disk that holds the home folder has only " in error.message
    assert error.hint == "Free some space, or start with --home and a folder on another disk."


def test_the_reader_may_not_take_more_memory_than_its_limit(tmp_path: Path, home: Path) -> None:
    (name,) = written(tmp_path, {"a.conll": CONLL * 100_000})
    limits = ReadLimits(memory_bytes=150_000_000)
    error = refused(DatasetSpec(files={"train": (name,)}), home, limits)
    assert "a.conll took more memory" in error.message
    assert list((home / "data").iterdir()) == []


def test_the_reader_is_stopped_when_its_time_is_over(tmp_path: Path, home: Path) -> None:
    (name,) = written(tmp_path, {"a.conll": CONLL})
    error = refused(DatasetSpec(files={"train": (name,)}), home, ReadLimits(seconds=0))
    assert error.message == "Reading a.conll took more than 0 seconds and was stopped."


def test_reading_can_be_cancelled(tmp_path: Path, home: Path) -> None:
    (name,) = written(tmp_path, {"a.conll": CONLL})
    with pytest.raises(UserError) as caught:
        import_dataset(DatasetSpec(files={"train": (name,)}), home, cancelled=lambda: True)
    assert caught.value.message == "Reading the files was cancelled."
    assert list((home / "data").iterdir()) == []


def test_two_imports_of_the_same_files_at_once(tmp_path: Path, home: Path) -> None:
    (name,) = written(tmp_path, {"a.conll": CONLL})
    found: list[Imported] = []

    def read() -> None:
        found.append(import_dataset(DatasetSpec(files={"train": (name,)}), home))

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({imported.hash for imported in found}) == 1
    assert [path.name for path in (home / "data").iterdir()] == [found[0].hash]


def test_the_reader_has_no_token_in_its_environment(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.data import child

    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setattr(child.sys, "executable", str(_spy(tmp_path)))
    (name,) = written(tmp_path / "x", {"a.conll": CONLL})
    with pytest.raises(RuntimeError, match="The reader ended with code 3"):
        import_dataset(DatasetSpec(files={"train": (name,)}), home)
    seen = (tmp_path / "environment").read_text()
    assert "PATH=" in seen
    assert "hf_secret" not in seen


def _spy(folder: Path) -> Path:
    spy = folder / "python"
    spy.write_text(f"#!/bin/sh\nenv > {folder}/environment\nexit 3\n")
    spy.chmod(0o755)
    return spy


def test_a_lone_surrogate_is_named(tmp_path: Path, home: Path) -> None:
    (name,) = written(tmp_path, {"a.jsonl": '{"a": "ok"}\n{"a": "\\ud800"}\n'})
    error = refused(DatasetSpec(files={"train": (name,)}), home)
    assert error.message == (
        "a.jsonl, column 'a', row 2: the text holds half a character (a lone surrogate)."
    )


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    (name,) = written(tmp_path, {"a.conll": CONLL})
    request = {"folder": str(tmp_path), "hash": "a", "files": {"train": [[name, "a.conll", "old"]]}}
    with pytest.raises(UserError) as caught:
        read_request(request, lambda answer: None)
    assert caught.value.message == "a.conll changed while it was read."
