"""Search, card and download against a Hub on this machine, with the Hub's real client."""

from __future__ import annotations

import json
import shutil
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from safetensors.numpy import load_file, save_file

from core.checkpoints.hub import download
from core.errors import UserError
from tests.hub.fixtures import READ, WRITE, HubForTests, call

INSPECT = "core.checkpoints.hub:inspect_repository"
DOWNLOAD = "core.checkpoints.hub:download"
SEARCH = "core.checkpoints.hub:search"
CARD = "---\nlicense: mit\nlanguage: en\npipeline_tag: {tag}\nlibrary_name: transformers\n---\n"


@pytest.fixture
def model(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    """A copy of the tiny checkpoint with the card of a base model."""
    return copy_with_card(tiny_checkpoint, tmp_path / "model", "fill-mask")


def copy_with_card(source: Path, target: Path, tag: str) -> Path:
    shutil.copytree(source, target)
    (target / "README.md").write_text(CARD.format(tag=tag), "utf-8")
    return target


def change_config(folder: Path, **values: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **values}), "utf-8")


def test_search_shows_base_encoders_most_downloaded_first(hub: HubForTests, model: Path) -> None:
    hub.seed("dev/small", model, downloads=10)
    hub.seed("dev/popular", model, downloads=900, likes=7)
    change_config(model, model_type="gpt2")
    hub.seed("dev/generator", model, downloads=5000)

    found = hub.call(SEARCH, "")["result"]

    assert [item["id"] for item in found] == ["dev/popular", "dev/small"]
    assert found[0]["downloads"] == 900
    assert found[0]["likes"] == 7
    assert found[0]["licence"] == "mit"
    assert found[0]["languages"] == ["en"]
    assert found[0]["gated"] is False
    assert found[0]["parameters"] > 10_000


def test_search_finds_finished_models_of_the_task_and_narrows(
    hub: HubForTests, tiny_checkpoint: Path, model: Path, tmp_path: Path
) -> None:
    hub.seed("dev/base", model)
    hub.seed("dev/ner", copy_with_card(tiny_checkpoint, tmp_path / "ner", "token-classification"))

    finished, other, nothing, large = hub.calls(
        call(SEARCH, "", kind="finished"),
        call(SEARCH, "base", language="en", licence="mit", size="small"),
        call(SEARCH, "base", licence="apache-2.0"),
        call(SEARCH, "base", size="large"),
    )

    assert [item["id"] for item in finished["result"]] == ["dev/ner"]
    assert [item["id"] for item in other["result"]] == ["dev/base"]
    assert nothing["result"] == []
    assert large["result"] == []


def test_search_without_network_says_so_in_one_line(hub: HubForTests) -> None:
    hub.fault("GET /api/models", action="drop", times=-1)

    offline = hub.calls(call(SEARCH, "bert"), HF_HUB_OFFLINE="1")[0]
    dropped = hub.call(SEARCH, "bert")

    expected = [
        "The Hub cannot be reached: no network, or it is switched off.",
        "Everything on this machine goes on working; try again later.",
    ]
    assert offline["error"] == expected
    assert dropped["error"] == expected


def test_search_that_is_refused_says_so_at_once(hub: HubForTests) -> None:
    hub.fault("GET /api/models", status=429, times=-1)

    answer = hub.call(SEARCH, "bert")

    assert answer["error"] == [
        "The Hub asks to wait: too many requests from here.",
        "Try again in a few minutes.",
    ]
    assert len(hub.requests()) <= 2  # no repetitions


def test_card_of_a_repository_is_read_before_its_weights(hub: HubForTests, model: Path) -> None:
    commit = hub.seed("dev/tiny", model)

    card = hub.call(INSPECT, f" {hub.url}/dev/tiny/tree/main ")["result"]

    assert card["name"] == "dev/tiny"
    assert card["source"] == "hub"
    assert card["revision"] == commit
    assert card["folder"] is None
    assert card["layers"] == 2
    assert card["hidden_size"] == 32
    assert card["max_length"] == 64
    assert card["tokenizer"] == "WordPiece"
    assert card["lowercases"] is True
    assert card["licence"] == "mit"
    assert card["parameters"] > 10_000
    assert card["download_bytes"] > 40_000
    assert not any("model.safetensors" in line for line in hub.requests())


