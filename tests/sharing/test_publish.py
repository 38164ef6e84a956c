"""Publishing to a Hub on this machine, with the Hub's real client."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from huggingface_hub import ModelCard
from safetensors.numpy import load_file, save_file

from core.errors import UserError
from core.runs.folder import Run
from core.sharing.publish import publish_run
from tests.hub.fixtures import READ, WRITE, HubForTests, call
from tests.sharing.conftest import HOSTILE

PUBLISH = "core.sharing.publish:publish_run"
CHECK = "core.sharing.publish:check_publish"
TEXT = "anna was in paris with acme corp"
PIPELINE = f"""
import json, sys
from transformers import pipeline

def entities(model):
    tagger = pipeline("token-classification", model=model, aggregation_strategy="first")
    return [[e["entity_group"], e["start"], e["end"]] for e in tagger({TEXT!r})]

print(json.dumps([entities("team/mail"), entities(sys.argv[1])]))
"""


def run_of(run: Run) -> str:
    return f"run:{run.path}"


def files_of(hub: HubForTests, repo_id: str) -> dict[str, bytes]:
    store = hub.server.hub.store
    tree = store.tree(store.rev(store.repo("model", repo_id), "main"))
    return {name: store.file_of(entry).read_bytes() for name, entry in tree.items()}


def test_published_repository_of_an_organisation_loads_with_pipeline(
    hub: HubForTests, finished_run: Run
) -> None:
    done = hub.call(
        PUBLISH, run_of(finished_run), "team/mail", private=True, token=WRITE, on_progress=True
    )

    assert done["result"] == f"{hub.url}/team/mail"
    size = (finished_run.model / "model.safetensors").stat().st_size
    assert done["progress"][0] == [0, size]
    assert done["progress"][-1] == [size, size]
    repository = hub.server.hub.store.repo("model", "team/mail")
    assert repository["private"] == 1
    files = files_of(hub, "team/mail")
    assert set(files) == {
        ".gitattributes",
        "README.md",
        "config.json",
        "model.safetensors",
        "run.json",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    card = ModelCard(files["README.md"].decode("utf-8"))
    assert card.data.model_name == "mail"
    loaded = hub.run("-c", PIPELINE, str(finished_run.model), HF_TOKEN=WRITE)
    assert loaded.returncode == 0, loaded.stderr
    there, here = json.loads(loaded.stdout)
    assert there == here
    assert [entity[0] for entity in there] == ["PER", "LOC", HOSTILE]
    ours = hub.run("-m", "core", "predict", str(finished_run.path), TEXT)
    assert ours.returncode == 0, ours.stderr
    entities = json.loads(ours.stdout)["entities"]
    assert [[e["label"], e["start"], e["end"]] for e in entities] == there


def test_nothing_published_names_this_machine_or_the_token(
    hub: HubForTests, finished_run: Run
) -> None:
    hub.call(PUBLISH, run_of(finished_run), "mail", private=False, token=WRITE)

    files = files_of(hub, "dev/mail")
    folder = str(finished_run.path.parents[1]).encode()
    for name, content in files.items():
        assert folder not in content, name
        assert WRITE.encode() not in content, name
    details = json.loads(files["run.json"])
    assert details["checkpoint"] == "a local folder"
    assert details["dataset"]["files"]["validation"] == ["validation.conll"]
    for place in (finished_run.path, hub.cache):
        for path in place.rglob("*"):
            assert not path.is_file() or WRITE.encode() not in path.read_bytes(), path


def test_publishing_again_updates_in_one_commit_and_drops_old_weights(
    hub: HubForTests, finished_run: Run, tmp_path: Path
) -> None:
    old = shutil.copytree(finished_run.model, tmp_path / "old")
    (old / "model.safetensors").rename(old / "model-00001-of-00001.safetensors")
    (old / "notes.txt").write_text("mine", "utf-8")
    before = hub.seed("dev/mail", old)

    checked, done, again = hub.calls(
        call(CHECK, "dev/mail", private=True, token=WRITE),
        call(PUBLISH, run_of(finished_run), "dev/mail", private=True, token=WRITE),
        call(PUBLISH, run_of(finished_run), "dev/mail", private=True, token=WRITE),
    )

    assert [(finding["state"], finding["title"]) for finding in checked["result"]] == [
        ("ok", "Token"),
        ("warn", "Repository"),
        ("warn", "Visibility"),
    ]
    assert "error" not in done
    assert "error" not in again
    store = hub.server.hub.store
    head = store.rev(store.repo("model", "dev/mail"), "main")
    assert head["parent"] == before
    files = files_of(hub, "dev/mail")
    assert "model.safetensors" in files
    assert "model-00001-of-00001.safetensors" not in files
    assert files["notes.txt"] == b"mine"


def test_failed_upload_leaves_no_half_published_repository(
    hub: HubForTests, finished_run: Run
) -> None:
    hub.fault("^POST .*/commit/", status=500)

    failed = hub.call(PUBLISH, run_of(finished_run), "team/mail", private=False, token=WRITE)

    assert failed["error"][0] == "The Hub has a problem of its own (status 500)."
    assert hub.server.hub.store.repo("model", "team/mail") is None


def test_stopped_upload_publishes_nothing(hub: HubForTests, finished_run: Run) -> None:
    stopped = hub.call(f"{__name__}:publish_and_stop", run_of(finished_run), "team/mail", WRITE)

    assert stopped["error"] == ["Stopped.", ""]
    assert hub.server.hub.store.repo("model", "team/mail") is None


def publish_and_stop(run: Run, repo_id: str, token: str) -> str:
    """Run by the client's process: stop while the weights are sent."""

    def stop(done: int, total: int) -> None:
        if done:
            raise UserError("Stopped.")

    return publish_run(run, repo_id, private=False, token=token, on_progress=stop)


