"""What all tests share: no network, a home of their own, tiny real models."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.hub import hub  # noqa: F401 - a fixture

os.environ.update(
    HF_HUB_OFFLINE="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    HF_HUB_DISABLE_XET="1",
    GRADIO_ANALYTICS_ENABLED="False",
    TOKENIZERS_PARALLELISM="false",
    OMP_WAIT_POLICY="PASSIVE",  # threads that spin slow a busy machine down tenfold
)
ROOT = Path(__file__).parent.parent
SHARED_DATA = ROOT.parent / "shared" / "data"

WORDS = """
the of and to in a is that for it as was with be by on not he i this are or his from at which but
have an had they you were their one all we can her has there been if more when will would who so no
paris london berlin anna brown lee acme corp ltd order refund lamp chair may june monday
1 2 3 4 5 6 7 8 9 0 - . , ! ? ' : ; ( ) # @
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home folder."""
    return tmp_path / "home"


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT with 2 layers, width 32, 64 positions and its WordPiece tokenizer, in a folder."""
    return make_tiny_bert(tmp_path_factory.mktemp("tiny") / "tiny-bert")


def make_tiny_bert(folder: Path, positions: int = 64) -> Path:
    """Write a BERT checkpoint of random weights as safetensors."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)] + [str(i) for i in range(10)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS.split(), *letters]
    pieces += [f"##{letter}" for letter in letters]
    vocabulary = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=positions,
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=positions,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


@pytest.fixture
def conll_files(tmp_path: Path) -> dict[str, Path]:
    """Three small CoNLL files (words, IOB2 labels) with PER, LOC and ORG, by split."""
    people, places, firms = ["anna", "lee brown"], ["paris", "london", "berlin"], ["acme corp"]
    rows = []
    for index in range(60):
        person, place = people[index % 2], places[index % 3]
        rows.append([*_tag(person, "PER"), ("was", "O"), ("in", "O"), *_tag(place, "LOC")])
        rows.append([("the", "O"), ("order", "O"), ("from", "O"), *_tag(firms[0], "ORG")])
    cuts = {"train": rows[:80], "validation": rows[80:100], "test": rows[100:]}
    files = {}
    for split, part in cuts.items():
        files[split] = tmp_path / f"{split}.conll"
        text = "\n".join("".join(f"{word}\t{tag}\n" for word, tag in row) for row in part)
        files[split].write_text(text, "utf-8")
    return files


def _tag(words: str, label: str) -> list[tuple[str, str]]:
    return [(word, ("I-" if i else "B-") + label) for i, word in enumerate(words.split())]


@pytest.fixture
def tiny_spec(tiny_checkpoint: Path, conll_files: dict[str, Path], tmp_path: Path) -> Path:
    """A spec file that trains the tiny BERT on the small CoNLL files in seconds."""
    spec = {
        "task": "token-classification",
        "checkpoint": str(tiny_checkpoint),
        "dataset": {"files": {split: [path.name] for split, path in conll_files.items()}},
        "max_length": 32,
        "device": "cpu",
        "hyperparameters": {
            "learning_rate": 1e-3,
            "num_train_epochs": 2,
            "per_device_train_batch_size": 8,
            "logging_steps": 2,
        },
    }
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(spec), "utf-8")
    return path