def test_download_reports_progress_and_then_works_without_network(
    hub: HubForTests, model: Path, home: Path
) -> None:
    commit = hub.seed("dev/tiny", model)

    done = hub.call(DOWNLOAD, "dev/tiny", on_progress=True)

    folder = Path(done["result"])
    assert folder.name == commit
    assert (folder / "model.safetensors").read_bytes() == (model / "model.safetensors").read_bytes()
    assert done["progress"][-1][0] == done["progress"][-1][1] > 40_000
    assert done["progress"] == sorted(done["progress"])
    resolved, card, listed = hub.calls(
        call("core.checkpoints.find:resolve", "dev/tiny", f"path:{home}"),
        call("core.checkpoints.find:inspect_checkpoint", "dev/tiny", f"path:{home}"),
        call("core.checkpoints.machine:list_cached"),
        HF_HUB_OFFLINE="1",
    )
    assert resolved["result"] == str(folder)
    assert card["result"]["folder"] == str(folder)
    assert card["result"]["licence"] == "mit"
    assert [item["name"] for item in listed["result"]] == ["dev/tiny"]


def download_with_weights(
    repo_id: str, seconds: float | None = None, token: str | None = None
) -> dict[str, object]:
    """Run by the client's process: download, cancel after some seconds of it, look around."""
    cancelled, children = threading.Event(), []
    if seconds is not None:
        threading.Timer(seconds, cancelled.set).start()

    def look(done: int, total: int) -> None:
        children.extend(child.pid for child in psutil.Process().children(recursive=True))

    began = time.monotonic()
    try:
        download(repo_id, token=token, on_progress=look, cancelled=cancelled.is_set)
    except UserError as error:
        return {
            "error": [error.message, error.hint],
            "seconds": time.monotonic() - began,
            "children": children,
        }
    return {"error": None, "seconds": time.monotonic() - began, "children": children}


DOWNLOAD_AND_LOOK = f"{__name__}:download_with_weights"


def test_cancelled_download_stops_within_two_seconds_and_goes_on_where_it_was(
    hub: HubForTests, model: Path, home: Path
) -> None:
    weights = np.random.default_rng(0).random((1_000, 300)).astype("float32")
    save_file(
        {**load_file(model / "model.safetensors"), "more": weights}, model / "model.safetensors"
    )
    hub.seed("dev/tiny", model)
    hub.fault("^GET /__cdn/lfs", action="throttle", bytes_per_second=100_000, times=1)

    stopped, resolved = hub.calls(
        call(DOWNLOAD_AND_LOOK, "dev/tiny", seconds=3),
        call("core.checkpoints.find:resolve", "dev/tiny", f"path:{home}"),
    )
    parts = [path.stat().st_size for path in hub.cache.rglob("blobs/*.part")]
    again = hub.call(DOWNLOAD, "dev/tiny", on_progress=True)

    assert stopped["result"]["error"] == [
        "The download was cancelled.",
        "Start the download again; what has arrived is kept.",
    ]
    assert stopped["result"]["seconds"] < 3 + 2
    assert resolved["error"] == [
        "The checkpoint dev/tiny is not on this machine yet.",
        "Download it in step 1.",
    ]
    assert len(parts) == 1
    assert parts[0] > 50_000
    asked = [entry["range"] for entry in hub.server.hub.log if "GET /__cdn/lfs" in entry["request"]]
    assert asked[-1] == f"bytes={parts[0]}-"
    folder = Path(again["result"])
    assert (folder / "model.safetensors").read_bytes() == (model / "model.safetensors").read_bytes()
    assert not list(hub.cache.rglob("*.part"))


def test_download_that_breaks_off_or_stalls_goes_on_by_itself(
    hub: HubForTests, model: Path
) -> None:
    hub.seed("dev/tiny", model)
    hub.fault("^GET /__cdn/lfs", action="cut", at_byte=20_000)
    hub.fault("^GET /__cdn/lfs", action="stall", at_byte=20_000, seconds=30, after=1)

    done = hub.calls(call(DOWNLOAD, "dev/tiny", on_progress=True), HF_HUB_DOWNLOAD_TIMEOUT="1")[0]

    folder = Path(done["result"])
    assert (folder / "model.safetensors").read_bytes() == (model / "model.safetensors").read_bytes()
    assert done["progress"] == sorted(done["progress"])


