"""Training token classification: rows per CPU second on one thread, and F1 beside it.

Three ways in turns, each in a process of its own: the plain Trainer script, the same with the two
arguments of a well-informed user (group_by_length, bf16), and ours with its defaults.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.rows import ROOT, training_files, write_first
from core.checkpoints.find import resolve

PLAIN = ROOT / "benchmarks" / "plain" / "token_classification.py"
EPOCHS, LEARNING_RATE, MAX_LENGTH = 3, 1e-4, 128
ENVIRONMENT = {
    **os.environ,
    "OMP_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_OFFLINE": "1",
}


@dataclass(frozen=True)
class Figures:
    """Training rows per CPU second, and F1 on the validation rows, by way."""

    title: str
    speed: dict[str, float]
    f1: dict[str, float]


def measure(rows: int, validation_rows: int, rounds: int, home: Path) -> Figures:
    """Train each way on the first rows in turns; the speed is the median of the rounds."""
    name, train, validation = training_files()
    found: dict[str, list[dict]] = {"plain": [], "well-informed": [], "ours": []}
    with tempfile.TemporaryDirectory() as folder:
        files = {"train": Path(folder) / "train.conll", "validation": Path(folder) / "dev.conll"}
        count = write_first(train, rows, files["train"])
        write_first(validation, validation_rows, files["validation"], like=files["train"])
        for _ in range(rounds):
            for way, command in _commands(files, Path(folder), home).items():
                found[way].append(_run(command))
    return Figures(
        f"training on {count:,} rows of {name}, {EPOCHS} epochs",
        {
            way: count * EPOCHS / median(one["train_cpu_seconds"] for one in results)
            for way, results in found.items()
        },
        {way: results[0]["validation"]["f1"] for way, results in found.items()},
    )


def _commands(files: dict[str, Path], folder: Path, home: Path) -> dict[str, list[str]]:
    checkpoint = resolve("starter", home)
    plain = [sys.executable, str(PLAIN), "--checkpoint", str(checkpoint)]
    plain += [part for split, path in files.items() for part in (f"--{split}", str(path))]
    plain += ["--learning_rate", str(LEARNING_RATE), "--num_train_epochs", str(EPOCHS)]
    plain += ["--max_length", str(MAX_LENGTH)]
    spec = {
        "task": "token-classification",
        "checkpoint": str(checkpoint),
        "dataset": {"files": {split: [str(path)] for split, path in files.items()}},
        "max_length": MAX_LENGTH,
        "hyperparameters": {
            "learning_rate": LEARNING_RATE,
            "num_train_epochs": EPOCHS,
            "logging_steps": 50,
            "eval_strategy": "no",  # as the plain script: score once, after the training
            "save_strategy": "no",
        },
    }
    path = folder / "spec.json"
    path.write_text(json.dumps(spec), "utf-8")
    ours = [sys.executable, "-m", "benchmarks.ours", str(path), str(folder / "home")]
    return {"plain": plain, "well-informed": [*plain, "--well_informed"], "ours": ours}


def _run(command: list[str]) -> dict:
    done = subprocess.run(
        command, cwd=ROOT, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2_000:])
    result: dict = json.loads(done.stdout.splitlines()[-1])
    return result
