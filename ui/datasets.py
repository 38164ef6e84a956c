"""What step 2 shows of a dataset of the Hub before it is loaded."""

from __future__ import annotations

from typing import Any

import gradio as gr

from core.errors import UserError
from ui import waiting
from ui.figures import size
from ui.markup import lead, pick, quiet
from ui.parts.data import Parts
from ui.services import Visit


def hub_view(
    visit: Visit, parts: Parts, found: dict[str, Any] | None, config: str | None = None
) -> dict[Any, Any]:
    """Return the pickers of a looked-up dataset; None: it is being asked for."""
    configs = list((found or {}).get("configs") or ())
    if not found or not configs:
        asking = lead(visit.say("checkpoint_asking")) if found is None else ""
        return {
            parts.matches: asking,
            parts.config: gr.Dropdown(visible=False),
            parts.hub_splits: gr.CheckboxGroup(visible=False),
            parts.load: gr.Button(visible=False),
        }
    config = config if config in configs else configs[0]
    splits = list(found["splits"][config])
    said = visit.say("data_hub_size", size=size(found["size_bytes"][config]))
    return {
        parts.matches: quiet(said),
        parts.config: gr.Dropdown(choices=configs, value=config, visible=len(configs) > 1),
        parts.hub_splits: gr.CheckboxGroup(choices=splits, value=splits, visible=True),
        parts.load: gr.Button(visible=True),
    }


def near(visit: Visit, parts: Parts, query: str, error: UserError) -> dict[Any, Any]:
    """Return datasets whose names come near, or the error where there are none."""
    from core.data.hub import search_datasets

    try:
        names = [item["id"] for item in search_datasets(query, visit.token)] if query else []
    except UserError:
        names = []
    if not names:
        return {parts.matches: "", parts.problem: waiting.problem(error)}
    buttons = "".join(pick(name, name, "fr-tag") for name in names)
    said = quiet(visit.say("data_hub_matches"))
    return {parts.matches: f'{said}<p class="fr-filterline">{buttons}</p>', parts.problem: ""}