def test_hub_that_stays_silent_during_a_download_is_left(hub: HubForTests, model: Path) -> None:
    hub.seed("dev/tiny", model)
    hub.fault("^GET /__cdn/lfs", action="stall", at_byte=1, seconds=60, times=-1)

    answer = hub.calls(call(DOWNLOAD_AND_LOOK, "dev/tiny"), HF_HUB_DOWNLOAD_TIMEOUT="1")[0]

    assert answer["result"]["error"][0] == "The Hub did not answer in time."
    assert answer["result"]["seconds"] < 30


def test_two_downloads_of_one_checkpoint_do_not_spoil_each_other(
    hub: HubForTests, model: Path
) -> None:
    hub.seed("dev/tiny", model)
    hub.fault("^GET /__cdn/lfs", action="throttle", bytes_per_second=40_000, times=-1)
    answers: list[dict[str, object]] = []
    threads = [
        threading.Thread(target=lambda: answers.append(hub.call(DOWNLOAD, "dev/tiny")))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    folders = {str(answer.get("result")) for answer in answers}
    assert len(folders) == 1
    weights = Path(folders.pop()) / "model.safetensors"
    assert weights.read_bytes() == (model / "model.safetensors").read_bytes()
    sent = [line for line in hub.requests() if line.startswith("GET /__cdn/lfs")]
    assert len(sent) == 1


def test_token_of_a_download_stays_in_this_process(hub: HubForTests, model: Path) -> None:
    hub.seed("dev/private", model, private=True)

    given = hub.call(DOWNLOAD_AND_LOOK, "dev/private", token=WRITE)["result"]
    login = {"HF_TOKEN": WRITE, "HF_HOME": str(hub.folder / "second")}
    logged_in = hub.calls(call(DOWNLOAD, "dev/private"), **login)[0]

    assert given["error"] is None
    assert given["children"] == []
    assert "result" in logged_in
    stored = [entry for entry in hub.server.hub.log if "/__cdn/" in entry["request"]]
    assert stored
    assert not any(entry["auth"] for entry in stored)  # the storage host is another one
    for path in hub.folder.joinpath("second").rglob("*"):
        assert not path.is_file() or WRITE.encode() not in path.read_bytes(), path
    for path in hub.cache.rglob("*"):
        assert not path.is_file() or WRITE.encode() not in path.read_bytes(), path


def test_hub_that_does_not_answer_is_said(hub: HubForTests) -> None:
    hub.fault("GET /api/models", action="latency", seconds=4, times=-1)

    answer = hub.calls(call(SEARCH, "bert"), HF_HUB_ETAG_TIMEOUT="1")[0]

    assert answer["error"][0] == "The Hub did not answer in time."


def test_damaged_download_is_noticed(hub: HubForTests, model: Path) -> None:
    hub.seed("dev/tiny", model)
    hub.fault("^GET /__cdn/lfs", action="corrupt", at_byte=20_000)

    damaged, again = hub.calls(call(DOWNLOAD, "dev/tiny"), call(DOWNLOAD, "dev/tiny"))

    assert damaged["error"] == [
        "model.safetensors arrived damaged (sha256 differs).",
        "Start the download again.",
    ]
    assert "result" in again


def test_errors_of_access_have_their_own_text(hub: HubForTests, model: Path) -> None:
    hub.seed("dev/private", model, private=True)
    hub.seed("dev/gated", model, gated="manual")
    hub.seed("dev/rows", model, kind="dataset")
    hub.seed("dev/tiny", model)

    private, missing, mine, gated, dataset, revision, token = hub.calls(
        call(INSPECT, "dev/private"),
        call(INSPECT, "dev/missing"),
        call(INSPECT, "dev/private", token=READ),
        call(INSPECT, "dev/gated", token="hf_guest_write"),
        call(INSPECT, "dev/rows"),
        call(INSPECT, "dev/tiny", revision="v9"),
        call(INSPECT, "dev/tiny", token="hf_withdrawn"),
    )

    for name, answer in (("private", private), ("missing", missing)):
        assert answer["error"] == [
            f"There is no checkpoint dev/{name} on the Hub, or it is private.",
            "Check the spelling, or give a token that may read it.",
        ]
    assert mine["result"]["name"] == "dev/private"
    assert gated["error"] == [
        "dev/gated is gated: its authors ask you to accept their terms first.",
        f"Accept them at {hub.url}/dev/gated, then give a token of that account.",
    ]
    assert dataset["error"][0] == "dev/rows is a dataset; expected a model."
    assert revision["error"][0] == "dev/tiny has no such revision."
    assert token["error"] == [
        "The Hub does not know this token: it is mistyped, expired or withdrawn.",
        f"Make a new one at {hub.url}/settings/tokens.",
    ]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (403, "The token may not do this with dev/tiny."),
        (429, "The Hub asks to wait: too many requests from here."),
        (500, "The Hub has a problem of its own (status 500)."),
        (503, "The Hub has a problem of its own (status 503)."),
    ],
)
def test_refusals_of_the_hub_have_their_own_text(
    hub: HubForTests, model: Path, status: int, message: str
) -> None:
    hub.seed("dev/tiny", model)
    hub.fault("GET /api/models/dev/tiny", status=status, times=-1)

    assert hub.call(INSPECT, "dev/tiny")["error"][0] == message


