"""Is a folder or a repository a checkpoint at all? Decided by the names of its files."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

from core.checkpoints.foreign import CHOOSE_ANOTHER, read_json
from core.errors import UserError

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
OTHER_FRAMEWORKS = (".h5", ".msgpack", ".onnx", ".ot", ".tflite", ".mlmodel")
SAFETENSORS_HINT = (
    "Choose a checkpoint with a model.safetensors; many repositories have one in a newer revision."
)


def check_kind(names: Collection[str], name: str) -> None:
    """Raise a UserError where the files are no safetensors checkpoint of transformers."""
    found = _wrong_kind(names)
    if found:
        raise UserError(
            f"{name} is {found}; expected a text encoder with config.json and model.safetensors.",
            CHOOSE_ANOTHER,
        )
    if SINGLE in names or INDEX in names:
        return
    raise UserError(f"{name} has no safetensors weights{_instead(names)}.", SAFETENSORS_HINT)


def _wrong_kind(names: Collection[str]) -> str:
    if "model_index.json" in names:
        return "an image generation pipeline (diffusers)"
    if "config.json" in names:
        return ""
    if "adapter_config.json" in names:
        return "an adapter (LoRA) without its base model"
    if any(name.endswith(".gguf") for name in names):
        return "a GGUF file for llama.cpp"
    if any(name.endswith(".onnx") for name in names):
        return "an ONNX model"
    return "no model of transformers: it has no config.json"


def _instead(names: Collection[str]) -> str:
    if any(name.endswith(PICKLES) for name in names):
        return " but only pickle files (.bin), which can run code and are never read here"
    if any(name.endswith(OTHER_FRAMEWORKS) for name in names):
        return " but only weights for other frameworks"
    if any(name.endswith(".gguf") for name in names):
        return " but only GGUF files"
    return ""


def weight_files(names: Collection[str], index: bytes | None, name: str) -> list[str]:
    """Return the names of the files that hold the weights; `index` is the content of INDEX."""
    if SINGLE in names:
        return [SINGLE]
    try:
        listed = json.loads(index or b"")["weight_map"].values()
        shards = sorted(set(listed))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"The {INDEX} of {name} cannot be read.", CHOOSE_ANOTHER) from error
    missing = [str(shard)[:80] for shard in shards if shard not in names or "/" in str(shard)]
    if missing or not shards:
        raise UserError(
            f"{name} lacks weights that its {INDEX} names: {', '.join(missing[:3])}.",
            "Download the checkpoint again, or choose another one in step 1.",
        )
    return shards


def weight_paths(folder: Path, name: str) -> list[Path]:
    """Return the safetensors files of a checkpoint's folder.

    Raises:
        UserError: the folder is no checkpoint of transformers with safetensors weights.
    """
    names = {path.name for path in folder.iterdir() if path.is_file()}
    check_kind(names, name)
    index = None
    if SINGLE not in names:
        read_json(folder / INDEX, 10_000_000)
        index = (folder / INDEX).read_bytes()
    return [folder / file for file in weight_files(names, index, name)]
