"""All five steps with the example and the starter: a real training, a prediction, a zip.

Afterwards every step is looked at wide and narrow, light and dark: no serious finding of axe-core,
nothing wider than the screen.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser import walk
from tests.browser.conftest import NARROW, RELOAD_NOISE, STARTER, WIDE, Opened, Watcher
from tests.browser.server import Server

pytestmark = pytest.mark.browser
STEPS = ("checkpoint", "data", "preview", "train", "share")
SHOWN = {
    "checkpoint": "#checkpoint-card .fr-facts",
    "data": "#data-found .fr-facts",
    "preview": "#preview-strip .ts-t[data-n]",
    "train": "#train-chart .lc-loss .main-svg",
    "share": "#share-text",
}


@pytest.fixture(scope="module")
def walked(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, dict[str, str], list[str]]]:
    """A server on which one visitor has walked through: server, cookie, names in the zip."""
    if not STARTER.is_dir():
        pytest.skip("the starter is not there: python -m core starter --home .venv/home")
    home = tmp_path_factory.mktemp("walk") / "home"
    home.mkdir()
    (home / "starter").symlink_to(STARTER, target_is_directory=True)
    server, watcher = Server(home), Watcher()
    server.start()
    try:
        cookie, _ = server.visitor()
        names = _walk(browser, server, cookie, watcher)
        assert not watcher.found, "\n".join(watcher.found)
        yield server, cookie, names
    finally:
        server.close()


def _walk(browser: Browser, server: Server, cookie: dict[str, str], watcher: Watcher) -> list[str]:
    context = browser.new_context(
        viewport={"width": WIDE[0], "height": WIDE[1]}, locale="en-US", accept_downloads=True
    )
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.set_default_timeout(30_000)
    watcher.watch(page)
    page.goto(server.url)
    walk.choose_checkpoint(page)
    walk.take_example(page)
    walk.look_at_rows(page)
    walk.train(page)
    walk.try_it(page)
    names = walk.take_zip(page, server.home)
    context.close()
    return names


def test_the_walk_ends_with_a_prediction_and_a_zip(
    walked: tuple[Server, dict[str, str], list[str]],
) -> None:
    server, _, names = walked
    assert len(server.runs()) == 1
    files = {Path(name).name for name in names}
    assert {"model.safetensors", "config.json", "tokenizer.json", "README.md"} <= files
    assert not files & {"training_args.bin", "optimizer.safetensors"}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_step_is_accessible_and_fits(
    walked: tuple[Server, dict[str, str], list[str]],
    opened: Opened,
    size: tuple[int, int],
    dark: bool,
) -> None:
    server, cookie, _ = walked
    page = opened(server, cookie, size=size, dark=dark)
    problems: list[str] = []
    for step in STEPS:
        page.locator(f"#{step}-button").click()
        expect(page.locator(SHOWN[step]).first).to_be_visible(timeout=60_000)
        page.wait_for_timeout(700)
        problems += _axe(page, step)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > size[0]:
            problems.append(f"{step}: {wide} px wide on a screen of {size[0]}")
    assert not problems, "\n".join(problems)


def _axe(page: Page, step: str) -> list[str]:
    """Return what axe-core calls serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        f"{step}: {item['id']} ({item['impact']}): {item['help']}: "
        + "; ".join(" ".join(map(str, node["target"])) for node in item["nodes"][:4])
        for item in found
        if item["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(
    ("language", "word"), [("ja", "ラベルを付ける断片"), ("ko", "레이블을 붙일 조각")]
)
def test_the_language_switch_changes_every_word(
    walked: tuple[Server, dict[str, str], list[str]],
    opened: Opened,
    watcher: Watcher,
    language: str,
    word: str,
) -> None:
    watcher.expected += RELOAD_NOISE
    server, cookie, _ = walked
    page = opened(server, cookie, step="preview")
    expect(page.locator("#preview-batch .bv-title")).to_contain_text("8 rows", timeout=60_000)
    page.locator("#status select").select_option(language)
    expect(page.locator("#preview-label_rule")).to_contain_text(word, timeout=60_000)
    assert page.evaluate("document.documentElement.lang") == language
    expect(page.locator("#preview-strip .ts-t").first).to_be_visible(timeout=60_000)
    for english in ("First piece", "Random row", "Max length", "Find a word", "tokens"):
        expect(page.locator("#preview")).not_to_contain_text(english)