def test_repositories_that_cannot_be_trained_have_their_own_text(
    hub: HubForTests, model: Path, tmp_path: Path
) -> None:
    def seed(name: str, **files: str | None) -> None:
        folder = shutil.copytree(model, tmp_path / name)
        for file, text in files.items():
            path = folder / file.replace("__", ".")
            path.unlink(missing_ok=True)
            if text is not None:
                path.write_text(text, "utf-8")
        hub.seed(f"dev/{name}", folder)

    pickle = {"model__safetensors": None, "pytorch_model__bin": "x"}
    seed("pickle", **pickle)
    seed("gguf", config__json=None, model__safetensors=None, model__gguf="x")
    seed("diffusers", model_index__json="{}")
    seed("adapter", config__json=None, adapter_config__json="{}")
    seed("code", config__json='{"model_type": "bert", "auto_map": {"AutoModel": "a.B"}}')
    seed("generator", config__json='{"model_type": "gpt2"}')
    seed("wordless", tokenizer__json=None)

    names = ["pickle", "gguf", "diffusers", "adapter", "code", "generator", "wordless"]
    answers = hub.calls(*(call(INSPECT, f"dev/{name}") for name in names))

    expected = [
        "dev/pickle has no safetensors weights but only pickle files (.bin), which can run code "
        "and are never read here.",
        "dev/gguf is a GGUF file for llama.cpp; expected a text encoder with config.json and "
        "model.safetensors.",
        "dev/diffusers is an image generation pipeline (diffusers); expected a text encoder with "
        "config.json and model.safetensors.",
        "dev/adapter is an adapter (LoRA) without its base model; expected a text encoder with "
        "config.json and model.safetensors.",
        "dev/code needs Python code of its own repository (auto_map in config.json); such code is "
        "never run here.",
        'dev/generator is no text encoder that can be trained here: its model_type is "gpt2". '
        "Supported are, among others, bert, distilbert, roberta, xlm-roberta, deberta-v2, electra, "
        "mpnet and modernbert.",
        "dev/wordless has no tokenizer that aligns subwords with words: there is no "
        "tokenizer.json, no vocab.txt, and no vocab.json with merges.txt.",
    ]
    assert [answer["error"][0] for answer in answers] == expected


def test_half_precision_of_a_repository_is_said(hub: HubForTests, model: Path) -> None:
    weights = load_file(model / "model.safetensors")
    half = {name: weight.astype("float16") for name, weight in weights.items()}
    save_file(half, model / "model.safetensors", {"format": "pt"})
    hub.seed("dev/half", model)

    findings = hub.call(INSPECT, "dev/half")["result"]["findings"]

    assert {
        "state": "ok",
        "title": "Precision",
        "text": "Stored in half precision (F16); loaded and trained as float32.",
        "step": "checkpoint",
    } in findings