@pytest.fixture
def larger_run(finished_run: Run, tmp_path: Path) -> Run:
    """A copy of the run whose weights take more than one block to send."""
    run = Run(shutil.copytree(finished_run.path, tmp_path / "runs" / "larger"))
    weights = run.model / "model.safetensors"
    more = np.random.default_rng(0).random((1_000, 300)).astype("float32")
    save_file({**load_file(weights), "more": more}, weights, {"format": "pt"})
    return run


def test_upload_tells_its_bytes_as_they_are_sent(hub: HubForTests, larger_run: Run) -> None:
    done = hub.call(
        PUBLISH, run_of(larger_run), "dev/mail", private=True, token=WRITE, on_progress=True
    )

    size = (larger_run.model / "model.safetensors").stat().st_size
    told = [bytes_sent for bytes_sent, total in done["progress"]]
    assert {total for _, total in done["progress"]} == {size}
    assert told == sorted(told)
    assert len({bytes_sent for bytes_sent in told if 0 < bytes_sent < size}) > 10


def test_upload_that_stalls_is_repeated(hub: HubForTests, finished_run: Run) -> None:
    hub.fault("^PUT ", action="latency", seconds=60)

    done = hub.calls(
        call(
            PUBLISH, run_of(finished_run), "dev/mail", private=True, token=WRITE, on_progress=True
        ),
        HF_HUB_DOWNLOAD_TIMEOUT="1",
    )[0]

    assert done["result"] == f"{hub.url}/dev/mail"
    assert len([line for line in hub.requests() if line.startswith("PUT ")]) == 2
    weights = (finished_run.model / "model.safetensors").read_bytes()
    assert files_of(hub, "dev/mail")["model.safetensors"] == weights


def test_stalled_upload_can_be_stopped(hub: HubForTests, finished_run: Run) -> None:
    hub.fault("^PUT ", action="latency", seconds=60, times=-1)

    began = time.monotonic()
    stopped = hub.calls(
        call(f"{__name__}:publish_and_stop_late", run_of(finished_run), "team/mail", WRITE),
        HF_HUB_DOWNLOAD_TIMEOUT="1",
    )[0]

    assert stopped["error"] == ["Stopped.", ""]
    assert time.monotonic() - began < 30
    assert hub.server.hub.store.repo("model", "team/mail") is None


