"""Step 1: choose a checkpoint from the Hub, from this machine, the starter, or a folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from core.errors import UserError
from core.tasks import TASKS
from ui import waiting
from ui.card import (
    card_html,
    found_table,
    local_table,
    no_card,
    shown_name,
    starter_html,
    unknown_card,
)
from ui.components.token_field import token_field
from ui.figures import size
from ui.handlers import listen
from ui.markup import heading, html, lead, marks, pickable
from ui.services import Services, Visit
from ui.step import Step
from ui.texts import t

if TYPE_CHECKING:
    from core.checkpoints.card import Checkpoint

SOURCES = ("hub", "machine", "starter", "folder")
KINDS = ("base", "finished")
LANGUAGES = (
    ("English", "en"),
    ("日本語", "ja"),
    ("한국어", "ko"),
    ("中文", "zh"),
    ("Deutsch", "de"),
    ("Español", "es"),
    ("Français", "fr"),
    ("Português", "pt"),
    ("العربية", "ar"),
    ("हिन्दी", "hi"),
    ("multilingual", "multilingual"),
)
SIZES = ("small", "medium", "large")
LICENCES = ("apache-2.0", "mit", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0")
FETCH, DOWNLOAD = "checkpoint-fetch", "checkpoint-download"
# Waits for a pause in typing, then sends what is in the box by then.
PAUSE = """async (...values) => { await new Promise((done) => setTimeout(done, 350));
  values[0] = document.querySelector('#checkpoint-search :is(input, textarea)')?.value ?? values[0];
  return values; }"""


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


@dataclass(frozen=True)
class Parts:
    """The components of the step."""

    task: Any
    source: Any
    filters: Any
    search: Any
    kind: Any
    language: Any
    size: Any
    licence: Any
    folder_row: Any
    folder: Any
    open: Any
    results: Any
    problem: Any
    card: Any
    fetch: Any
    download: Any
    cancel: Any
    progress: Any
    advanced: Any
    revision: Any
    token: Any
    next: Any
    asked: Any

    @property
    def shown(self) -> list[Any]:
        """Everything that handlers change."""
        fixed = ("token",)
        return [getattr(self, item.name) for item in fields(self) if item.name not in fixed]


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
    """Ask the Hub; without a network it says so in one line."""
    try:
        return found_table(visit, find(visit, again))
    except UserError as error:
        return marks([("warn", error.message, error.hint)], visit.say)


def chosen(visit: Visit, parts: Parts) -> dict[Any, Any]:
    """Return the card of the chosen checkpoint and what can be done with it."""
    from core.checkpoints.machine import starter_folder

    card, error = known_card(visit)
    spec = visit.spec
    missing = spec.checkpoint == "starter" and starter_folder(visit.services.home) is None
    if card is not None:
        shown = card_html(visit, card)
    elif missing:
        shown = no_card(visit) if source_of(visit) == "hub" else starter_html(visit, False)
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


# --- handlers ----------------------------------------------------------------------------------


def make_refresh(parts: Parts) -> Any:
    """Return what shows the draft when the step is opened."""

    def refresh(visit: Visit) -> Iterator[dict[Any, Any]]:
        """Show what the draft holds, ask the Hub if its list is shown, follow a download."""
        yield view(visit, parts)
        yield from ask_hub(visit, parts, again=False)
        for kind in (FETCH, DOWNLOAD):
            if waiting.is_busy(visit, kind):
                yield from follow(visit, parts, kind)

    return refresh


def ask_hub(visit: Visit, parts: Parts, again: bool) -> Iterator[dict[Any, Any]]:
    """Show the Hub's answer, unless another list was asked for meanwhile."""
    asked = (source_of(visit), filters_of(visit))
    if asked[0] == "hub":
        results = hub_results(visit, again)
        if asked == (source_of(visit), filters_of(visit)):
            yield {parts.results: results}


