"""Every listener passes here: who asks, and what becomes of exceptions."""

from __future__ import annotations

import html
import inspect
import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr

from core.errors import UserError, explain
from ui.services import Services, Visit
from ui.texts import sentence
from ui.visitors import language_of

LOG = logging.getLogger("fitting_room")
CHANGED = "() => { window.FR && FR.changed(); }"


def visit_of(services: Services, request: Any) -> Visit:
    """Return who asks, by the cookie of the request.

    Raises:
        UserError: the browser sent no cookie of ours.
    """
    cookies = dict(request.cookies)
    language = language_of(cookies, dict(request.headers).get("accept-language", ""))
    visitor = services.visitors.read(cookies)
    if visitor is None:
        raise UserError(
            sentence(language, "page_no_cookie"), sentence(language, "page_no_cookie_hint")
        )
    return Visit(services, visitor, language)


def shown(error: UserError, language: str) -> gr.Error:
    """Return the toast for what a person can mend; the text is escaped."""
    text = html.escape(f"{error.message}\n{error.hint}".strip(), quote=False)
    return gr.Error(
        text, duration=None, title=sentence(language, "page_mend"), print_exception=False
    )


def note_incident(language: str) -> str:
    """Log the traceback under a number and say it."""
    number = f"{secrets.token_hex(2)}-{secrets.token_hex(1)}"
    LOG.exception("incident %s", number)
    return sentence(language, "page_incident", number=number)


def incident(language: str) -> gr.Error:
    """Return the toast for a defect of ours."""
    text = note_incident(language)
    return gr.Error(
        text, duration=None, title=sentence(language, "page_ours"), print_exception=False
    )


def guarded(services: Services, function: Callable[..., Any], event: bool) -> Callable[..., Any]:
    """Wrap a handler `function(visit, [event], *values)` for Gradio, which reads the signature."""

    def steps(request: Any, *values: Any) -> Iterator[Any]:
        yield from _steps(services, function, request, values)

    def plain(request: gr.Request, *values: Any) -> Any:
        return next(steps(request, *values))

    def stream(request: gr.Request, *values: Any) -> Iterator[Any]:
        yield from steps(request, *values)

    def plain_event(request: gr.Request, data: gr.EventData, *values: Any) -> Any:
        return next(steps(request, data, *values))

    def stream_event(request: gr.Request, data: gr.EventData, *values: Any) -> Iterator[Any]:
        yield from steps(request, data, *values)

    kinds = {(False, False): plain, (False, True): plain_event, (True, False): stream}
    streams = inspect.isgeneratorfunction(function)
    handler: Callable[..., Any] = kinds.get((streams, event), stream_event)
    handler.__name__ = getattr(function, "__name__", "handler")
    return handler


def _steps(
    services: Services, function: Callable[..., Any], request: Any, values: tuple[Any, ...]
) -> Iterator[Any]:
    """Run a handler, once or as a generator; its exceptions become toasts."""
    accepted = dict(request.headers).get("accept-language", "")
    language = language_of(dict(request.cookies), accepted)
    try:
        result = function(visit_of(services, request), *values)
        if inspect.isgenerator(result):
            yield from result
        else:
            yield result
    except gr.Error:
        raise
    except Exception as error:  # noqa: BLE001 - the one place where defects become incidents
        known = explain(error)
        raise (shown(known, language) if known else incident(language)) from None


def logged(function: Callable[..., Any], language: str) -> Callable[..., Any]:
    """Wrap work in a thread: whatever it raises becomes a UserError that may be shown."""

    def work(*values: Any) -> Any:
        try:
            return function(*values)
        except Exception as error:  # noqa: BLE001 - the same, for work in a thread
            known = explain(error)
            if known is None:
                raise UserError(note_incident(language)) from None
            raise known from None

    return work


def listen(
    services: Services,
    triggers: Any,
    function: Callable[..., Any],
    inputs: Sequence[Any] | Any = None,
    outputs: Sequence[Any] | Any = None,
    **more: Any,
) -> Any:
    """Bind a handler: private, unlimited, without a spinner unless `show_progress` is given.

    `triggers`: events (`button.click`), or what another `listen` returned, to come after it.

    `function(visit, *values)`; with `event=True`: `function(visit, event, *values)`. With
    `changes=True` the status line and the list of runs are refreshed afterwards.
    """
    event, changes = more.pop("event", False), more.pop("changes", False)
    more.setdefault("show_progress", "hidden")
    handler = guarded(services, function, event)
    more.update(api_visibility="private", concurrency_limit=None)
    if hasattr(triggers, "then"):  # after another listener
        listener = triggers.then(handler, inputs, outputs, **more)
    else:
        listener = gr.on(
            triggers if isinstance(triggers, list) else [triggers], handler, inputs, outputs, **more
        )
    if changes:
        return listener.then(None, None, None, js=CHANGED, api_visibility="private")
    return listener
