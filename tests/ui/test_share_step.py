"""Step 5: a run is tried, its results are read, it is published or taken along."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.data.imports import import_dataset
from core.data.prepare import prepare
from core.runs.folder import Run, create_run
from core.spec import read_spec
from tests.tasks.models import MODEL_LABELS, make_tiny_model
from tests.ui.conftest import last, text_of
from ui.parts.share import layout
from ui.render import address_html, prediction_html, scores_html
from ui.services import Token, Visit
from ui.steps import share

EVIL = "<img src=x onerror=alert(1)>"
SCORES = {
    "precision": 0.5,
    "recall": 0.25,
    "f1": 0.333333,
    "accuracy": 0.9,
    "labels": {
        "LOC": {"precision": 0.1, "recall": 0.1, "f1": 0.1, "support": 4},
        "PER": {"precision": 1.0, "recall": 0.9, "f1": 0.95, "support": 6},
        "ORG": {"precision": None, "recall": None, "f1": None, "support": 0},
    },
}


@pytest.fixture
def parts(lay: Callable[[Callable[[], Any]], Any]) -> Any:
    return lay(layout)


@pytest.fixture
def run(tiny_spec: Path, tiny_checkpoint: Path, home: Path) -> Run:
    """A run folder with a model of random weights and scores."""
    spec = read_spec(tiny_spec)
    imported = import_dataset(spec.dataset, home)
    indices = prepare(imported, spec).indices
    made = create_run(spec, imported.folder, home / "runs", indices, {})
    make_tiny_model(tiny_checkpoint, made.model, MODEL_LABELS)
    (made.path / "metrics.json").write_text(json.dumps({"test": SCORES}), "utf-8")
    return made


def test_before_the_first_run_the_step_says_where_models_come_from(
    visit: Visit, parts: Any
) -> None:
    shown = last(share.refresher(parts)(visit))
    assert "Finish a run, or choose a finished one from the list of runs." in text_of(
        shown[parts.nothing]
    )
    assert 'data-go="train"' in text_of(shown[parts.nothing])
    assert not shown[parts.views].visible


def test_the_newest_run_with_a_model_is_tried(visit: Visit, parts: Any, run: Run) -> None:
    shown = last(share.refresher(parts)(visit))
    assert f"Try {run.id}" in text_of(shown[parts.try_title])
    assert "Rows it was not trained on:" in text_of(shown[parts.examples])
    texts = share.texts_of(visit, run)
    predicted = last(share.predictor(parts)(visit, texts[0], "average"))
    assert "Tuned" in text_of(predicted[parts.result])
    assert " ms</small>" in text_of(predicted[parts.result])
    assert visit.draft.page["share"]["text"] == texts[0], "the text survives a reload"
    again = last(share.refresher(parts)(visit))
    assert again[parts.result] == predicted[parts.result], "so does the prediction"


def test_an_empty_text_says_what_to_do(visit: Visit, parts: Any, run: Run) -> None:
    shown = last(share.predictor(parts)(visit, "  ", "first"))
    assert "Type a text first." in text_of(shown[parts.result])


def test_results_are_by_label_best_first_overall_last(visit: Visit) -> None:
    markup = scores_html(visit, {"test": SCORES}, ["LOC", "ORG", "PER"], "test")
    places = [markup.index(f">{name}<") for name in ("PER", "LOC", "ORG", "Overall")]
    assert places == sorted(places)
    assert "F1 0.333" in markup
    assert "Test split, 10 entities" in markup
    assert "Scored against the rows: an entity that was cut counts as missed." in markup
    assert ">–<" in markup, "an undefined score is a dash"
    assert scores_html(visit, None, [], "test") == ""


def test_a_prediction_is_escaped_and_says_what_was_cut(visit: Visit) -> None:
    entity = {"label": EVIL, "start": 0, "end": 4, "text": EVIL, "score": 0.987}
    answer = {"text": EVIL, "entities": [entity], "cut": 3, "milliseconds": 12.3}
    markup = prediction_html(visit, answer, [])
    assert EVIL not in markup
    for text in ("1 entity · 12 ms", "0.99", "3 words were cut"):
        assert text in markup


def test_the_card_and_the_checks_follow_the_form(visit: Visit, parts: Any, run: Run) -> None:
    change = share.form_taker(parts)
    shown = last(change(visit, None, "team/mails", False, "mit", "en"))
    assert "# mails" in shown[parts.card]
    assert "license: mit" in text_of(shown[parts.metadata])
    checks = text_of(shown[parts.checks])
    assert "Nothing private goes along." in checks
    assert "No token yet." in checks
    assert "No language given." not in checks
    assert visit.draft.page["share"]["private"] is False


def test_an_owner_is_put_before_the_name_unless_there_is_one(visit: Visit) -> None:
    assert share.keep(visit, "team", "mails", True, "", "").full_name == "team/mails"
    assert share.keep(visit, "team", "dev/mails", True, "", "").full_name == "dev/mails"
    assert share.keep(visit, None, " mails ", True, None, None).full_name == "mails"


def test_publishing_without_a_token_says_where_to_get_one(
    visit: Visit, parts: Any, run: Run
) -> None:
    shown = last(share.publisher(parts)(visit, None, "team/mails", True, "mit", "en"))
    problem = text_of(shown[parts.problem])
    assert "There is no token, and this machine is not logged in to the Hub." in problem
    assert shown[parts.publish].visible


def test_a_token_is_in_no_answer_and_no_draft(visit: Visit, parts: Any, run: Run) -> None:
    secret = "hf_" + "s3cret" * 5
    visit.services.tokens.put(visit.visitor, Token(secret, "dev", ("team",)))
    shown = last(share.token_taker(parts)(visit))
    assert [name for name, _ in shown[parts.namespace].choices] == ["dev", "team"]
    assert secret not in repr([text_of(value) for value in shown.values()])
    assert secret not in repr(visit.services.tokens.get(visit.visitor))
    kept = [path.read_bytes() for path in visit.services.drafts.folder.glob("*")]
    assert not any(secret.encode() in content for content in kept)


def test_the_address_is_a_link_only_if_it_is_one(visit: Visit) -> None:
    assert 'href="https://huggingface.co/dev/x"' in address_html(
        visit, "https://huggingface.co/dev/x"
    )
    assert "href" not in address_html(visit, "javascript:alert(1)")


def test_the_download_names_the_run_and_its_size(visit: Visit, parts: Any, run: Run) -> None:
    shown = last(share.refresher(parts)(visit))
    assert f'href="download/{run.id}/model.zip"' in text_of(shown[parts.download])
