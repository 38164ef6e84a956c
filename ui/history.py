"""A run's events as points for the live chart; thinned where there are very many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ui.services import Visit

if TYPE_CHECKING:
    from core.runs.events import Event
    from core.runs.folder import Run

MOST_POINTS = 2_000


def history(visit: Visit, run: Run, after: int) -> dict[str, Any]:
    """Return the events after a number: points, where the run stands, the newest number.

    `void` is the step beyond which earlier points no longer hold, because the run was resumed.
    """
    events = run.events(after)
    points = [point for event in events if (point := point_of(event)) is not None]
    voids = [event.step or 0 for event in events if event.kind == "resumed"]
    return {
        "points": thin(points) if after == 0 else points,
        "void": min(voids) if voids and after else None,
        "last": max([after, *(event.sequence for event in events)]),
    }


def point_of(event: Event) -> dict[str, Any] | None:
    """Return what the chart draws of an event, or None."""
    values = event.values or {}
    point: dict[str, Any] = {"step": event.step}
    for name, key in (("loss", "loss"), ("eval_loss", "eval_loss"), ("eval_f1", "f1")):
        if name in values:
            point[key] = values[name]
    if "eval_labels" in values:
        point["labels"] = values["eval_labels"]
    return point if event.kind == "metrics" and len(point) > 1 else None


def thin(points: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep at most some points of the loss: of each stretch the lowest and the highest.

    Evaluations are all kept.

    >>> len(thin([{"step": n, "loss": n % 7} for n in range(50_000)])) <= MOST_POINTS
    True
    """
    if len(points) <= MOST_POINTS:
        return list(points)
    plain = [i for i, point in enumerate(points) if set(point) <= {"step", "loss"}]
    keep = set(range(len(points))) - set(plain)
    stretch = max(2 * len(plain) // MOST_POINTS + 1, 2)
    for start in range(0, len(plain), stretch):
        part = plain[start : start + stretch]
        whole = [i for i in part if points[i].get("loss") is not None]
        if whole:
            keep.add(min(whole, key=lambda i: points[i]["loss"]))
            keep.add(max(whole, key=lambda i: points[i]["loss"]))
        keep.update(i for i in part[:1] if points[i].get("loss") is None)
    return [points[i] for i in sorted(keep)]
