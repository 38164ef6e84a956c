"""Files that strangers wrote, read with limits: JSON, safetensors headers, the head of a README.

Nothing here trusts a number, a length or a depth before it was checked.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import UserError

CONFIG_BYTES = 2_000_000
TOKENIZER_BYTES = 100_000_000
HEADER_BYTES = 50_000_000
README_BYTES = 2_000_000
DEPTH = 30
NUMBER = 2**53
CHOOSE_ANOTHER = "Choose another checkpoint in step 1."
FLOATS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}


def read_json(path: Path, limit: int = CONFIG_BYTES, *, checked: bool = True) -> dict[str, Any]:
    """Return the object in a JSON file.

    Args:
        path: the file.
        limit: most bytes.
        checked: whether depth and numbers are looked at too (slow for a tokenizer of many MB).

    Raises:
        UserError: it is too large, no JSON, no object, too deep, or holds an absurd number.
    """
    size = path.stat().st_size
    if size > limit:
        raise UserError(
            f"{path.name} has {size / 1e6:.1f} MB; at most {limit / 1e6:g} MB are read.",
            CHOOSE_ANOTHER,
        )
    return parse_json(path.read_bytes(), path.name, checked=checked)


def parse_json(content: bytes, name: str, *, checked: bool = True) -> dict[str, Any]:
    """Return the object in the content of a JSON file, as `read_json` does."""
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{name} is not JSON that can be read: {error}.", CHOOSE_ANOTHER) from error
    if not isinstance(data, dict):
        raise UserError(f"{name} holds no JSON object.", CHOOSE_ANOTHER)
    if checked:
        _check_values(data, name)
    return data


def _check_values(data: object, name: str) -> None:
    """Walk the JSON without recursion; raise for too deep nesting and for absurd numbers."""
    waiting = [(data, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEPTH:
            raise UserError(f"{name} is nested deeper than {DEPTH} levels.", CHOOSE_ANOTHER)
        if isinstance(value, float) and not math.isfinite(value):
            raise UserError(f"{name} holds {value}; expected a finite number.", CHOOSE_ANOTHER)
        if isinstance(value, int) and abs(value) > NUMBER:
            raise UserError(f"{name} holds a number above {NUMBER}.", CHOOSE_ANOTHER)
        if isinstance(value, Mapping):
            waiting += [(item, depth + 1) for item in value.values()]
        elif isinstance(value, list):
            waiting += [(item, depth + 1) for item in value]


@dataclass(frozen=True)
class Weights:
    """What the headers of the safetensors files say."""

    parameters: int
    size_bytes: int
    dtypes: frozenset[str]
    shapes: tuple[tuple[int, ...], ...]

    @property
    def halves(self) -> list[str]:
        """The half-precision types among the weights."""
        return sorted(self.dtypes & {"F16", "BF16"})


def read_weights(files: Sequence[Path]) -> Weights:
    """Read the headers of safetensors files and check that their tensors lie within the files.

    Raises:
        UserError: a header is broken or a file is shorter than its header says.
    """
    shapes: list[tuple[int, ...]] = []
    dtypes: set[str] = set()
    parameters = 0
    for path in files:
        for dtype, shape in _tensors(path):
            shapes.append(shape)
            if dtype in FLOATS:
                dtypes.add(dtype)
                parameters += math.prod(shape)
    size = sum(path.stat().st_size for path in files)
    return Weights(parameters, size, frozenset(dtypes), tuple(shapes))


def _tensors(path: Path) -> list[tuple[str, tuple[int, ...]]]:
    size = path.stat().st_size
    with path.open("rb") as file:
        header = _header(file, path.name, size)
        start = file.tell()  # offsets count from here
    tensors = []
    for name, tensor in header.items():
        if name == "__metadata__":
            continue
        dtype, shape, end = _tensor(tensor)
        if dtype is None or start + end > size:
            raise UserError(
                f'{path.name} is cut or broken: the tensor "{name[:60]}" is not wholly in it.',
                "Download the checkpoint again, or choose another one in step 1.",
            )
        tensors.append((dtype, shape))
    return tensors


def _header(file: BinaryIO, name: str, size: int) -> dict[str, Any]:
    start = file.read(8)
    length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
    if not 2 <= length <= min(HEADER_BYTES, size - 8):
        raise UserError(f"{name} is no safetensors file, or it is cut.", CHOOSE_ANOTHER)
    return parse_json(file.read(length), name)


def _tensor(tensor: Any) -> tuple[str | None, tuple[int, ...], int]:
    """Return type, shape and end of a tensor in the header; no type where the entry is broken."""
    broken = (None, (), 0)
    if not isinstance(tensor, Mapping):
        return broken
    dtype: Any = tensor.get("dtype")
    shape: Any = tensor.get("shape")
    offsets: Any = tensor.get("data_offsets")
    if not isinstance(dtype, str) or not _is_counts(shape) or not _is_counts(offsets):
        return broken
    if len(offsets) != 2 or offsets[1] < offsets[0]:
        return broken
    if dtype in FLOATS and math.prod(shape) * FLOATS[dtype] != offsets[1] - offsets[0]:
        return broken
    return dtype, tuple(shape), offsets[1]


def _is_counts(value: Any) -> bool:
    return isinstance(value, list) and all(type(item) is int and item >= 0 for item in value)


def read_card(folder: Path) -> dict[str, Any]:
    """Return the YAML head of a folder's README.md; empty where there is none that can be read."""
    path = folder / "README.md"
    if not path.is_file() or path.stat().st_size > README_BYTES:
        return {}
    text = path.read_text("utf-8", "replace")
    if not text.startswith("---"):
        return {}
    return parse_card(text[3:].partition("\n---")[0])


def parse_card(head: str) -> dict[str, Any]:
    """Return the mapping in a YAML head; empty where it is none."""
    import yaml

    if len(head) > 100_000 or "&" in head:  # anchors can unfold to gigabytes
        return {}
    try:
        data = yaml.safe_load(head)
    except (yaml.YAMLError, RecursionError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def names_in(value: object) -> tuple[str, ...]:
    """Return the texts of a field that holds one text or a list of them.

    >>> names_in("en"), names_in(["en", "de", 3])
    (('en',), ('en', 'de'))
    """
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple):
        return tuple(item for item in value if isinstance(item, str))
    return ()
