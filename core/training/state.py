"""Optimizer, scheduler and random state as JSON plus safetensors, without pickle.

JSON holds the shape of the state; tensors lie beside it. What JSON has no word for is an object
with one key that starts with `$`.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from core.runs.files import write_json

Tensors = dict[str, Any]


def save_state(folder: Path, name: str, state: Any) -> None:
    """Write `name`.json, and `name`.safetensors if the state holds tensors."""
    from safetensors.torch import save_file

    tensors: Tensors = {}
    write_json(folder / f"{name}.json", {"state": _pack(state, tensors)})
    if tensors:
        save_file(tensors, folder / f"{name}.safetensors")


def load_state(folder: Path, name: str) -> Any:
    """Read what `save_state` wrote."""
    from safetensors.torch import load_file

    packed = json.loads((folder / f"{name}.json").read_text("utf-8"))["state"]
    path = folder / f"{name}.safetensors"
    return _unpack(packed, load_file(path) if path.exists() else {})


def _pack(value: Any, tensors: Tensors) -> Any:
    import torch

    if isinstance(value, torch.Tensor):
        name = str(len(tensors))
        tensors[name] = value.detach().cpu().contiguous()
        return {"$tensor": name}
    if isinstance(value, tuple):
        return {"$tuple": [_pack(item, tensors) for item in value]}
    if isinstance(value, list):
        return [_pack(item, tensors) for item in value]
    if isinstance(value, dict):
        return {"$pairs": [[key, _pack(item, tensors)] for key, item in value.items()]}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"The state holds a {type(value).__name__}, which has no form without pickle.")


def _unpack(value: Any, tensors: Tensors) -> Any:
    if isinstance(value, list):
        return [_unpack(item, tensors) for item in value]
    if not isinstance(value, dict):
        return value
    if "$tensor" in value:
        return tensors[value["$tensor"]]
    if "$tuple" in value:
        return tuple(_unpack(item, tensors) for item in value["$tuple"])
    return {key: _unpack(item, tensors) for key, item in value["$pairs"]}


def random_state() -> dict[str, Any]:
    """Return the state of every random generator that training draws from."""
    import numpy
    import torch

    numbers = numpy.random.get_state(legacy=False)
    state = {
        "python": random.getstate(),
        "numpy": {
            **numbers,
            "state": {**numbers["state"], "key": numbers["state"]["key"].tolist()},
        },
        "torch": torch.random.get_rng_state(),
    }
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.random.get_rng_state_all()
    return state


def restore_random_state(state: dict[str, Any]) -> None:
    """Set every random generator as it was; a device that is not here is left out."""
    import numpy
    import torch

    random.setstate(state["python"])
    numbers = state["numpy"]
    key = numpy.array(numbers["state"]["key"], dtype=numpy.uint32)
    numpy.random.set_state({**numbers, "state": {**numbers["state"], "key": key}})
    torch.random.set_rng_state(state["torch"])
    if "cuda" in state and torch.cuda.is_available():
        for index, device in enumerate(state["cuda"][: torch.cuda.device_count()]):
            torch.cuda.random.set_rng_state(device, index)
