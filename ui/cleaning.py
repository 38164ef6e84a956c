"""The cleaning steps of a draft as a list: what each does and did, and what a click changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from core.data.cleaning import OPTIONS, STEPS, checked
from core.errors import UserError
from core.settings import Number
from ui.services import Visit

__all__ = ["STEPS", "changed", "cleaning_html", "fields_of", "step_of"]
USUAL = {"minimum": "1", "maximum": "100", "count": "1000", "seed": "42"}
Steps = Sequence[Mapping[str, Any]]


def fields_of(visit: Visit, name: str) -> list[tuple[str, str]]:
    """Return the label and the usual value of each option of a step."""
    rules = OPTIONS.get(name, {})
    return [(visit.say(f"clean_option_{option}"), USUAL.get(option, "")) for option in rules]


def step_of(name: str, values: Sequence[str]) -> dict[str, Any]:
    """Return a step with its options, as typed.

    Raises:
        UserError: an option is not allowed.
    """
    step = {"step": name, **dict(zip(OPTIONS.get(name, {}), values, strict=False))}
    step = {key: value.strip() if key != "step" else value for key, value in step.items()}
    return {"step": name, **checked(step)}


def changed(steps: Steps, action: str) -> list[dict[str, Any]]:
    """Return the steps after a click: `on:0` switches, `up:1`, `down:0`, `remove:0`.

    >>> changed([{"step": "trim"}, {"step": "nfc"}], "up:1")
    [{'step': 'nfc'}, {'step': 'trim'}]
    >>> changed([{"step": "trim"}], "on:0")
    [{'step': 'trim', 'on': False}]
    """
    what, _, number = action.partition(":")
    new = [dict(step) for step in steps]
    at = int(number) if number.isdigit() else -1
    if not 0 <= at < len(new):
        return new
    if what == "on":
        new[at]["on"] = not new[at].get("on", True)
        if new[at]["on"]:
            del new[at]["on"]
    elif what == "remove":
        del new[at]
    elif what in ("up", "down"):
        to = at + (1 if what == "down" else -1)
        if 0 <= to < len(new):
            new[at], new[to] = new[to], new[at]
    return new


def cleaning_html(visit: Visit, report: Mapping[str, Any] | None) -> str:
    """Return the steps in their order; the report says what each one did."""
    steps = visit.spec.cleaning
    if not steps:
        return f'<p class="fr-quiet">{escape(visit.say("clean_none"))}</p>'
    done = list((report or {}).get("cleaning") or [])
    items = "".join(
        _item(visit, at, len(steps), step, done[at] if at < len(done) else None)
        for at, step in enumerate(steps)
    )
    return f'<ol class="fr-clean" aria-label="{escape(visit.say("clean_aria"))}">{items}</ol>'


def _item(
    visit: Visit, at: int, count: int, step: Mapping[str, Any], done: Mapping[str, int] | None
) -> str:
    name = str(step.get("step"))
    said = visit.say(f"clean_{name}") if name in STEPS else name
    on = bool(step.get("on", True))
    note = _done(visit, done) if on else visit.say("clean_off")
    options = " · ".join(
        f"{visit.say(f'clean_option_{option}')}: {_value(rule, step.get(option))}"
        for option, rule in OPTIONS.get(name, {}).items()
    )
    small = " · ".join(text for text in (options, note) if text)

    def button(what: str, sign: str, then: int, enabled: bool) -> str:
        label = escape(visit.say(f"clean_{what}_aria", step=said))
        off = "" if enabled else " disabled"
        return (
            f'<button type="button" class="fr-small" data-pick="{what}:{at}" '
            f'data-then="{what}:{then}" aria-label="{label}"{off}>{sign}</button>'
        )

    switch = (
        f'<button type="button" class="fr-switch" role="switch" aria-checked="{str(on).lower()}" '
        f'data-pick="on:{at}" data-then="on:{at}" '
        f'aria-label="{escape(said)}"><i></i></button>'
    )
    return (
        f'<li class="{"" if on else "is-off"}">{switch}<span><b>{escape(said)}</b>'
        f"<small>{escape(small)}</small></span><span class='fr-clean-tools'>"
        + button("up", "↑", at - 1, at > 0)
        + button("down", "↓", at + 1, at + 1 < count)
        + button("remove", "×", max(at - 1, 0), True)
        + "</span></li>"
    )


def _value(rule: Any, value: Any) -> str:
    if isinstance(rule, Number):
        try:
            return f"{rule.parse('', value):,}"
        except UserError:
            return "?"
    return str(value or "–")


def _done(visit: Visit, done: Mapping[str, int] | None) -> str:
    if done is None:
        return ""
    said = [
        visit.say(f"clean_{what}", count=done[what])
        for what in ("changed", "dropped")
        if done[what]
    ]
    return ", ".join(said) or visit.say("clean_nothing")