def make_source(parts: Parts) -> Any:
    """Return what changes where the list comes from."""
    refresh = make_refresh(parts)

    def choose_source(visit: Visit, source: str) -> Iterator[dict[Any, Any]]:
        """Show another list; the starter is chosen by its tab already."""
        visit.change({"page.checkpoint.source": source})
        if source == "starter":
            visit.change({"checkpoint": "starter", "checkpoint_revision": None})
        yield from refresh(visit)

    return choose_source


def make_search(parts: Parts) -> Any:
    """Return what searches the Hub."""

    def search_hub(visit: Visit, *filters: str) -> Iterator[dict[Any, Any]]:
        """Keep the filters and ask."""
        visit.change({"page.checkpoint.filters": [text or "" for text in filters]})
        yield {parts.results: lead(visit.say("checkpoint_asking"))}
        yield from ask_hub(visit, parts, again=True)

    return search_hub


def make_looking(parts: Parts) -> Any:
    """Return what says that a checkpoint is being looked at, and remembers which."""

    def picked(visit: Visit, event: gr.EventData) -> dict[Any, Any]:
        """Take the picked name on to `look_at`."""
        name = str(event.value)
        looking = lead(visit.say("checkpoint_looking", name=shown_name(visit, name)))
        return {parts.asked: name, parts.card: looking, parts.problem: ""}

    return picked


def make_look_at(parts: Parts) -> Any:
    """Return what looks at the named checkpoint and makes it the chosen one."""

    def look_at(visit: Visit, name: str, revision: str = "") -> Iterator[dict[Any, Any]]:
        """Choose a checkpoint if it can be trained; else say why and keep the old one."""
        from core.checkpoints.find import inspect_checkpoint

        name, revision = name.strip(), revision.strip()
        same = name == visit.spec.checkpoint
        try:
            card = inspect_checkpoint(
                name, visit.services.home, revision=revision or None, token=visit.token
            )
        except UserError as error:
            yield {**chosen(visit, parts), parts.problem: waiting.problem(error)}
            return
        kept = revision or None if same or revision else None
        draft = visit.change({"checkpoint": card.name, "checkpoint_revision": kept})
        if draft.spec.max_length > card.max_length:
            draft = visit.change({"max_length": card.max_length})
        visit.services.remember(draft.spec, card)
        yield {**chosen(visit, parts), parts.results: _list_now(visit)}

    return look_at


def _list_now(visit: Visit) -> str:
    source = source_of(visit)
    return hub_results(visit, again=False) if source == "hub" else results_html(visit, source)


def make_open(parts: Parts) -> Any:
    """Return what takes a folder."""
    look_at = make_look_at(parts)

    def open_folder(visit: Visit, folder: str) -> Iterator[dict[Any, Any]]:
        """Choose the folder, or list the checkpoints in it."""
        from core.checkpoints.machine import list_folder

        path = Path((folder or "").strip()).expanduser()
        visit.change({"page.checkpoint.folder": str(path) if folder else ""})
        inside = path.is_dir() and not (path / "config.json").is_file()
        if folder and inside and (cards := list_folder(path)):
            yield {parts.results: local_table(visit, cards), parts.problem: ""}
            return
        yield from look_at(visit, str(path.absolute()) if folder else "")

    return open_folder


def follow(visit: Visit, parts: Parts, kind: str) -> Iterator[dict[Any, Any]]:
    """Show the progress of a download until it is over, then the card."""
    name = shown_name(visit, visit.spec.checkpoint)
    title = visit.say("checkpoint_fetching" if kind == FETCH else "checkpoint_downloading", name=name)
    hidden = {
        parts.download: gr.Button(visible=False),
        parts.fetch: gr.Button(visible=False),
        parts.cancel: gr.Button(visible=True),
    }
    last = None
    for state, seconds in waiting.follow(visit, kind):
        last = state
        yield {parts.progress: waiting.progress(visit, title, state, seconds), **hidden}
        hidden = {}
    yield {**chosen(visit, parts), parts.results: _list_now(visit)}
    if last is not None and last.phase == "cancelled":
        yield {parts.progress: lead(visit.say("checkpoint_cancelled"))}
    elif last is not None and last.phase == "failed":
        yield {parts.problem: waiting.failure(visit, last)}


