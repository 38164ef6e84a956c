"""Small pieces of HTML. Every text is escaped here; arguments named `markup` are HTML already."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import gradio as gr

from ui.texts import words

MARKS = {"ok": "mark_ok", "warn": "mark_warn", "bad": "mark_bad", "wait": "mark_wait"}
PICK = """element.addEventListener('click', (e) => { const b = e.target.closest('[data-pick]');
  if (b && !b.disabled) trigger('select', {value: b.dataset.pick}); });"""


def html(markup: Any = "", **more: Any) -> gr.HTML:
    """Return a gr.HTML without Gradio's own styles; page.js translates the static words in it."""
    more.setdefault("js_on_load", None)
    return gr.HTML(markup, apply_default_css=False, **more)


def pickable(markup: Any = "", **more: Any) -> gr.HTML:
    """Return a gr.HTML whose `[data-pick]` buttons fire `.select` with that value."""
    return html(markup, js_on_load=PICK, **more)


def word(key: str, tag: str = "span", cls: str = "") -> str:
    """Return a static text that page.js puts into the visitor's language."""
    attribute = f' class="{escape(cls)}"' if cls else ""
    return f'<{tag}{attribute} data-t="{escape(key)}">{escape(words()[key]["en"])}</{tag}>'


def heading(key: str, lead: str = "", level: int = 2) -> gr.HTML:
    """Return a heading and its lead, both by key."""
    return html(word(key, f"h{level}", "fr-h") + (word(lead, "p", "fr-lead") if lead else ""))


def title(text: str, small: str = "", level: int = 3, cls: str = "") -> str:
    """Return a panel's heading, with a note beside it."""
    note = f" <small>{escape(small)}</small>" if small else ""
    return f'<h{level} class="fr-h {cls}">{escape(text)}{note}</h{level}>'


def lead(text: str) -> str:
    """Return the quiet line under a heading."""
    return f'<p class="fr-lead">{escape(text)}</p>'


def quiet(text: str) -> str:
    """Return a small quiet line."""
    return f'<p class="fr-quiet">{escape(text)}</p>'


def facts(pairs: Iterable[tuple[str, str]], cls: str = "") -> str:
    """Return a list of names and values (text)."""
    rows = "".join(f"<div><dt>{escape(a)}</dt><dd>{escape(str(b))}</dd></div>" for a, b in pairs)
    return f'<dl class="fr-facts {cls}">{rows}</dl>'


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    caption: str,
    *,
    numeric: Sequence[int] = (),
    cls: str = "",
) -> str:
    """Return a table; the cells of `rows` are markup, head and caption are text."""

    def cell(tag: str, index: int, markup: str, more: str = "") -> str:
        kind = ' class="num"' if index in numeric else ""
        return f"<{tag}{more}{kind}>{markup}</{tag}>"

    top = "".join(
        cell("th", i, escape(name), ' scope="col"') if name else cell("td", i, "")
        for i, name in enumerate(head)
    )
    body = "".join(
        "<tr>"
        + "".join(
            cell("td", i, markup) if i else cell("th", i, markup, ' scope="row"')
            for i, markup in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="fr-scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f'<table class="fr-table {cls}"><caption class="fr-sr">{escape(caption)}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def chip(name: str, index: int) -> str:
    """Return a label with its colour; from the 13th on the colours repeat with another edge."""
    style = f"--c:var(--fr-l{index % 12})"
    return f'<span class="fr-chip fr-cue{index // 12 % 3}" style="{style}">{escape(name)}</span>'


def marks(items: Iterable[tuple[str, str, str]], wording: Any = None) -> str:
    """Return a check list of (state, finding text, detail markup); states: ok, warn, bad, wait.

    `wording` turns a key into text (a visit's `say`); without it, English.
    """
    say = wording or (lambda key: words()[key]["en"])
    return (
        '<ul class="fr-marks">'
        + "".join(
            f'<li class="is-{state}"><span class="fr-mark" role="img" '
            f'aria-label="{escape(say(MARKS[state]))}"></span>'
            f"<span><b>{escape(finding)}</b> {detail}</span></li>"
            for state, finding, detail in items
        )
        + "</ul>"
    )


def go(step: str, text: str, cls: str = "fr-link") -> str:
    """Return a button that leads to a step."""
    return f'<button type="button" class="{cls}" data-go="{escape(step)}">{escape(text)}</button>'


def pick(value: str, text: str, cls: str = "fr-small") -> str:
    """Return a button that fires `.select` of its `pickable` with a value."""
    return (
        f'<button type="button" class="{cls}" data-pick="{escape(value)}">{escape(text)}</button>'
    )


def empty(name: str, text: str, step: str = "", button: str = "") -> str:
    """Return what a step shows before there is anything to show."""
    return (
        f'<div class="fr-empty"><h3>{escape(name)}</h3><p>{escape(text)}</p>'
        + (go(step, button, "fr-go") if step else "")
        + "</div>"
    )


def error(message: str, hint: str = "", markup: str = "") -> str:
    """Return an error that stays readable: what is wrong, the next click."""
    more = f"<p>{escape(hint)}</p>" if hint else ""
    more += f"<p>{markup}</p>" if markup else ""
    return f'<div class="fr-error" role="alert"><h3>{escape(message)}</h3>{more}</div>'


def meter(share: float, text: str, state: str = "ok") -> str:
    """Return a bar for a share of 0..1, said in words below."""
    width = 100 * min(max(share, 0), 1)
    return (
        f'<div class="fr-meter is-{state}" role="img" aria-label="{escape(text)}">'
        f'<i style="width:{width:.0f}%"></i></div><small>{escape(text)}</small>'
    )


def bar(share: float) -> str:
    """Return a thin bar for a table cell."""
    return f'<span class="fr-hbar"><i style="width:{100 * share:.0f}%"></i></span>'


def entities(text: str, spans: Iterable[tuple[int, int, str]], labels: Sequence[str]) -> str:
    """Return text with its marked spans (start, end, label), in order and without overlap."""
    out, at = "", 0
    for start, end, label in spans:
        index = labels.index(label) if label in labels else len(labels)
        style = f"--c:var(--fr-l{index % 12})"
        out += escape(text[at:start])
        out += (
            f'<mark class="fr-ent fr-cue{index // 12 % 3}" style="{style}">'
            f"{escape(text[start:end])}<span>{escape(label)}</span></mark>"
        )
        at = end
    return f'<p class="fr-text" dir="auto">{out}{escape(text[at:])}</p>'


def attribute(value: Any) -> str:
    """Return a value as JSON for a data attribute."""
    return escape(json.dumps(value, ensure_ascii=False))
