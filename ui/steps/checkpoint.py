"""Step 1: choose a checkpoint from the Hub, from this machine, the starter, or a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from core.errors import UserError
from ui import waiting
from ui.card import local_table, shown_name
from ui.choose import (
    DOWNLOAD,
    FETCH,
    chosen,
    filters_of,
    hub_results,
    results_html,
    source_of,
    view,
)
from ui.handlers import listen
from ui.markup import lead, marks
from ui.parts.checkpoint import Parts, layout
from ui.services import Services, Visit
from ui.step import Step

# Waits for a pause in typing, then sends what is in the box by then.
PAUSE = """async (...values) => { await new Promise((done) => setTimeout(done, 350));
  values[0] = document.querySelector('#checkpoint-search :is(input, textarea)')?.value ?? values[0];
  return values; }"""


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


def make_search(parts: Parts, again: bool) -> Any:
    """Return what searches the Hub; without `again` an earlier answer will do."""

    def search_hub(visit: Visit, *filters: str) -> Iterator[dict[Any, Any]]:
        """Keep the filters and ask."""
        if source_of(visit) != "hub":
            yield {parts.results: gr.skip()}  # the box was filled while another list is shown
            return
        visit.change({"page.checkpoint.filters": [text or "" for text in filters]})
        yield {parts.results: lead(visit.say("checkpoint_asking")), parts.problem: ""}
        yield from ask_hub(visit, parts, again)

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
        before, note = draft.spec.max_length, ""
        if before > card.max_length:
            draft = visit.change({"max_length": card.max_length})
            said = visit.say("checkpoint_shortened", before=before, now=card.max_length)
            note = marks([("warn", said, "")], visit.say)
        visit.services.remember(draft.spec, card)
        yield {**chosen(visit, parts), parts.results: _list_now(visit), parts.problem: note}

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
    title = visit.say(
        "checkpoint_fetching" if kind == FETCH else "checkpoint_downloading", name=name
    )
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
        key = "checkpoint_stopped" if kind == FETCH else "checkpoint_cancelled"
        yield {parts.progress: lead(visit.say(key))}
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
                    raise UserError(say("checkpoint_stopped"))

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


# --- wiring ------------------------------------------------------------------------------------


def build(services: Services) -> Step:
    """Build the step."""
    parts = layout()
    _wire(services, parts)
    return Step(make_refresh(parts), parts.shown)


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

    answers = [parts.results, parts.problem]
    filters = [parts.search, parts.kind, parts.language, parts.size, parts.licence]
    listen(
        services,
        parts.search.change,  # `input` misses what is pasted or deleted
        make_search(parts, again=False),
        filters,
        answers,
        js=PAUSE,
        trigger_mode="multiple",
    )
    pressed = [parts.search.submit, *(box.input for box in filters[1:])]
    search = make_search(parts, again=True)
    listen(services, pressed, search, filters, answers, trigger_mode="multiple")

    picked = make_looking(parts)
    look_at = make_look_at(parts)
    looked = [parts.asked, parts.card, parts.problem]
    for place in (parts.results, parts.card):
        asked = listen(services, place.select, picked, None, looked, event=True)
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
