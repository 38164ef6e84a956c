"""Files, checkpoints and tokens in the page: what is typed, dropped, pasted, reloaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import NARROW, Watcher
from tests.browser.server import Server

pytestmark = pytest.mark.browser
EVIL = "<img/src=x/onerror=alert(1)>"
SECRET = "hf_" + "NeverToBeSeenAgain" * 2


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests of this file; each test is another visitor."""
    made = Server(tmp_path_factory.mktemp("bring") / "home")
    made.start()
    yield made
    made.close()


def bring(page: Page, *files: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator("#data-files button").first.click()
    chooser.value.set_files([str(file) for file in files])


def test_a_file_is_read_paged_and_there_after_a_reload(
    server: Server,
    opened: Callable[..., Page],
    watcher: Watcher,
    conll_files: dict[str, Path],
    tmp_path: Path,
) -> None:
    hostile = tmp_path / f"{EVIL.replace('/', '')}.conll"
    text = conll_files["train"].read_text("utf-8").replace("acme", EVIL).replace("LOC", f"L{EVIL}")
    hostile.write_text(text, "utf-8")
    page = opened(server, step="data")
    bring(page, hostile)
    expect(page.locator("#data-found")).to_contain_text("80 rows are kept", timeout=60_000)
    expect(page.locator("#data-counts")).to_contain_text(f"L{EVIL}")
    expect(page.locator("#data-rows")).to_contain_text(EVIL)
    expect(page.locator("#data-lengths .plot-container")).to_be_visible()
    assert page.locator("img[src=x]").count() == 0
    page.locator("#data-on").click()
    expect(page.locator("#data-rows")).to_contain_text("Rows 9 to 16 of 72", timeout=30_000)
    page.reload()
    expect(page.locator("#data-rows")).to_contain_text("Rows 9 to 16 of 72", timeout=60_000)
    expect(page.locator("#data-chosen")).to_contain_text("Remove")


def test_a_bad_file_says_why_where_it_was_dropped(
    server: Server, opened: Callable[..., Page], tmp_path: Path
) -> None:
    empty = tmp_path / "empty.conll"
    empty.touch()
    page = opened(server, size=NARROW, step="data")
    bring(page, empty)
    expect(page.locator("#data-problem [role=alert]")).to_contain_text(
        "empty.conll", timeout=30_000
    )
    expect(page.locator("#data-found")).to_contain_text("No data yet")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0]


def test_what_is_typed_or_pasted_into_the_search_is_asked_for(
    server: Server, opened: Callable[..., Page]
) -> None:
    page = opened(server)
    page.locator("#checkpoint-source").get_by_text("Hub", exact=True).click()
    page.locator("#checkpoint-search input").fill("bert")
    said = "The Hub cannot be reached: no network, or it is switched off."
    expect(page.locator("#checkpoint-results")).to_contain_text(said, timeout=30_000)
    page.locator("#checkpoint-source").get_by_text("This machine").click()
    expect(page.locator("#checkpoint-results")).not_to_contain_text(said, timeout=30_000)


def test_a_folder_is_taken_by_the_keyboard(
    server: Server, opened: Callable[..., Page], tiny_checkpoint: Path
) -> None:
    page = opened(server)
    page.locator("#checkpoint-source").get_by_text("Folder").click()
    page.locator("#checkpoint-folder input").fill(str(tiny_checkpoint))
    page.keyboard.press("Enter")
    card = page.locator("#checkpoint-card")
    expect(card).to_contain_text("2 layers, hidden size 32, 2 heads", timeout=30_000)
    expect(page.locator("#status")).to_contain_text(tiny_checkpoint.name)


def test_a_pasted_token_goes_by_its_own_route_and_stays_nowhere(
    server: Server, opened: Callable[..., Page], watcher: Watcher
) -> None:
    watcher.expected.append("422")  # the refused token: the browser logs the status itself
    carried: list[str] = []

    def note(request: Request) -> None:
        if SECRET in (request.post_data or "") or SECRET in request.url:
            carried.append(request.url)

    page = opened(server)
    page.on("request", note)
    page.locator("#checkpoint .label-wrap").click()
    field = page.locator("#checkpoint-token")
    field.fill(SECRET)
    page.locator("#checkpoint-token-use").click()
    expect(page.locator(".fr-token-note.is-bad").first).to_contain_text(
        "The Hub cannot be reached", timeout=30_000
    )
    expect(field).to_have_value("")
    assert carried == [f"{server.url}api/token"]
    assert SECRET not in page.content()
    for path in server.home.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path
