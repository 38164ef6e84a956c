"""The preview in the page: cut rows, remedies, search, keyboard, right-to-left, markup in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import NARROW, RELOAD_NOISE, Opened, Watcher
from tests.browser.server import Server

pytestmark = pytest.mark.browser
SETTLE_MS = 300  # Gradio takes a typed text over a moment after the key; no person is quicker
EVIL = "<img/src=x/onerror=alert(1)>"
ROWS = [
    [("the", "O"), ("order", "O"), (EVIL, "B-PER"), ("in", "O"), ("paris", "B-LOC")],
    [("ذهب", "O"), ("أحمد", "B-PER"), ("بن", "I-PER"), ("علي", "I-PER"), ("باريس", "B-LOC")],
    [("東", "B-LOC"), ("京", "I-LOC"), ("の", "O"), ("山", "B-PER"), ("田", "I-PER")],
    [*[("the", "O")] * 20, ("anna", "B-PER"), ("brown", "I-PER"), *[("paris", "B-LOC")] * 3],
    [("berlin", "B-LOC"), ("was", "O"), ("cold", "O")],
]


@pytest.fixture(scope="module")
def shown(
    browser: Browser, tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, dict[str, Path]]]:
    """One server for the tests of this file, and the files to preview."""
    folder = tmp_path_factory.mktemp("preview")
    files = {}
    for split, rows in (("train", ROWS), ("validation", ROWS[:1])):
        files[split] = folder / f"{split}.conll"
        text = "\n".join("".join(f"{word}\t{tag}\n" for word, tag in row) for row in rows)
        files[split].write_text(text, "utf-8")
    server = Server(folder / "home")
    server.start()
    yield server, files
    server.close()


@pytest.fixture
def page(shown: tuple[Server, dict[str, Path]], opened: Opened, tiny_checkpoint: Path) -> Page:
    server, files = shown
    cookie = server.draft(files, tiny_checkpoint, max_length=16)
    made: Page = opened(server, cookie, step="preview")
    expect(made.locator("#preview-strip .ts-t[data-n]").first).to_be_visible(timeout=60_000)
    return made


def words(page: Page) -> list[str]:
    return page.locator("#preview-strip .ts-w:not(.ts-key, .ts-special) .ts-word").all_inner_texts()


def row_input(page: Page) -> str:
    return page.locator("#preview-row input[type=number]").input_value()


def test_markup_in_a_word_stays_text(page: Page) -> None:
    assert words(page) == [word for word, _ in ROWS[0]]
    assert page.locator("#preview-strip img").count() == 0


def test_the_next_cut_row_its_tail_and_the_remedy(page: Page) -> None:
    expect(page.locator("#preview-truncation")).to_contain_text("rows cut")
    page.locator("#preview-random").focus()
    for _ in range(5):
        page.locator("#preview-next_cut").click()
        page.wait_for_timeout(400)
        if row_input(page) == "4":
            break
    strip = page.locator("#preview-strip")
    expect(strip.locator(".ts-mark")).to_contain_text("cut at 16")
    expect(strip.locator(".ts-mark")).to_contain_text("entities lost")
    assert strip.locator(".ts-gone").count() > 0
    page.locator("#preview-truncation [data-pick='32']").click()
    expect(page.locator("#preview-max_length input[type=number]")).to_have_value("32")
    expect(strip.locator(".ts-mark")).to_have_count(0)
    expect(page.locator("#status")).to_contain_text("32 tokens")


def test_search_finds_a_label_then_a_word(page: Page) -> None:
    box = page.locator("#preview-find textarea, #preview-find input")
    box.fill("LOC")
    page.wait_for_timeout(SETTLE_MS)
    box.press("Enter")
    expect(page.locator("#preview-row input[type=number]")).to_have_value("2")
    box.fill("BERLIN")
    page.wait_for_timeout(SETTLE_MS)
    box.press("Enter")
    expect(page.locator("#preview-row input[type=number]")).to_have_value("5")
    shown = page.locator("#preview-strip .ts-w:not(.ts-key, .ts-special) .ts-word")
    expect(shown).to_have_text(["berlin", "was", "cold"])


def test_the_rule_moves_the_ignored_labels(page: Page) -> None:
    ignored = page.locator("#preview-strip .ts-ign")
    before = ignored.count()
    page.locator("#preview-label_rule").get_by_text("Every piece").click()
    expect(page.locator("#status")).to_contain_text("every piece")
    expect(ignored).to_have_count(2)
    assert before > 2


def test_arrows_walk_the_pieces_and_say_them(page: Page) -> None:
    first = page.locator("#preview-strip .ts-t[data-n='0']")
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#preview-strip .ts-t[data-n='1']")).to_be_focused()
    expect(page.locator("#preview-strip .ts-say")).to_contain_text("Token 2 of")
    page.keyboard.press("End")
    expect(page.locator("#preview-strip .ts-say")).to_contain_text(
        re.compile(r"Token (\d+) of \1:")
    )


def test_right_to_left_rows_flow_from_the_right(page: Page) -> None:
    box = page.locator("#preview-find textarea, #preview-find input")
    box.fill("أحمد")
    page.wait_for_timeout(SETTLE_MS)
    box.press("Enter")
    expect(page.locator("#preview-strip .ts-flow")).to_have_attribute("dir", "rtl")


def test_the_choice_survives_a_reload(page: Page, watcher: Watcher) -> None:
    watcher.expected += RELOAD_NOISE
    page.locator("#preview-label_rule").get_by_text("Every piece").click()
    expect(page.locator("#status")).to_contain_text("every piece")
    page.locator("#preview-next_cut").click()
    expect(page.locator("#preview-row input[type=number]")).not_to_have_value("1")
    row = row_input(page)
    page.reload()
    expect(page.locator("#preview-row input[type=number]")).to_have_value(row, timeout=30_000)
    chosen = page.locator("#preview-label_rule input:checked")
    expect(chosen).to_have_value("every")


def test_on_a_phone_the_strip_starts_above_the_fold(
    shown: tuple[Server, dict[str, Path]], opened: Opened, tiny_checkpoint: Path
) -> None:
    server, files = shown
    cookie = server.draft(files, tiny_checkpoint, max_length=16)
    page: Page = opened(server, cookie, size=NARROW, step="preview")
    piece = page.locator("#preview-strip .ts-t[data-n]").first
    expect(piece).to_be_visible(timeout=60_000)
    box = piece.bounding_box()
    assert box is not None
    assert box["y"] < NARROW[1]


def test_without_data_it_says_where_to_get_it(
    shown: tuple[Server, dict[str, Path]], opened: Opened
) -> None:
    page: Page = opened(shown[0], step="preview")
    note = page.locator("#preview-note")
    expect(note).to_contain_text("The preview needs rows.")
    note.get_by_role("button", name="Go to data").click()
    expect(page.locator("#data-button")).to_have_attribute("aria-selected", "true")
