"""Step 5: try the tuned model, read its results, publish it or take it along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr

from core.errors import UserError
from ui import waiting
from ui.handlers import listen
from ui.markup import lead
from ui.offer import (
    PUBLISH,
    Place,
    card_of,
    card_view,
    checks_html,
    has_model,
    keep_answer,
    place_of,
    publish_view,
    result_html,
    tried_run,
    view,
    without_model,
)
from ui.parts.share import Parts, layout
from ui.render import address_html, examples_html
from ui.services import Services, Visit
from ui.step import Step

if TYPE_CHECKING:
    from core.runs.folder import Run

EXAMPLES = 4
PREDICT_SECONDS = 120.0

Shown = Iterator[dict[Any, Any]]


def texts_of(visit: Visit, run: Run) -> list[str]:
    """Return texts of the run's test split to try it on."""
    found: list[str] = visit.services.memory.get(
        ("examples", run.id),
        lambda: visit.services.predictor.call("examples", run=str(run.path), count=EXAMPLES),
    )
    return found


def model_run(visit: Visit) -> Run:
    """Return the run that is tried.

    Raises:
        UserError: it left no model.
    """
    run = tried_run(visit)
    if run is None or not has_model(run):
        raise UserError(visit.say("share_none"), visit.say("share_none_text"))
    return run


# --- handlers ----------------------------------------------------------------------------------


def refresher(parts: Parts) -> Any:
    """Return what shows the run when the step is opened."""

    def refresh(visit: Visit) -> Shown:
        """Show the run at once, then its examples, its card and the checks."""
        run = tried_run(visit)
        if run is None or not has_model(run):
            yield without_model(visit, parts, run)
            return
        yield {**view(visit, parts, run), parts.examples: lead(visit.say("share_examples_loading"))}
        try:
            yield {parts.examples: examples_html(visit, texts_of(visit, run))}
        except UserError:  # a run without other rows: texts are typed
            yield {parts.examples: ""}
        yield from show_card(visit, parts, run)
        if waiting.is_busy(visit, PUBLISH):
            yield from follow(visit, parts, run)

    return refresh


def show_card(visit: Visit, parts: Parts, run: Run) -> Shown:
    """Show the card and the checks."""
    place = place_of(visit, run)
    try:
        yield card_view(visit, parts, run)
    except UserError as error:
        yield {parts.problem: waiting.problem(error)}
    yield {parts.checks: checks_html(visit, place)}


def predictor(parts: Parts) -> Any:
    """Return what predicts the typed text."""

    def predict(visit: Visit, text: str, aggregation: str) -> Shown:
        """Show the entities in the text."""
        visit.change({"page.share.text": text, "page.share.aggregation": aggregation})
        if not (text or "").strip():
            error = UserError(visit.say("share_empty_text"), visit.say("share_empty_text_hint"))
            yield {parts.result: waiting.problem(error)}
            return
        yield {parts.result: lead(visit.say("share_working"))}
        try:
            run = model_run(visit)
            answers = visit.services.predictor.call(
                "predict",
                timeout_seconds=PREDICT_SECONDS,
                run=str(run.path),
                texts=[text],
                aggregation=aggregation or "first",
            )
        except UserError as error:
            yield {parts.result: waiting.problem(error)}
            return
        keep_answer(visit, run, answers[0])
        yield {parts.result: result_html(visit, run)}

    return predict


def example_taker(visit: Visit, event: gr.EventData) -> str:
    """Put the picked example into the text."""
    texts, place = texts_of(visit, model_run(visit)), str(event.value)
    return texts[int(place)] if place.isdigit() and int(place) < len(texts) else ""


def keep(visit: Visit, *values: Any) -> Place:
    """Keep what the publish form says."""
    names = ("namespace", "repo_id", "private", "licence", "language")
    typed = dict(zip(names, values, strict=True))
    typed["private"] = typed["private"] is not False
    texts = {name: str(value or "").strip() for name, value in typed.items() if name != "private"}
    kept = {**texts, "private": typed["private"]}
    visit.change({f"page.share.{name}": value for name, value in kept.items()})
    return Place(**kept)


