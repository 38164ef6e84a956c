"""Step 4: set up a run, check what could fail, start it, watch it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import gradio as gr

from core.errors import UserError
from core.tasks import get_task
from ui.checklist import checklist
from ui.forms import read, value_of
from ui.handlers import listen
from ui.launch import begin, suggested_name
from ui.parts.train import FOLDS, SETTINGS, dotted, layout
from ui.presets import NAMES, OWN, preset, preset_of
from ui.services import Services, Visit
from ui.step import Step

METHODS = ("full",)


def parameters_of(visit: Visit) -> int | None:
    """Return the size of the draft's checkpoint, if it is known."""
    card = visit.services.checkpoint(visit.spec)
    return card.parameters if card else None


def splits_of(visit: Visit, wait: bool = False) -> dict[str, int] | None:
    """Return the rows by split, where they are known; `wait` looks at them if need be."""
    services, spec = visit.services, visit.spec
    report = services.known("describe", spec)
    if report is None and wait and services.imported(spec) is not None:
        with suppress(UserError):  # the check before the start says it
            report = services.ask("describe", spec)
    return dict(report["splits"]) if report else None


def preset_now(visit: Visit) -> str:
    """Return the preset whose values the draft has."""
    return preset_of(visit.spec.hyperparameters, parameters_of(visit), splits_of(visit))


def folds(visit: Visit) -> list[gr.Accordion]:
    """Label each folded group with the values it holds."""
    spec = visit.spec
    values = {name: value_of(spec, dotted(name)) for name in SETTINGS}
    best = visit.say("fold_best") if values["load_best_model_at_end"] else visit.say("fold_last")
    when = values["eval_strategy"]
    if when == "steps":
        when = visit.say("fold_eval_steps", steps=values["eval_steps"] or "?")
    precision = "bf16" if values["bf16"] else "fp32"
    labels = {
        "schedule": f"{values['lr_scheduler_type']}, warmup_steps {values['warmup_steps']}, "
        f"weight_decay {values['weight_decay']}",
        "evaluation": f"{when}, {best}",
        "machine": f"{values['device']}, {precision}, seed {values['seed']}",
    }
    return [gr.Accordion(label=f"{visit.say(f'fold_{k}')} · {v}") for k, v in labels.items()]


def views(visit: Visit) -> list[Any]:
    """Show the set-up or the watched run: view, both columns, the three pieces of the run."""
    run, spec = visit.run(), visit.spec
    watching = run is not None and visit.draft.page.get("view") == "watch"
    choices = [(visit.say("train_setup"), "setup")]
    if run is not None:
        name = run.details().get("name") or run.id
        choices.append((visit.say("train_watch", name=name), "watch"))
    value = run.id if run else None
    return [
        gr.Radio(choices=choices, value="watch" if watching else "setup", visible=run is not None),
        gr.Column(visible=not watching),
        gr.Column(visible=watching),
        *[value] * 3,
        gr.Textbox(value=spec.name or "", placeholder=suggested_name(visit)),
    ]


def form(visit: Visit) -> list[Any]:
    """Fill the form from the draft: method, preset, folds, every setting."""
    spec = visit.spec
    offered = [(visit.say(f"method_{m}"), m) for m in get_task(spec.task).methods if m in METHODS]
    return [
        gr.Radio(choices=offered, value=spec.method),
        visit.draft.page.get("preset", "balanced"),  # the last fit or edit said so
        *folds(visit),
        *(value_of(spec, dotted(name)) for name in SETTINGS),
    ]


def take(visit: Visit, values: dict[str, Any]) -> list[UserError]:
    """Keep every setting that is allowed in the draft; return what is wrong with the others."""
    problems, spec = [], visit.spec
    for name, value in values.items():
        try:
            setting = read(dotted(name), value)
            if setting != getattr(spec if name == "device" else spec.hyperparameters, name):
                visit.change({dotted(name): setting})
        except UserError as problem:
            problems.append(problem)
    return problems


