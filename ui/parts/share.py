"""The components of step 5 and where they stand."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import gradio as gr

from ui.components.token_field import token_field
from ui.markup import html, pickable, word
from ui.render import SPLITS
from ui.texts import t

AGGREGATIONS = ("first", "average", "max")
LICENCES = ("apache-2.0", "mit", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "openrail", "other")
# Ctrl + Enter in the text presses Predict.
KEYS = """document.addEventListener('keydown', (e) => {
  if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && e.target.closest?.('#share-text')) {
    e.preventDefault(); document.getElementById('share-predict')?.click(); } });"""


@dataclass(frozen=True)
class Parts:
    """The components of the step."""

    nothing: Any
    views: Any
    try_title: Any
    text: Any
    predict: Any
    aggregation: Any
    examples: Any
    result: Any
    test: Any
    validation: Any
    publish_title: Any
    token: Any
    namespace: Any
    repo_id: Any
    private: Any
    licence: Any
    language: Any
    problem: Any
    progress: Any
    publish: Any
    cancel: Any
    address: Any
    download: Any
    card_title: Any
    card: Any
    metadata: Any
    checks: Any

    @property
    def shown(self) -> list[Any]:
        """Everything that handlers change."""
        return [getattr(self, item.name) for item in fields(self) if item.name != "token"]

    @property
    def form(self) -> list[Any]:
        """What says where and how to publish."""
        return [self.namespace, self.repo_id, self.private, self.licence, self.language]


def layout() -> Parts:
    """Lay the components out."""
    parts: dict[str, Any] = {"nothing": html(elem_id="share-nothing")}
    with gr.Column(visible=False) as parts["views"], gr.Tabs(elem_classes="fr-subtabs"):
        with gr.Tab(t("share_try"), id="try", elem_id="share-try"):
            parts.update(_try())
        with gr.Tab(t("share_results"), id="results", elem_id="share-results"):
            parts.update(_results())
        with gr.Tab(t("share_publishing"), id="publish", elem_id="share-publishing"):
            parts.update(_publish())
    return Parts(**parts)


def _results() -> dict[str, Any]:
    parts: dict[str, Any] = {}
    with gr.Row(elem_classes="fr-cols"):
        for split in SPLITS:
            with gr.Column(scale=1, min_width=300):
                parts[split] = html(elem_id=f"share-{split}", elem_classes="fr-panel")
    return parts


def _try() -> dict[str, Any]:
    parts: dict[str, Any] = {}
    with gr.Row(elem_classes="fr-cols"):
        with gr.Column(scale=4, min_width=300):
            parts["try_title"] = html()
            parts["text"] = gr.Textbox(
                label=t("share_text"), info=t("share_text_info"), lines=5, elem_id="share-text"
            )
            with gr.Row(elem_classes="fr-ends"):
                parts["predict"] = gr.Button(
                    t("share_predict"), variant="primary", elem_id="share-predict", min_width=110
                )
                parts["aggregation"] = gr.Dropdown(
                    [(t(f"aggregation_{name}"), name) for name in AGGREGATIONS],
                    label=t("share_aggregation"),
                    elem_id="share-aggregation",
                    min_width=150,
                    interactive=True,
                )
            parts["examples"] = pickable(elem_id="share-examples")
            html(word("share_text_info", "span", "fr-sr"), js_on_load=KEYS)
        with gr.Column(scale=7, min_width=320, elem_classes="fr-panel"):
            parts["result"] = html(elem_id="share-result")
    return parts


def _publish() -> dict[str, Any]:
    parts: dict[str, Any] = {}
    with gr.Row(elem_classes="fr-cols"):
        with gr.Column(scale=5, min_width=300):
            parts["publish_title"] = html()
            parts["token"] = token_field("share")
            parts.update(_form())
            parts["problem"] = html(elem_id="share-problem")
            parts["progress"] = html(elem_id="share-progress")
            parts["publish"] = gr.Button(
                t("share_publish"), variant="primary", elem_id="share-publish"
            )
            parts["cancel"] = gr.Button(
                t("share_cancel"), variant="stop", elem_id="share-cancel", visible=False
            )
            parts["address"] = html(elem_id="share-address")
            with gr.Accordion(t("share_take"), open=True):
                parts["download"] = html()
                html(word("share_download_note", "p", "fr-quiet"))
        with gr.Column(scale=6, min_width=320, elem_classes="fr-panel"):
            parts["card_title"] = html()
            with gr.Column(elem_classes="fr-card"):
                parts["card"] = gr.Markdown(elem_id="share-card", latex_delimiters=[])
            parts["metadata"] = html()
            parts["checks"] = html(elem_id="share-checks")
    return parts


def _form() -> dict[str, Any]:
    parts: dict[str, Any] = {}
    with gr.Row(elem_classes="fr-two"):
        parts["namespace"] = gr.Dropdown(
            [],
            label=t("share_namespace"),
            info=t("share_namespace_info"),
            elem_id="share-namespace",
            min_width=130,
            visible=False,
            interactive=True,
        )
        parts["repo_id"] = gr.Textbox(
            label=t("share_repo_id"),
            info=t("share_repo_id_info"),
            elem_id="share-repo_id",
            min_width=180,
            max_lines=1,
        )
    parts["private"] = gr.Radio(
        [(t("share_is_private"), True), (t("share_is_public"), False)],
        label=t("share_private"),
        elem_id="share-private",
        elem_classes="fr-seg",
    )
    with gr.Row(elem_classes="fr-two"):
        parts["licence"] = gr.Dropdown(
            list(LICENCES),
            label=t("share_licence"),
            elem_id="share-licence",
            allow_custom_value=True,
            min_width=130,
            interactive=True,
        )
        parts["language"] = gr.Textbox(
            label=t("share_language"),
            placeholder="en",
            elem_id="share-language",
            min_width=130,
            max_lines=1,
        )
    return parts
