"""The Hub in the page: search, load a dataset, publish; the token stays in the server's memory."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SHORT_RUN
from tests.browser.server import Server
from tests.hub.fixtures import READ, WRITE, HubForTests
from ui.drafts import Drafts

pytestmark = pytest.mark.browser
RUN_SECONDS, HUB_SECONDS = 120_000, 20_000
TEXT = "anna was in paris with the order from acme corp"
SETTINGS = {
    **SHORT_RUN,
    "page.checkpoint.source": "hub",  # with the starter at hand the page would begin there
    "hyperparameters.learning_rate": 3e-3,
    "hyperparameters.num_train_epochs": 4,
}
MODEL_CARD = "---\nlicense: mit\npipeline_tag: fill-mask\nlibrary_name: transformers\n---\n"
DATA_CARD = """---
configs:
- config_name: few
  data_files:
  - {split: train, path: few/train.conll}
- config_name: mail
  data_files:
  - {split: train, path: mail/train.conll}
  - {split: validation, path: mail/validation.conll}
  - {split: test, path: mail/test.conll}
---
"""
PIPELINE = f"""
import json
from transformers import pipeline

tagger = pipeline("token-classification", model="team/mail", aggregation_strategy="first")
found = tagger({TEXT!r})
print(json.dumps([[{TEXT!r}[e["start"]:e["end"]], e["entity_group"]] for e in found]))
"""


@pytest.fixture
def filled_hub(
    hub: HubForTests, tiny_checkpoint: Path, conll_files: dict[str, Path], tmp_path: Path
) -> HubForTests:
    """A Hub with a small base model and a dataset of two configs."""
    model = shutil.copytree(tiny_checkpoint, tmp_path / "model")
    (model / "README.md").write_text(MODEL_CARD, "utf-8")
    hub.seed("dev/tiny-bert", model, downloads=10)
    rows = tmp_path / "rows"
    for split, path in conll_files.items():
        (rows / "mail").mkdir(parents=True, exist_ok=True)
        shutil.copy(path, rows / "mail" / f"{split}.conll")
    shutil.copytree(rows / "mail", rows / "few")
    (rows / "README.md").write_text(DATA_CARD, "utf-8")
    hub.seed("team/letters", rows, kind="dataset")
    return hub


@pytest.fixture
def hub_server(
    filled_hub: HubForTests, home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """A page whose Hub is the stand-in."""
    for name, value in filled_hub.environment().items():
        if name.startswith("HF_"):
            monkeypatch.setenv(name, value)
    made = Server(home)
    made.start()
    yield made
    made.close()


def box(page: Page, name: str) -> object:
    return page.locator(f"#{name} :is(input, textarea)").first


def choose_checkpoint(page: Page) -> None:
    box(page, "checkpoint-search").fill("tiny")
    page.locator("#checkpoint-results [data-pick='dev/tiny-bert']").first.click()
    page.locator("#checkpoint-download").click()
    expect(page.locator("#checkpoint-download")).to_be_hidden(timeout=HUB_SECONDS)
    expect(page.locator("#checkpoint-card")).to_contain_text("dev/tiny-bert")


def choose_data(page: Page) -> None:
    page.locator("#data-button").click()
    page.locator("#data-source label", has_text="Hub").click()
    box(page, "data-hub_id").fill("team/letters")
    page.locator("#data-look_up").click()
    expect(page.locator("#data-splits")).to_be_visible(timeout=HUB_SECONDS)
    box(page, "data-config").click()
    page.get_by_role("option", name="mail").click()
    expect(page.locator("#data-splits label")).to_have_count(3)
    page.locator("#data-load").click()
    expect(page.locator("#data-found")).to_contain_text("team/letters", timeout=HUB_SECONDS)
    expect(page.locator("#data-counts")).to_contain_text("PER", timeout=HUB_SECONDS)


def train(page: Page) -> None:
    page.locator("#train-button").click()
    page.locator("#train-start").click()
    expect(page.locator("#train-progress .fr-state")).to_have_text("finished", timeout=RUN_SECONDS)


def predict(page: Page) -> list[list[str]]:
    """Try the text; return [words, label] of every entity that the page shows."""
    page.locator("#share-button").click()
    box(page, "share-text").fill(TEXT)
    page.locator("#share-predict").click()
    rows = page.locator("#share-result tbody tr")
    expect(rows.first).to_be_visible(timeout=60_000)
    return [row.locator("th, td").all_inner_texts()[:2] for row in rows.all()]


def give_token(page: Page, token: str) -> None:
    page.locator("#share-token").fill(token)
    page.locator("#share-token-use").click()
    expect(page.locator("#share .fr-token-known")).to_contain_text("dev", timeout=HUB_SECONDS)


def publish(page: Page, name: str) -> None:
    box(page, "share-repo_id").fill(name)
    page.wait_for_timeout(300)  # Gradio takes a typed text over a moment after the key
    page.locator("#share-publish").click()


def publish_to_the_organisation(page: Page, hub: HubForTests) -> None:
    """Try what cannot work, then publish."""
    page.locator("#share-publishing-button").click()
    give_token(page, READ)
    publish(page, "mail")
    problem = page.locator("#share-problem")
    expect(problem).to_contain_text("This token may only read (its role is read).")
    page.locator("#share .fr-token-forget").click()
    give_token(page, WRITE)
    box(page, "share-namespace").click()
    page.get_by_role("option", name="team").click()
    publish(page, "my mail")
    expect(problem).to_contain_text('"team/my mail" is no id of a repository: it has a blank;')
    publish(page, "mail")
    expect(page.locator("#share-address")).to_contain_text(
        f"{hub.url}/team/mail", timeout=HUB_SECONDS
    )


def stored_in(page: Page) -> str:
    """Return the HTML and everything that the browser keeps."""
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    return page.content() + kept + json.dumps(page.context.cookies())


def living_children(server: Server) -> list[psutil.Process]:
    assert server.process is not None
    children = psutil.Process(server.process.pid).children(recursive=True)
    living = [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
    assert living, "at least the predictor is there"
    return living


def test_search_load_train_and_publish_with_the_hub(
    hub_server: Server, filled_hub: HubForTests, opened: Callable[..., Page]
) -> None:
    hub, home = filled_hub, hub_server.home
    cookie, visitor = hub_server.visitor()
    Drafts(home / "drafts").change(visitor, SETTINGS)
    page = opened(hub_server, cookie)

    choose_checkpoint(page)
    choose_data(page)
    train(page)
    shown = predict(page)
    publish_to_the_organisation(page, hub)

    assert ["anna", "PER"] in shown
    assert hub.server.hub.store.repo("model", "team/mail")["private"] == 1
    loaded = hub.run("-c", PIPELINE, HF_TOKEN=WRITE)
    assert loaded.returncode == 0, loaded.stderr
    assert json.loads(loaded.stdout.splitlines()[-1]) == shown

    for process in living_children(hub_server):
        assert WRITE not in f"{process.cmdline()} {process.environ()}"
    seen = stored_in(page)
    page.reload()
    expect(page.locator("#share-button")).to_be_visible()
    for token in (READ, WRITE):
        assert token not in seen
        assert token not in stored_in(page)
        for folder in (home, hub.cache):
            for path in folder.rglob("*"):
                assert not path.is_file() or token.encode() not in path.read_bytes(), path
