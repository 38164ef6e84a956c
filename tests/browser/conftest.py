"""A real Chromium on a real server. Whatever lands on the console or asks a foreign host fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from core.checkpoints.machine import starter_folder
from tests.browser.chromium import FLAGS, find
from tests.browser.server import Server
from tests.conftest import ROOT

Opened = Callable[..., Page]
# What Gradio writes to the console when a page is left while an event is under way.
RELOAD_NOISE = ("AbortError: signal is aborted", "Connection errored out", "network error")
OWN_HOSTS = ("127.0.0.1", "localhost", "")
STARTER = starter_folder(ROOT / ".venv" / "home") or ROOT / ".venv" / "home" / "starter"
WIDE, NARROW = (1440, 900), (390, 844)
SHORT_RUN = {
    "max_length": 32,
    "page.preset": "own",
    "hyperparameters.learning_rate": 1e-3,
    "hyperparameters.num_train_epochs": 3,
    "hyperparameters.per_device_train_batch_size": 8,
    "hyperparameters.logging_steps": 2,
    "device": "cpu",
}
LONG_RUN = {**SHORT_RUN, "hyperparameters.num_train_epochs": 2000}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run a failed browser test once more: the machine may have been busy. The summary says so."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    path = find()
    assert path, "no Chromium: python -m tests.browser.chromium"
    expect.set_options(timeout=20_000)  # machines that run tests are busy
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield chromium
        chromium.close()


class Watcher:
    """Collects what must not happen in a page."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.expected: list[str] = []

    def watch(self, page: Page) -> None:
        """Listen to a page."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"page error: {error}"))
        page.on("request", lambda request: self._request(request.url))

    def _console(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), getattr(message, "text", "")
        if kind == "error" and not any(part in text for part in self.expected):
            self.found.append(f"console: {text}")

    def _request(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in OWN_HOSTS:
            self.found.append(f"foreign host: {url}")


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    """Fails the test at its end if anything was found."""
    made = Watcher()
    yield made
    assert not made.found, "\n".join(made.found)


@pytest.fixture
def opened(browser: Browser, watcher: Watcher) -> Iterator[Callable[..., Page]]:
    """Open a page of a server: `opened(server, cookie=..., size=..., step=..., dark=...)`."""
    contexts: list[BrowserContext] = []

    def open_page(
        server: Server,
        cookie: dict[str, str] | None = None,
        size: tuple[int, int] = WIDE,
        step: str = "checkpoint",
        dark: bool = False,
    ) -> Page:
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale="en-US",
            accept_downloads=True,
        )
        contexts.append(context)
        if cookie:
            context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.set_default_timeout(30_000)
        watcher.watch(page)
        page.goto(f"{server.url}{'?__theme=dark' if dark else ''}#{step}")
        page.wait_for_selector(f"#{step}-button[aria-selected=true]")
        return page

    yield open_page
    for context in contexts:
        context.close()
