"""The components of step 2 and where they stand."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import gradio as gr

from ui.components.cleaning_list import cleaning_list
from ui.components.histogram import histogram_chart
from ui.markup import heading, html, pickable, word
from ui.texts import t

SOURCES = ("upload", "hub", "example")
ROLES = ("tokens", "labels", "sentence", "text", "spans")
USUAL = ("tokens", "labels", "sentence")  # offered where nothing could be proposed
SPLIT_SETTINGS = ("validation_share", "test_share", "seed", "stratify")


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
    hub_splits: Any
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
    text: Any
    spans: Any
    settings: Any
    cleaning: Any
    add_step: Any
    add_first: Any
    add_second: Any
    add: Any
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
        return [self.tokens, self.labels, self.sentence, self.text, self.spans]

    @property
    def adding(self) -> list[Any]:
        """The fields of a cleaning step to add."""
        return [self.add_step, self.add_first, self.add_second]

    @property
    def splits(self) -> list[Any]:
        """The widgets that say how train is cut."""
        return [self.validation_share, self.test_share, self.seed, self.stratify]


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
        with gr.Row(elem_classes="fr-open"):
            parts["hub_id"] = gr.Textbox(
                label=t("data_hub_id"),
                info=t("data_hub_id_info"),
                elem_id="data-hub_id",
                max_lines=1,
                scale=3,
                min_width=160,
            )
            parts["look_up"] = gr.Button(
                t("data_look_up"), elem_id="data-look_up", scale=1, min_width=100
            )
        parts["matches"] = pickable(elem_id="data-matches")
        parts["config"] = gr.Dropdown(
            [], label=t("data_config"), elem_id="data-config", visible=False, interactive=True
        )
        parts["hub_splits"] = gr.CheckboxGroup(
            [], label=t("data_splits"), elem_id="data-splits", visible=False, interactive=True
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
        parts |= _cleaning()
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


def _cleaning() -> dict[str, Any]:
    parts: dict[str, Any] = {"cleaning": cleaning_list("data-cleaning")}
    with gr.Row(elem_classes="fr-two fr-addstep"):
        parts["add_step"] = gr.Dropdown(
            [], label=t("clean_add"), elem_id="data-add_step", min_width=250, interactive=True
        )
        for name in ("add_first", "add_second"):
            parts[name] = gr.Textbox(
                elem_id=f"data-{name}", visible=False, min_width=90, max_lines=1, interactive=True
            )
        parts["add"] = gr.Button(t("clean_add_button"), elem_id="data-add", min_width=80, scale=0)
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
