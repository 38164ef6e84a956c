"""The compact vocabulary trains what the whole one trains; what is kept shows nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from core.runs.folder import Run
from core.tasks.token_classification import TokenClassification
from core.training.stopping import StopRequest
from core.training.vocabulary import compact
from tests.training.conftest import MakeRun, curve, weights_of, work_here

TABLE = "bert.embeddings.word_embeddings.weight"
SETTINGS: dict[str, Any] = {"num_train_epochs": 2, "logging_steps": 2, "bf16": False}


@pytest.fixture(scope="module")
def small(make_run: MakeRun) -> Run:
    run = make_run(**SETTINGS)
    assert work_here(run) == 0, run.events()[-1]
    return run


@pytest.fixture(scope="module")
def whole(make_run: MakeRun) -> Run:
    """The ordinary run: a weight decay too small to change a float keeps all embeddings."""
    run = make_run(**SETTINGS, weight_decay=1e-30)
    assert work_here(run) == 0, run.events()[-1]
    return run


def numbers(run: Run) -> Iterator[float]:
    for _step, _name, value in curve(run):
        if isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, float):
            yield value


def test_losses_scores_and_weights_are_those_of_the_ordinary_run(small: Run, whole: Run) -> None:
    assert small.started_with()["left_out_parameters"] > 0
    assert whole.started_with()["left_out_parameters"] == 0
    assert small.started_with()["parameters"] == whole.started_with()["parameters"]
    assert list(numbers(small)) == pytest.approx(list(numbers(whole)), rel=1e-4, abs=1e-6)
    first, second = weights_of(small.model), weights_of(whole.model)
    assert first.keys() == second.keys()
    for name, weights in first.items():
        assert weights.shape == second[name].shape
        assert torch.allclose(weights, second[name], rtol=1e-4, atol=1e-6), name
    assert small.metrics() == whole.metrics()


def test_embeddings_that_no_row_uses_stay_as_they_were(small: Run, tiny_checkpoint: Path) -> None:
    before = weights_of(tiny_checkpoint)["embeddings.word_embeddings.weight"]
    after = weights_of(small.model)[TABLE]
    same = (before == after).all(dim=1)
    left_out = small.started_with()["left_out_parameters"] // before.shape[1]
    assert left_out <= int(same.sum()) < len(before)


def test_a_checkpoint_holds_the_whole_table_and_a_resumed_run_ends_the_same(
    make_run: MakeRun, small: Run
) -> None:
    class AfterSomeSteps(StopRequest):
        looks = 0

        @property
        def requested(self) -> bool:
            self.looks += 1
            return self.looks > 6

        @requested.setter
        def requested(self, _value: bool) -> None:
            pass

    run = make_run(**SETTINGS)
    assert work_here(run, stop=AfterSomeSteps()) == 0
    assert run.events()[-1].kind == "stopped"
    [checkpoint] = list((run.path / "checkpoints").iterdir())[:1]
    assert weights_of(checkpoint)[TABLE].shape == weights_of(small.model)[TABLE].shape
    assert work_here(run, resume=True) == 0, run.events()[-1]
    assert curve(run) == curve(small)
    first, second = weights_of(run.model), weights_of(small.model)
    assert all(torch.equal(first[name], second[name]) for name in second)


def test_an_id_that_no_feature_has_is_an_error(tiny_checkpoint: Path, tmp_path: Path) -> None:
    model = TokenClassification().load_model(tiny_checkpoint, ["O", "B-LOC", "I-LOC"])
    table = model.get_input_embeddings().weight.detach().clone()
    found = compact(model, [{"input_ids": [[2, 9, 11, 3]]}], [0], tmp_path)
    assert found is not None
    assert found.num_embeddings == 5
    assert torch.equal(model.get_input_embeddings()(torch.tensor([[9, 0]]))[0, 0], table[9])
    with pytest.raises(IndexError):
        model.get_input_embeddings()(torch.tensor([[10]]))
    assert torch.equal(model.state_dict()[TABLE], table)
    assert list(tmp_path.iterdir()) == []


def test_it_is_left_alone_where_most_is_used_or_the_output_needs_it(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    from transformers import AutoModelForMaskedLM

    model = TokenClassification().load_model(tiny_checkpoint, ["O", "B-LOC", "I-LOC"])
    everything = list(range(model.config.vocab_size))
    assert compact(model, [{"input_ids": [everything]}], [0], tmp_path) is None
    masked = AutoModelForMaskedLM.from_pretrained(
        tiny_checkpoint, trust_remote_code=False, local_files_only=True
    )
    assert compact(masked, [{"input_ids": [[2, 3]]}], [0], tmp_path) is None
