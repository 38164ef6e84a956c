"""Step 4 before a run: the preset is fitted to the rows, and the check says how long it is."""

from __future__ import annotations

from pathlib import Path

from core.data.imports import import_dataset
from core.spec import DatasetSpec
from ui.services import Visit
from ui.steps import train


def test_a_preset_scores_about_eight_times_a_run(
    visit: Visit, conll_files: dict[str, Path]
) -> None:
    files = {split: (str(path),) for split, path in conll_files.items()}
    imported = import_dataset(DatasetSpec(files=files), visit.services.home)
    visit.change({"dataset": {"imported": imported.hash}, "page.preset": "thorough"})
    train.refresh(visit)
    assert visit.spec.hyperparameters.eval_strategy == "epoch", "the rows are not known yet"
    shown = train.checks(visit)
    assert "40 · 8 epochs" in shown[-1]
    assert visit.spec.hyperparameters.eval_strategy == "steps"
    assert visit.spec.hyperparameters.eval_steps == 5
    assert "every 5 steps" in shown[1].label
    assert train.form(visit)[1] == train.preset_now(visit) == "thorough"
