"""The components of step 3 and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from ui.components.batch_view import batch_view
from ui.components.token_strip import token_strip
from ui.markup import heading, html, pickable, word
from ui.texts import t

LONGEST = 512  # end of the slider where the checkpoint's own maximum is unknown or larger


@dataclass(frozen=True)
class Parts:
    """The components of the step."""

    note: Any
    body: Any
    row: Any
    length: Any
    rule: Any
    ids: Any
    facts: Any
    split: Any
    query: Any
    any_row: Any
    cut_row: Any
    strip: Any
    report: Any
    batch: Any


def layout() -> Parts:
    """Place the step: controls, the strip, then the report beside the batch."""
    heading("preview_heading", "preview_lead")
    made: dict[str, Any] = {}
    made["note"] = html(word("preview_reading", "p", "fr-quiet"), elem_id="preview-note")
    made["body"] = gr.Column(elem_id="preview-body", visible=False)
    with made["body"]:
        with gr.Row(elem_classes="fr-controls"):
            made |= _controls()
        with gr.Column(elem_classes="fr-panel fr-strip"):
            with gr.Row(elem_classes="fr-find"):
                made["facts"] = html("", elem_id="preview-facts")
                made |= _finding()
            made["strip"] = token_strip("preview-strip")
        with gr.Row(elem_classes="fr-cols"):
            with gr.Column(scale=5, min_width=300, elem_classes="fr-panel"):
                made["report"] = pickable("", elem_id="preview-truncation")
            with gr.Column(scale=6, min_width=300, elem_classes="fr-panel"):
                made["batch"] = batch_view("preview-batch")
        gr.Button(
            t("next_train"), variant="primary", elem_id="preview-next", elem_classes="fr-next"
        )
    return Parts(**made)


def _controls() -> dict[str, Any]:
    """Place what decides how the row is shown."""

    def slider(first: int, last: int, value: int, step: int, name: str) -> gr.Slider:
        return gr.Slider(
            first,
            last,
            value=value,
            step=step,
            label=t(f"preview_{name}"),
            elem_id=f"preview-{name}",
            scale=3,
            min_width=150,
            buttons=[],
            interactive=True,
        )

    def choice(
        names: list[tuple[str, str]], value: str, elem_id: str, key: str, width: int
    ) -> gr.Radio:
        return gr.Radio(
            [(t(name), value) for name, value in names],
            value=value,
            label=t(key),
            elem_id=elem_id,
            elem_classes="fr-seg",
            scale=2 if width > 200 else 1,
            min_width=width,
            interactive=True,
        )

    rules = [("rule_first_short", "first"), ("rule_every_short", "every")]
    shows = [("preview_labels", "labels"), ("preview_with_ids", "ids")]
    return {
        "row": slider(1, 2, 1, 1, "row"),
        "length": slider(8, LONGEST, 128, 8, "max_length"),
        "rule": choice(rules, "first", "preview-label_rule", "preview_rule", 206),
        "ids": choice(shows, "ids", "preview-ids", "preview_show", 150),
    }


def _finding() -> dict[str, Any]:
    """Place what leads to another row."""
    bare = {"show_label": False, "container": False, "scale": 0, "interactive": True}
    return {
        "split": gr.Dropdown(
            [("train", "train")],
            value="train",
            label=t("preview_split"),
            elem_id="preview-split",
            min_width=170,
            **bare,
        ),
        "query": gr.Textbox(
            label=t("preview_find"),
            placeholder=t("preview_find_hint"),
            elem_id="preview-find",
            min_width=190,
            **bare,
        ),
        "any_row": gr.Button(
            t("preview_random"), size="sm", elem_id="preview-random", scale=0, min_width=84
        ),
        "cut_row": gr.Button(
            t("preview_next_cut"), size="sm", elem_id="preview-next_cut", scale=0, min_width=120
        ),
    }
