"""Runs in the page: started once, watched, reloaded, killed, and the page killed under them."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import LONG_RUN, RELOAD_NOISE, SHORT_RUN, Opened, Watcher
from tests.browser.server import Server, events, kill_worker

pytestmark = pytest.mark.browser
RUN_SECONDS = 180_000
PLOT = "document.querySelector('#train-chart .lc-loss')"
DRAWN = f"() => {PLOT}?.data?.[0]?.x?.length ?? 0"


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One page process for the tests of this file; each test is another visitor."""
    made = Server(tmp_path_factory.mktemp("runs") / "home")
    made.start()
    yield made
    made.close()


def start_run(page: Page) -> None:
    page.get_by_role("button", name="Start run").click()
    expect(page.locator("#train-progress .rh-name")).not_to_be_empty(timeout=60_000)


def wait_for_points(page: Page, count: int) -> None:
    page.wait_for_function(f"() => ({DRAWN})() >= {count}", timeout=RUN_SECONDS)


def stop_run(page: Page) -> None:
    page.locator("#train-stop").click()
    expect(page.locator("#train-progress .fr-state")).to_have_text("stopped", timeout=60_000)


def test_a_wrong_setting_is_named_beside_the_button(
    server: Server, opened: Opened, conll_files: dict[str, Path], tiny_checkpoint: Path
) -> None:
    cookie = server.draft(conll_files, tiny_checkpoint, **SHORT_RUN)
    page = opened(server, cookie, step="train")
    checks = page.locator("#train-checks")
    for wrong in ("abc", "-1", "nan"):
        page.locator("#train-learning_rate textarea, #train-learning_rate input").fill(wrong)
        page.locator("#train-name textarea, #train-name input").focus()
        expected = f'learning_rate is "{wrong}"; expected a number above 0 and at most 1.'
        expect(checks).to_contain_text(expected, timeout=20_000)
    page.get_by_role("button", name="Start run").click()
    expect(page.locator(".toast-body")).to_contain_text("learning_rate is", timeout=20_000)
    assert not server.runs()


def test_two_clicks_on_start_make_one_run_that_finishes(
    server: Server, opened: Opened, conll_files: dict[str, Path], tiny_checkpoint: Path
) -> None:
    cookie = server.draft(conll_files, tiny_checkpoint, **SHORT_RUN)
    page = opened(server, cookie, step="train")
    expect(page.locator("#train-checks")).to_contain_text("Rows by split: train 80", timeout=60_000)
    page.locator("#train-start").dblclick()
    expect(page.locator("#train-progress .fr-state")).to_have_text("finished", timeout=RUN_SECONDS)
    assert len(server.runs()) == 1
    expect(page.locator("#train-chart .lc-words")).to_contain_text("F1")
    expect(page.locator("#train-papers .rp-scores")).to_contain_text("precision")
    expect(page.locator("#runs-list")).to_contain_text("train-1")
    expect(page.locator("#status")).to_contain_text("finished")


def test_zoom_reload_and_restart_keep_the_run_and_its_whole_curve(
    server: Server,
    opened: Opened,
    watcher: Watcher,
    conll_files: dict[str, Path],
    tiny_checkpoint: Path,
) -> None:
    # the page process is killed on purpose
    watcher.expected += ["ERR_CONNECTION_REFUSED", "Failed to load resource", *RELOAD_NOISE]
    cookie = server.draft(conll_files, tiny_checkpoint, **LONG_RUN)
    page = opened(server, cookie, step="train")
    start_run(page)
    wait_for_points(page, 5)
    page.evaluate(f"Plotly.relayout({PLOT}, {{'xaxis.range[0]': 0, 'xaxis.range[1]': 40}})")
    page.evaluate(f"{PLOT}.dataset.mine = 'same'")
    wait_for_points(page, 15)
    expect(page.locator("#train-chart .lc-loss")).to_have_attribute("data-mine", "same")
    assert page.evaluate(f"{PLOT}.layout.xaxis.range") == [0, 40]
    expect(page.locator("#train-chart .lc-reset")).to_be_enabled()

    page.reload()
    wait_for_points(page, 5)
    assert page.evaluate(f"{PLOT}.data[0].x[0]") == 2

    run = server.runs()[-1]
    server.kill()
    before = len(events(run))
    expect(page.locator("#status .fr-lost")).to_be_visible(timeout=10_000)
    time.sleep(2)
    assert len(events(run)) > before, "the run goes on without the page"
    server.start()
    page.reload()
    wait_for_points(page, 5)
    expect(page.locator("#train-progress .fr-state")).to_have_text("running", timeout=20_000)
    assert page.evaluate(f"{PLOT}.data[0].x.slice(0, 5)") == [2, 4, 6, 8, 10]
    stop_run(page)
    expect(page.locator("#train-resume")).to_be_visible()


def test_a_killed_worker_is_told_within_five_seconds_and_outlives_ctrl_c_once_resumed(
    server: Server, opened: Opened, conll_files: dict[str, Path], tiny_checkpoint: Path
) -> None:
    cookie = server.draft(conll_files, tiny_checkpoint, **LONG_RUN)
    page = opened(server, cookie, step="train")
    start_run(page)
    wait_for_points(page, 3)
    run = server.runs()[-1]
    kill_worker(run)
    message = page.locator("#train-progress .fr-error")
    expect(message).to_contain_text("The process was killed at step", timeout=5_000)
    expect(page.locator("#train-progress .fr-state")).to_have_text("killed")
    expect(page.locator("#train-chart .lc-words")).to_contain_text("training loss")
    page.locator("#train-resume").click()
    expect(page.locator("#train-progress .fr-state")).to_have_text("running", timeout=60_000)

    page.close()
    assert server.process is not None
    server.process.send_signal(signal.SIGINT)
    server.process.wait(30)
    said = (server.home / "server.txt").read_text("utf-8")
    assert f"Run {run.name} goes on. Stop it with: python -m core stop {run.name}" in said
    assert "Traceback" not in said
    assert server.workers()
