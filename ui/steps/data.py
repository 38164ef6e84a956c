"""Step 2: bring rows (files, a Hub dataset, an example), confirm the columns, see the report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from core.errors import UserError
from core.spec import DatasetSpec
from ui import forms, waiting
from ui.bring import (
    PAGE_ROWS,
    READ,
    Shown,
    add_view,
    bring,
    choices,
    follow,
    forget,
    looking,
    report_view,
    rows_view,
    settled,
    show_all,
    view,
)
from ui.cleaning import changed, step_of
from ui.datasets import hub_view, near
from ui.handlers import listen
from ui.parts.data import ROLES, SPLIT_SETTINGS, Parts, layout
from ui.services import Services, Visit
from ui.step import Step


def named(visit: Visit, names: Sequence[str]) -> str:
    """Return what several files are called together."""
    if len(names) < 2:
        return names[0] if names else ""
    return visit.say("data_several", first=names[0], more=len(names) - 1)


# --- handlers ----------------------------------------------------------------------------------


def refresher(parts: Parts) -> Any:
    """Return what shows the draft when the step is opened."""

    def refresh(visit: Visit) -> Shown:
        """Show what the draft holds; go on following an import."""
        yield from show_all(visit, parts)
        if waiting.is_busy(visit, READ):
            yield from follow(visit, parts)

    return refresh


def source_taker(parts: Parts) -> Any:
    """Return what changes where the data comes from."""

    def choose_source(visit: Visit, source: str) -> dict[Any, Any]:
        """Show the fields of a source; the chosen data stays."""
        visit.change({"page.data.source": source})
        return view(visit, parts)

    return choose_source


def file_taker(parts: Parts) -> Any:
    """Return what imports uploaded files."""

    def take_files(visit: Visit, paths: Sequence[str] | None) -> Shown:
        """Read the files and delete Gradio's copies of them."""
        files = [str(path) for path in paths or ()]
        yield {parts.problem: ""}
        if not files:
            return
        name = named(visit, [Path(path).name for path in files])

        dataset = DatasetSpec(files={"train": tuple(files)})
        yield from bring(visit, parts, dataset, name, after=lambda: forget(files))

    return take_files


def example_taker(parts: Parts) -> Any:
    """Return what notes which example was picked, and what imports it."""

    def pick_example(visit: Visit, event: gr.EventData) -> None:
        """Keep the name for `take_example`."""
        visit.change({"page.data.example": str(event.value)})

    def take_example(visit: Visit) -> Shown:
        """Import the picked example."""
        from core.data.examples import list_examples

        wanted = choices(visit).get("example")
        yield {parts.problem: ""}
        for example in list_examples():
            if example.name == wanted:
                yield from bring(visit, parts, example.dataset, example.title)

    return pick_example, take_example


def hub_finder(parts: Parts) -> Any:
    """Return what looks a Hub dataset up, and what shows another config of it."""

    def look_up(visit: Visit, hub_id: str) -> Shown:
        """Show the configs of the dataset, or datasets whose names come near."""
        from core.data.hub import dataset_choices

        hub_id = (hub_id or "").strip()
        yield {**hub_view(visit, parts, None), parts.problem: ""}
        try:
            found = dataset_choices(hub_id, visit.token)
        except UserError as error:
            yield {**hub_view(visit, parts, {}), **near(visit, parts, hub_id, error)}
            return
        visit.services.memory.put(("dataset", hub_id), found)
        visit.change({"page.data.hub_id": hub_id})
        yield hub_view(visit, parts, found)

    def show_config(visit: Visit, hub_id: str, config: str) -> dict[Any, Any]:
        """Show the splits and the size of a config."""
        found = visit.services.memory.peek(("dataset", (hub_id or "").strip()))
        return hub_view(visit, parts, found or {}, config)

    return look_up, show_config


def hub_taker(parts: Parts) -> Any:
    """Return what imports the looked-up Hub dataset."""

    def load(visit: Visit, hub_id: str, config: str | None, splits: list[str]) -> Shown:
        """Download and import the picked splits."""
        hub_id = (hub_id or "").strip()
        found = visit.services.memory.peek(("dataset", hub_id)) or {}
        config = config or next(iter(found.get("configs") or ()), None)
        dataset = DatasetSpec(hub_id=hub_id, config=config, revision=found.get("revision"))
        everything = list((found.get("splits") or {}).get(config) or ())
        some = None if set(splits or ()) == set(everything) else tuple(splits or ())
        yield from bring(visit, parts, dataset, hub_id, splits=some)

    return load


def role_taker(parts: Parts) -> Any:
    """Return what takes a column for a role."""

    def choose_columns(visit: Visit, *names: str | None) -> Shown:
        """Keep the columns and look at the rows anew."""
        chosen = {role: name for role, name in zip(ROLES, names, strict=True) if name}
        visit.change({"columns": chosen, "page.data.start": 0})
        yield {**looking(visit, parts), parts.problem: ""}
        yield report_view(visit, parts)

    return choose_columns


def answer_taker(parts: Parts) -> Any:
    """Return what takes the answer to an open question, and what shows the rows then."""

    def answer(visit: Visit, event: gr.EventData) -> None:
        """Set the column that was asked for."""
        role, _, name = str(event.value).partition("=")
        if role in ROLES:
            visit.change({"columns": {**visit.spec.columns, role: name}})

    def show(visit: Visit) -> Shown:
        """Look at the rows with the answer."""
        yield {**looking(visit, parts), parts.problem: ""}
        yield report_view(visit, parts)

    return answer, show


def remover(parts: Parts) -> Any:
    """Return what removes the data."""

    def remove(visit: Visit, event: gr.EventData) -> dict[Any, Any]:
        """Forget the data; runs keep theirs."""
        if event.value == "remove":
            visit.change({"dataset": {}, "columns": {}, "page.data_name": None})
        return {**view(visit, parts), **report_view(visit, parts)}

    return remove


