"""One small real run that all tests of sharing use."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.runs.folder import Run
from core.runs.launcher import train_in_foreground
from core.spec import RunSpec

HOSTILE = "FIRM|<b>x"  # a label that must stay text in Markdown and YAML
FILE = "train [a](http:b) <i>.conll"


def rows_of(count: int) -> str:
    people, places = ["anna", "lee"], ["paris", "london", "berlin"]
    lines = []
    for index in range(count):
        words = [(people[index % 2], "B-PER"), ("was", "O"), ("in", "O")]
        words += [(places[index % 3], "B-LOC"), ("with", "O")]
        words += [("acme", f"B-{HOSTILE}"), ("corp", f"I-{HOSTILE}")]
        words += [("the", "O")] * (40 if index == 0 else 1)
        lines.append("".join(f"{word}\t{tag}\n" for word, tag in words))
    return "\n".join(lines)


@pytest.fixture(scope="session")
def finished_run(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that was trained for real, with names that try to break out of Markdown."""
    folder = tmp_path_factory.mktemp("shared")
    files = {}
    for split, count in (("train", 48), ("validation", 12), ("test", 12)):
        path = folder / (FILE if split == "train" else f"{split}.conll")
        path.write_text(rows_of(count), "utf-8")
        files[split] = [str(path)]
    spec = RunSpec.from_json(
        {
            "name": "Mail / firms",
            "task": "token-classification",
            "checkpoint": str(tiny_checkpoint),
            "dataset": {"files": files},
            "max_length": 32,
            "device": "cpu",
            "hyperparameters": {
                "learning_rate": 3e-3,
                "num_train_epochs": 6,
                "per_device_train_batch_size": 8,
            },
        }
    )
    return train_in_foreground(spec, folder / "home", folder / "runs")
