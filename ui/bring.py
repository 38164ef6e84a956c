"""What step 2 shows for a draft, and the import that brings its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.utils import get_upload_folder

from core.errors import UserError
from core.spec import SPLITS, DatasetSpec
from ui import waiting
from ui.charts import histogram
from ui.cleaning import STEPS, cleaning_html, fields_of
from ui.figures import size
from ui.found import (
    examples_html,
    files_html,
    format_words,
    found_html,
    labels_html,
    lengths_text,
    needs_html,
    nothing,
    rows_html,
)
from ui.markup import facts, lead, quiet, title
from ui.parts.data import ROLES, SOURCES, USUAL, Parts
from ui.services import Visit

if TYPE_CHECKING:
    from core.data.imports import Imported

PAGE_ROWS = 8
READ = "data-read"

Shown = Iterator[dict[Any, Any]]


# --- what the draft says -----------------------------------------------------------------------


def choices(visit: Visit) -> dict[str, Any]:
    """Return the choices of this step that are no part of a run."""
    return dict(visit.draft.page.get("data") or {})


def source_of(visit: Visit) -> str:
    """Return where the data is to come from."""
    source = choices(visit).get("source")
    return str(source) if source in SOURCES else "upload"


def name_of(visit: Visit, imported: Imported) -> str:
    """Return what the chosen data is called."""
    name = visit.draft.page.get("data_name")
    return str(name or (imported.sources or ("",))[0])


def cleaning_words(visit: Visit) -> str:
    """Say the chosen cleaning steps in a few words."""
    steps = [str(step.get("step")) for step in visit.spec.cleaning if step.get("on", True)]
    known = [visit.say(f"clean_{step}") for step in steps[:2]]
    more = [visit.say("clean_more", more=len(steps) - 2)] if len(steps) > 2 else []
    return ", ".join(known + more) or visit.say("data_cleaning_none")


def settings_label(visit: Visit, imported: Imported | None) -> str:
    """Return the fold's label with the current values."""
    splits, cleaning = visit.spec.splits, cleaning_words(visit)
    given = imported is not None and "validation" in imported.splits
    if given and ("test" in (imported.splits if imported else {}) or not splits.test_share):
        return visit.say("data_cleaning_given", cleaning=cleaning)
    return visit.say(
        "data_cleaning_now",
        cleaning=cleaning,
        validation=0 if given else 100 * splits.validation_share,
        test=100 * splits.test_share,
        seed=splits.seed,
    )


# --- what is shown -----------------------------------------------------------------------------


def view(visit: Visit, parts: Parts) -> dict[Any, Any]:
    """Return everything that is known without looking at the rows."""
    from core.data.examples import list_examples

    source, spec = source_of(visit), visit.spec
    imported = visit.services.imported(spec)
    busy = waiting.is_busy(visit, READ)
    return {
        parts.source: source,
        parts.upload: gr.Column(visible=source == "upload"),
        parts.hub: gr.Column(visible=source == "hub"),
        parts.example: gr.HTML(examples_html(visit, list_examples()), visible=source == "example"),
        parts.progress: "",
        parts.cancel: gr.Button(visible=busy),
        parts.chosen: chosen_html(visit, imported),
        parts.settings: gr.Accordion(label=settings_label(visit, imported)),
        parts.cleaning: cleaning_html(visit, visit.services.known("describe", spec)),
        **add_view(visit, parts, ""),
        parts.validation_share: f"{spec.splits.validation_share:g}",
        parts.test_share: f"{spec.splits.test_share:g}",
        parts.seed: str(spec.splits.seed),
        parts.stratify: spec.splits.stratify,
    }


def add_view(visit: Visit, parts: Parts, name: str) -> dict[Any, Any]:
    """Return the fields of a cleaning step to add; no name: none is chosen."""
    boxes = dict.fromkeys([parts.add_first, parts.add_second], gr.Textbox(value="", visible=False))
    for box, (label, value) in zip(boxes, fields_of(visit, name), strict=False):
        boxes[box] = gr.Textbox(label=label, value=value, visible=True)
    choices = [(visit.say(f"clean_{step}"), step) for step in STEPS]
    return {parts.add_step: gr.Dropdown(choices=choices, value=name or None), **boxes}


