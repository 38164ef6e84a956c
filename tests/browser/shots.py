"""Photographs of every step, wide and narrow, light and dark: `make shots` writes them to shots/.

`python -m tests.browser.shots --docs` also renews the two pictures of the README.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import walk
from tests.browser.chromium import FLAGS, find
from tests.browser.conftest import NARROW, STARTER, WIDE
from tests.browser.server import Server
from tests.conftest import ROOT

SHOTS = ROOT / "shots"
DOCS = ROOT / "docs"
READY = {
    "checkpoint": "#checkpoint-card .fr-facts",
    "data": "#data-found .fr-facts",
    "preview": "#preview-batch .bv-cells",
    "train": "#train-chart .lc-loss .main-svg",
    "share": "#share-result mark",
}


@contextmanager
def walked_server(browser: Browser, preset: str) -> Iterator[tuple[Server, dict[str, str]]]:
    """A server on which one visitor has walked to a finished run."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        (home / "starter").symlink_to(STARTER, target_is_directory=True)
        server = Server(home)
        server.start()
        try:
            cookie, _ = server.visitor()
            page = open_page(browser, server, cookie, WIDE, dark=False)
            walk.choose_checkpoint(page)
            walk.take_example(page)
            walk.look_at_rows(page)
            walk.train(page, preset)
            page.context.close()
            yield server, cookie
        finally:
            server.close()


def open_page(
    browser: Browser, server: Server, cookie: dict[str, str], size: tuple[int, int], dark: bool
) -> Page:
    """Open the page in a fresh context."""
    scheme = "dark" if dark else "light"
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, locale="en-US"
    )
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(f"{server.url}{'?__theme=dark' if dark else ''}")
    page.wait_for_selector("#checkpoint-button[aria-selected=true]")
    return page


def photograph(page: Page, name: str, folder: Path) -> None:
    """Photograph every step, and both views of the step train."""
    for step, ready in READY.items():
        page.locator(f"#{step}-button").click()
        if step == "share":
            walk.try_it(page)
        expect(page.locator(ready).first).to_be_visible(timeout=60_000)
        take(page, folder / f"{step}-{name}.png")
        if step == "train":
            page.locator("#train-view").get_by_text("Set up a run").click()
            expect(page.locator("#train-checks")).to_be_visible()
            take(page, folder / f"train_setup-{name}.png")
            page.locator("#train-view").get_by_text("Watch").click()


def take(page: Page, path: Path) -> None:
    """Photograph the whole height once everything stands still."""
    page.wait_for_timeout(900)
    page.screenshot(path=path, full_page=True)


def illustrate(page: Page) -> None:
    """Take the two pictures of the README: a strip with a cut tail, a finished run."""
    DOCS.mkdir(exist_ok=True)
    page.locator("#train-button").click()
    expect(page.locator(READY["train"]).first).to_be_visible()
    page.wait_for_timeout(900)
    page.screenshot(path=DOCS / "run.png")
    page.locator("#preview-button").click()
    expect(page.locator(READY["preview"]).first).to_be_visible()
    length = page.locator("#preview-max_length input[type=number]")
    length.fill("24")
    length.press("Enter")
    box = page.locator("#preview-find textarea, #preview-find input")
    for _ in range(40):  # a row with an organisation that loses an entity
        box.fill("ORGANISATION")
        box.press("Enter")
        page.wait_for_timeout(500)
        if "lost" in page.locator("#preview-facts").inner_text():
            break
    page.wait_for_timeout(900)
    page.screenshot(path=DOCS / "preview.png")
    page.context.close()


def main() -> int:
    """Take all photographs."""
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("--docs", action="store_true")
    flags.add_argument("--preset", default="Quick look")
    options = flags.parse_args()
    browser_path = find()
    if not STARTER.is_dir() or not browser_path:
        sys.stderr.write("Needs a Chromium and the starter (python -m core starter).\n")
        return 1
    SHOTS.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=list(FLAGS))
        with walked_server(browser, options.preset) as (server, cookie):
            for size in (WIDE, NARROW):
                for dark in (False, True):
                    page = open_page(browser, server, cookie, size, dark)
                    name = f"{size[0]}-{'dark' if dark else 'light'}"
                    photograph(page, name, SHOTS)
                    page.context.close()
            if options.docs:
                illustrate(open_page(browser, server, cookie, WIDE, dark=False))
        browser.close()
    sys.stdout.write(f"{SHOTS}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
