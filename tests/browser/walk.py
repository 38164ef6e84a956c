"""The walk through all five steps, with the starter and the example, as a person takes it."""

from __future__ import annotations

import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

TEXT = "Anna Brown from Acme Ltd in Berlin wrote on 3 March about order AB-20417."
TRAIN_SECONDS = 400_000


def choose_checkpoint(page: Page) -> None:
    expect(page.locator("#checkpoint-card")).to_contain_text("WordPiece")
    expect(page.locator("#checkpoint-card")).to_contain_text("512 tokens")
    page.locator("#checkpoint-next").click()


def take_example(page: Page) -> None:
    page.locator("#data-source").get_by_text("Example").click()
    page.get_by_role("button", name="Use this example").click()
    expect(page.locator("#data-found")).to_contain_text("CoNLL", timeout=60_000)
    expect(page.locator("#status")).to_contain_text("1,400 rows")
    page.locator("#data-next").click()


def look_at_rows(page: Page) -> None:
    pieces = page.locator("#preview-strip .ts-t[data-n]")
    expect(pieces.first).to_be_visible(timeout=90_000)
    expect(page.locator("#preview-batch .bv-title")).to_contain_text("8 rows", timeout=60_000)
    page.locator("#preview-random").click()
    page.locator("#preview-label_rule").get_by_text("Every piece").click()
    expect(page.locator("#status")).to_contain_text("every piece")
    expect(page.locator("#preview-strip .ts-say")).to_be_visible()
    page.locator("#preview-label_rule").get_by_text("First piece").click()
    expect(page.locator("#status")).to_contain_text("first piece")
    page.locator("#preview-next").click()


def train(page: Page, preset: str = "Quick look") -> None:
    expect(page.locator("#train-checks")).to_contain_text("Rows by split", timeout=60_000)
    page.locator("#train-preset").get_by_text(preset).click()
    epochs = {"Quick look": "1", "Balanced": "3", "Thorough": "8"}[preset]
    expect(page.locator("#train-num_train_epochs input")).to_have_value(epochs)
    page.locator("#train-start").click()
    state = page.locator("#train-progress .fr-state")
    expect(state).to_have_text("finished", timeout=TRAIN_SECONDS)
    expect(page.locator("#train-chart .lc-words")).to_contain_text("best")
    page.locator("#train-next").click()


def try_it(page: Page) -> None:
    page.locator("#share-text textarea").fill(TEXT)
    page.locator("#share-predict").click()
    expect(page.locator("#share-result")).to_contain_text("PERSON", timeout=60_000)


def take_zip(page: Page, folder: Path) -> list[str]:
    page.get_by_role("tab", name="Publish").click()
    with page.expect_download() as waiting:
        page.locator("a[href*='model.zip']").first.click()
    path = folder / "model.zip"
    waiting.value.save_as(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return archive.namelist()