def make_download(parts: Parts) -> Any:
    """Return what downloads the chosen checkpoint of the Hub."""

    def download(visit: Visit) -> Iterator[dict[Any, Any]]:
        """Begin the download and follow it."""
        from core.checkpoints.hub import download as fetch

        spec, token = visit.spec, visit.token

        def job(progress: Any, cancelled: Any) -> str:
            folder = fetch(
                spec.checkpoint,
                revision=spec.checkpoint_revision,
                token=token,
                on_progress=progress,
                cancelled=cancelled,
            )
            return str(folder)

        waiting.begin(visit, DOWNLOAD, job)
        yield from follow(visit, parts, DOWNLOAD)

    return download


def make_fetch(parts: Parts) -> Any:
    """Return what fetches the starter."""

    def fetch(visit: Visit) -> Iterator[dict[Any, Any]]:
        """Begin to fetch the starter and follow it."""
        from core.checkpoints.machine import fetch_starter

        home, say = visit.services.home, visit.say

        def job(progress: Any, cancelled: Any) -> str:
            def told(done: int, total: int) -> None:
                progress(done, total)
                if cancelled():
                    raise UserError(say("checkpoint_cancelled"))

            return str(fetch_starter(home, told))

        waiting.begin(visit, FETCH, job)
        yield from follow(visit, parts, FETCH)

    return fetch


def cancel(visit: Visit) -> None:
    """Stop the download."""
    waiting.cancel(visit, DOWNLOAD)
    waiting.cancel(visit, FETCH)


def choose_task(visit: Visit, task: str) -> None:
    """Take another task."""
    visit.change({"task": task})


# --- layout ------------------------------------------------------------------------------------


def build(services: Services) -> Step:
    """Build the step."""
    with gr.Row(elem_classes="fr-cols"):
        with gr.Column(scale=7, min_width=320):
            left = _list_side()
        with gr.Column(scale=4, min_width=300, elem_classes="fr-panel"):
            right = _card_side()
    parts = Parts(**left, **right, asked=gr.State(""))
    _wire(services, parts)
    return Step(make_refresh(parts), parts.shown)


def _list_side() -> dict[str, Any]:
    heading("checkpoint_heading", "checkpoint_lead")
    parts: dict[str, Any] = {}
    with gr.Row():
        tasks = [(t(f"task_{task.name}"), task.name) for task in TASKS]
        parts["task"] = gr.Dropdown(
            tasks,
            label=t("checkpoint_task"),
            elem_id="checkpoint-task",
            scale=1,
            min_width=220,
            interactive=True,
        )
        parts["source"] = gr.Radio(
            [(t(f"checkpoint_from_{source}"), source) for source in SOURCES],
            label=t("checkpoint_source"),
            elem_id="checkpoint-source",
            elem_classes="fr-seg",
            scale=2,
            min_width=320,
        )
    with gr.Column(elem_classes="fr-filters", visible=False) as parts["filters"]:
        parts.update(_filters())
    with gr.Row(elem_classes="fr-open", visible=False) as parts["folder_row"]:
        parts["folder"] = gr.Textbox(
            label=t("checkpoint_folder"),
            info=t("checkpoint_folder_info"),
            elem_id="checkpoint-folder",
            scale=3,
            min_width=220,
            max_lines=1,
        )
        parts["open"] = gr.Button(t("checkpoint_open"), elem_id="checkpoint-open", min_width=150)
    parts["problem"] = html(elem_id="checkpoint-problem")
    parts["results"] = pickable(elem_id="checkpoint-results")
    return parts


