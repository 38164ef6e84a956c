"""Widgets for RunSpec settings, keyed by field name; the rules come from core.spec's metadata."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import gradio as gr

from core.settings import Choice, Number, Switch, Text
from core.spec import Hyperparameters, RunSpec, SplitSpec

Rule = Number | Choice | Switch | Text


def rules(part: type) -> dict[str, Rule]:
    """Return each setting's rule by field name."""
    return {
        item.name: item.metadata["rule"]
        for item in dataclasses.fields(part)
        if "rule" in item.metadata
    }


def parts() -> dict[str, type]:
    """Return the parts of a RunSpec that hold settings, by their dotted prefix."""
    return {"": RunSpec, "hyperparameters.": Hyperparameters, "splits.": SplitSpec}


def rule_of(name: str) -> Rule:
    """Return the rule of a dotted name such as `hyperparameters.seed`."""
    prefix, dot, last = name.rpartition(".")
    return rules(parts()[prefix + dot])[last]


def text_of(value: Any) -> str:
    """Write a setting as a person would type it.

    >>> text_of(5e-05), text_of(3.0), text_of(None)
    ('5e-05', '3', '')
    """
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def widget(step: str, name: str, **more: Any) -> Any:
    """Return the widget of a setting: id `<step>-<field>`, the field's own name as label."""
    rule = rule_of(name)
    last = name.rpartition(".")[2]
    more = {"label": last, "elem_id": f"{step}-{last}", "interactive": True, **more}
    if isinstance(rule, Switch):
        return gr.Checkbox(info=rule.help, **more)
    if isinstance(rule, Choice):
        return gr.Dropdown(list(rule.choices), info=rule.help, **more)
    info = f"{rule.help} {span(rule)}" if isinstance(rule, Number) else rule.help
    return gr.Textbox(info=info, max_lines=1, **more)


def span(rule: Number) -> str:
    """Write a range shortly.

    >>> span(Number(0, 1, "", whole=False, above=True)), span(Number(1, 65_536, ""))
    ('(above 0, to 1)', '(1 to 65,536)')
    >>> span(Number(1, 10**8, ""))
    '(at least 1)'
    """
    if rule.maximum >= 10**6:
        return f"({'above' if rule.above else 'at least'} {rule.minimum:g})"
    top = f"{rule.maximum:,g}"
    return f"(above {rule.minimum:g}, to {top})" if rule.above else f"({rule.minimum:g} to {top})"


def read(name: str, value: Any) -> Any:
    """Turn what a widget holds into a setting.

    Raises:
        UserError: names the setting, the value and what was expected.
    """
    rule = rule_of(name)
    if isinstance(value, str):
        value = value.strip()
        if isinstance(rule, Number):
            value = value or None if rule.optional else value
    return rule.parse(name.rpartition(".")[2], value)


def read_all(values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the widgets' values, by dotted name, into changes of the draft."""
    return {name: read(name, value) for name, value in values.items()}


def value_of(spec: RunSpec, name: str) -> Any:
    """Return what the widget of a setting shows for a spec."""
    value: Any = spec
    for part in name.split("."):
        value = getattr(value, part)
    return text_of(value) if isinstance(rule_of(name), Number | Text) else value
