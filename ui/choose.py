"""What step 1 shows for a draft: the list of checkpoints and the card of the chosen one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from core.errors import UserError
from ui import waiting
from ui.card import card_html, found_table, local_table, no_card, starter_html, unknown_card
from ui.figures import size
from ui.markup import lead, marks, pick
from ui.parts.checkpoint import SOURCES, Parts
from ui.services import Visit

if TYPE_CHECKING:
    from core.checkpoints.card import Checkpoint

FETCH, DOWNLOAD = "checkpoint-fetch", "checkpoint-download"


# --- what the draft says -----------------------------------------------------------------------


def choices(visit: Visit) -> dict[str, Any]:
    """Return the choices of this step that are no part of a run."""
    return dict(visit.draft.page.get("checkpoint") or {})


def source_of(visit: Visit) -> str:
    """Return where the list of checkpoints comes from."""
    from core.checkpoints.machine import starter_folder

    chosen = choices(visit).get("source")
    if chosen in SOURCES:
        return str(chosen)
    if visit.spec.checkpoint != "starter":
        return "hub"
    return "starter" if starter_folder(visit.services.home) else "hub"


def filters_of(visit: Visit) -> tuple[str, str, str, str, str]:
    """Return query, kind, language, size, licence of the search."""
    kept = choices(visit).get("filters")
    if isinstance(kept, list) and len(kept) == 5:
        return tuple(kept)
    return ("", "base", "", "", "")


def known_card(visit: Visit) -> tuple[Checkpoint | None, UserError | None]:
    """Return the card of the draft's checkpoint as far as it is known without a network."""
    try:
        return visit.services.checkpoint(visit.spec, visit.token), None
    except UserError as error:
        return None, error


def find(visit: Visit, again: bool) -> list[Any]:
    """Search the Hub with the draft's filters; without `again` an earlier answer will do."""
    from core.checkpoints.hub import search

    query, kind, language, wanted_size, licence = filters_of(visit)
    key = ("search", visit.spec.task, query, kind, language, wanted_size, licence, visit.token)
    kept: list[Any] | None = visit.services.memory.peek(key)
    if kept is not None and not again:
        return kept
    found = search(
        query,
        kind="finished" if kind == "finished" else "base",
        task=visit.spec.task,
        language=language or None,
        size=wanted_size or None,
        licence=licence or None,
        token=visit.token,
    )
    visit.services.memory.put(key, found)
    return found


# --- what is shown -----------------------------------------------------------------------------


def view(visit: Visit, parts: Parts) -> dict[Any, Any]:
    """Return everything that needs no network."""
    source, filters = source_of(visit), filters_of(visit)
    boxes = (parts.search, parts.kind, parts.language, parts.size, parts.licence)
    return {
        parts.task: visit.spec.task,
        parts.source: source,
        parts.filters: gr.Column(visible=source == "hub"),
        **dict(zip(boxes, filters, strict=True)),
        parts.folder_row: gr.Row(visible=source == "folder"),
        parts.results: results_html(visit, source),
        **chosen(visit, parts),
    }


def results_html(visit: Visit, source: str) -> str:
    """Return the list of a source, except the Hub's, which is asked for separately."""
    from core.checkpoints.machine import list_cached, list_folder, starter_folder

    if source == "starter":
        return starter_html(visit, starter_folder(visit.services.home) is not None)
    if source == "machine":
        return local_table(visit, list_cached())
    if source == "folder":
        kept = choices(visit).get("folder")
        folder = Path(str(kept)).expanduser() if kept else None
        if folder is None or not folder.is_dir():
            return ""
        cards = list_folder(folder)
        return local_table(visit, cards) if cards else ""
    return lead(visit.say("checkpoint_asking"))


def hub_results(visit: Visit, again: bool) -> str:
    """Ask the Hub; without a network it says so in one line.

    A whole id that the list lacks (a private repository) can be looked up all the same.
    """
    try:
        found = find(visit, again)
    except UserError as error:
        return marks([("warn", error.message, error.hint)], visit.say)
    query = filters_of(visit)[0].strip()
    if "/" not in query or query in [item.id for item in found]:
        return found_table(visit, found)
    button = pick(query, visit.say("checkpoint_look_up_id", name=query))
    return f"<p>{button}</p>" + (found_table(visit, found) if found else "")


def chosen(visit: Visit, parts: Parts) -> dict[Any, Any]:
    """Return the card of the chosen checkpoint and what can be done with it."""
    from core.checkpoints.machine import starter_folder

    card, error = known_card(visit)
    spec = visit.spec
    missing = spec.checkpoint == "starter" and starter_folder(visit.services.home) is None
    if card is not None:
        shown = card_html(visit, card)
    elif missing:
        shown = no_card(visit)
    else:
        shown = unknown_card(visit, spec.checkpoint)
    to_fetch = card is not None and card.folder is None
    busy = waiting.is_busy(visit, FETCH) or waiting.is_busy(visit, DOWNLOAD)
    label = visit.say("checkpoint_download", size=size((card and card.download_bytes) or 0))
    revision = spec.checkpoint_revision or ""
    return {
        parts.card: shown,
        parts.problem: waiting.problem(error) if error and not missing else "",
        parts.fetch: gr.Button(visible=missing and not busy),
        parts.download: gr.Button(label, visible=to_fetch and not busy),
        parts.cancel: gr.Button(visible=busy),
        parts.progress: "",
        parts.revision: revision,
        parts.advanced: gr.Accordion(
            label=visit.say("checkpoint_advanced_set", revision=revision or "main")
        ),
        parts.next: gr.Button(variant="secondary" if to_fetch or missing else "primary"),
    }
