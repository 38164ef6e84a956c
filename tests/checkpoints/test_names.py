"""Names of repositories are checked by rule, before any network."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from core.checkpoints.find import inspect_checkpoint, resolve
from core.checkpoints.names import check_revision, repository_id
from core.errors import UserError
from core.spec import read_spec

RULE = "expected an id like google-bert/bert-base-cased: letters, digits, - _ . and at most one /."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bert-base-cased", "bert-base-cased"),
        (" google-bert/bert-base-cased\n", "google-bert/bert-base-cased"),
        ("https://huggingface.co/dslim/bert-base-NER", "dslim/bert-base-NER"),
        ("https://huggingface.co/dslim/bert-base-NER/blob/main/config.json", "dslim/bert-base-NER"),
        ("https://hf.co/dslim/bert-base-NER?library=transformers", "dslim/bert-base-NER"),
    ],
)
def test_ids_are_accepted_and_normalised(text: str, expected: str) -> None:
    assert repository_id(text) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it is empty"),
        ("my model", "it has a blank"),
        ("a/b/c", "it has 3 parts"),
        ("../secret", "it looks like a path"),
        ("/etc/passwd", "it looks like a path"),
        ("C:\\models", "it looks like a path"),
        ("a..b/c", '"..", "--" and ".git" are not allowed'),
        ("a/b--c", '"..", "--" and ".git" are not allowed'),
        ("a/b.git", '"..", "--" and ".git" are not allowed'),
        ("dev/mödel", "a part is empty, starts or ends with - or ., or has another character"),
        ("dеv/model", "a part is empty, starts or ends with - or ., or has another character"),
        (
            "dev/mo\u200bdel",
            "a part is empty, starts or ends with - or ., or has another character",
        ),
        ("x" * 97, "it has 97 characters, at most 96 are allowed"),
    ],
)
def test_other_names_are_refused(text: str, problem: str) -> None:
    with pytest.raises(UserError) as caught:
        repository_id(text)

    assert caught.value.message == f'"{text[:100]}" is no id of a repository: {problem}; {RULE}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "https://evil.example/a/b",
            '"https://evil.example/a/b" is no address of the Hub; ' + RULE,
        ),
        (
            "https://huggingface.co@evil.example/a/b",
            '"https://huggingface.co@evil.example/a/b" is no address of the Hub; ' + RULE,
        ),
        (
            "https://huggingface.co/datasets/wnut_17",
            '"https://huggingface.co/datasets/wnut_17" is a dataset; expected a model.',
        ),
    ],
)
def test_other_addresses_are_refused(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        repository_id(text)

    assert caught.value.message == message


def test_token_in_the_wrong_field_is_not_repeated() -> None:
    with pytest.raises(UserError) as caught:
        repository_id("hf_abcdefghijklmnopqrstuvwxyz")

    assert "abcdefgh" not in str(caught.value)


@pytest.mark.parametrize("text", ["--upload-pack=x", "../main", "a b", "x" * 101])
def test_odd_revisions_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="is no revision"):
        check_revision(text)


def test_checkpoint_that_does_not_exist(home: Path) -> None:
    with pytest.raises(UserError) as nothing:
        resolve(" ", home)
    with pytest.raises(UserError) as folder:
        inspect_checkpoint("./nowhere", home)

    assert nothing.value.message == "No checkpoint is chosen."
    assert folder.value.message == "There is no folder ./nowhere."


def test_checkpoint_folder_of_a_spec_lies_beside_the_spec_file(
    tiny_checkpoint: Path, tiny_spec: Path, home: Path
) -> None:
    shutil.copytree(tiny_checkpoint, tiny_spec.parent / "models" / "mine")
    data = {**json.loads(tiny_spec.read_text("utf-8")), "checkpoint": "models/mine"}
    tiny_spec.write_text(json.dumps(data), "utf-8")

    spec = read_spec(tiny_spec)

    assert resolve(spec.checkpoint, home) == (tiny_spec.parent / "models" / "mine").resolve()


def test_run_is_a_checkpoint_once_it_has_a_model(tiny_checkpoint: Path, home: Path) -> None:
    run = home / "runs" / "20261120-120000-abcd"
    run.mkdir(parents=True)
    (run / "run.json").write_text("{}", "utf-8")

    with pytest.raises(UserError) as caught:
        resolve(run.name, home)
    (run / "model").symlink_to(tiny_checkpoint)

    assert caught.value.message == "The run 20261120-120000-abcd has no trained model yet."
    assert resolve(run.name, home) == run / "model"
    assert inspect_checkpoint(str(run), home).source == "run"
