"""The status line and the list of runs, as JSON for the browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import UserError
from ui.figures import ago, count, duration_left
from ui.services import Visit

if TYPE_CHECKING:
    from core.runs.folder import Run, RunSummary

LIVE = ("starting", "running")


def page_state(visit: Visit) -> dict[str, Any]:
    """Return what the page shows around the steps."""
    draft = visit.draft
    chosen = str(draft.page.get("run") or "")
    runs = [run_item(visit, run, chosen) for run in _runs(visit)]
    watched = next((run for run in runs if run["id"] == chosen), None)
    items = [_checkpoint(visit), _data(visit), _preview(visit), _watched(visit, watched)]
    start = visit.services.starts.get(visit.visitor)
    return {"items": items, "runs": runs, "start": vars(start) if start else None}


def _runs(visit: Visit) -> list[Run]:
    from core.runs.folder import list_runs

    return list_runs(visit.services.runs)


def summary_of(visit: Visit, run: Run) -> RunSummary:
    """Return a run's summary; one that is over is read once."""
    key = (
        "summary",
        run.id,
        *(_stamp(run.path / name) for name in ("events.jsonl", "process.json")),
    )
    kept = visit.services.memory.peek(key)
    if kept is not None and kept.state not in LIVE:
        return kept  # type: ignore[no-any-return]
    made = run.summary()
    visit.services.memory.put(key, made)
    return made


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def run_item(visit: Visit, run: Run, chosen: str) -> dict[str, Any]:
    """Return one line of the list of runs."""
    summary = summary_of(visit, run)
    live = summary.state in LIVE
    share = summary.step / summary.total_steps if summary.total_steps else 0.0
    when = ago(visit, summary.started)
    if live:
        left = _seconds_left(run)
        when = f"{100 * share:.0f} %" + (
            f", {duration_left(visit, left)}" if left is not None else ""
        )
    score = summary.best_metric
    return {
        "id": summary.id,
        "name": summary.name or summary.id,
        "state": summary.state,
        "state_word": visit.say(f"run_{summary.state}"),
        "what": f"{_short(summary.checkpoint)} · {summary.method}",
        "when": when,
        "score": f"F1 {score:.3f}" if score is not None else "",
        "share": share if live else None,
        "chosen": summary.id == chosen,
        "step": "train" if live or summary.state != "finished" else "share",
    }


def _seconds_left(run: Run) -> float | None:
    from core.runs.events import recent_events

    told = [
        e.values["seconds_left"]
        for e in recent_events(run.events_path)
        if "seconds_left" in e.values
    ]
    return told[-1] if told else None


def _short(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2] or name


def _item(step: str, key: str, value: str, detail: str, state: str) -> dict[str, str]:
    return {"step": step, "key": key, "value": value, "detail": detail, "state": state}


def _checkpoint(visit: Visit) -> dict[str, str]:
    spec = visit.spec
    key = visit.say("status_checkpoint")
    try:
        card = visit.services.checkpoint(spec)
    except UserError as error:
        return _item("checkpoint", key, _short(spec.checkpoint), error.message, "bad")
    name = _short(spec.checkpoint)
    if card is None:
        return _item("checkpoint", key, name, visit.say("status_not_here"), "wait")
    detail = count(card.parameters) if card.parameters else ""
    if card.folder is None:
        return _item("checkpoint", key, name, visit.say("status_to_fetch"), "warn")
    return _item("checkpoint", key, name, detail, "ok")


def _data(visit: Visit) -> dict[str, str]:
    key = visit.say("status_data")
    imported = visit.services.imported(visit.spec)
    if imported is None:
        return _item("data", key, visit.say("status_no_data"), "", "wait")
    first = str(visit.draft.page.get("data_name") or (imported.sources or ("",))[0])
    detail = visit.say("data_rows", rows=sum(imported.splits.values()))
    return _item("data", key, first, detail, "ok")


def _preview(visit: Visit) -> dict[str, str]:
    spec = visit.spec
    rule = str(spec.task_options.get("label_rule") or "first")
    cuts = visit.services.known("cuts", spec)
    detail = visit.say("status_tokens", tokens=spec.max_length)
    state = "ok"
    if cuts and cuts["rows_cut"]:
        detail += ", " + visit.say("status_rows_cut", rows=cuts["rows_cut"])
        state = "warn"
    return _item("preview", visit.say("status_rule"), visit.say(f"rule_{rule}"), detail, state)


def _watched(visit: Visit, run: dict[str, Any] | None) -> dict[str, str]:
    key = visit.say("status_run")
    if run is None:
        return _item("train", key, visit.say("status_no_run"), "", "wait")
    state = {"starting": "run", "running": "run", "finished": "ok", "stopped": "warn"}
    return _item("train", key, run["name"], run["state_word"], state.get(run["state"], "bad"))
