"""What happens between the button Start and the first event of the run."""

from __future__ import annotations

import gradio as gr

from ui.components import script
from ui.markup import html


def start_progress(elem_id: str) -> gr.HTML:
    """Place it; `.select` fires with the id of the run that was started, or with `cancel`."""
    return html(
        None,
        html_template='<div class="sp" role="status"></div>',
        js_on_load=script("start_progress"),
        elem_id=elem_id,
    )
