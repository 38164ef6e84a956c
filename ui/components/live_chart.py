"""The live chart, the head of a watched run, and its papers; all fed by `api/runs/<id>/events`."""

from __future__ import annotations

import gradio as gr

from ui.components import script
from ui.markup import html, word

TOOLS = f"""<div class="lc-tools"><label>{word("chart_smoothing")}
<input type="range" class="lc-smooth" min="0" max="95" step="5" value="60">
<span class="num lc-smooth-v">0.60</span></label>
<label><input type="checkbox" class="lc-log"> {word("chart_log")}</label>
<button type="button" class="fr-small lc-reset" disabled>{word("chart_reset")}</button>
<span class="lc-off" hidden role="status">{word("page_lost")}</span></div>"""


def _figure(kind: str) -> str:
    return (
        f'<figure class="lc-{kind}-figure"><figcaption>{word(f"chart_{kind}")} '
        f"{word(f'chart_{kind}_note', 'small')}</figcaption>"
        f'<div class="lc-plot lc-{kind}" role="img"></div>'
        f'<div class="lc-legend lc-legend-{kind}"></div></figure>'
    )


def live_chart(elem_id: str) -> gr.HTML:
    """Place the chart; its value is the id of the watched run."""
    table = (
        f'<details class="lc-table"><summary>{word("chart_table")}</summary>'
        '<div class="fr-scroll" tabindex="0" role="region">'
        '<table class="fr-table"><thead></thead><tbody></tbody></table></div></details>'
    )
    return html(
        None,
        html_template=(
            f'<div class="lc">{TOOLS}<div class="lc-two">{_figure("loss")}{_figure("f1")}</div>'
            f'<p class="lc-words" role="status"></p>{table}</div>'
        ),
        js_on_load=script("live_chart"),
        elem_id=elem_id,
    )


def run_head(elem_id: str) -> gr.HTML:
    """Place the head of the watched run: name, state, progress, what went wrong."""
    return html(
        None,
        html_template=(
            '<div class="fr-progress"><h2 class="fr-h"><span class="rh-name"></span> '
            '<span class="fr-state"></span></h2><div class="fr-meter" role="progressbar" '
            'aria-valuemin="0"><i></i></div><p class="fr-factline"></p>'
            '<div class="rh-failure"></div></div>'
        ),
        js_on_load=script("run_head"),
        elem_id=elem_id,
    )


def run_papers(elem_id: str) -> gr.HTML:
    """Place the machine's figures, the log and the settings of the watched run."""
    return html(
        None,
        html_template=(
            '<div class="fr-cols rp"><section class="fr-panel">'
            f"{word('watch_machine', 'h3', 'fr-h')}"
            '<dl class="fr-facts rp-machine"></dl></section><div class="rp-folds">'
            f'<section class="fr-panel rp-scores" hidden>{word("watch_kept", "h3", "fr-h")}'
            '<dl class="fr-facts"></dl></section>'
            f"<details><summary>{word('watch_log')}</summary>"
            '<pre class="rp-log" tabindex="0"></pre></details>'
            f"<details><summary>{word('watch_settings')}</summary>"
            '<pre class="rp-spec" tabindex="0"></pre></details></div></div>'
        ),
        js_on_load=script("run_papers"),
        elem_id=elem_id,
    )
