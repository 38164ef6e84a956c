"""The field for a Hub token: plain HTML with a route of its own, no Gradio component."""

from __future__ import annotations

from html import escape
from pathlib import Path

import gradio as gr

from ui.markup import html, word

SCRIPT = Path(__file__).with_suffix(".js")


def token_field(step: str) -> gr.HTML:
    """Return the field; `.select` fires after a token was taken or forgotten."""
    name = escape(f"{step}-token")
    return html(
        None,
        html_template=(
            f'<form class="fr-token" autocomplete="off"><div class="fr-token-field">'
            f'<label for="{name}">{word("token_label")}</label><div class="fr-row">'
            f'<input type="password" id="{name}" autocomplete="off" spellcheck="false" '
            f'placeholder="hf_…"><button type="submit" id="{name}-use" '
            f'class="fr-small fr-token-use">{word("token_use")}</button></div>'
            f"{word('token_info', 'p', 'fr-quiet')}</div>"
            '<p class="fr-token-known" hidden><span></span> <button type="button" '
            f'class="fr-link fr-token-forget">{word("token_forget")}</button></p>'
            '<div class="fr-token-note" role="status"></div></form>'
        ),
        js_on_load=SCRIPT.read_text("utf-8"),
    )
