"""The components of step 2 and what they show for a draft."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import gradio as gr

from core.errors import UserError
from ui import waiting
from ui.charts import histogram
from ui.components.histogram import histogram_chart
from ui.figures import size
from ui.found import (
    examples_html,
    files_html,
    found_html,
    labels_html,
    lengths_text,
    needs_html,
    nothing,
    rows_html,
)
from ui.markup import facts, heading, html, lead, pickable, title, word
from ui.services import Visit
from ui.texts import t

if TYPE_CHECKING:
    from core.data.imports import Imported

SOURCES = ("upload", "hub", "example")
ROLES = ("tokens", "labels", "sentence")
CLEANING = ("trim", "drop_empty", "drop_duplicates")
SPLIT_SETTINGS = ("validation_share", "test_share", "seed", "stratify")
FILE_TYPES = [".conll", ".conllu", ".iob", ".iob2", ".bio", ".txt", ".tsv", ".csv", ".json"]
FILE_TYPES += [".jsonl", ".ndjson", ".parquet", ".dev", ".train", ".test", ".annotated"]
PAGE_ROWS = 8
READ = "data-read"


@dataclass(frozen=True)
class Parts:
    """The components of the step."""

    source: Any
    upload: Any
    files: Any
    hub: Any
    hub_id: Any
    look_up: Any
    matches: Any
    config: Any
    load: Any
    example: Any
    progress: Any
    cancel: Any
    problem: Any
    chosen: Any
    needs: Any
    columns: Any
    tokens: Any
    labels: Any
    sentence: Any
    settings: Any
    trim: Any
    drop_empty: Any
    drop_duplicates: Any
    validation_share: Any
    test_share: Any
    seed: Any
    stratify: Any
    next: Any
    found: Any
    counts: Any
    lengths: Any
    lengths_text: Any
    rows_tools: Any
    split: Any
    row: Any
    back: Any
    on: Any
    rows: Any

    @property
    def shown(self) -> list[Any]:
        """Everything that handlers change."""
        return [getattr(self, item.name) for item in fields(self)]

    @property
    def roles(self) -> list[Any]:
        """The dropdowns of the columns."""
        return [self.tokens, self.labels, self.sentence]

    @property
    def cleaning(self) -> list[Any]:
        """The boxes of the cleaning steps."""
        return [self.trim, self.drop_empty, self.drop_duplicates]

    @property
    def splits(self) -> list[Any]:
        """The widgets that say how train is cut."""
        return [self.validation_share, self.test_share, self.seed, self.stratify]


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
    steps = [str(step.get("step")) for step in visit.spec.cleaning]
    known = [visit.say(f"data_clean_short_{step}") for step in CLEANING if step in steps]
    return ", ".join(known) or visit.say("data_cleaning_none")


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
    steps = [step.get("step") for step in spec.cleaning]
    busy = waiting.is_busy(visit, READ)
    return {
        parts.source: source,
        parts.upload: gr.Column(visible=source == "upload"),
        parts.hub: gr.Column(visible=source == "hub"),
        parts.example: gr.HTML(
            examples_html(visit, list_examples()), visible=source == "example"
        ),
        parts.progress: "",
        parts.cancel: gr.Button(visible=busy),
        parts.chosen: chosen_html(visit, imported),
        parts.settings: gr.Accordion(label=settings_label(visit, imported)),
        **{box: name in steps for box, name in zip(parts.cleaning, CLEANING, strict=True)},
        parts.validation_share: f"{spec.splits.validation_share:g}",
        parts.test_share: f"{spec.splits.test_share:g}",
        parts.seed: str(spec.splits.seed),
        parts.stratify: spec.splits.stratify,
    }


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
            (visit.say("found_format"), f"{imported.format}, {imported.encoding}"),
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
            visible=role != "sentence" or bool(value) or not taken,
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


# --- layout ------------------------------------------------------------------------------------


def layout() -> Parts:
    """Lay the components out."""
    with gr.Row(elem_classes="fr-cols"):
        with gr.Column(scale=4, min_width=300):
            left = {**_sources(), **_choice()}
        with gr.Column(scale=7, min_width=320, elem_classes="fr-panel"):
            right = _evidence()
    return Parts(**left, **right)


def _sources() -> dict[str, Any]:
    heading("data_heading", "data_lead")
    parts: dict[str, Any] = {}
    parts["source"] = gr.Radio(
        [(t(f"data_from_{source}"), source) for source in SOURCES],
        label=t("data_source"),
        elem_id="data-source",
        elem_classes="fr-seg",
    )
    with gr.Column(visible=True) as parts["upload"]:
        parts["files"] = gr.File(
            file_count="multiple", label=t("data_files"), elem_id="data-files", height=104
        )
        html(word("data_files_hint", "p", "fr-quiet"))
    with gr.Column(visible=False) as parts["hub"]:
        parts["hub_id"] = gr.Textbox(
            label=t("data_hub_id"), info=t("data_hub_id_info"), elem_id="data-hub_id", max_lines=1
        )
        parts["look_up"] = gr.Button(t("data_look_up"), elem_id="data-look_up", size="sm")
        parts["matches"] = pickable(elem_id="data-matches")
        parts["config"] = gr.Dropdown(
            [], label=t("data_config"), elem_id="data-config", visible=False, interactive=True
        )
        parts["load"] = gr.Button(t("data_load"), elem_id="data-load", visible=False)
    parts["example"] = pickable(elem_id="data-example", visible=False)
    parts["progress"] = html(elem_id="data-progress")
    parts["cancel"] = gr.Button(
        t("data_cancel"), variant="stop", elem_id="data-cancel", visible=False
    )
    parts["problem"] = html(elem_id="data-problem")
    parts["chosen"] = pickable(elem_id="data-chosen")
    parts["needs"] = pickable(elem_id="data-needs")
    return parts


def _choice() -> dict[str, Any]:
    parts: dict[str, Any] = {}
    with gr.Row(visible=False, elem_classes="fr-two") as parts["columns"]:
        for role in ROLES:
            parts[role] = gr.Dropdown(
                [],
                label=t(f"data_{role}"),
                info=" ",
                elem_id=f"data-{role}",
                min_width=130,
                interactive=True,
            )
    with gr.Accordion(t("data_cleaning"), open=False, elem_id="data-settings") as parts["settings"]:
        for step in CLEANING:
            parts[step] = gr.Checkbox(
                label=t(f"data_clean_{step}"), elem_id=f"data-{step}", interactive=True
            )
        html(word("data_split_note", "p", "fr-quiet"))
        with gr.Row(elem_classes="fr-two"):
            for name, info in (
                ("validation_share", "data_share_info"),
                ("test_share", "data_share_info"),
                ("seed", "data_seed_info"),
            ):
                parts[name] = gr.Textbox(
                    label=t(f"data_{name}"),
                    info=t(info),
                    elem_id=f"data-{name}",
                    min_width=90,
                    max_lines=1,
                )
        parts["stratify"] = gr.Checkbox(
            label=t("data_stratify"), elem_id="data-stratify", interactive=True
        )
    parts["next"] = gr.Button(t("next_preview"), variant="primary", elem_id="data-next")
    return parts


def _evidence() -> dict[str, Any]:
    parts: dict[str, Any] = {"found": html(elem_id="data-found")}
    parts["counts"] = html(elem_id="data-counts")
    parts["lengths"] = histogram_chart(elem_id="data-lengths", visible=False)
    parts["lengths_text"] = html(elem_id="data-lengths_text")
    with gr.Row(visible=False, elem_classes="fr-rowtools") as parts["rows_tools"]:
        parts["split"] = gr.Radio(
            [], label=t("rows_split"), elem_id="data-split", elem_classes="fr-seg"
        )
        parts["row"] = gr.Textbox(label=t("rows_go"), elem_id="data-row", max_lines=1)
        parts["back"] = gr.Button(t("rows_back"), elem_id="data-back", size="sm")
        parts["on"] = gr.Button(t("rows_on"), elem_id="data-on", size="sm")
    parts["rows"] = html(elem_id="data-rows")
    return parts
