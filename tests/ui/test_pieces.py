"""Markup escapes, forms read by the rules, starts happen once, curves are thinned."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from core.errors import UserError
from core.runs.events import Event
from core.settings import Switch
from core.spec import Hyperparameters
from ui import markup
from ui.forms import read, rules, text_of, widget
from ui.history import MOST_POINTS, point_of, thin
from ui.presets import NAMES, OWN, preset, preset_of
from ui.starts import Starts

EVIL = "<img src=x onerror=alert(1)>&\"'"


@pytest.mark.parametrize(
    "made",
    [
        markup.title(EVIL, EVIL),
        markup.lead(EVIL),
        markup.quiet(EVIL),
        markup.facts([(EVIL, EVIL)]),
        markup.table([EVIL], [], EVIL),
        markup.chip(EVIL, 0),
        markup.marks([("ok", EVIL, "")]),
        markup.go(EVIL, EVIL),
        markup.pick(EVIL, EVIL),
        markup.empty(EVIL, EVIL, EVIL, EVIL),
        markup.error(EVIL, EVIL),
        markup.meter(0.5, EVIL),
        markup.entities(EVIL, [(0, 4, EVIL)], [EVIL]),
        markup.attribute(EVIL),
    ],
)
def test_every_foreign_text_is_escaped(made: str) -> None:
    assert "<img" not in made
    assert EVIL not in made


@pytest.mark.parametrize(
    ("name", "typed", "message"),
    [
        (
            "hyperparameters.learning_rate",
            "abc",
            'learning_rate is "abc"; expected a number above 0 and at most 1.',
        ),
        (
            "hyperparameters.learning_rate",
            "nan",
            'learning_rate is "nan"; expected a number above 0 and at most 1.',
        ),
        (
            "hyperparameters.num_train_epochs",
            "",
            'num_train_epochs is ""; expected a number above 0 and at most 10,000.',
        ),
        ("max_length", "0", 'max_length is "0"; expected a whole number from 4 to 1,000,000.'),
    ],
)
def test_what_is_typed_wrong_is_named(name: str, typed: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        read(name, typed)
    assert caught.value.message == message


def test_what_is_typed_is_read_by_the_rules() -> None:
    assert read("hyperparameters.learning_rate", " 5e-5 ") == 5e-5
    assert read("hyperparameters.eval_steps", "") is None
    assert read("hyperparameters.bf16", True) is True
    assert text_of(5e-5) == "5e-05"


def test_every_hyperparameter_has_a_widget_with_its_name() -> None:
    for name, rule in rules(Hyperparameters).items():
        made = widget("train", f"hyperparameters.{name}")
        assert made.elem_id == f"train-{name}"
        assert made.label == name
        assert made.info, "one sentence"
        assert isinstance(rule, Switch) == (type(made).__name__ == "Checkbox")


@pytest.mark.parametrize("parameters", [None, 22_700_000, 110_000_000])
@pytest.mark.parametrize("name", NAMES)
def test_presets_are_allowed_and_recognised(name: str, parameters: int | None) -> None:
    chosen = Hyperparameters(**preset(name, parameters))  # type: ignore[arg-type]
    assert preset_of(chosen, parameters) == name
    assert preset_of(Hyperparameters(learning_rate=0.123), parameters) == OWN


def test_two_clicks_begin_once() -> None:
    starts, go, made = Starts(), threading.Event(), []

    def work(progress: Callable[..., None], cancelled: Callable[[], bool]) -> str:
        go.wait(10)
        made.append("run")
        return "run-1"

    assert starts.begin("visitor", work)
    assert not starts.begin("visitor", work)
    assert starts.begin("another visitor", work)
    go.set()
    for _ in range(200):
        start = starts.get("visitor")
        if start is not None and start.phase == "done":
            break
        threading.Event().wait(0.02)
    assert start is not None
    assert start.run == "run-1"
    assert not starts.begin("visitor", work), "a late second click is still the same click"


def test_a_start_that_fails_says_why_and_may_be_tried_again() -> None:
    starts = Starts()

    def work(progress: Callable[..., None], cancelled: Callable[[], bool]) -> str:
        raise UserError("No room.", "Free some space.")

    assert starts.begin("visitor", work)
    for _ in range(200):
        start = starts.get("visitor")
        if start is not None and not start.is_busy:
            break
        threading.Event().wait(0.02)
    assert start is not None
    assert (start.phase, start.message, start.hint) == ("failed", "No room.", "Free some space.")
    assert starts.begin("visitor", work)


def test_thinning_keeps_extremes_evaluations_and_gaps() -> None:
    points = [{"step": n, "loss": float(n % 97)} for n in range(20_000)]
    points[7_000]["loss"] = 999.0
    points[9_000] = {"step": 9_000, "eval_loss": 0.5, "f1": 0.25}
    kept = thin(points)
    assert len(kept) <= MOST_POINTS + 1
    assert {"step": 7_000, "loss": 999.0} in kept
    assert points[9_000] in kept
    assert [p["step"] for p in kept] == sorted(p["step"] for p in kept)


def test_a_point_keeps_a_gap_where_the_loss_is_no_number() -> None:
    event = Event(0.0, 3, "metrics", 10, 0.1, {"loss": None, "grad_norm": None})
    assert point_of(event) == {"step": 10, "loss": None}
    assert point_of(Event(0.0, 4, "checkpoint", 10)) is None
