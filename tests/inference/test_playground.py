"""The playground gives what `pipeline` gives on the published model."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from core.errors import UserError
from core.inference.playground import Playground
from core.runs.folder import Run

TEXTS = [
    "anna brown was in paris.",
    "Dr. Lee-Brown (acme corp ltd): order #12, 3.50 - refund!",
    "hi 東京タワー paris",
    "anna 😀 paris😀lee 👩‍👩‍👧",
    "  blanks   anna\n\nbrown\ttab ",
    "naïve café Zürich İstanbul",
    "한국 서울 anna",
    "e\u0301te\u0301 x\u200by don't",
    "[SEP] anna [UNK] zzz€5",
    "",
]


@pytest.mark.parametrize("aggregation", ["first", "average", "max"])
def test_the_same_entities_as_the_pipeline(run: Run, aggregation: str) -> None:
    from transformers import pipeline

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tagger = pipeline(
            "token-classification", model=str(run.model), aggregation_strategy=aggregation
        )
    answers = Playground().predict(str(run.path), TEXTS, aggregation)
    assert [answer["text"] for answer in answers] == TEXTS
    assert sum(len(answer["entities"]) for answer in answers) > 10
    for text, answer in zip(TEXTS, answers, strict=True):
        ours = [(e["label"], e["start"], e["end"]) for e in answer["entities"]]
        expected = tagger(text) if text else []
        assert ours == [(e["entity_group"], e["start"], e["end"]) for e in expected], text
        assert [e["score"] for e in answer["entities"]] == pytest.approx(
            [float(e["score"]) for e in expected], rel=1e-3
        )
        assert [e["text"] for e in answer["entities"]] == [text[a:b] for _, a, b in ours]
        assert answer["cut"] == 0


def test_long_text_is_read_to_its_end(run: Run) -> None:
    text = "the order of may and june " * 40 + "anna brown paris"
    answer = Playground().predict(str(run.path), [text])[0]
    assert answer["cut"] == 0
    assert max(entity["end"] for entity in answer["entities"]) > len(text) - 20


def test_one_text_alone_or_among_others(run: Run) -> None:
    playground = Playground()
    together = playground.predict(str(run.path), TEXTS)
    for text, answer in zip(TEXTS, together, strict=True):
        alone = playground.predict(str(run.path), [text])[0]
        assert [e["label"] for e in alone["entities"]] == [e["label"] for e in answer["entities"]]


def test_half_a_surrogate_is_no_defect(run: Run) -> None:
    answer = Playground().predict(str(run.path), ["anna \ud83d paris"])[0]
    assert len(answer["text"]) == 12


def test_a_run_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        Playground().predict(str(tmp_path / "some-run"), ["anna"])
    assert str(caught.value) == (
        "The run some-run has no model yet. "
        "Wait until it has finished, or stop it in step 4: it saves what it has."
    )


def test_an_unknown_aggregation(run: Run) -> None:
    with pytest.raises(UserError) as caught:
        Playground().predict(str(run.path), ["anna"], "last")
    assert caught.value.message == 'aggregation is "last"; expected one of: first, average, max.'


def test_broken_weights(run: Run) -> None:
    from safetensors.torch import load_file, save_file

    path = run.model / "model.safetensors"
    weights = load_file(path)
    weights["classifier.bias"][:] = float("nan")
    weights["classifier.bias"][1] = float("inf")
    save_file(weights, path, metadata={"format": "pt"})
    with pytest.raises(UserError, match="The model answers with NaN: its weights are broken"):
        Playground().predict(str(run.path), ["anna"])
