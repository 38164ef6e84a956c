"""What the tokenizer's files say, without loading transformers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.checkpoints.foreign import TOKENIZER_BYTES, parse_json, read_json
from core.errors import UserError

KINDS = {
    "WordPiece": "WordPiece",
    "BPE": "BPE",
    "Unigram": "SentencePiece (Unigram)",
    "WordLevel": "words",
}
WITHOUT_WORDS = [
    "BertJapaneseTokenizer",
    "PhobertTokenizer",
    "BertweetTokenizer",
    "CanineTokenizer",
    "ByT5Tokenizer",
    "FlaubertTokenizer",
    "XLMTokenizer",
    "RoCBertTokenizer",
    "CTRLTokenizer",
    "FSMTTokenizer",
    "EsmTokenizer",
    "BioGptTokenizer",
    "TapasTokenizer",
    "CpmTokenizer",
]
"""Tokenizers in Python only: they cannot say which word a subword came from."""

FILES = ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "vocab.json", "merges.txt")
SETS = (("tokenizer.json",), ("vocab.txt",), ("vocab.json", "merges.txt"))
"""Files that make a tokenizer with word alignment; one set is enough."""

CHOOSE_ANOTHER = "Choose a checkpoint that has a tokenizer.json."


@dataclass(frozen=True)
class Tokenizer:
    """The kind of a tokenizer and what it does to the text."""

    kind: str
    lowercases: bool
    model_max_length: int | None
    size: int | None
    """Entries of the vocabulary without added tokens; None where only lists of words are there."""


def read_tokenizer(folder: Path, name: str) -> Tokenizer:
    """Read the tokenizer's files of a folder.

    Raises:
        UserError: there are none, they are broken, or they cannot align words.
    """
    names = [file for file in FILES if (folder / file).is_file()]

    def content(file: str) -> dict[str, Any]:
        limit = TOKENIZER_BYTES if file == "tokenizer.json" else 2_000_000
        return read_json(folder / file, limit, checked=False)

    return describe_tokenizer(names, content, name)


def describe_tokenizer(
    names: Collection[str], content: Callable[[str], Mapping[str, Any]], name: str
) -> Tokenizer:
    """Describe a tokenizer by the names of its files and a function that returns a JSON file."""
    config = content("tokenizer_config.json") if "tokenizer_config.json" in names else {}
    _check(names, config, name)
    limit = config.get("model_max_length")
    most = int(limit) if isinstance(limit, int | float) and 0 < limit < 1e40 else None
    if "tokenizer.json" not in names:
        is_wordpiece = "vocab.txt" in names
        lowercases = is_wordpiece and config.get("do_lower_case", True) is not False
        return Tokenizer("WordPiece" if is_wordpiece else "byte-level BPE", lowercases, most, None)
    data = content("tokenizer.json")
    model = data.get("model")
    if not isinstance(model, Mapping) or not model.get("vocab"):
        raise UserError(f"The tokenizer.json of {name} has no vocabulary.", CHOOSE_ANOTHER)
    return Tokenizer(_kind(model, data), _lowercases(data), most, len(model["vocab"]))


def _check(names: Collection[str], config: Mapping[str, Any], name: str) -> None:
    kind = str(config.get("tokenizer_class") or "").removesuffix("Fast")
    if kind in WITHOUT_WORDS:
        raise UserError(
            f"The tokenizer of {name} ({kind}) cannot say which word a subword came from; labels "
            "cannot be aligned with it yet.",
            CHOOSE_ANOTHER,
        )
    if any(all(file in names for file in files) for files in SETS):
        return
    raise UserError(
        f"{name} has no tokenizer that aligns subwords with words: there is no tokenizer.json, "
        "no vocab.txt, and no vocab.json with merges.txt.",
        CHOOSE_ANOTHER,
    )


def _kind(model: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    kind = str(model.get("type") or "BPE")
    if kind == "BPE" and "ByteLevel" in _types(data.get("pre_tokenizer")):
        return "byte-level BPE"
    return KINDS.get(kind, kind[:40])


def _parts(part: object) -> list[Mapping[str, Any]]:
    """Return a normalizer or pre-tokenizer and, where it is a sequence, its parts."""
    if not isinstance(part, Mapping):
        return []
    listed = part.get("normalizers") or part.get("pretokenizers") or []
    inner = listed if isinstance(listed, list) else []
    return [part, *(item for item in inner if isinstance(item, Mapping))]


def _types(part: object) -> set[str]:
    return {str(item.get("type")) for item in _parts(part)}


def _lowercases(data: Mapping[str, Any]) -> bool:
    return any(
        item.get("type") == "Lowercase"
        or (item.get("type") == "BertNormalizer" and item.get("lowercase") is True)
        for item in _parts(data.get("normalizer"))
    )


def parse_tokenizer_file(content: bytes, file: str) -> dict[str, Any]:
    """Parse a tokenizer's JSON file that was fetched; limits as for files."""
    if len(content) > TOKENIZER_BYTES:
        raise UserError(f"{file} has {len(content) / 1e6:.0f} MB.", CHOOSE_ANOTHER)
    return parse_json(content, file, checked=False)
