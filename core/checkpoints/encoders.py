"""Which models can be trained here, and what their config.json says."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.checkpoints.foreign import CHOOSE_ANOTHER, Weights
from core.errors import UserError

ENCODERS = frozenset(
    [
        "albert",
        "bert",
        "big_bird",
        "camembert",
        "convbert",
        "data2vec-text",
        "deberta",
        "deberta-v2",
        "distilbert",
        "electra",
        "ernie",
        "eurobert",
        "fnet",
        "longformer",
        "megatron-bert",
        "mobilebert",
        "modernbert",
        "mpnet",
        "nomic_bert",
        "nystromformer",
        "rembert",
        "roberta",
        "roberta-prelayernorm",
        "squeezebert",
        "xlm-roberta",
        "xlm-roberta-xl",
        "yoso",
    ]
)
"""Text encoders that AutoModelForTokenClassification loads with transformers' own code."""

CODE_OF_THEIR_OWN_UNUSED = frozenset({"eurobert", "modernbert"})
"""Types whose repositories name remote code from the time before transformers had its own."""

OFFSET_POSITIONS = frozenset(
    [
        "roberta",
        "xlm-roberta",
        "xlm-roberta-xl",
        "camembert",
        "data2vec-text",
        "roberta-prelayernorm",
        "longformer",
        "mpnet",
    ]
)
"""Types that count positions from pad_token_id + 1, so that many of them are never reached."""

NAMES = {
    "hidden_size": ("hidden_size", "dim"),
    "layers": ("num_hidden_layers", "n_layers"),
    "vocab_size": ("vocab_size",),
    "heads": ("num_attention_heads", "n_heads"),
    "inner": ("intermediate_size", "hidden_dim"),
}
RANGES = {
    "hidden_size": (1, 65_536),
    "num_hidden_layers": (1, 1_000),
    "num_attention_heads": (1, 1_000),
    "intermediate_size": (1, 1_000_000),
    "vocab_size": (2, 10_000_000),
    "max_position_embeddings": (1, 10_000_000),
    "type_vocab_size": (0, 1_000),
    "num_labels": (0, 100_000),
    "embedding_size": (1, 65_536),
}
SAME_RANGE = {
    "dim": "hidden_size",
    "n_layers": "num_hidden_layers",
    "n_heads": "num_attention_heads",
    "hidden_dim": "intermediate_size",
}
UNLIMITED = 100_000  # above this a tokenizer's model_max_length means "none"


@dataclass(frozen=True)
class Shape:
    """The numbers of a config.json that the card shows and the memory estimate needs."""

    model_type: str
    architecture: str
    hidden_size: int
    layers: int
    heads: int
    inner: int | None
    vocabulary_size: int
    positions: int | None
    """Tokens with specials that the positions allow; None: the model counts none."""


def read_shape(config: Mapping[str, Any], name: str) -> Shape:
    """Return the shape of the encoder that the config describes.

    Raises:
        UserError: remote code, no text encoder, or a number out of range.
    """
    model_type = str(config.get("model_type") or "")[:60]
    _check_code(config, model_type, name)
    _check_type(model_type, name)
    _check_ranges(config, name)
    numbers = {key: _first(config, names) for key, names in NAMES.items()}
    missing = [key for key in ("hidden_size", "layers", "vocab_size") if not numbers[key]]
    if missing:
        raise UserError(f"The config.json of {name} has no {missing[0]}.", CHOOSE_ANOTHER)
    return Shape(
        model_type=model_type,
        architecture=_architecture(config),
        hidden_size=numbers["hidden_size"] or 1,
        layers=numbers["layers"] or 1,
        heads=numbers["heads"] or 1,
        inner=numbers["inner"],
        vocabulary_size=config["vocab_size"],
        positions=_positions(config, model_type),
    )


def check_weights(shape: Shape, weights: Weights, name: str) -> None:
    """Raise a UserError where the weights cannot be those of the config."""
    widths = {size for sizes in weights.shapes for size in sizes}
    if shape.vocabulary_size not in widths or shape.hidden_size not in widths:
        raise UserError(
            f"The weights of {name} do not fit its config.json: no tensor has vocab_size "
            f"{shape.vocabulary_size} and hidden_size {shape.hidden_size}.",
            CHOOSE_ANOTHER,
        )
    shared = shape.model_type == "albert"  # its layers are one layer, used again
    too_many = not shared and shape.layers > len(weights.shapes)
    if too_many or (shape.inner is not None and shape.inner not in widths):
        raise UserError(
            f"The config.json of {name} names more or larger layers than its weights hold "
            f"({shape.layers} layers, intermediate_size {shape.inner}).",
            CHOOSE_ANOTHER,
        )


def _check_code(config: Mapping[str, Any], model_type: str, name: str) -> None:
    if config.get("auto_map") and model_type not in CODE_OF_THEIR_OWN_UNUSED:
        raise UserError(
            f"{name} needs Python code of its own repository (auto_map in config.json); such code "
            "is never run here.",
            "Choose a checkpoint whose model type transformers knows, such as bert or modernbert.",
        )


def _check_type(model_type: str, name: str) -> None:
    if model_type in ENCODERS:
        return
    if not model_type:
        raise UserError(f"The config.json of {name} has no model_type.", CHOOSE_ANOTHER)
    near = difflib.get_close_matches(model_type, ENCODERS, n=1)
    guess = f' Did you mean "{near[0]}"?' if near else ""
    raise UserError(
        f'{name} is no text encoder that can be trained here: its model_type is "{model_type}".'
        f"{guess} Supported are, among others, bert, distilbert, roberta, xlm-roberta, deberta-v2, "
        "electra, mpnet and modernbert.",
        "Choose another checkpoint in step 1; the search shows fitting ones.",
    )


def _check_ranges(config: Mapping[str, Any], name: str) -> None:
    for key, value in config.items():
        low, high = RANGES.get(SAME_RANGE.get(key, key), (None, None))
        if low is None or high is None or value is None:
            continue
        if type(value) is not int or not low <= value <= high:
            raise UserError(
                f"The config.json of {name} has {key} {str(value)[:40]}; expected a whole number "
                f"from {low} to {high}.",
                CHOOSE_ANOTHER,
            )


def _first(config: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    return next((config[name] for name in names if config.get(name) is not None), None)


def _architecture(config: Mapping[str, Any]) -> str:
    listed = config.get("architectures")
    if isinstance(listed, list) and listed and isinstance(listed[0], str):
        return listed[0][:80]
    return str(config["model_type"])


def _positions(config: Mapping[str, Any], model_type: str) -> int | None:
    positions = config.get("max_position_embeddings")
    if not isinstance(positions, int):
        return None
    padding = config.get("pad_token_id", 1)
    if model_type in OFFSET_POSITIONS and type(padding) is int:
        return max(1, positions - padding - 1)
    return positions


def longest(shape: Shape, model_max_length: int | None) -> int:
    """Return the most tokens, specials included, that model and tokenizer allow.

    >>> shape = Shape("bert", "BertModel", 384, 6, 12, 1536, 30522, 512)
    >>> longest(shape, 128), longest(shape, 10**30), longest(shape, None)
    (128, 512, 512)
    """
    limits = [shape.positions] if shape.positions else []
    if model_max_length and model_max_length <= UNLIMITED:
        limits.append(model_max_length)
    return min(limits) if limits else 512
