"""The check before the start, as the page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from core.errors import UserError
from core.findings import Finding
from core.spec import RunSpec
from ui.figures import size
from ui.markup import facts, go, marks, title
from ui.presets import steps_of
from ui.services import Visit

LINKED = ("checkpoint", "data", "preview")


def checklist(visit: Visit, problems: Sequence[UserError]) -> str:
    """Return the list of findings, what stops first, and how long the run will be."""
    found = [Finding("bad", error.message, error.hint, "train") for error in problems]
    found += _findings(visit)
    order = {"bad": 0, "ok": 1, "warn": 2}
    if not any(finding.state == "bad" for finding in found):
        order = {"ok": 0, "warn": 1}
    found.sort(key=lambda finding: order[finding.state])
    items = [(f.state, _name(f), _detail(visit, f)) for f in found]
    missing = [item for item in (_no_data(visit), _no_checkpoint(visit)) if item]
    lines = [*missing, *items]
    return title(visit.say("train_before")) + marks(lines, visit.say) + facts(_length(visit))


def _name(finding: Finding) -> str:
    return finding.title if finding.title.endswith((".", ":")) else f"{finding.title}:"


def _detail(visit: Visit, finding: Finding) -> str:
    text = escape(finding.text)
    if finding.state == "ok" or finding.step not in LINKED:
        return text
    return f"{text} {go(finding.step, visit.say(f'go_{finding.step}'))}"


def _no_data(visit: Visit) -> tuple[str, str, str] | None:
    if visit.draft.has_data:
        return None
    return ("wait", visit.say("train_no_data"), go("data", visit.say("go_data")))


def _no_checkpoint(visit: Visit) -> tuple[str, str, str] | None:
    card = visit.services.checkpoint(visit.spec)
    if card is None:
        text = visit.say("train_unknown_checkpoint", name=visit.spec.checkpoint)
        return ("wait", text, go("checkpoint", visit.say("go_checkpoint")))
    if card.folder is None:
        amount = size(card.download_bytes) if card.download_bytes else "?"
        return ("warn", visit.say("train_to_fetch", name=card.name, size=amount), "")
    return None


def _findings(visit: Visit) -> list[Finding]:
    """Run the core's checks on the prepared report; a defect of the data is a finding too."""
    from core.data.report import Report
    from core.training.checks import check

    services, spec = visit.services, visit.spec
    imported, card = services.imported(spec), services.checkpoint(spec)
    if imported is None or card is None:
        return []
    try:
        report = Report(**services.ask("describe", spec))
    except UserError as error:
        return [Finding("bad", error.message, error.hint, "data")]
    found = check(spec, imported, report, card, services.home)
    return [_exact(visit, spec, finding) for finding in found]


def _exact(visit: Visit, spec: RunSpec, finding: Finding) -> Finding:
    """Put the preview's exact count of cut rows in the place of the estimate, if it is known."""
    cuts = visit.services.known("cuts", spec)
    if cuts is None or finding.title != "Length" or finding.state == "bad":
        return finding
    if not cuts["rows_cut"]:
        return Finding("ok", "Length", visit.say("cuts_none") + ".", None)
    text = visit.say("cuts_rows", rows=cuts["rows_cut"])
    lost = visit.say("cuts_entities", entities=cuts["entities_lost"])
    return Finding("warn", "Length", f"{text}, {lost}.", "preview")


def _length(visit: Visit) -> list[tuple[str, Any]]:
    report = visit.services.known("describe", visit.spec)
    if not report or not report["splits"].get("train"):
        return []
    spec = visit.spec
    epochs = spec.hyperparameters.num_train_epochs
    steps = steps_of(spec, report["splits"]["train"])
    whole = int(epochs) if epochs == int(epochs) else epochs
    text = visit.say("train_steps_value", steps=steps, epochs=whole)
    return [(visit.say("train_steps"), text)]