def publish_and_stop_late(run: Run, repo_id: str, token: str) -> str:
    """Run by the client's process: stop some seconds after the weights were sent."""
    end = time.monotonic() + 4

    def stop(done: int, total: int) -> None:
        if time.monotonic() > end:
            raise UserError("Stopped.")

    return publish_run(run, repo_id, private=False, token=token, on_progress=stop)


def test_what_cannot_work_is_said_before_anything_is_sent(
    hub: HubForTests, finished_run: Run, tiny_checkpoint: Path
) -> None:
    hub.seed("guest/mail", tiny_checkpoint)
    names = {
        "read": ("dev/mail", READ),
        "blank": ("my model", WRITE),
        "parts": ("a/b/c", WRITE),
        "foreign": ("guest/mail", WRITE),
        "unknown": ("dev/mail", "hf_withdrawn"),
        "odd": ("dev/mail", "hf dev"),
        "none": ("dev/mail", None),
    }

    answers = hub.calls(
        *(
            call(PUBLISH, run_of(finished_run), name, private=False, token=token)
            for name, token in names.values()
        )
    )

    settings = f"{hub.url}/settings/tokens"
    expected = {
        "read": [
            "This token may only read (its role is read).",
            f"Make a token with write permission at {settings}.",
        ],
        "blank": [
            '"my model" is no id of a repository: it has a blank; expected an id like '
            "google-bert/bert-base-cased: letters, digits, - _ . and at most one /.",
            "Copy the id from the repository's page, or search for it in step 1.",
        ],
        "parts": [
            '"a/b/c" is no id of a repository: it has 3 parts; expected an id like '
            "google-bert/bert-base-cased: letters, digits, - _ . and at most one /.",
            "Copy the id from the repository's page, or search for it in step 1.",
        ],
        "foreign": [
            '"guest" is neither you (dev) nor an organisation of yours.',
            "Choose one of: dev, team.",
        ],
        "unknown": [
            "The Hub does not know this token: it is mistyped, expired or withdrawn.",
            f"Make a new one at {settings}.",
        ],
        "odd": [
            "This is no token: it has blanks or other characters that tokens do not have.",
            f"Copy the token again from {settings}.",
        ],
        "none": [
            "There is no token, and this machine is not logged in to the Hub.",
            f"Make a token with write permission at {settings} and paste it.",
        ],
    }
    assert dict(zip(names, (answer["error"] for answer in answers), strict=True)) == expected
    assert not [line for line in hub.requests() if line.startswith(("POST", "PUT"))]


def test_licence_that_the_hub_does_not_know_is_said(hub: HubForTests, finished_run: Run) -> None:
    card = "---\nlicense: my-own\n---\n# x\n"

    refused = hub.call(
        PUBLISH, run_of(finished_run), "dev/mail", private=False, token=WRITE, card=card
    )

    assert refused["error"][0].startswith("The Hub refuses the model card: Invalid metadata")
    assert refused["error"][1] == "Choose another licence or language."
    assert hub.server.hub.store.repo("model", "dev/mail") is None


def test_whoami_names_where_one_may_write(hub: HubForTests) -> None:
    hub.server.hub.store.add_org("readers", ["dev=read"])

    answer = hub.call("core.sharing.publish:whoami", f" {WRITE} ")

    assert answer["result"] == {"name": "dev", "organisations": ["team"], "role": "write"}


def test_command_line_publishes_and_ends_with_2_for_a_reading_token(
    hub: HubForTests, finished_run: Run
) -> None:
    command = ("-m", "core", "publish", str(finished_run.path), "dev/mail", "--private")

    refused = hub.run(*command, HF_TOKEN=READ)
    done = hub.run(*command, HF_TOKEN=WRITE)

    assert refused.returncode == 2
    assert refused.stderr.splitlines()[0] == "This token may only read (its role is read)."
    assert "Traceback" not in refused.stderr
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"{hub.url}/dev/mail"
    assert READ not in refused.stdout + refused.stderr
    assert WRITE not in done.stdout + done.stderr
