"""Other ways to train: without evaluation, without validation, by steps, for another metric."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.runs.folder import Run
from core.spec import DatasetSpec, RunSpec, SplitSpec
from tests.training.conftest import MakeRun, same_weights, work_here


def steps_of(run: Run, kind: str) -> list[int | None]:
    return [event.step for event in run.events() if event.kind == kind]


def test_without_evaluation_the_last_step_is_kept_and_scored_once(make_run: MakeRun) -> None:
    run = make_run(eval_strategy="no", save_strategy="epoch", num_train_epochs=2)
    assert work_here(run) == 0, run.events()[-1]
    assert not [event for event in run.events() if "eval_f1" in event.values]
    metrics = run.metrics()
    assert metrics is not None
    assert metrics["validation"]["f1"] is not None
    assert metrics["test"]["f1"] is not None
    assert same_weights(run.model, run.path / "checkpoints" / "checkpoint-20")


def test_without_a_validation_split_training_works(
    make_run: MakeRun, base_spec: RunSpec, lasting: Path
) -> None:
    spec = replace(
        base_spec,
        dataset=DatasetSpec({"train": (str(lasting / "train.conll"),)}),
        splits=SplitSpec(validation_share=0.0),
    )
    run = make_run(spec, num_train_epochs=1)
    assert work_here(run) == 0, run.events()[-1]
    assert run.metrics() == {"validation": None, "test": None}
    assert (run.model / "model.safetensors").exists()
    assert run.summary().best_metric is None


def test_evaluation_by_steps_saves_what_it_scores(make_run: MakeRun) -> None:
    run = make_run(
        eval_strategy="steps", eval_steps=6, save_strategy="no", max_steps=14, save_total_limit=1
    )
    assert work_here(run) == 0, run.events()[-1]
    scored = [event.step for event in run.events() if "eval_f1" in event.values]
    assert scored == steps_of(run, "checkpoint") == [6, 12, 14]


def test_nothing_is_saved_where_nothing_shall_be(make_run: MakeRun) -> None:
    run = make_run(save_strategy="no", load_best_model_at_end=False, num_train_epochs=1)
    assert work_here(run) == 0, run.events()[-1]
    assert list((run.path / "checkpoints").iterdir()) == []
    assert (run.model / "model.safetensors").exists()


def test_the_best_by_loss_is_the_one_with_the_least(make_run: MakeRun) -> None:
    run = make_run(metric_for_best_model="loss", num_train_epochs=2)
    assert work_here(run) == 0, run.events()[-1]
    losses = [e.values["eval_loss"] for e in run.events() if "eval_loss" in e.values]
    assert run.summary().best_metric_name == "eval_loss"
    assert run.summary().best_metric == min(losses)


@pytest.mark.parametrize("options", [{"bf16": False}, {"label_smoothing_factor": 0.1}])
def test_other_losses_and_precisions_train_and_keep_float32(
    make_run: MakeRun, options: dict[str, object]
) -> None:
    from safetensors.torch import load_file

    run = make_run(max_steps=4, weight_decay=0.01, warmup_steps=0.1, **options)
    assert work_here(run) == 0, run.events()[-1]
    weights = load_file(run.model / "model.safetensors")
    assert {str(tensor.dtype) for tensor in weights.values()} == {"torch.float32"}


def test_rows_that_are_cut_count_as_missed(make_run: MakeRun, base_spec: RunSpec) -> None:
    run = make_run(replace(base_spec, max_length=6), num_train_epochs=1)
    assert work_here(run) == 0, run.events()[-1]
    metrics = run.metrics()
    assert metrics is not None
    assert sum(label["support"] for label in metrics["test"]["labels"].values()) == 40


def test_a_label_that_no_training_row_has_fails_before_any_training(
    make_run: MakeRun, base_spec: RunSpec, lasting: Path, tmp_path: Path
) -> None:
    from core.errors import UserError

    path = tmp_path / "validation.conll"
    path.write_text("anna\tB-DOG\n")
    files = {"train": (str(lasting / "train.conll"),), "validation": (str(path),)}
    with pytest.raises(UserError) as caught:
        make_run(replace(base_spec, dataset=DatasetSpec(files)))
    assert caught.value.message == (
        "The split 'validation' has labels that no training row has: DOG. The training rows have: "
        "LOC, PER."
    )
    assert caught.value.hint == "Mend it in step 2."
