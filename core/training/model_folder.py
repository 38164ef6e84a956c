"""Saving a model and its tokenizer so that anyone's `from_pretrained` loads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

# what the libraries write of how this machine loaded the base: local paths and switches
PRIVATE_KEYS = ("name_or_path", "_name_or_path", "is_local", "local_files_only")


def plain_tokenizer(tokenizer: Any, max_positions: int) -> None:
    """Undo what encoding and the base checkpoint left in the tokenizer: it pads and cuts nothing.

    Args:
        tokenizer: changed in place.
        max_positions: tokens that the model's positions allow, specials included.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is not None:
        backend.no_truncation()
        backend.no_padding()
    tokenizer.model_max_length = min(tokenizer.model_max_length, max_positions)


def save_model(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write weights as safetensors, config and tokenizer; never a pickle or a local path."""
    model.save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))
    for name in ("config.json", "tokenizer_config.json"):
        path = folder / name
        data = json.loads(path.read_text("utf-8"))
        for key in PRIVATE_KEYS:
            data.pop(key, None)
        path.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", "utf-8")