def edited(visit: Visit, *values: Any) -> list[Any]:
    """Take over the form: preset, folds, checks."""
    problems = take(visit, dict(zip(SETTINGS, values, strict=True)))
    chosen = OWN if problems else preset_now(visit)
    visit.change({"page.preset": chosen})
    return [chosen, *folds(visit), checklist(visit, problems)]


def chose_preset(visit: Visit, name: str) -> list[Any]:
    """Fill the hyperparameters of a preset."""
    visit.change({"page.preset": name})
    fit_preset(visit)
    return [*form(visit)[2:], checklist(visit, [])]


def start(visit: Visit, name: str, *values: Any) -> None:
    """Start a run of the draft.

    Raises:
        UserError: a setting is not allowed, or there are no rows.
    """
    problems = take(visit, dict(zip(SETTINGS, values, strict=True)))
    if problems:
        raise problems[0]
    visit.change({"name": (name or "").strip()[:80] or suggested_name(visit)})
    begin(visit)


def started(visit: Visit, event: gr.EventData) -> list[Any]:
    """Cancel a start, or turn to the run that was started."""
    if event.value == "cancel":
        visit.services.starts.cancel(visit.visitor)
    else:
        visit.services.starts.forget(visit.visitor)
    return views(visit)


def chose_view(visit: Visit, view: str) -> list[Any]:
    """Turn to the set-up or to the watched run."""
    visit.change({"page.view": view})
    return views(visit)


def stop_run(visit: Visit) -> None:
    """Ask the watched run to stop; it saves and keeps the best."""
    from core.runs.launcher import stop

    run = visit.run()
    if run is not None:
        stop(run)


def resume_run(visit: Visit) -> None:
    """Let the watched run go on from its newest sound checkpoint."""
    from core.runs.launcher import resume

    run = visit.run()
    if run is not None:
        resume(run)


def fit_preset(visit: Visit, wait: bool = False) -> None:
    """Fill the chosen preset's hyperparameters for the draft; `own` is left alone."""
    name = visit.draft.page.get("preset", "balanced")
    if name in NAMES:
        values = preset(name, parameters_of(visit), splits_of(visit, wait))
        visit.change({dotted(key): value for key, value in values.items()})


def refresh(visit: Visit) -> list[Any]:
    """Show the step for the draft."""
    fit_preset(visit)
    return [*views(visit), *form(visit)]


def checks(visit: Visit) -> list[Any]:
    """Fit the preset to the rows, which may take a look at them; show the check."""
    fit_preset(visit, wait=True)
    return [*form(visit)[2:], checklist(visit, [])]


def build(services: Services) -> Step:
    """Build the step."""
    made = layout()
    settings = [made[name] for name in SETTINGS]
    accordions = [made[f"fold_{fold}"] for fold in FOLDS]
    names = ("view", "setup", "watch", "head", "chart", "papers", "name")
    viewed = [made[name] for name in names]
    formed = [made["method"], made["preset"], *accordions, *settings]
    typed = [box for box in settings if isinstance(box, gr.Textbox)]
    changes = [event for box in typed for event in (box.blur, box.submit)]
    changes += [box.input for box in settings if box not in typed]
    checked = [made["preset"], *accordions, made["checks"]]
    filled = [*accordions, *settings, made["checks"]]
    listen(services, changes, edited, settings, checked)
    listen(services, made["preset"].input, chose_preset, made["preset"], filled)
    listen(services, made["start"].click, start, [made["name"], *settings], None, changes=True)
    listen(services, made["starting"].select, started, None, viewed, event=True, changes=True)
    listen(services, made["view"].input, chose_view, made["view"], viewed)
    listen(services, made["stop"].click, stop_run, None, None, changes=True)
    listen(services, made["resume"].click, resume_run, None, None, changes=True)
    return Step(refresh, [*viewed, *formed], checks, filled)