def form_taker(parts: Parts) -> Any:
    """Return what takes a change of the form."""

    def change(visit: Visit, *values: Any) -> Shown:
        """Keep the form; show the card and the checks for it."""
        keep(visit, *values)
        yield {parts.problem: ""}
        yield from show_card(visit, parts, model_run(visit))

    return change


def token_taker(parts: Parts) -> Any:
    """Return what follows a token that was taken or forgotten."""

    def changed(visit: Visit) -> Shown:
        """Show whose repositories may be written, and check."""
        run = model_run(visit)
        yield publish_view(visit, parts, run)
        yield from show_card(visit, parts, run)

    return changed


def publisher(parts: Parts) -> Any:
    """Return what publishes the run."""

    def publish(visit: Visit, *values: Any) -> Shown:
        """Check, then upload with progress."""
        from core.sharing.publish import publish_run

        place, run, token = keep(visit, *values), model_run(visit), visit.token
        card, stopped = card_of(visit, run, place), visit.say("share_cancelled")

        def job(progress: Any, cancelled: Any) -> str:
            def told(done: int, total: int) -> None:
                progress(done, total)
                if cancelled():
                    raise UserError(stopped)

            return publish_run(
                run,
                place.full_name,
                private=place.private,
                token=token,
                on_progress=told,
                card=card,
            )

        waiting.begin(visit, PUBLISH, job)
        yield {parts.address: "", parts.problem: ""}
        yield from follow(visit, parts, run)

    return publish


def follow(visit: Visit, parts: Parts, run: Run) -> Shown:
    """Show the progress of publishing until it is over, then the address."""
    title = visit.say("share_uploading", repo=place_of(visit, run).full_name)
    shown = {parts.publish: gr.Button(visible=False), parts.cancel: gr.Button(visible=True)}
    last = None
    for state, seconds in waiting.follow(visit, PUBLISH):
        last = state
        yield {parts.progress: waiting.progress(visit, title, state, seconds), **shown}
        shown = {}
    ended = {
        parts.progress: "",
        parts.publish: gr.Button(visible=True),
        parts.cancel: gr.Button(visible=False),
    }
    if last is not None and last.phase == "done":
        yield {**ended, parts.address: address_html(visit, last.run)}
        yield {parts.checks: checks_html(visit, place_of(visit, run))}
    elif last is not None and last.phase == "cancelled":
        yield {**ended, parts.progress: lead(visit.say("share_cancelled"))}
    elif last is not None:
        yield {**ended, parts.problem: waiting.failure(visit, last)}


def cancel(visit: Visit) -> None:
    """Stop publishing."""
    waiting.cancel(visit, PUBLISH)


# --- wiring ------------------------------------------------------------------------------------


def build(services: Services) -> Step:
    """Build the step."""
    parts = layout()
    shown = parts.shown
    predict = predictor(parts)
    asked = [parts.text, parts.aggregation]
    listen(services, parts.predict.click, predict, asked, parts.result)
    picked = listen(services, parts.examples.select, example_taker, None, parts.text, event=True)
    listen(services, picked, predict, asked, parts.result)
    listen(services, parts.aggregation.input, predict, asked, parts.result)

    changed = [parts.namespace.input, parts.private.input, parts.licence.input]
    changed += [box.submit for box in (parts.repo_id, parts.language)]
    changed += [box.blur for box in (parts.repo_id, parts.language)]
    listen(services, changed, form_taker(parts), parts.form, shown, trigger_mode="always_last")
    listen(services, parts.token.select, token_taker(parts), None, shown)
    listen(services, parts.publish.click, publisher(parts), parts.form, shown)
    listen(services, parts.cancel.click, cancel)
    return Step(refresher(parts), shown)
