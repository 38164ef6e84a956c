"""The real worker: finish, stop, fail, be killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from safetensors.torch import load_file, save_file

from core.errors import UserError
from core.runs.folder import Run, find_run, list_runs
from core.runs.launcher import launch, prepare_run, resume, stop, stop_and_wait
from core.runs.process import read_worker
from core.spec import RunSpec
from tests.conftest import ROOT, make_tiny_bert
from tests.training.conftest import (
    LONG,
    MakeRun,
    curve,
    same_weights,
    wait_for,
    wait_for_step,
    work_here,
)

CHECKPOINT_FILES = {
    "config.json",
    "manifest.json",
    "model.safetensors",
    "optimizer.json",
    "optimizer.safetensors",
    "progress.json",
    "random.json",
    "random.safetensors",
    "scheduler.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "trainer_state.json",
}


def test_a_finished_run_has_exactly_these_files(long_run: Run) -> None:
    assert long_run.state() == "finished", long_run.log()
    assert {path.name for path in long_run.path.iterdir()} == {
        "run.json",
        "process.json",
        "splits.json",
        "data",
        "events.jsonl",
        "log.txt",
        "checkpoints",
        "model",
        "metrics.json",
        ".launch",
        ".worker",
    }
    assert {path.name for path in long_run.model.iterdir()} == {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    checkpoints = list((long_run.path / "checkpoints").iterdir())
    assert len(checkpoints) == 2
    assert all({file.name for file in path.iterdir()} == CHECKPOINT_FILES for path in checkpoints)
    assert {path.name for path in (long_run.path / "data").iterdir()} == {
        "imported.json",
        "train.parquet",
        "validation.parquet",
        "test.parquet",
    }


def test_a_run_folder_holds_no_pickle(long_run: Run) -> None:
    for path in long_run.path.rglob("*"):
        assert path.suffix not in (".pt", ".pth", ".bin", ".pkl", ".pickle")
        if path.is_file():
            start = path.read_bytes()[:4]
            assert not start.startswith((b"\x80\x02", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")), (
                path
            )


def test_events_tell_the_whole_run(long_run: Run) -> None:
    events = long_run.events()
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert (events[0].kind, events[-1].kind) == ("started", "finished")
    facts = events[0].values
    assert facts["rows"] == {"train": 80, "validation": 20, "test": 20}
    assert (facts["total_steps"], facts["device"]) == (120, "cpu")
    losses = [event for event in events if "loss" in event.values]
    assert [event.step for event in losses] == list(range(7, 120, 7))
    assert {"loss", "learning_rate", "grad_norm", "rows_per_second", "memory_bytes"} <= set(
        losses[0].values
    )
    scored = [event for event in events if "eval_f1" in event.values]
    assert [event.step for event in scored] == list(range(10, 121, 10))
    assert set(scored[-1].values["eval_labels"]) == {"LOC", "PER"}
    saved = [event.step for event in events if event.kind == "checkpoint"]
    assert saved == [10, 15, 20, 30, 40, 45, 50, 60, 70, 75, 80, 90, 100, 105, 110, 120]


def test_the_kept_model_is_the_best_and_its_scores_are_in_metrics(long_run: Run) -> None:
    metrics = long_run.metrics()
    assert metrics is not None
    assert set(metrics) == {"validation", "test"}
    best = max(e.values["eval_f1"] for e in long_run.events() if "eval_f1" in e.values)
    assert metrics["validation"]["f1"] == best == long_run.summary().best_metric
    assert best > 0.9
    assert set(metrics["test"]["labels"]) == {"LOC", "PER"}


def test_the_model_folder_loads_anywhere(long_run: Run) -> None:
    from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline

    model = AutoModelForTokenClassification.from_pretrained(long_run.model)
    tokenizer = AutoTokenizer.from_pretrained(long_run.model)
    assert model.config.label2id["B-PER"] == 3
    assert str(model.dtype) == "torch.float32"
    assert tokenizer.model_max_length == 64
    assert len(tokenizer("the " * 80)["input_ids"]) == 82  # pads and cuts nothing by itself
    tagger = pipeline("token-classification", model, tokenizer=tokenizer)
    assert tagger("anna was in paris")[0]["entity"] == "B-PER"
    for path in long_run.model.glob("*.json"):
        assert str(long_run.path.parents[2]) not in path.read_text()


def test_the_run_can_be_read_back(long_run: Run, base_spec: RunSpec) -> None:
    details = long_run.details()["resolved"]
    assert long_run.spec().hyperparameters == replace(base_spec.hyperparameters, **LONG)
    assert len(details["weights_sha256"]["model.safetensors"]) == 64
    assert details["versions"]["torch"].startswith("2.")
    splits = json.loads((long_run.path / "splits.json").read_text())
    assert splits["test"] == {"source": "test", "rows": list(range(20))}
    assert find_run(long_run.id, long_run.path.parent).path == long_run.path
    assert find_run(str(long_run.path), Path("nowhere")).path == long_run.path
    summary = long_run.summary()
    assert (summary.step, summary.total_steps, summary.dataset) == (120, 120, "train.conll")
    assert json.loads(json.dumps(summary.to_json()))["state"] == "finished"


def test_an_unknown_run_names_the_nearest(long_run: Run) -> None:
    wrong = long_run.id[:-1] + "x"
    with pytest.raises(UserError, match=f'There is no run "{wrong}". Did you mean "{long_run.id}"'):
        find_run(wrong, long_run.path.parent)


def test_a_finished_run_is_not_launched_resumed_or_stopped_again(long_run: Run) -> None:
    worker = read_worker(long_run.path)
    launch(long_run)
    assert read_worker(long_run.path) == worker
    with pytest.raises(UserError, match="is finished; there is nothing to resume"):
        resume(long_run)
    with pytest.raises(UserError, match="is not running: it is finished"):
        stop(long_run)


def test_a_killed_run_says_so_and_resumes_bit_for_bit_from_a_sound_checkpoint(
    make_run: MakeRun, long_run: Run
) -> None:
    run = make_run(**LONG)
    launch(run)
    wait_for_step(run, 40)
    worker = read_worker(run.path)
    assert worker is not None
    os.kill(worker.pid, signal.SIGKILL)
    wait_for(run, "killed", seconds=5)
    failure = run.failure()
    assert failure is not None
    assert failure.message.startswith("The process was killed at step ")
    assert run.summary().message == "The process was killed."
    assert [event for event in run.events() if "loss" in event.values]

    newest = max((run.path / "checkpoints").glob("checkpoint-*"), key=lambda p: int(p.name[11:]))
    weights = newest / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    resume(run)
    wait_for(run, "finished", "failed", "killed")
    assert run.state() == "finished", run.log()
    resumed = next(event for event in run.events() if event.kind == "resumed")
    assert f"Passed over: {newest.name}: model.safetensors is damaged." in (resumed.message or "")
    assert curve(run) == curve(long_run)
    assert same_weights(run.model, long_run.model)
    assert run.metrics() == long_run.metrics()


def test_stop_saves_a_usable_model_and_resumes_bit_for_bit(
    make_run: MakeRun, long_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_canary")
    monkeypatch.setenv("HUGGING_FACE_HUB_TOKEN", "hf_canary")
    run = make_run(**LONG)
    launch(run)
    launch(run)
    worker = read_worker(run.path)
    assert worker is not None
    environment = psutil.Process(worker.pid).environ()
    assert not any("canary" in value for value in environment.values())
    assert environment["HF_HUB_OFFLINE"] == "1"
    listed = psutil.process_iter(["cmdline"])  # a zombie has no command line
    workers = [p for p in listed if str(run.path) in (p.info["cmdline"] or [])]
    assert [process.pid for process in workers] == [worker.pid]
    second = [sys.executable, "-m", "core.training.worker", str(run.path)]
    wait_for(run, "running")
    assert subprocess.run(second, cwd=ROOT, capture_output=True, check=False).returncode == 2

    wait_for_step(run, 30)
    stop_and_wait(run)
    assert run.state() == "stopped", run.log()
    assert run.failure() is None
    assert (run.events()[-1].message or "").startswith("Stopped at step ")
    assert (run.model / "model.safetensors").exists()
    assert run.metrics() is None

    resume(run)
    wait_for(run, "finished", "failed", "killed")
    assert curve(run) == curve(long_run)
    assert same_weights(run.model, long_run.model)


def test_the_command_line_trains_stops_resumes_and_fails_with_the_text_of_the_worker(
    base_spec: RunSpec, lasting: Path
) -> None:
    path = lasting / "spec.json"
    path.write_text(json.dumps(base_spec.to_json()))
    core = [sys.executable, "-m", "core", "--home", str(lasting / "cli")]
    train = subprocess.Popen(
        [*core, "train", str(path), "--set", "hyperparameters.num_train_epochs=200"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert train.stderr is not None
    assert any("step 10 · validation: loss" in line for line in train.stderr)
    train.send_signal(signal.SIGINT)
    output, _ = train.communicate(timeout=60)
    assert train.returncode == 0
    run = Run(Path(output.splitlines()[-1]))
    assert run.path.is_absolute()
    assert run.state() == "stopped"
    text = (run.path / "run.json").read_text()
    (run.path / "run.json").write_text(text.replace('"max_steps": -1', '"max_steps": 15'))
    done = subprocess.run(
        [*core, "resume", run.id], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{run.path}\n"
    assert "resumed: Resumed from step " in done.stderr
    assert run.state() == "finished"

    wrong = [*core, "train", str(path), "--set", "hyperparameters.metric_for_best_model=f2"]
    failed = subprocess.run(wrong, cwd=ROOT, capture_output=True, text=True, check=False)
    assert failed.returncode == 2
    assert failed.stderr.endswith(
        'metric_for_best_model is "f2"; expected one of: loss, precision, recall, f1, accuracy.\n'
        "Change metric_for_best_model in step 4.\n"
    )


def test_a_loss_that_is_no_number_fails_in_words(
    make_run: MakeRun, base_spec: RunSpec, tmp_path: Path
) -> None:
    checkpoint = make_tiny_bert(tmp_path / "huge")
    weights = load_file(checkpoint / "model.safetensors")
    name = next(name for name in weights if "dense.weight" in name)
    save_file({**weights, name: weights[name] * 1e38 * 1e3}, checkpoint / "model.safetensors")
    run = make_run(replace(base_spec, checkpoint=str(checkpoint)))
    assert work_here(run) == 2
    failed = run.events()[-1]
    assert failed.kind == "failed"
    assert failed.message == ("The loss is not a number any more at step 1 (learning_rate 0.001).")
    assert "Choose a smaller learning_rate" in (failed.hint or "")
    last = [event for event in run.events() if event.kind == "metrics"][-1]
    assert last.values["loss"] is None
    assert "NaN" not in run.events_path.read_text()


def test_a_defect_of_ours_gets_an_incident_number(make_run: MakeRun) -> None:
    run = make_run()
    (run.path / "data" / "train.parquet").unlink()
    (run.path / "data" / "train.parquet").mkdir()
    assert work_here(run) == 1
    failed = run.events()[-1]
    incident = failed.values["incident"]
    assert failed.kind == "failed"
    assert failed.message == f"Training ended by a defect of this program (incident {incident})."


def test_the_same_key_makes_one_run(base_spec: RunSpec, lasting: Path) -> None:
    home = lasting / "home"
    first = prepare_run(base_spec, home, home / "keyed", key="click-1")
    again = prepare_run(base_spec, home, home / "keyed", key="click-1")
    other = prepare_run(base_spec, home, home / "keyed", key="click-2")
    assert first.path == again.path != other.path
    assert {run.id for run in list_runs(home / "keyed")} == {first.id, other.id}
