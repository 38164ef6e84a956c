"""The card of a folder, and what is refused before transformers sees it."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.checkpoints.card import read_folder
from core.checkpoints.encoders import ENCODERS
from core.errors import UserError


@pytest.fixture
def folder(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_checkpoint, tmp_path / "bert"))


def change(path: Path, **values: Any) -> None:
    data = {**json.loads(path.read_text("utf-8")), **values}
    path.write_text(json.dumps({k: v for k, v in data.items() if v != "gone"}), "utf-8")


def message_of(folder: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_folder(folder, "bert", "folder")
    assert caught.value.hint
    return caught.value.message


def test_card_of_a_folder(folder: Path) -> None:
    card = read_folder(folder, "bert", "folder")

    assert card.architecture == "BertModel"
    assert card.model_type == "bert"
    assert (card.layers, card.hidden_size, card.heads) == (2, 32, 2)
    assert card.max_length == 64
    assert card.tokenizer == "WordPiece"
    assert card.lowercases
    assert card.parameters is not None
    assert card.parameters > 10_000
    assert card.licence is None
    assert [(f.state, f.title) for f in card.findings] == [
        ("ok", "Alignment"),
        ("warn", "Upper and lower case"),
        ("warn", "Licence"),
    ]
    assert json.loads(json.dumps(card.to_json()))["findings"][0]["title"] == "Alignment"


def test_parameters_are_those_that_torch_counts(folder: Path) -> None:
    from transformers import AutoModel

    model = AutoModel.from_pretrained(folder, trust_remote_code=False, add_pooling_layer=False)

    counted = sum(weights.numel() for weights in model.parameters())
    assert read_folder(folder, "bert", "folder").parameters == counted


def test_positions_of_the_roberta_family_start_behind_the_padding(folder: Path) -> None:
    values = {"model_type": "roberta", "max_position_embeddings": 514, "pad_token_id": 1}
    change(folder / "config.json", **values)
    change(folder / "tokenizer_config.json", model_max_length=10**30)

    assert read_folder(folder, "bert", "folder").max_length == 512


def test_licence_and_languages_come_from_the_readme(folder: Path) -> None:
    readme = "---\nlicense: mit\nlanguage:\n- ko\n---\n# x\n"
    (folder / "README.md").write_text(readme, "utf-8")

    card = read_folder(folder, "bert", "folder")

    assert card.licence == "mit"
    assert card.languages == ("ko",)
    assert [f.text for f in card.findings if f.title == "Language"] == [
        "Made for one language (ko); other languages train poorly with it."
    ]


def test_readme_that_unfolds_is_not_read(folder: Path) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a]\nlicense: *b\n"
    (folder / "README.md").write_text(f"---\n{bomb}---\n", "utf-8")

    assert read_folder(folder, "bert", "folder").licence is None


Break = Callable[[Path], object]
BROKEN: list[tuple[str, Break, str]] = [
    (
        "billions of labels",
        lambda f: change(f / "config.json", num_labels=2 * 10**9),
        "The config.json of bert has num_labels 2000000000; expected a whole number from 0 to "
        "100000.",
    ),
    (
        "absurd number",
        lambda f: change(f / "config.json", num_hidden_layers=10**18),
        "config.json holds a number above 9007199254740992.",
    ),
    (
        "not finite",
        lambda f: change(f / "config.json", layer_norm_eps=float("nan")),
        "config.json holds nan; expected a finite number.",
    ),
    (
        "larger layers than weights",
        lambda f: change(f / "config.json", intermediate_size=900_000),
        "The config.json of bert names more or larger layers than its weights hold (2 layers, "
        "intermediate_size 900000).",
    ),
    (
        "more layers than weights",
        lambda f: change(f / "config.json", num_hidden_layers=900),
        "The config.json of bert names more or larger layers than its weights hold (900 layers, "
        "intermediate_size 64).",
    ),
    (
        "weights of another model",
        lambda f: change(f / "config.json", hidden_size=48),
        "The weights of bert do not fit its config.json: no tensor has vocab_size",
    ),
    (
        "tokenizer of another model",
        lambda f: change(f / "config.json", vocab_size=32),
        "The tokenizer of bert has ",
    ),
    (
        "deep nesting",
        lambda f: (f / "config.json").write_text('{"a":' * 50 + "1" + "}" * 50, "utf-8"),
        "config.json is nested deeper than 30 levels.",
    ),
    (
        "very deep nesting",
        lambda f: (f / "config.json").write_text('{"a":' * 100_000, "utf-8"),
        "config.json is not JSON that can be read: ",
    ),
    (
        "no JSON",
        lambda f: (f / "config.json").write_text("<html>", "utf-8"),
        "config.json is not JSON that can be read: ",
    ),
    (
        "remote code",
        lambda f: change(f / "config.json", auto_map={"AutoModel": "a.B"}),
        "bert needs Python code of its own repository (auto_map in config.json); such code is "
        "never run here.",
    ),
    (
        "no text encoder",
        lambda f: change(f / "config.json", model_type="vit"),
        'bert is no text encoder that can be trained here: its model_type is "vit".',
    ),
    (
        "cut weights",
        lambda f: (f / "model.safetensors").write_bytes(
            (f / "model.safetensors").read_bytes()[:-100]
        ),
        "model.safetensors is cut or broken: the tensor ",
    ),
    (
        "header longer than the file",
        lambda f: (f / "model.safetensors").write_bytes(struct.pack("<Q", 10**15)),
        "model.safetensors is no safetensors file, or it is cut.",
    ),
    (
        "no tokenizer",
        lambda f: (f / "tokenizer.json").unlink(),
        "bert has no tokenizer that aligns subwords with words: ",
    ),
    (
        "tokenizer without words",
        lambda f: change(f / "tokenizer_config.json", tokenizer_class="BertJapaneseTokenizer"),
        "The tokenizer of bert (BertJapaneseTokenizer) cannot say which word a subword came from; "
        "labels cannot be aligned with it yet.",
    ),
    (
        "pickle only",
        lambda f: (f / "model.safetensors").rename(f / "pytorch_model.bin"),
        "bert has no safetensors weights but only pickle files (.bin), which can run code and are "
        "never read here.",
    ),
    (
        "shard outside the folder",
        lambda f: (
            (f / "model.safetensors").unlink(),
            (f / "model.safetensors.index.json").write_text(
                '{"weight_map": {"a": "../x.safetensors"}}', "utf-8"
            ),
        ),
        "bert lacks weights that its model.safetensors.index.json names: ../x.safetensors.",
    ),
]


@pytest.mark.parametrize(
    ("broken", "expected"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN]
)
def test_what_cannot_be_trained_is_refused_in_words(
    folder: Path, broken: Break, expected: str
) -> None:
    broken(folder)

    assert message_of(folder).startswith(expected)


def test_every_supported_type_is_one_that_transformers_can_train() -> None:
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING_NAMES as KNOWN,
    )

    assert set(KNOWN) >= ENCODERS


TYPES = ("bert", "distilbert", "roberta", "albert", "mpnet", "deberta-v2", "modernbert", "fnet")
DISTILBERT = {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 48}
OTHERS = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 48,
    "pad_token_id": 1,
}


@pytest.mark.parametrize("model_type", TYPES)
def test_length_on_the_card_is_one_that_the_model_takes(
    folder: Path, tmp_path: Path, model_type: str
) -> None:
    import torch
    from transformers import CONFIG_MAPPING, AutoModel, AutoModelForTokenClassification

    shape = DISTILBERT if model_type == "distilbert" else OTHERS
    vocabulary = json.loads((folder / "config.json").read_text("utf-8"))["vocab_size"]
    config = CONFIG_MAPPING[model_type](**shape, vocab_size=vocabulary, max_position_embeddings=40)
    AutoModel.from_config(config).save_pretrained(tmp_path / "other")
    shutil.copy(folder / "tokenizer.json", tmp_path / "other")

    card = read_folder(tmp_path / "other", model_type, "folder")

    assert (card.layers, card.hidden_size) == (2, 32)
    model = AutoModelForTokenClassification.from_pretrained(
        card.folder, trust_remote_code=False, use_safetensors=True
    )
    ids = torch.full((1, card.max_length), 5)
    assert model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits.shape[1] >= 38