def chosen_html(visit: Visit, imported: Imported | None) -> str:
    """Return the line of the chosen data."""
    if imported is None:
        return ""
    return files_html(visit, name_of(visit, imported), size(imported.size_bytes))


def looking(visit: Visit, parts: Parts) -> dict[Any, Any]:
    """Say that the rows are being looked at, unless the answer is known."""
    imported = visit.services.imported(visit.spec)
    if imported is None or visit.services.known("describe", visit.spec) is not None:
        return {}
    said = lead(visit.say("data_looking"))
    return {parts.found: title(visit.say("found_heading"), name_of(visit, imported)) + said}


def report_view(visit: Visit, parts: Parts) -> dict[Any, Any]:
    """Return the report on the rows, or why there is none."""
    imported = visit.services.imported(visit.spec)
    if imported is None:
        return {**_without_report(parts), parts.found: nothing(visit), parts.problem: ""}
    try:
        report = visit.services.ask("describe", visit.spec)
    except UserError as error:
        return {
            **_without_report(parts),
            **_columns(visit, parts, imported, {"columns": visit.spec.columns, "proposal": {}}),
            parts.found: raw_html(visit, imported),
            parts.problem: waiting.problem(error),
        }
    words, count = visit.say("found_axis_words"), visit.say("found_axis_rows")
    lengths = histogram(report["lengths"], words, count, visit.say("found_lengths"))
    return {
        **_columns(visit, parts, imported, report),
        parts.problem: "",
        parts.needs: needs_html(visit, report["needs"]),
        parts.cleaning: cleaning_html(visit, report),
        parts.found: found_html(visit, report, name_of(visit, imported)),
        parts.counts: labels_html(visit, report),
        parts.lengths: gr.HTML(lengths, visible=True),
        parts.lengths_text: lengths_text(visit, report),
        **rows_view(visit, parts, report),
    }


def _without_report(parts: Parts) -> dict[Any, Any]:
    return {
        parts.columns: gr.Row(visible=False),
        parts.needs: "",
        parts.counts: "",
        parts.lengths: gr.HTML(None, visible=False),
        parts.lengths_text: "",
        parts.rows_tools: gr.Row(visible=False),
        parts.rows: "",
    }


def raw_html(visit: Visit, imported: Imported) -> str:
    """Return what is known of data that cannot be trained on as it is."""
    columns = ", ".join(f"{column.name} ({column.example[:40]})" for column in imported.columns)
    rows = f"{sum(imported.splits.values()):,}"
    return title(visit.say("found_heading"), name_of(visit, imported)) + facts(
        [
            (visit.say("found_format"), format_words(imported.format, imported.encoding)),
            (visit.say("found_rows"), rows),
            (visit.say("data_cols"), columns),
        ]
    )


def _columns(visit: Visit, parts: Parts, imported: Imported, report: Any) -> dict[Any, Any]:
    names = [column.name for column in imported.columns]
    taken, reasons = report["columns"], report["proposal"]
    updates: dict[Any, Any] = {parts.columns: gr.Row(visible=True)}
    for role, box in zip(ROLES, parts.roles, strict=True):
        value = taken.get(role)
        updates[box] = gr.Dropdown(
            choices=names,
            value=value if value in names else None,
            info=reasons.get(role) or " ",
            visible=bool(value) if taken else role in USUAL,
        )
    return updates


def rows_view(visit: Visit, parts: Parts, report: Any) -> dict[Any, Any]:
    """Return one page of rows of the chosen split."""
    present = [split for split, rows in report["splits"].items() if rows]
    kept = choices(visit)
    split = kept.get("split") if kept.get("split") in present else present[0]
    total = report["splits"][split]
    start = min(max(int(kept.get("start") or 0), 0), max(total - 1, 0))
    try:
        page = visit.services.ask("rows", visit.spec, split=split, start=start, count=PAGE_ROWS)
    except UserError:  # a question is open; it is asked above
        return {parts.rows_tools: gr.Row(visible=False), parts.rows: ""}
    return {
        parts.rows_tools: gr.Row(visible=True),
        parts.split: gr.Radio(choices=present, value=split),
        parts.row: str(start + 1),
        parts.back: gr.Button(interactive=start > 0),
        parts.on: gr.Button(interactive=start + PAGE_ROWS < total),
        parts.rows: rows_html(visit, page, report["labels"]),
    }


