"""The histogram of row lengths: plotly from our own route, drawn in the browser."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from ui.markup import html

SCRIPT = Path(__file__).with_suffix(".js")


def histogram_chart(**more: object) -> gr.HTML:
    """Return the chart; its value is what `charts.histogram` makes."""
    return html(
        None,
        html_template='<div class="hg-plot" role="img"></div>',
        js_on_load=SCRIPT.read_text("utf-8"),
        **more,
    )
