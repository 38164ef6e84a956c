"""`core convert`: a pandas pickle of one's own to Parquet, behind walls."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
from pathlib import Path

import pandas
import pytest

from core.__main__ import main
from core.data.imports import import_dataset
from core.spec import DatasetSpec


class Runs:
    """A pickle that calls something when it is opened."""

    def __init__(self, call: object, *arguments: object) -> None:
        self.call, self.arguments = call, arguments

    def __reduce__(self) -> object:
        return self.call, self.arguments


def test_a_pandas_pickle_becomes_parquet_that_is_read(tmp_path: Path, home: Path) -> None:
    own, out = tmp_path / "own.pkl", tmp_path / "out.parquet"
    pandas.DataFrame({"text": ["a", "b"], "tags": [["O"], ["B-X"]]}).to_pickle(own)
    assert main(["convert", str(own), str(out), "--trust-this-file"]) == 0
    imported = import_dataset(DatasetSpec(files={"train": (str(out),)}), home)
    assert imported.page("train", 0, 9) == [
        {"text": "a", "tags": ["O"]},
        {"text": "b", "tags": ["B-X"]},
    ]
    assert sorted(path.name for path in tmp_path.iterdir() if path != home) == [
        "out.parquet",
        "own.pkl",
    ]


def test_nothing_is_opened_without_the_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own, canary = tmp_path / "own.pkl", tmp_path / "canary"
    own.write_bytes(pickle.dumps(Runs(os.mkdir, str(canary))))
    assert main(["convert", str(own), str(tmp_path / "out.parquet")]) == 2
    assert capsys.readouterr().err == (
        "own.pkl is not opened: a pickle can run any code.\n"
        "If you made the file yourself, add --trust-this-file.\n"
    )
    assert not canary.exists()


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (Runs(subprocess.check_call, ["true"]), "it tried to use subprocess.Popen"),
        (Runs(os.system, "true"), "it tried to use os.system"),
        (Runs(socket.create_connection, ("127.0.0.1", 9)), "it tried to use socket."),
        (Runs(open, "/tmp/canary-of-a-pickle", "w"), "it tried to use the file /tmp/canary"),
        ({"a": 1}, "it holds a dict, not a table of pandas"),
    ],
)
def test_even_a_trusted_file_stays_behind_walls(
    what: object, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own, out = tmp_path / "own.pkl", tmp_path / "out.parquet"
    own.write_bytes(pickle.dumps(what))
    assert main(["convert", str(own), str(out), "--trust-this-file"]) == 2
    assert f"own.pkl cannot be converted: {told}" in capsys.readouterr().err
    assert not out.exists()
    assert not Path("/tmp/canary-of-a-pickle").exists()
