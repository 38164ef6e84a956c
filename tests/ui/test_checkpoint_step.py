"""Step 1: what is chosen, what is refused and why, what works without a network."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from core.checkpoints.hub import Found
from tests.ui.conftest import last, text_of
from ui import choose
from ui.card import found_table, need_of
from ui.parts.checkpoint import layout
from ui.services import Visit
from ui.steps import checkpoint

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def parts(lay: Callable[[Callable[[], Any]], Any]) -> Any:
    return lay(layout)


def test_without_a_starter_the_hub_comes_first_and_the_starter_can_be_fetched(
    visit: Visit, parts: Any
) -> None:
    assert choose.source_of(visit) == "hub"
    visit.change({"page.checkpoint.source": "starter"})
    shown = choose.view(visit, parts)
    assert "The starter is not on this machine" in text_of(shown[parts.results])
    assert shown[parts.fetch].visible
    assert shown[parts.next].variant == "secondary"


def test_a_folder_becomes_the_checkpoint_and_its_card_names_the_facts(
    visit: Visit, parts: Any, tiny_checkpoint: Path
) -> None:
    shown = last(checkpoint.make_open(parts)(visit, str(tiny_checkpoint)))
    assert visit.spec.checkpoint == str(tiny_checkpoint)
    card = text_of(shown[parts.card])
    for fact in ("2 layers, hidden size 32, 2 heads", "64 tokens", "on this machine, safetensors"):
        assert fact in card
    assert "with batch size 16 and 64 tokens" in card
    assert visit.spec.max_length == 64, "no longer than the checkpoint's positions"
    assert (
        "max_length was 128; this checkpoint takes at most 64 tokens, so it is 64 now."
        in text_of(shown[parts.problem])
    )
    again = last(checkpoint.make_open(parts)(visit, str(tiny_checkpoint)))
    assert again[parts.problem] == ""


def test_what_cannot_be_trained_says_why_in_its_place_and_the_old_choice_stays(
    visit: Visit, parts: Any, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    last(checkpoint.make_open(parts)(visit, str(tiny_checkpoint)))
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    shutil.copy(tiny_checkpoint / "config.json", pickled)
    (pickled / "pytorch_model.bin").write_bytes(b"x")
    shown = last(checkpoint.make_open(parts)(visit, str(pickled)))
    problem = text_of(shown[parts.problem])
    assert "only pickle files (.bin), which can run code and are never read here" in problem
    assert 'role="alert"' in problem
    assert visit.spec.checkpoint == str(tiny_checkpoint)
    assert "2 layers" in text_of(shown[parts.card])


def test_a_folder_that_is_not_there(visit: Visit, parts: Any, tmp_path: Path) -> None:
    shown = last(checkpoint.make_open(parts)(visit, str(tmp_path / "missing")))
    assert f"There is no folder {tmp_path / 'missing'}." in text_of(shown[parts.problem])


def test_a_folder_of_checkpoints_lists_them(
    visit: Visit, parts: Any, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    shutil.copytree(tiny_checkpoint, tmp_path / "many" / "one")
    shown = last(checkpoint.make_open(parts)(visit, str(tmp_path / "many")))
    assert f'data-pick="{tmp_path / "many" / "one"}"' in text_of(shown[parts.results])


def test_no_network_is_one_line_and_everything_else_works(visit: Visit, parts: Any) -> None:
    visit.change({"page.checkpoint.source": "hub"})
    shown = last(checkpoint.make_search(parts, again=True)(visit, "bert", "base", "", "", ""))
    results = text_of(shown[parts.results])
    assert "The Hub cannot be reached: no network, or it is switched off." in results
    assert results.count("<li") == 1
    assert choose.filters_of(visit)[0] == "bert", "the search survives a reload"


def test_an_id_of_the_hub_without_a_network(visit: Visit, parts: Any) -> None:
    shown = last(checkpoint.make_look_at(parts)(visit, "dev/unknown"))
    assert "The Hub cannot be reached" in text_of(shown[parts.problem])
    assert visit.spec.checkpoint == "starter"


def test_what_the_hub_says_is_escaped(visit: Visit) -> None:
    found = Found(EVIL, 22_700_000, 1_200_000, 431, EVIL, True, (EVIL,), EVIL)
    markup = found_table(visit, [found])
    assert EVIL not in markup
    for cell in ("22.7 M", "1.2 M", "431", "gated", "fits"):
        assert cell in markup


def test_nothing_found_says_what_to_do(visit: Visit) -> None:
    assert "Search for fewer words, or take wider filters." in found_table(visit, [])


def test_the_memory_follows_the_batch_size(visit: Visit, parts: Any, tiny_checkpoint: Path) -> None:
    last(checkpoint.make_open(parts)(visit, str(tiny_checkpoint)))
    card, _ = choose.known_card(visit)
    assert card is not None
    small = need_of(visit, card)
    visit.change({"hyperparameters.per_device_train_batch_size": 64})
    assert need_of(visit, card) > small


def test_a_hostile_name_in_a_config_is_escaped(
    visit: Visit, parts: Any, tiny_checkpoint: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "hostile"
    shutil.copytree(tiny_checkpoint, folder)
    card = f"---\nlicense: '{EVIL}'\nlanguage: ['{EVIL}']\n---\n"
    (folder / "README.md").write_text(card, "utf-8")
    shown = last(checkpoint.make_open(parts)(visit, str(folder)))
    assert "&lt;img" in text_of(shown[parts.card])
    assert EVIL not in text_of(shown[parts.card])
    assert json.loads(json.dumps(visit.spec.to_json()))["checkpoint"] == str(folder)


def test_a_filled_search_box_leaves_another_list_alone(visit: Visit, parts: Any) -> None:
    visit.change({"page.checkpoint.source": "machine"})
    shown = last(checkpoint.make_search(parts, again=False)(visit, "bert", "base", "", "", ""))
    assert shown == {parts.results: gr.skip()}
    assert choose.filters_of(visit)[0] == ""
