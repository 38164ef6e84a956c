"""What the browser draws of a run: where it stands, and the points that are new."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ui.figures import duration, duration_left, size
from ui.services import Visit
from ui.state import LIVE, summary_of

if TYPE_CHECKING:
    from core.runs.events import Event
    from core.runs.folder import Run

MOST_POINTS = 2_000
POINT_VALUES = (("loss", "loss"), ("eval_loss", "eval_loss"), ("eval_f1", "f1"))
LOG_BYTES = 64 * 1024


def history(visit: Visit, run: Run, after: int) -> dict[str, Any]:
    """Return where the run stands and its points after an event's number.

    `void` is the step beyond which earlier points no longer hold, because the run was resumed.
    """
    events = run.events(after)
    points = [point for event in events if (point := point_of(event)) is not None]
    voids = [event.step or 0 for event in events if event.kind == "resumed"]
    return {
        "run": standing(visit, run),
        "points": thin(points) if after == 0 else points,
        "void": min(voids) if voids and after else None,
        "last": max([after, *(event.sequence for event in events)]),
    }


def standing(visit: Visit, run: Run) -> dict[str, Any]:
    """Return where a run stands, in figures and ready words."""
    from core.runs.events import recent_events

    summary, facts = summary_of(visit, run), facts_of(visit, run)
    live = summary.state in LIVE
    recent = recent_events(run.events_path)
    values: dict[str, Any] = {}
    for event in recent:
        values.update(event.values)
    epochs = [event.epoch for event in recent if event.epoch is not None]
    left = values.get("seconds_left") if live else None
    failure = run.failure() if summary.state in ("failed", "killed") else None
    return {
        "id": run.id,
        "name": summary.name or run.id,
        "state": summary.state,
        "state_word": visit.say(f"run_{summary.state}"),
        "step": summary.step,
        "total": summary.total_steps,
        "epoch": epochs[-1] if epochs else None,
        "left": duration_left(visit, left) if left is not None else None,
        "best": summary.best_metric,
        "has_validation": bool((facts.get("rows") or {}).get("validation")),
        "labels": facts.get("names", []),
        "machine": _machine(visit, values, facts, summary.seconds),
        "scores": _scores(visit, run),
        "failure": {"message": failure.message, "hint": failure.hint} if failure else None,
    }


def facts_of(visit: Visit, run: Run) -> dict[str, Any]:
    """Return what the first event of a run says: rows, labels, device."""
    key = ("facts", run.id)
    kept = visit.services.memory.peek(key)
    if kept is not None:
        return dict(kept)
    first = next((event for event in run.events() if event.kind == "started"), None)
    if first is None:
        return {}
    tags = [str(tag) for tag in first.values.get("labels") or [] if tag != "O"]
    bare = [tag[2:] if tag[:2] in ("B-", "I-") else tag for tag in tags]
    facts = {**first.values, "names": list(dict.fromkeys(bare))}
    visit.services.memory.put(key, facts)
    return facts


def _machine(
    visit: Visit, values: dict[str, Any], facts: dict[str, Any], seconds: float
) -> list[list[str]]:
    lines = []
    if values.get("rows_per_second"):
        rate = visit.say("watch_rows_per_second", rows=values["rows_per_second"])
        lines.append([visit.say("watch_speed"), rate])
    if values.get("memory_bytes"):
        lines.append([visit.say("watch_memory"), size(values["memory_bytes"])])
    if facts.get("device"):
        device = visit.say("watch_device_value", device=facts["device"], threads=facts["threads"])
        lines.append([visit.say("watch_device"), device])
    lines.append([visit.say("watch_time"), duration(visit, seconds)])
    if values.get("learning_rate") is not None:
        lines.append(["learning_rate", f"{values['learning_rate']:.2e}"])
    if values.get("grad_norm") is not None:
        lines.append(["grad_norm", f"{values['grad_norm']:.2f}"])
    return lines


def _scores(visit: Visit, run: Run) -> list[list[str]]:
    """Return the scores of the kept model by split."""
    lines = []
    for split, scores in (run.metrics() or {}).items():
        if scores and scores.get("f1") is not None:
            text = visit.say(
                "watch_scores",
                f1=scores["f1"],
                precision=scores.get("precision"),
                recall=scores.get("recall"),
            )
            lines.append([visit.say(f"split_{split}"), text])
    return lines


def point_of(event: Event) -> dict[str, Any] | None:
    """Return what the chart draws of an event, or None."""
    if event.kind != "metrics":
        return None
    point: dict[str, Any] = {"step": event.step}
    for name, key in POINT_VALUES:
        if name in event.values:
            point[key] = event.values[name]
    if "eval_labels" in event.values:
        point["labels"] = event.values["eval_labels"]
    return point if len(point) > 1 else None


def thin(points: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep at most some points of the loss: of each stretch the lowest and the highest.

    Evaluations are all kept.

    >>> len(thin([{"step": n, "loss": n % 7} for n in range(50_000)])) <= MOST_POINTS
    True
    """
    if len(points) <= MOST_POINTS:
        return list(points)
    plain = [i for i, point in enumerate(points) if set(point) <= {"step", "loss"}]
    keep = set(range(len(points))) - set(plain) | {plain[0], plain[-1]}
    stretch = 2 * len(plain) // (MOST_POINTS - 2) + 1
    for start in range(0, len(plain), stretch):
        part = plain[start : start + stretch]
        whole = [i for i in part if points[i]["loss"] is not None]
        if whole:
            keep.add(min(whole, key=lambda i: points[i]["loss"]))
            keep.add(max(whole, key=lambda i: points[i]["loss"]))
        else:
            keep.add(part[0])
    return [points[i] for i in sorted(keep)]


def papers(visit: Visit, run: Run) -> dict[str, Any]:
    """Return a run's log and its settings, shown on demand."""
    return {"log": run.log(LOG_BYTES), "spec": run.spec().to_json(), "folder": str(run.path)}
