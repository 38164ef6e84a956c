"""The page: the line on top, the list of runs, and the ordered steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from ui.handlers import listen
from ui.markup import html, word
from ui.services import Services, Visit
from ui.step import Step
from ui.steps import checkpoint, data, preview, share, train
from ui.texts import t

HERE = Path(__file__).parent
COMPONENTS = HERE / "components"
STEPS = (checkpoint, data, preview, train, share)
LANGUAGE_NAMES = (("en", "English"), ("ja", "日本語"), ("ko", "한국어"))
START = "() => FR.start()"


def look() -> str:
    """Return the styles of the page and of its components."""
    styles = [HERE / "look.css", *sorted(COMPONENTS.glob("*.css"))]
    return "\n".join(path.read_text("utf-8") for path in styles)


def build_page(services: Services) -> gr.Blocks:
    """Build the page."""
    with gr.Blocks(title="Fitting Room", analytics_enabled=False, fill_width=True) as page:
        with gr.Sidebar(open=False, width=272, elem_id="runs"):
            runs = _run_list()
        _status_line()
        steps, tabs = [], []
        with gr.Tabs(selected="checkpoint", overflow_behavior="wrap", elem_id="steps"):
            for step in STEPS:
                name = step.__name__.rpartition(".")[2]
                with gr.Tab(t(f"tab_{name}"), id=name, elem_id=name) as tab:
                    steps.append(step.build(services))
                tabs.append(tab)
        _wire(services, page, runs, dict(zip(tabs, steps, strict=True)))
    return page


def _status_line() -> gr.HTML:
    options = "".join(f'<option value="{code}">{name}</option>' for code, name in LANGUAGE_NAMES)
    return html(
        None,
        html_template=(
            '<nav class="fr-status"><h1 class="fr-name">Fitting Room</h1><ul></ul>'
            f'<span class="fr-lost" role="status" hidden>{word("page_lost")}</span>'
            f'<label class="fr-language">{word("page_language", cls="fr-sr")}'
            f"<select>{options}</select></label></nav>"
        ),
        js_on_load=(COMPONENTS / "status_line.js").read_text("utf-8"),
        elem_id="status",
    )


def _run_list() -> gr.HTML:
    return html(
        None,
        html_template=(
            f'<div class="fr-side">{word("runs_heading", "h2")}'
            f"{word('runs_none', 'p', 'fr-quiet fr-none')}<ul></ul></div>"
        ),
        js_on_load=(COMPONENTS / "run_list.js").read_text("utf-8"),
        elem_id="runs-list",
    )


def _wire(services: Services, page: Any, runs: Any, steps: dict[Any, Step]) -> None:
    """Refresh a step when it is opened; refresh train and share when another run is chosen."""
    for tab, step in steps.items():
        _refresh(services, tab.select, step, opens=tab.id)
    first = next(iter(steps))
    _refresh(services, page.load, steps[first], opens=first.id)
    page.load(None, None, None, js=START, api_visibility="private")
    listen(services, page.load, warm)

    def choose(visit: Visit, event: gr.EventData) -> None:
        """Make a run the one that is watched and tried."""
        visit.change({"page.run": str(event.value), "page.view": "watch"})

    chosen = listen(services, runs.select, choose, event=True, changes=True)
    for step in list(steps.values())[3:]:
        _refresh(services, chosen, step)


def warm(visit: Visit) -> None:
    """Start the predictor for a visitor who has data, so that the preview comes at once."""
    if visit.draft.has_data:
        visit.services.predictor.start()


def _refresh(services: Services, trigger: Any, step: Step, opens: str | None = None) -> None:
    """Show a step as the draft has it; until then it takes no click, which would be overwritten."""
    done = listen(services, trigger, step.refresh, None, step.outputs)
    if opens:
        done.then(None, None, None, js=f"() => FR.ready('{opens}')", api_visibility="private")
    if step.details:
        listen(services, done, step.details, None, step.details_outputs)
