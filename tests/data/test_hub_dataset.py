"""Datasets of the Hub: configs, splits and files, against a Hub on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.data.hub import _files
from core.errors import UserError
from tests.hub.fixtures import HubForTests, call

CHOICES = "core.data.hub:dataset_choices"
FETCH = "tests.data.test_hub_dataset:import_from_hub"
SEARCH = "core.data.hub:search_datasets"
CONLL = "EU\tB-ORG\nrejects\tO\n\nPeter\tB-PER\n"


def import_from_hub(home: Path, **dataset: str) -> dict[str, object]:
    """Import a dataset of the Hub; called in a process of its own."""
    from core.data.imports import import_dataset
    from core.spec import DatasetSpec

    imported = import_dataset(DatasetSpec(**dataset), home)  # type: ignore[arg-type]
    first = imported.page("train", 0, 1)
    return {"splits": imported.splits, "sources": imported.sources, "first": first}


def fetch_limited(limit_bytes: int, **dataset: str) -> None:
    """Fetch with a limit; called in a process of its own."""
    from core.data.hub import fetch_dataset
    from core.spec import DatasetSpec

    fetch_dataset(DatasetSpec(**dataset), limit_bytes=limit_bytes)  # type: ignore[arg-type]


def seed(hub: HubForTests, name: str, files: dict[str, str], **options: object) -> None:
    folder = hub.folder / "seed" / name
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    hub.seed(name, folder, "dataset", **options)


CARD = """---
license: mit
configs:
- config_name: small
  data_files:
  - split: train
    path: small/train-*.conll
  - split: dev
    path: small/dev.conll
- config_name: large
  data_files: large/*.conll
---
"""


def test_configs_and_splits_of_the_card(hub: HubForTests, home: Path) -> None:
    files = {"README.md": CARD, "small/train-0.conll": CONLL, "small/train-1.conll": CONLL}
    files |= {"small/dev.conll": CONLL, "large/all.conll": CONLL * 9, "notes.txt": "x"}
    seed(hub, "team/mail", files)
    choices, unasked, asked, wrong = hub.calls(
        call(CHOICES, "team/mail"),
        call(FETCH, f"path:{home}", hub_id="team/mail"),
        call(FETCH, f"path:{home}", hub_id="team/mail", config="small"),
        call(FETCH, f"path:{home}", hub_id="team/mail", config="huge"),
    )
    assert choices["result"]["configs"] == ["small", "large"]
    assert choices["result"]["splits"] == {"small": ["train", "dev"], "large": ["train"]}
    assert choices["result"]["size_bytes"] == {"small": 96, "large": 288}
    hint = "Choose the config in step 2."
    assert unasked["error"] == [
        "team/mail has several configs; expected one of: small, large.",
        hint,
    ]
    assert asked["result"] == {
        "splits": {"train": 4, "validation": 2},
        "sources": ["train-0.conll", "train-1.conll", "dev.conll"],
        "first": [{"column_1": ["EU", "rejects"], "column_2": ["B-ORG", "O"]}],
    }
    assert wrong["error"] == [
        "team/mail has no config 'huge'; expected one of: small, large.",
        hint,
    ]


def test_missing_gated_found_and_too_large_datasets(hub: HubForTests) -> None:
    seed(hub, "team/gated", {"train.conll": CONLL}, gated="manual")
    seed(hub, "team/mail", {"train.conll": CONLL}, downloads=7)
    missing, gated, found, large = hub.calls(
        call(CHOICES, "team/nothing"),
        call(CHOICES, "team/gated"),
        call(SEARCH, "mail"),
        call("tests.data.test_hub_dataset:fetch_limited", 10, hub_id="team/mail"),
    )
    assert large["error"] == [
        "The files of team/mail have 0.0 MB; there is room for 0.0 MB.",
        "Choose a smaller config or dataset.",
    ]
    assert missing["error"][0] == "There is no dataset team/nothing on the Hub, or it is private."
    assert "team/gated" in (gated.get("error") or ["team/gated"])[0]
    assert found["result"] == [{"id": "team/mail", "downloads": 7, "likes": 0, "gated": False}]


def test_splits_by_the_names_of_files_and_folders() -> None:
    paths = ["train/a.jsonl", "train/b.jsonl", "dev/a.jsonl", ".git/x.json", "dataset_infos.json"]
    assert _files(paths, {}, "a/b") == {
        "default": {"train": ["train/a.jsonl", "train/b.jsonl"], "validation": ["dev/a.jsonl"]}
    }


def test_a_dataset_that_only_a_script_builds_is_refused() -> None:
    with pytest.raises(UserError) as caught:
        _files(["README.md", "conll2003.py"], {}, "eriktks/conll2003")
    assert caught.value.message == (
        "eriktks/conll2003 is built by a script (conll2003.py), and scripts of others are not run "
        "here."
    )
    assert caught.value.hint == (
        "Give the revision refs/convert/parquet, where the Hub often keeps its files, or choose "
        "another dataset."
    )


def test_a_dataset_without_readable_files_is_refused() -> None:
    with pytest.raises(UserError, match="holds no file that is read here"):
        _files(["README.md", "picture.png"], {}, "a/b")