def settings_taker(parts: Parts) -> Any:
    """Return what takes how train is cut."""

    def change_settings(visit: Visit, *values: Any) -> Shown:
        """Keep the settings and look at the rows anew."""
        names = [f"splits.{name}" for name in SPLIT_SETTINGS]
        before = visit.spec
        try:
            splits = forms.read_all(dict(zip(names, values, strict=True)))
            visit.change(splits)
        except UserError as error:
            yield {parts.problem: waiting.problem(error)}
            return
        if visit.spec == before:
            yield {parts.problem: ""}
            return
        yield from settled(visit, parts)

    return change_settings


def cleaner(parts: Parts) -> Any:
    """Return what changes the cleaning steps, asks for the options of a new one, and adds it."""

    def change(visit: Visit, event: gr.EventData) -> None:
        """Switch, move or remove a step."""
        visit.change({"cleaning": changed(visit.spec.cleaning, str(event.value))})

    def show(visit: Visit) -> Shown:
        """Look at the rows with the steps."""
        yield from settled(visit, parts)

    def choose(visit: Visit, name: str | None) -> dict[Any, Any]:
        """Show the options of a step to add."""
        return add_view(visit, parts, name or "")

    def add(visit: Visit, name: str | None, *values: str) -> Shown:
        """Add a step at the end."""
        if not name:
            return
        try:
            step = step_of(name, values)
        except UserError as error:
            yield {parts.problem: waiting.problem(error)}
            return
        visit.change({"cleaning": [*visit.spec.cleaning, step]})
        yield add_view(visit, parts, "")
        yield from settled(visit, parts)

    return change, show, choose, add


def pager(parts: Parts) -> Any:
    """Return what pages through the rows: to a split, to a row, back, forward."""

    def show(visit: Visit) -> dict[Any, Any]:
        report = visit.services.ask("describe", visit.spec)
        return rows_view(visit, parts, report)

    def to_split(visit: Visit, split: str) -> dict[Any, Any]:
        """Show the first rows of a split."""
        visit.change({"page.data.split": split, "page.data.start": 0})
        return show(visit)

    def to_row(visit: Visit, row: str) -> dict[Any, Any]:
        """Show the rows from a number on."""
        number = int(row) if (row or "").strip().isdigit() else 1
        visit.change({"page.data.start": max(number, 1) - 1})
        return show(visit)

    def by(rows: int) -> Callable[[Visit], dict[Any, Any]]:
        def turn(visit: Visit) -> dict[Any, Any]:
            """Turn a page."""
            start = int(choices(visit).get("start") or 0)
            visit.change({"page.data.start": max(start + rows, 0)})
            return show(visit)

        return turn

    return to_split, to_row, by(-PAGE_ROWS), by(PAGE_ROWS)


def cancel(visit: Visit) -> None:
    """Stop the import."""
    waiting.cancel(visit, READ)


# --- wiring ------------------------------------------------------------------------------------


def build(services: Services) -> Step:
    """Build the step."""
    parts = layout()
    _wire_sources(services, parts)
    _wire_choices(services, parts)
    return Step(refresher(parts), parts.shown)


def _wire_sources(services: Services, parts: Parts) -> None:
    shown = parts.shown
    listen(services, parts.source.input, source_taker(parts), parts.source, shown)
    listen(services, parts.files.upload, file_taker(parts), parts.files, shown, changes=True)
    listen(services, parts.cancel.click, cancel)

    pick_example, take_example = example_taker(parts)
    picked = listen(services, parts.example.select, pick_example, event=True)
    listen(services, picked, take_example, None, shown, changes=True)

    look_up, show_config = hub_finder(parts)
    hub = [parts.look_up.click, parts.hub_id.submit]
    listen(services, hub, look_up, parts.hub_id, shown)

    def take_match(visit: Visit, event: gr.EventData) -> str:
        """Put the picked name into the box."""
        return str(event.value)

    matched = listen(services, parts.matches.select, take_match, None, parts.hub_id, event=True)
    listen(services, matched, look_up, parts.hub_id, shown)
    named = [parts.hub_id, parts.config]
    listen(services, parts.config.input, show_config, named, shown)
    inputs = [*named, parts.hub_splits]
    listen(services, parts.load.click, hub_taker(parts), inputs, shown, changes=True)


def _wire_choices(services: Services, parts: Parts) -> None:
    shown = parts.shown
    roles = [box.input for box in parts.roles]
    listen(services, roles, role_taker(parts), parts.roles, shown, changes=True)
    answer, show = answer_taker(parts)
    answered = listen(services, parts.needs.select, answer, event=True)
    listen(services, answered, show, None, shown, changes=True)
    removed = parts.chosen.select
    listen(services, removed, remover(parts), None, shown, event=True, changes=True)

    change, show_steps, choose, add = cleaner(parts)
    moved = listen(services, parts.cleaning.select, change, event=True)
    listen(services, moved, show_steps, None, shown, changes=True)
    listen(services, parts.add_step.input, choose, parts.add_step, shown)
    listen(services, parts.add.click, add, parts.adding, shown, changes=True)

    cuts = [event for box in parts.splits[:3] for event in (box.submit, box.blur)]
    cuts.append(parts.stratify.input)
    listen(services, cuts, settings_taker(parts), parts.splits, shown, changes=True)

    to_split, to_row, back, on = pager(parts)
    listen(services, parts.split.input, to_split, parts.split, shown)
    listen(services, [parts.row.submit, parts.row.blur], to_row, parts.row, shown)
    listen(services, parts.back.click, back, None, shown)
    listen(services, parts.on.click, on, None, shown)
