"""What a maximum length cuts of all rows: the finding, the lengths, the remedies and prices."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ui.markup import facts, go, lead, pick, title
from ui.services import Visit

WIDTH, HEIGHT = 320, 66
FIGURE = re.compile(r"(\d[\d,]*)")
HATCH = (
    '<defs><pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="5" height="5" class="h0"/>'
    '<rect width="2" height="5" class="h1"/></pattern></defs>'
)


def cut_report(
    visit: Visit, cuts: Mapping[str, Any], max_length: int, prices: Mapping[int, str]
) -> str:
    """Return the report. `prices`: what a longer maximum length costs, by length."""
    chart = histogram(visit, cuts, max_length)
    notes = facts(_notes(visit, cuts)) if cuts["tokens"] else ""
    if not cuts["rows_cut"]:
        text = visit.say("cuts_none_lead", longest=cuts["longest"], tokens=max_length)
        return title(visit.say("cuts_none")) + lead(text) + chart + notes
    name = visit.say("cuts_rows", rows=cuts["rows_cut"])
    if cuts["entities_lost"]:
        name += ", " + visit.say("cuts_entities", entities=cuts["entities_lost"])
    return (
        title(name, cls="is-bad")
        + lead(_finding(visit, cuts))
        + chart
        + '<ul class="tr-fix">'
        + "".join(_remedy(visit, remedy, prices) for remedy in _offered(cuts["remedies"]))
        + "</ul>"
        + notes
    )


def _finding(visit: Visit, cuts: Mapping[str, Any]) -> str:
    if not cuts["entities"]:
        return visit.say("cuts_words", words=cuts["words_lost"])
    share = 100 * cuts["entities_lost"] / cuts["entities"]
    return visit.say("cuts_lead", share=share, words=cuts["words_lost"])


def _notes(visit: Visit, cuts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what else is worth knowing of all rows."""
    share = f"{100 * cuts['unknown_share']:.1f} %"
    notes = [
        (
            visit.say("cuts_all"),
            visit.say("cuts_all_value", rows=cuts["rows"], tokens=cuts["tokens"]),
        ),
        (
            visit.say("cuts_unknown"),
            visit.say("cuts_unknown_value", n=cuts["unknown"], share=share),
        ),
    ]
    if cuts["entities_split"]:
        notes.append((visit.say("cuts_split"), f"{cuts['entities_split']:,}"))
    if cuts["empty_words"]:
        notes.append((visit.say("cuts_empty"), f"{cuts['empty_words']:,}"))
    return notes


def _offered(remedies: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Keep the first length, the first that cuts nothing, and what is no length."""
    lengths = [remedy for remedy in remedies if remedy["kind"] == "max_length"]
    enough = next((remedy for remedy in lengths if not remedy["rows_cut"]), None)
    shown = [*lengths[:1], *([enough] if enough else lengths[1:][-1:])]
    return [remedy for i, remedy in enumerate(shown) if remedy not in shown[:i]]


def _remedy(visit: Visit, remedy: Mapping[str, Any], prices: Mapping[int, str]) -> str:
    value = int(remedy["value"])
    name = visit.say("cuts_raise", tokens=value)
    effect = visit.say("cuts_rows", rows=remedy["rows_cut"])
    price = prices.get(value)
    effect = f"{effect} · {price}" if price else effect
    return (
        f"<li><span><b>{escape(name)}</b><small>{escape(effect)}</small></span>"
        f"{pick(str(value), visit.say('cuts_apply'))}</li>"
    )


def histogram(visit: Visit, cuts: Mapping[str, Any], max_length: int) -> str:
    """Return the lengths of all rows in tokens as a small chart with the cut."""
    width, counts = cuts["histogram"]["bin_width"], list(cuts["histogram"]["counts"])
    last = max(len(counts), 1) * width
    if max_length + width <= 2 * last:
        last = max(last, max_length + width)  # with room for the mark of the cut
    scale, top = WIDTH / last, max([*counts, 1])
    bars = ""
    for index, count in enumerate(counts):
        if not count:
            continue
        height = max(1.5, 62 * count / top)
        x, wide = index * width * scale, max(width * scale - min(3, width * scale / 4), 0.5)
        cls = "cut" if index * width >= max_length else ""
        bars += f'<rect x="{x:.1f}" y="{HEIGHT - height:.1f}" width="{wide:.1f}" '
        bars += f'height="{height:.1f}" class="{cls}"/>'
    ticks = range(0, last + 1, tick_step(last))
    axis = "".join(f'<text x="{tick * scale:.1f}" y="80">{tick:,}</text>' for tick in ticks)
    mark = ""
    if max_length <= last:
        x = max_length * scale
        mark = f'<line class="at" x1="{x:.1f}" x2="{x:.1f}" y1="-2" y2="68"/>'
    label = visit.say("cuts_chart", rows=cuts["rows_cut"], all=cuts["rows"], tokens=max_length)
    return (
        f'<svg class="tr-hist" viewBox="-8 -2 344 86" role="img" aria-label="{escape(label)}">'
        f'{HATCH}{bars}<line x1="0" x2="{WIDTH}" y1="66.5" y2="66.5"/>{mark}{axis}</svg>'
    )


def tick_step(last: int) -> int:
    """Return a round distance of ticks so that about four fit.

    >>> tick_step(130), tick_step(520), tick_step(40)
    (32, 128, 8)
    """
    step = 1
    while last / step > 5:
        step *= 2
    return step


def strip_facts(visit: Visit, strip: Mapping[str, Any]) -> str:
    """Return the line over the strip: tokens, words, what is cut, unknown or empty."""
    counts = (
        ("strip_tokens", {"tokens": strip["tokens"]}),
        ("strip_words", {"words": len(strip["words"])}),
    )
    parts = [FIGURE.sub(r"<b>\1</b>", escape(visit.say(key, **n)), count=1) for key, n in counts]
    gone = strip["tokens"] - strip["kept"]
    if gone:
        text = visit.say("strip_cut", tokens=gone)
        if strip["lost"]:
            text += ", " + visit.say("strip_lost", entities=strip["lost"])
        if strip["partly"]:
            text += ", " + visit.say("strip_halved", entities=strip["partly"])
        parts.append(f'<b class="is-bad">{escape(text)}</b>')
    if strip["unknown"]:
        text = escape(visit.say("strip_unknown", pieces=strip["unknown"]))
        if strip["unknown"] > strip["tokens"] / 10:
            text += ": " + escape(visit.say("strip_script")) + " "
            text += go("checkpoint", visit.say("strip_other_checkpoint"))
        parts.append(f'<span class="is-warn">{text}</span>')
    if strip["empty"]:
        text = visit.say("strip_empty", words=strip["empty"])
        parts.append(f'<span class="is-warn">{escape(text)}</span>')
    return f'<p class="fr-factline">{" · ".join(parts)}</p>'
