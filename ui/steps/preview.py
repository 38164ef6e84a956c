"""Step 3: see what the model will see, row by row, as a batch, and over all rows."""

from __future__ import annotations

import random
from typing import Any

import gradio as gr

from core.errors import UserError
from core.spec import RunSpec
from ui.components.cut_report import cut_report, strip_facts
from ui.figures import size
from ui.forms import read
from ui.handlers import listen
from ui.markup import empty, error, go
from ui.parts.preview import LONGEST, layout
from ui.services import Services, Visit
from ui.step import Step

SPLITS = ("train", "validation", "test")
IDS = "(v) => FR.showIds(v === 'ids')"


def place(visit: Visit) -> tuple[str, int]:
    """Return the split and row (from 1) that the visitor looks at."""
    page = visit.draft.page
    split = str(page.get("split") or "train")
    return split if split in SPLITS else "train", max(1, int(page.get("row") or 1))


def strip_of(visit: Visit) -> dict[str, Any]:
    """Return the strip of the visitor's row; a row that is gone becomes the first."""
    services, spec = visit.services, visit.spec
    split, row = place(visit)
    total = splits_of(visit).get(split, 0)
    if not total:
        split, row = "train", 1
    strip: dict[str, Any] = services.ask("strip", spec, split=split, row=min(row, total or row))
    return strip


def splits_of(visit: Visit) -> dict[str, int]:
    """Return the prepared splits that have rows."""
    report = visit.services.ask("describe", visit.spec)
    return {split: report["splits"][split] for split in SPLITS if report["splits"].get(split)}


def longest_of(visit: Visit) -> int:
    """Return the end of the length slider."""
    card = visit.services.checkpoint(visit.spec)
    allowed = card.max_length if card else LONGEST
    return max(16, min(allowed, max(LONGEST, visit.spec.max_length)))


def missing(visit: Visit) -> str | None:
    """Return what to show instead of the preview, or None where there is all it needs."""
    if not visit.draft.has_data:
        return empty(
            visit.say("preview_empty"),
            visit.say("preview_empty_text"),
            "data",
            visit.say("go_data"),
        )
    if visit.services.checkpoint(visit.spec) is None:
        return empty(
            visit.say("preview_no_checkpoint"),
            visit.say("preview_no_checkpoint_text", name=visit.spec.checkpoint),
            "checkpoint",
            visit.say("go_checkpoint"),
        )
    return None


def prices(visit: Visit, lengths: list[int]) -> dict[int, str]:
    """Say what training with a longer maximum length takes in memory."""
    from core.training.memory import estimate_bytes

    card = visit.services.checkpoint(visit.spec)
    if card is None or not card.parameters:
        return {}
    rows = visit.spec.hyperparameters.per_device_train_batch_size
    now = size(estimate_bytes(card, rows, visit.spec.max_length))
    then = {length: size(estimate_bytes(card, rows, length)) for length in lengths}
    return {length: visit.say("cuts_memory", now=now, then=then[length]) for length in lengths}


def refresh(visit: Visit) -> list[Any]:
    """Show the step for the draft: body, note, split, row, length, rule, facts, strip."""
    try:
        note = missing(visit)
        if note is None:
            return _whole(visit)
    except UserError as problem:
        note = error(problem.message, problem.hint, go("data", visit.say("go_data")))
    return [gr.Column(visible=False), gr.HTML(note, visible=True), *[gr.skip()] * 6]


def _whole(visit: Visit) -> list[Any]:
    strip, splits, spec = strip_of(visit), splits_of(visit), visit.spec
    names = [
        (visit.say("split_of", split=visit.say(f"split_{s}"), rows=n), s) for s, n in splits.items()
    ]
    return [
        gr.Column(visible=True),
        gr.HTML("", visible=False),
        gr.Dropdown(choices=names, value=strip["split"]),
        gr.Slider(maximum=max(strip["total"], 2), value=strip["row"]),
        gr.Slider(maximum=longest_of(visit), value=spec.max_length),
        rule_of(spec),
        strip_facts(visit, strip),
        strip,
    ]


def rule_of(spec: RunSpec) -> str:
    """Return the labelling rule."""
    return str(spec.task_options.get("label_rule") or "first")


