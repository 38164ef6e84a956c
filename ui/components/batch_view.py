"""The batch view: rows as the collator pads them."""

from __future__ import annotations

import gradio as gr

from ui.components import script
from ui.markup import html, word

KEYS = (
    ("k-s", "batch_key_special"),
    ("k-i", "batch_key_ignored"),
    ("k-o", "batch_key_outside"),
    ("k-b", "batch_key_entity"),
    ("k-p", "batch_key_padding"),
)


def batch_view(elem_id: str) -> gr.HTML:
    """Place a batch; its value is what `core.tasks.token_preview.batch_of` returns."""
    keys = "".join(f'<li><i class="{cls}"></i>{word(key)}</li>' for cls, key in KEYS)
    heads = (
        f'<th scope="col">{word("batch_row_head")}</th>'
        f'<th scope="col">{word("batch_cells_head")}</th>'
        f'<th scope="col" class="num">{word("batch_tokens_head")}</th>'
        f'<th scope="col" class="num">{word("batch_padding_head")}</th>'
    )
    return html(
        None,
        html_template=(
            '<h3 class="fr-h bv-title"></h3><p class="fr-lead bv-lead"></p><table class="bv">'
            f'<caption class="fr-sr">{word("batch_caption")}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody></tbody></table>"
            f'<ul class="bv-key">{keys}</ul>'
        ),
        js_on_load=script("batch_view"),
        elem_id=elem_id,
    )
