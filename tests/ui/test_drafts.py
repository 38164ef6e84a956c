"""Drafts survive a restart and never hold what RunSpec refuses."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from core.errors import UserError
from ui.drafts import Drafts
from ui.visitors import Visitors

VISITOR = "0" * 32


def test_a_change_is_there_after_a_restart(tmp_path: Path) -> None:
    Drafts(tmp_path).change(VISITOR, {"hyperparameters.seed": 7, "page.row": 3})
    draft = Drafts(tmp_path).read(VISITOR)
    assert draft.spec.hyperparameters.seed == 7
    assert draft.page["row"] == 3
    assert not draft.has_data


def test_a_refused_change_leaves_the_draft_as_it_was(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    drafts.change(VISITOR, {"max_length": 64})
    with pytest.raises(UserError, match="max_length is 0; expected a whole number from 4"):
        drafts.change(VISITOR, {"max_length": 0})
    assert drafts.read(VISITOR).spec.max_length == 64


def test_a_torn_or_foreign_draft_starts_anew(tmp_path: Path) -> None:
    (tmp_path / f"{VISITOR}.json").write_text('{"spec": {"task"', "utf-8")
    assert Drafts(tmp_path).read(VISITOR).spec.checkpoint == "starter"
    (tmp_path / f"{VISITOR}.json").write_text('{"spec": {"unknown": 1}, "page": {}}', "utf-8")
    assert Drafts(tmp_path).read(VISITOR).spec.checkpoint == "starter"


def test_changes_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)

    def change(number: int) -> None:
        drafts.change(VISITOR, {f"page.n{number}": number})

    threads = [threading.Thread(target=change, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drafts.read(VISITOR).page) == 20


def test_a_cookie_is_signed_and_the_secret_is_private(tmp_path: Path) -> None:
    visitors = Visitors(tmp_path)
    cookie = visitors.new()
    visitor = visitors.read({visitors.cookie: cookie})
    assert visitor is not None
    assert Visitors(tmp_path).read({visitors.cookie: cookie}) == visitor
    assert visitors.read({visitors.cookie: "f" * 32 + cookie[32:]}) is None
    assert visitors.read({}) is None
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    assert Visitors(tmp_path / "other").cookie != visitors.cookie
