"""Start with a checkpoint of the Hub that is not on this machine: fetched first, then trained."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import SHORT_RUN, Opened
from tests.browser.server import Server
from tests.hub.fixtures import HubForTests

pytestmark = pytest.mark.browser


@pytest.fixture
def server(browser: Browser, home: Path, hub: HubForTests) -> Iterator[Server]:
    """A page whose Hub is the stand-in."""
    made = Server(home, hub.environment())
    made.start()
    yield made
    made.close()


def test_start_fetches_the_checkpoint_and_says_when_it_cannot(
    server: Server,
    opened: Opened,
    hub: HubForTests,
    conll_files: dict[str, Path],
    tiny_checkpoint: Path,
) -> None:
    hub.seed("dev/tiny", tiny_checkpoint)
    cookie = server.draft(conll_files, Path("dev/nothing"), **SHORT_RUN)
    page = opened(server, cookie, step="train")
    page.locator("#train-start").click()
    problem = page.locator("#train-starting .fr-error")
    expect(problem).to_contain_text("dev/nothing", timeout=30_000)
    assert not server.runs()

    cookie = server.draft(conll_files, Path("dev/tiny"), **SHORT_RUN)
    page = opened(server, cookie, step="train")
    expect(page.locator("#train-checks")).to_contain_text("dev/tiny is not on this machine")
    page.locator("#train-start").click()
    state = page.locator("#train-progress .fr-state")
    expect(state).to_have_text("finished", timeout=180_000)
    assert any("model.safetensors" in request for request in hub.requests())
    expect(page.locator("#status")).to_contain_text("tiny")