def _filters() -> dict[str, Any]:
    def dropdown(name: str, options: list[tuple[Any, str]], width: int) -> Any:
        return gr.Dropdown(
            options,
            label=t(f"checkpoint_{name}"),
            show_label=False,
            container=False,
            elem_id=f"checkpoint-{name}",
            min_width=width,
            interactive=True,
        )

    sizes = [(t(f"checkpoint_size_{name}"), name) for name in SIZES]
    licences = [(name, name) for name in LICENCES]
    with gr.Row():
        search = gr.Textbox(
            label=t("checkpoint_search"),
            placeholder=t("checkpoint_search_hint"),
            show_label=False,
            container=False,
            elem_id="checkpoint-search",
            scale=2,
            min_width=200,
            max_lines=1,
        )
        kind = dropdown("kind", [(t(f"checkpoint_kind_{k}"), k) for k in KINDS], 150)
    with gr.Row():
        languages = [(t("checkpoint_any_language"), ""), *LANGUAGES]
        return {
            "search": search,
            "kind": kind,
            "language": dropdown("language", languages, 100),
            "size": dropdown("size", [(t("checkpoint_any_size"), ""), *sizes], 100),
            "licence": dropdown("licence", [(t("checkpoint_any_licence"), ""), *licences], 100),
        }


def _card_side() -> dict[str, Any]:
    parts: dict[str, Any] = {"card": pickable(elem_id="checkpoint-card")}
    parts["progress"] = html(elem_id="checkpoint-progress")
    parts["fetch"] = gr.Button(
        t("checkpoint_fetch"), variant="primary", elem_id="checkpoint-fetch", visible=False
    )
    parts["download"] = gr.Button(
        "", variant="primary", elem_id="checkpoint-download", visible=False
    )
    parts["cancel"] = gr.Button(
        t("checkpoint_cancel"), variant="stop", elem_id="checkpoint-cancel", visible=False
    )
    with gr.Accordion(t("checkpoint_advanced"), open=False) as parts["advanced"]:
        parts["revision"] = gr.Textbox(
            label=t("checkpoint_revision"),
            info=t("checkpoint_revision_info"),
            elem_id="checkpoint-revision",
            max_lines=1,
        )
        parts["token"] = token_field("checkpoint")
    parts["next"] = gr.Button(t("next_data"), variant="primary", elem_id="checkpoint-next")
    return parts


def _wire(services: Services, parts: Parts) -> None:
    shown = parts.shown
    listen(services, parts.task.input, choose_task, parts.task, changes=True)
    source = parts.source
    listen(
        services,
        source.input,
        make_source(parts),
        source,
        shown,
        trigger_mode="multiple",
        changes=True,
    )

    search = make_search(parts)
    filters = [parts.search, parts.kind, parts.language, parts.size, parts.licence]
    listen(
        services,
        parts.search.input,
        search,
        filters,
        parts.results,
        js=PAUSE,
        trigger_mode="multiple",
    )
    pressed = [parts.search.submit, *(box.input for box in filters[1:])]
    listen(services, pressed, search, filters, parts.results, trigger_mode="multiple")

    picked = make_looking(parts)
    look_at = make_look_at(parts)
    answers = [parts.asked, parts.card, parts.problem]
    for place in (parts.results, parts.card):
        asked = listen(services, place.select, picked, None, answers, event=True)
        listen(services, asked, look_at, parts.asked, shown, changes=True)
    opened = [parts.open.click, parts.folder.submit]
    listen(services, opened, make_open(parts), parts.folder, shown, changes=True)

    def revise(visit: Visit, revision: str) -> Iterator[dict[Any, Any]]:
        """Look at another revision of the chosen checkpoint."""
        yield from look_at(visit, visit.spec.checkpoint, revision or "")

    listen(services, parts.revision.submit, revise, parts.revision, shown, changes=True)
    listen(services, parts.download.click, make_download(parts), None, shown, changes=True)
    listen(services, parts.fetch.click, make_fetch(parts), None, shown, changes=True)
    listen(services, parts.cancel.click, cancel)
