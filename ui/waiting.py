"""Long work of a step: begun in a thread, followed with progress, cancelled; outlives its tab."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from html import escape

from core.errors import UserError, explain
from ui.figures import size
from ui.markup import error
from ui.services import Visit
from ui.starts import Progress, Start

LOOK_SECONDS = 0.25
ADDRESS = re.compile(r"(https?://[^\s<>&\"',]*[^\s<>&\"',.;:)])")
TOLD = "download"  # the phase that shows how far it is

Figures = Callable[[float], str]
Job = Callable[[Callable[[int, int], None], Callable[[], bool]], str]
"""Does the work: takes a progress function (done, total) and a cancelled function."""


def begin(visit: Visit, kind: str, job: Job) -> bool:
    """Begin a piece of work unless it is under way; say whether it began."""

    def work(progress: Progress, cancelled: Callable[[], bool]) -> str:
        try:
            return job(lambda done, total: progress(TOLD, done, total), cancelled)
        except (OSError, MemoryError) as failure:
            known = explain(failure)
            if known is None:
                raise
            raise known from failure

    visit.services.starts.forget(_key(visit, kind))
    return visit.services.starts.begin(_key(visit, kind), work)


def state_of(visit: Visit, kind: str) -> Start | None:
    """Return how far a piece of work is, or None."""
    return visit.services.starts.get(_key(visit, kind))


def is_busy(visit: Visit, kind: str) -> bool:
    """Say whether a piece of work goes on."""
    state = state_of(visit, kind)
    return state is not None and state.is_busy


def cancel(visit: Visit, kind: str) -> None:
    """Ask a piece of work to end."""
    visit.services.starts.cancel(_key(visit, kind))


def follow(visit: Visit, kind: str) -> Iterator[tuple[Start, float]]:
    """Yield how far it is and the seconds since the first look, until it is over."""
    began = time.monotonic()
    while (state := state_of(visit, kind)) is not None:
        yield state, time.monotonic() - began
        if not state.is_busy:
            return
        time.sleep(LOOK_SECONDS)


def _key(visit: Visit, kind: str) -> str:
    return f"{visit.visitor}:{kind}"


def progress(
    visit: Visit, title: str, state: Start, seconds: float, figures: Figures | None = size
) -> str:
    """Return the bar of a piece of work: what, how much of it, how long it still takes."""
    if not state.is_busy:
        return ""
    parts = [f"<b>{escape(title)}</b>"]
    if state.total and state.done:
        share = min(state.done / state.total, 1.0)
        parts.append(f"{100 * share:.0f} %")
        if figures:
            parts.append(
                escape(
                    visit.say("progress_of", done=figures(state.done), total=figures(state.total))
                )
            )
        if seconds > 2 and 0.01 < share < 1:
            left = max(round(seconds / share - seconds), 1)
            parts.append(escape(_left(visit, left)))
        bar = (
            f'<div class="fr-meter" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
            f'aria-valuenow="{100 * share:.0f}" aria-label="{escape(title)}">'
            f'<i style="width:{100 * share:.0f}%"></i></div>'
        )
    else:
        bar = (
            f'<div class="fr-meter is-open" role="progressbar" aria-label="{escape(title)}"></div>'
        )
    return f'<div class="fr-wait"><p class="fr-factline">{" · ".join(parts)}</p>{bar}</div>'


def _left(visit: Visit, seconds: int) -> str:
    if seconds < 60:
        return visit.say("time_seconds_left", seconds=seconds)
    return visit.say("time_minutes_left", minutes=round(seconds / 60))


def failure(visit: Visit, state: Start) -> str:
    """Return what to show of work that failed; empty if it did not."""
    if state.phase == "failed":
        return problem(UserError(state.message or visit.say("page_ours"), state.hint))
    return ""


def problem(failed: UserError) -> str:
    """Return an error that stands in its place until it is mended."""
    return error(failed.message, markup=linked(failed.hint))


def linked(text: str) -> str:
    """Escape a text and make the addresses in it links.

    >>> linked("See https://huggingface.co/a.")
    'See <a href="https://huggingface.co/a" target="_blank" rel="noopener">https://huggingface.co/a</a>.'
    """
    link = r'<a href="\1" target="_blank" rel="noopener">\1</a>'
    return ADDRESS.sub(link, escape(text))
