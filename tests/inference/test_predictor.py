"""The warm child: a real process that answers, dies and is replaced."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import UserError
from core.inference.client import LOG, ROOT, Predictor, child_environment
from core.runs.folder import Run
from core.spec import read_spec


@pytest.fixture
def predictor(home: Path) -> Iterator[Predictor]:
    made = Predictor(home)
    yield made
    made.close()


@pytest.fixture
def spec(tiny_spec: Path) -> dict[str, Any]:
    return read_spec(tiny_spec).to_json()


def pid_of(predictor: Predictor) -> int:
    assert predictor._child is not None
    return predictor._child.process.pid


def test_answers_errors_and_defects(predictor: Predictor, spec: dict[str, Any], run: Run) -> None:
    strip = predictor.call("strip", spec=spec, split="train", row=1)
    assert strip["words"][0]["text"] == "anna"
    with pytest.raises(UserError) as caught:
        predictor.call("strip", spec=spec, split="train", row=81)
    assert caught.value.message == "The split 'train' has no row 81; it has the rows 1 to 80."
    assert caught.value.hint == "Choose another row."
    with pytest.raises(RuntimeError, match="KeyError"):
        predictor.call("nothing")
    before = pid_of(predictor)
    answers = predictor.call("predict", run=str(run.path), texts=["anna in 東京"])
    assert answers[0]["text"] == "anna in 東京"
    assert pid_of(predictor) == before

    os.kill(before, signal.SIGKILL)
    assert predictor._child is not None
    predictor._child.process.wait()
    assert predictor.call("rows", spec=spec, split="train", start=0, count=1)["total"] == 80
    assert pid_of(predictor) != before


def test_death_during_a_question(predictor: Predictor, spec: dict[str, Any]) -> None:
    predictor.call("describe", spec=spec)
    child = pid_of(predictor)
    os.kill(child, signal.SIGSTOP)
    threading.Timer(0.3, lambda: os.kill(child, signal.SIGKILL)).start()
    with pytest.raises(RuntimeError, match="The predictor ended with code -9"):
        predictor.call("describe", spec=spec)
    assert predictor.call("describe", spec=spec)["labels"] == ["LOC", "ORG", "PER"]


def test_a_child_that_hangs_is_replaced(predictor: Predictor, spec: dict[str, Any]) -> None:
    predictor.call("describe", spec=spec)
    child = pid_of(predictor)
    os.kill(child, signal.SIGSTOP)
    begun = time.monotonic()
    with pytest.raises(UserError) as caught:
        predictor.call("describe", timeout_seconds=0.5, spec=spec)
    assert time.monotonic() - begun < 5
    assert caught.value.message == "No answer within 0.5 seconds; the attempt was stopped."
    assert predictor.call("describe", spec=spec)["labels"] == ["LOC", "ORG", "PER"]
    assert pid_of(predictor) != child


def test_questions_of_several_threads(predictor: Predictor, spec: dict[str, Any]) -> None:
    found: dict[int, Any] = {}

    def ask(row: int) -> None:
        found[row] = predictor.call("rows", spec=spec, split="train", start=row, count=1)

    threads = [threading.Thread(target=ask, args=(row,)) for row in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row: page["rows"][0]["number"] for row, page in found.items()} == {
        row: row + 1 for row in range(6)
    }


def test_busy_for_too_long(predictor: Predictor) -> None:
    with predictor._lock, pytest.raises(UserError) as caught:
        predictor.call("describe", timeout_seconds=0.1, spec={})
    assert caught.value.message == "Other questions kept the predictor busy for 0.1 seconds."


def test_the_child_ends_with_the_page(home: Path) -> None:
    page = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import sys; from pathlib import Path; from core.inference.client import Predictor; "
            "p = Predictor(Path(sys.argv[1])); p.start(); print(p._child.process.pid, flush=True); "
            "import os; os._exit(0)",
            str(home),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    child = int(page.stdout)
    deadline = time.monotonic() + 15
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        status = Path(f"/proc/{child}/stat")
        if status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z":
            break  # ended; whoever adopted it has not looked yet
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{child}").exists()


def test_light_questions_need_no_torch(home: Path, spec: dict[str, Any]) -> None:
    code = (
        "import json, sys; from pathlib import Path; from core.inference.predictor import methods; "
        "known = methods(Path(sys.argv[1])); spec = json.loads(sys.argv[2]); "
        "known['describe'](spec); known['rows'](spec, 'train', 0, 5); "
        "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    arguments = [sys.executable, "-c", code, str(home), json.dumps(spec)]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_secret_reaches_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "WANDB_API_KEY"):
        monkeypatch.setenv(name, "hf_secret")
    environment = child_environment()
    assert "hf_secret" not in environment.values()
    assert environment["HF_HUB_OFFLINE"] == "1"


def test_stray_prints_do_not_break_answers(home: Path) -> None:
    home.mkdir()
    code = (
        "import os, sys; from core.inference import predictor; answers = predictor._take_stdout(); "
        "print('stray', flush=True); os.write(1, b'stray bytes'); "
        "answers.write('answer'); answers.flush()"
    )
    with (home / LOG).open("wb") as log:
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=log, check=True
        )
    assert done.stdout == b"answer"
    assert (home / LOG).read_bytes() == b"stray\nstray bytes"
