"""The components of step 1 and where they stand."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import gradio as gr

from core.tasks import TASKS
from ui.components.token_field import token_field
from ui.markup import heading, html, pickable
from ui.texts import t

SOURCES = ("hub", "machine", "starter", "folder")
KINDS = ("base", "finished")
LANGUAGES = (
    ("English", "en"),
    ("日本語", "ja"),
    ("한국어", "ko"),
    ("中文", "zh"),
    ("Deutsch", "de"),
    ("Español", "es"),
    ("Français", "fr"),
    ("Português", "pt"),
    ("العربية", "ar"),
    ("हिन्दी", "hi"),
    ("multilingual", "multilingual"),
)
SIZES = ("small", "medium", "large")
LICENCES = ("apache-2.0", "mit", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0")


@dataclass(frozen=True)
class Parts:
    """The components of the step."""

    task: Any
    source: Any
    filters: Any
    search: Any
    kind: Any
    language: Any
    size: Any
    licence: Any
    folder_row: Any
    folder: Any
    open: Any
    results: Any
    problem: Any
    card: Any
    fetch: Any
    download: Any
    cancel: Any
    progress: Any
    advanced: Any
    revision: Any
    token: Any
    next: Any
    asked: Any

    @property
    def shown(self) -> list[Any]:
        """Everything that handlers change."""
        fixed = ("token",)
        return [getattr(self, item.name) for item in fields(self) if item.name not in fixed]


def layout() -> Parts:
    """Lay the components out."""
    with gr.Row(elem_classes="fr-cols"):
        with gr.Column(scale=7, min_width=320):
            left = _list_side()
        with gr.Column(scale=4, min_width=300, elem_classes="fr-panel"):
            right = _card_side()
    return Parts(**left, **right, asked=gr.State(""))


def _list_side() -> dict[str, Any]:
    heading("checkpoint_heading", "checkpoint_lead")
    parts: dict[str, Any] = {}
    with gr.Row():
        tasks = [(t(f"task_{task.name}"), task.name) for task in TASKS]
        parts["task"] = gr.Dropdown(
            tasks,
            label=t("checkpoint_task"),
            elem_id="checkpoint-task",
            scale=1,
            min_width=220,
            interactive=True,
        )
        parts["source"] = gr.Radio(
            [(t(f"checkpoint_from_{source}"), source) for source in SOURCES],
            label=t("checkpoint_source"),
            elem_id="checkpoint-source",
            elem_classes="fr-seg",
            scale=2,
            min_width=320,
        )
    with gr.Column(elem_classes="fr-filters", visible=False) as parts["filters"]:
        parts.update(_filters())
    with gr.Row(elem_classes="fr-open", visible=False) as parts["folder_row"]:
        parts["folder"] = gr.Textbox(
            label=t("checkpoint_folder"),
            info=t("checkpoint_folder_info"),
            elem_id="checkpoint-folder",
            scale=3,
            min_width=220,
            max_lines=1,
        )
        parts["open"] = gr.Button(t("checkpoint_open"), elem_id="checkpoint-open", min_width=150)
    parts["problem"] = html(elem_id="checkpoint-problem")
    parts["results"] = pickable(elem_id="checkpoint-results")
    return parts


def _filters() -> dict[str, Any]:
    def dropdown(name: str, options: list[tuple[Any, str]], width: int) -> Any:
        return gr.Dropdown(
            options,
            label=t(f"checkpoint_{name}"),
            show_label=False,
            container=False,
            elem_id=f"checkpoint-{name}",
            min_width=width,
            interactive=True,
        )

    sizes = [(t(f"checkpoint_size_{name}"), name) for name in SIZES]
    licences = [(name, name) for name in LICENCES]
    with gr.Row():
        search = gr.Textbox(
            label=t("checkpoint_search"),
            placeholder=t("checkpoint_search_hint"),
            show_label=False,
            container=False,
            elem_id="checkpoint-search",
            scale=2,
            min_width=200,
            max_lines=1,
        )
        kind = dropdown("kind", [(t(f"checkpoint_kind_{k}"), k) for k in KINDS], 150)
    with gr.Row():
        languages = [(t("checkpoint_any_language"), ""), *LANGUAGES]
        return {
            "search": search,
            "kind": kind,
            "language": dropdown("language", languages, 100),
            "size": dropdown("size", [(t("checkpoint_any_size"), ""), *sizes], 100),
            "licence": dropdown("licence", [(t("checkpoint_any_licence"), ""), *licences], 100),
        }


def _card_side() -> dict[str, Any]:
    parts: dict[str, Any] = {"card": pickable(elem_id="checkpoint-card")}
    parts["progress"] = html(elem_id="checkpoint-progress")
    parts["fetch"] = gr.Button(
        t("checkpoint_fetch"), variant="primary", elem_id="checkpoint-fetch", visible=False
    )
    parts["download"] = gr.Button(
        "", variant="primary", elem_id="checkpoint-download", visible=False
    )
    parts["cancel"] = gr.Button(
        t("checkpoint_cancel"), variant="stop", elem_id="checkpoint-cancel", visible=False
    )
    with gr.Accordion(t("checkpoint_advanced"), open=False) as parts["advanced"]:
        parts["revision"] = gr.Textbox(
            label=t("checkpoint_revision"),
            info=t("checkpoint_revision_info"),
            elem_id="checkpoint-revision",
            max_lines=1,
        )
        parts["token"] = token_field("checkpoint")
    parts["next"] = gr.Button(t("next_data"), variant="primary", elem_id="checkpoint-next")
    return parts
