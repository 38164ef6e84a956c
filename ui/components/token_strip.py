"""The token strip: a row as the model sees it."""

from __future__ import annotations

import gradio as gr

from ui.components import script
from ui.markup import html, word

LEGEND = (
    ("b", "B", "strip_legend_b"),
    ("i", "I", "strip_legend_i"),
    ("g", "-100", "strip_legend_ignored"),
    ("u", "[UNK]", "strip_legend_unknown"),
    ("c", "cut", "strip_legend_cut"),
)


def token_strip(elem_id: str) -> gr.HTML:
    """Place a strip; its value is what `core.tasks.token_preview.strip_of` returns."""
    keys = "".join(
        f'<li><span class="ts-k {cls}">{sign}</span>{word(key)}</li>' for cls, sign, key in LEGEND
    )
    return html(
        None,
        html_template=(
            '<div class="ts"><div class="ts-flow" role="listbox" aria-orientation="horizontal">'
            '</div><p class="ts-say" role="status"></p>'
            f'<ul class="ts-legend">{keys}</ul></div>'
        ),
        js_on_load=script("token_strip"),
        elem_id=elem_id,
    )