def survey(visit: Visit) -> list[Any]:
    """Show the batch and the report over all rows."""
    if missing(visit) is not None:
        return [gr.skip(), gr.skip()]
    spec = visit.spec
    split, row = place(visit)
    if split not in splits_of(visit):
        split, row = "train", 1
    batch = visit.services.ask("batch", spec, split=split, start=row)
    cuts = visit.services.ask("cuts", spec)
    lengths = [int(r["value"]) for r in cuts["remedies"] if r["kind"] == "max_length"]
    return [batch, cut_report(visit, cuts, spec.max_length, prices(visit, lengths))]


def show(visit: Visit, split: str, row: float, length: float, rule: str) -> list[Any]:
    """Take over the controls and show the row: row slider, facts, strip."""
    before = place(visit)[0]
    visit.change(
        {
            "page.split": split,
            "page.row": int(row) if split == before else 1,
            "max_length": read("max_length", length),
            "task_options": {**visit.spec.task_options, "label_rule": rule},
        }
    )
    return _row(visit)


def _row(visit: Visit) -> list[Any]:
    strip = strip_of(visit)
    slider = gr.Slider(maximum=max(strip["total"], 2), value=strip["row"])
    return [slider, strip_facts(visit, strip), strip]


def jump(visit: Visit, row: int | None) -> list[Any]:
    """Go to a row; None: nothing was found."""
    if row is None:
        gr.Info(visit.say("preview_none_found"), duration=4)
        return [gr.skip()] * 3
    visit.change({"page.row": row})
    return _row(visit)


def at_random(visit: Visit) -> list[Any]:
    """Go to any other row."""
    split, row = place(visit)
    total = splits_of(visit).get(split, 1)
    others = random.randrange(1, total) if total > 1 else 1
    return jump(visit, others + (others >= row) if total > 1 else 1)


def next_cut(visit: Visit) -> list[Any]:
    """Go to the next row that is cut."""
    return find(visit, "cut", "")


def search(visit: Visit, query: str) -> list[Any]:
    """Go to the next row with a label of that name, else with that word."""
    query = (query or "").strip()
    if not query:
        return [gr.skip()] * 3
    labels = {label.casefold() for label in visit.services.ask("describe", visit.spec)["labels"]}
    bare = query.casefold().removeprefix("b-").removeprefix("i-")
    return find(visit, "label" if bare in labels else "word", query)


def find(visit: Visit, kind: str, query: str) -> list[Any]:
    """Go to the next row that fits, from the top again after the last."""
    split, row = place(visit)
    answer = visit.services.predictor.call(
        "find", spec=visit.spec.to_json(), split=split, after=row, kind=kind, query=query
    )
    return jump(visit, answer["row"])


def apply(visit: Visit, event: gr.EventData) -> list[Any]:
    """Apply a remedy: a longer maximum length."""
    length = int(event.value)
    visit.change({"max_length": length})
    return [gr.Slider(maximum=max(longest_of(visit), length), value=length), *_row(visit)]


def build(services: Services) -> Step:
    """Build the step."""
    parts = layout()
    shown, rest = [parts.row, parts.facts, parts.strip], [parts.batch, parts.report]
    controls = [parts.split, parts.row, parts.length, parts.rule]
    moved = [parts.row.input, parts.length.input, parts.rule.input, parts.split.input]
    applied = [parts.length, *shown]
    after = [
        listen(services, moved, show, controls, shown, trigger_mode="always_last", changes=True),
        listen(services, parts.any_row.click, at_random, None, shown, trigger_mode="multiple"),
        listen(services, parts.cut_row.click, next_cut, None, shown, trigger_mode="multiple"),
        listen(services, parts.query.submit, search, parts.query, shown, trigger_mode="multiple"),
        listen(services, parts.report.select, apply, None, applied, event=True, changes=True),
    ]
    for listener in after:
        listen(services, listener, survey, None, rest)
    parts.ids.change(None, parts.ids, None, js=IDS, api_visibility="private")
    whole = [parts.body, parts.note, parts.split, parts.row, parts.length, parts.rule]
    return Step(refresh, [*whole, parts.facts, parts.strip], survey, rest)