def settled(visit: Visit, parts: Parts) -> Shown:
    """Show what cleaning and splits are now, then the report on the rows."""
    label = settings_label(visit, visit.services.imported(visit.spec))
    known = visit.services.known("describe", visit.spec)
    steps = {parts.cleaning: cleaning_html(visit, known), parts.problem: ""}
    yield {parts.settings: gr.Accordion(label=label), **steps, **looking(visit, parts)}
    yield report_view(visit, parts)


# --- the import ---------------------------------------------------------------------------------


def show_all(visit: Visit, parts: Parts) -> Shown:
    """Show the draft, then the report on its rows."""
    yield {**view(visit, parts), **looking(visit, parts)}
    yield report_view(visit, parts)


def bring(
    visit: Visit,
    parts: Parts,
    dataset: DatasetSpec,
    name: str,
    after: Callable[[], None] | None = None,
    splits: Sequence[str] | None = None,
) -> Shown:
    """Import a dataset with progress; the old one stays where that fails."""
    home, token = visit.services.home, visit.token

    def job(progress: Any, cancelled: Any) -> str:
        from core.data.imports import import_dataset

        watch = {"token": token, "on_progress": progress, "cancelled": cancelled}
        try:
            chosen = dataset if splits is None else picked(dataset, splits, **watch)
            return import_dataset(chosen, home, **watch).hash
        finally:
            if after:
                after()

    chosen = {
        "hub_id": dataset.hub_id,
        "config": dataset.config,
        "revision": dataset.revision,
        "name": name,
    }
    visit.change({"page.data.coming": chosen})
    waiting.begin(visit, READ, job)
    yield from follow(visit, parts)


def picked(dataset: DatasetSpec, splits: Sequence[str], **watch: Any) -> DatasetSpec:
    """Fetch a Hub dataset and return the files of some of its splits."""
    from core.data.hub import fetch_dataset
    from core.data.names import split_of

    files = fetch_dataset(dataset, **watch)
    wanted = {name if name in SPLITS else split_of(name) or "train" for name in splits}
    return DatasetSpec(files={name: paths for name, paths in files.items() if name in wanted})


def follow(visit: Visit, parts: Parts) -> Shown:
    """Show the progress of an import until it is over, then what was found."""
    coming = choices(visit).get("coming") or {}
    name = str(coming.get("name") or "")
    title = visit.say("data_loading" if coming.get("hub_id") else "data_reading", name=name)
    shown: dict[Any, Any] = {parts.cancel: gr.Button(visible=True), parts.problem: ""}
    last = None
    for state, seconds in waiting.follow(visit, READ):
        last = state
        yield {parts.progress: waiting.progress(visit, title, state, seconds, None), **shown}
        shown = {}
    ended = {parts.progress: "", parts.cancel: gr.Button(visible=False), parts.files: None}
    if last is not None and last.phase == "done":
        take(visit, last.run, coming)
        yield ended
        yield from show_all(visit, parts)
    elif last is not None and last.phase == "cancelled":
        yield {**ended, parts.progress: lead(visit.say("data_cancelled"))}
    elif last is not None:
        kept = visit.services.imported(visit.spec) is not None
        note = quiet(visit.say("data_kept_old")) if kept else ""
        yield {**ended, parts.problem: waiting.failure(visit, last) + note}


def take(visit: Visit, digest: str, coming: dict[str, Any]) -> None:
    """Make an import the draft's data; the columns are proposed anew."""
    same = visit.spec.dataset.imported == digest
    dataset = {name: coming.get(name) for name in ("hub_id", "config", "revision")}
    visit.change(
        {
            "dataset": {**dataset, "imported": digest},
            "columns": dict(visit.spec.columns) if same else {},
            "page.data_name": coming.get("name"),
            "page.data.start": 0,
            "page.data.split": None,
            "page.data.coming": None,
        }
    )


def forget(paths: Sequence[str]) -> None:
    """Delete Gradio's copies of uploaded files, each in a folder of its own; nothing else."""
    uploads = Path(get_upload_folder()).resolve()
    for path in map(Path, paths):
        if uploads in path.resolve().parents:
            path.unlink(missing_ok=True)
            with suppress(OSError):
                path.parent.rmdir()
