"""Preview and prediction on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.errors import UserError
from core.inference.jobs import lines_of, predict_texts
from core.runs.folder import Run


def test_preview_prints_one_row(
    tiny_spec: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--home", str(home), "preview", str(tiny_spec), "--row", "2"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [word["tag"] for word in shown["words"]] == ["O", "O", "O", "B-ORG", "I-ORG"]
    assert main(["--home", str(home), "preview", str(tiny_spec), "--row", "0"]) == 2
    assert "has no row 0; it has the rows 1 to 80." in capsys.readouterr().err


def test_predict_keeps_the_order(
    run: Run, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "texts.txt"
    file.write_bytes("\ufeffanna in paris\r\n\nlee brown".encode())
    command = ["--home", str(home), "predict", run.id, "acme corp", "--file", str(file)]
    assert main(command) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["text"] for line in lines] == ["acme corp", "anna in paris", "", "lee brown"]


def test_more_texts_than_are_predicted_at_once(run: Run) -> None:
    texts = [f"anna {number} paris" for number in range(130)]
    assert [line["text"] for line in predict_texts(run, texts, None)] == texts


def test_nothing_to_predict(run: Run) -> None:
    with pytest.raises(UserError) as caught:
        list(predict_texts(run, [], None))
    assert str(caught.value) == "There is no text to predict. Name a text or a file with --file."


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.txt cannot be read: No such file or directory\."):
        list(lines_of(tmp_path / "gone.txt"))
    file = tmp_path / "latin.txt"
    file.write_bytes(b"caf\xe9\n")
    with pytest.raises(UserError, match=r"is no UTF-8 text: .* near byte 3"):
        list(lines_of(file))
