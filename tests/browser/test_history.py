"""Curves of any run: many labels, gaps, no validation, resumed, failed; written as by a worker."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.data.imports import import_dataset
from core.runs.events import EventWriter
from core.runs.folder import Run, create_run
from core.runs.process import write_worker
from core.spec import DatasetSpec, RunSpec
from tests.browser.conftest import Opened
from tests.browser.server import Server
from ui.drafts import Drafts

pytestmark = pytest.mark.browser
MANY = [f"LABEL_{number:02}" for number in range(25)]
DATA = "data => document.querySelector('#train-chart .lc-' + data).data"


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("history") / "home")
    made.start()
    yield made
    made.close()


class Script:
    """A run whose events a test writes itself."""

    def __init__(self, server: Server, labels: list[str], rows: dict[str, int]) -> None:
        file = server.home / "rows.conll"
        file.write_text("anna\tB-PER\nsleeps\tO\n", "utf-8")
        dataset = DatasetSpec(files={"train": (str(file),)})
        imported = import_dataset(dataset, server.home)
        spec = RunSpec("token-classification", "starter", DatasetSpec(imported=imported.hash))
        resolved = {"dataset": "rows.conll", "threads": 1}
        self.run: Run = create_run(spec, imported.folder, server.home / "runs", {}, resolved)
        self.worker = subprocess.Popen(["sleep", "600"])  # a process that lives; close() ends it
        write_worker(self.run.path, self.worker.pid, 0.0)
        self.events = EventWriter(self.run.events_path)
        tags = ["O", *(f"{prefix}-{label}" for label in labels for prefix in "BI")]
        facts = {"rows": rows, "labels": tags, "device": "cpu", "threads": 1}
        self.write("started", 0, {**facts, "total_steps": 100})

    def write(self, kind: str, step: int, values: dict[str, object], **more: str) -> None:
        self.events.write(kind, step=step, epoch=step / 50, values=values, **more)

    def watched(self, server: Server, opened: Opened) -> Page:
        cookie, visitor = server.visitor()
        changes = {"page.run": self.run.id, "page.view": "watch"}
        Drafts(server.home / "drafts").change(visitor, changes)
        page: Page = opened(server, cookie, step="train")
        page.wait_for_selector("#train-chart .lc-loss .main-svg")
        return page


def test_many_labels_wait_in_the_legend(server: Server, opened: Opened) -> None:
    script = Script(server, MANY, {"train": 80, "validation": 20})
    scores = dict.fromkeys(MANY, 0.5)
    script.write("metrics", 10, {"loss": 1.0})
    script.write("metrics", 10, {"eval_loss": 0.9, "eval_f1": 0.5, "eval_labels": scores})
    page = script.watched(server, opened)
    keys = page.locator("#train-chart .lc-legend-f1 .lc-key")
    expect(keys).to_have_count(26)
    expect(page.locator("#train-chart .lc-legend-f1 [aria-pressed=true]")).to_have_count(13)
    keys.last.click()
    expect(keys.last).to_have_attribute("aria-pressed", "true")
    page.locator("#train-chart .lc-table summary").click()
    expect(page.locator("#train-chart .lc-table th")).to_have_count(3 + 25 + 1)


def test_a_loss_that_is_no_number_is_a_gap_and_the_failure_is_said(
    server: Server, opened: Opened
) -> None:
    script = Script(server, ["PER"], {"train": 80, "validation": 20})
    for step, loss in ((2, 1.0), (4, 0.8), (6, None), (8, None)):
        script.write("metrics", step, {"loss": loss, "grad_norm": None})
    words = {"message": "The loss is no longer a number.", "hint": "Lower learning_rate."}
    script.write("failed", 8, {}, **words)
    page = script.watched(server, opened)
    assert page.evaluate(DATA, "loss")[0]["y"] == [1.0, 0.8, None, None]
    error = page.locator("#train-progress .fr-error")
    expect(error).to_contain_text("The loss is no longer a number.")
    expect(error).to_contain_text("Lower learning_rate.")
    expect(page.locator("#train-progress .fr-state")).to_have_text("failed")
    expect(page.locator("#train-resume")).to_be_visible()
    expect(page.locator("#train-stop")).to_be_hidden()


def test_without_validation_there_is_one_plot_and_a_sentence(
    server: Server, opened: Opened
) -> None:
    script = Script(server, ["PER"], {"train": 80})
    for step in range(2, 20, 2):
        script.write("metrics", step, {"loss": 1.0 / step})
    page = script.watched(server, opened)
    expect(page.locator("#train-chart .lc-f1-figure")).to_be_hidden(timeout=10_000)
    expect(page.locator("#train-chart .lc-words")).to_contain_text("No validation split")


def test_resuming_drops_later_points_and_goes_on(server: Server, opened: Opened) -> None:
    script = Script(server, ["PER"], {"train": 80, "validation": 20})
    for step in (2, 4, 6, 8):
        script.write("metrics", step, {"loss": float(step)})
    page = script.watched(server, opened)
    assert page.evaluate(DATA, "loss")[0]["x"] == [2, 4, 6, 8]
    script.write("resumed", 4, {"total_steps": 100})
    script.write("metrics", 6, {"loss": 60.0})
    expected = "() => document.querySelector('#train-chart .lc-loss').data[0].y.join() === '2,4,60'"
    page.wait_for_function(expected, timeout=10_000)


def test_markup_in_a_label_stays_text(server: Server, opened: Opened) -> None:
    evil = "<b>X</b>"
    script = Script(server, [evil], {"train": 80, "validation": 20})
    script.write("metrics", 10, {"eval_loss": 0.9, "eval_f1": 0.5, "eval_labels": {evil: 0.25}})
    page = script.watched(server, opened)
    expect(page.locator("#train-chart .lc-name").last).to_have_text(evil)
    expect(page.locator("#train-chart .lc-words")).to_contain_text(f"Weakest label: {evil}, 0.250.")
    assert page.evaluate(DATA, "f1")[1]["name"] == "&lt;b>X&lt;/b>"


def test_a_long_run_is_thinned_but_keeps_its_ends(server: Server, opened: Opened) -> None:
    script = Script(server, ["PER"], {"train": 80, "validation": 20})
    lines = script.run.events_path
    with lines.open("a", encoding="utf-8") as file:
        for number in range(20_000):
            event = {"time": time.time(), "sequence": number + 2, "kind": "metrics", "step": number}
            file.write(json.dumps({**event, "values": {"loss": number % 7}}) + "\n")
    page = script.watched(server, opened)
    drawn = page.evaluate(DATA, "loss")[0]["x"]
    assert 1_000 <= len(drawn) <= 2_000
    assert (drawn[0], drawn[-1]) == (0, 19_999)


def test_a_run_of_the_list_is_watched_by_a_click(server: Server, opened: Opened) -> None:
    script = Script(server, ["PER"], {"train": 80, "validation": 20})
    script.write("metrics", 10, {"loss": 1.0})
    page: Page = opened(server)
    page.locator(f"#runs-list [data-run='{script.run.id}']").click()
    expect(page.locator("#train-button")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#train-progress .rh-name")).to_have_text(script.run.id, timeout=15_000)


def test_the_log_is_one_click_away(server: Server, opened: Opened) -> None:
    script = Script(server, ["PER"], {"train": 80, "validation": 20})
    script.write("metrics", 10, {"loss": 1.0})
    (script.run.path / "log.txt").write_text("step 10: <i>fine</i>\n", "utf-8")
    page = script.watched(server, opened)
    page.locator("#train-papers summary").first.click()
    expect(page.locator("#train-papers .rp-log")).to_have_text("step 10: <i>fine</i>\n")
    assert Path(script.run.path).is_dir()
