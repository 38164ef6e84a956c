from __future__ import annotations

from pathlib import Path

import pytest

from core.runs.files import read_json, whole_folder, write_json


def test_json_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    write_json(path, {"a": 2})
    assert read_json(path) == {"a": 2}
    assert list(tmp_path.iterdir()) == [path]
    path.write_text("[]")
    with pytest.raises(ValueError, match="holds no JSON object"):
        read_json(path)


def test_a_folder_appears_whole_or_the_old_one_stays(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    with whole_folder(folder) as draft:
        (draft / "weights").write_text("old")
        assert not folder.exists()
    with pytest.raises(FileNotFoundError), whole_folder(folder) as draft:
        (draft / "missing" / "weights").write_text("half")
    assert (folder / "weights").read_text() == "old"
    with whole_folder(folder) as draft:
        (draft / "weights").write_text("new")
    assert (folder / "weights").read_text() == "new"
    assert list(tmp_path.iterdir()) == [folder]
