"""Splits by file name: `wnut17train.conll`, `emerging.dev.conll`, `emerging.test.annotated`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

PATTERNS = (
    ("train", re.compile(r"(?<![a-z])(train(ing)?|trn)([-_]?(set|data|split))?(?![a-z])")),
    (
        "validation",
        re.compile(
            r"(?<![a-z])(dev(el(opment)?)?|val(id(ation)?)?|eval)([-_]?(set|data|split))?(?![a-z])"
        ),
    ),
    ("test", re.compile(r"(?<![a-z])test(ing)?([-_]?(set|data|split))?(?![a-z])")),
)


def split_of(name: str) -> str | None:
    """Return the split that a file name says, or None.

    >>> [split_of(name) for name in ("wnut17train.conll", "testa.txt", "NER-de-dev.tsv", "a.csv")]
    ['train', None, 'validation', None]
    """
    found = [split for split, pattern in PATTERNS if pattern.search(name.lower())]
    return found[0] if len(found) == 1 else None


def splits_by_name(
    files: Mapping[str, Sequence[str]],
) -> tuple[dict[str, list[str]], list[str]]:
    """Assign several files that were all given as train to splits by name; say so in notes.

    >>> splits_by_name({"train": ["x/dev.tsv", "x/test.tsv"]})[0]
    {'train': ['x/dev.tsv'], 'test': ['x/test.tsv']}
    """
    given = {split: list(names) for split, names in files.items() if names}
    if set(given) != {"train"} or len(given["train"]) < 2:
        return given, []
    said = {name: split_of(Path(name).name) for name in given["train"]}
    if not any(said.values()) or set(said.values()) <= {"train", None}:
        return given, []
    assigned: dict[str, list[str]] = {}
    for name, split in said.items():
        assigned.setdefault(split or "train", []).append(name)
    if "train" not in assigned:
        first = "validation" if "validation" in assigned else "test"
        assigned["train"] = assigned.pop(first)
    ordered: dict[str, list[str]] = {
        split: assigned[split] for split in ("train", "validation", "test") if split in assigned
    }
    notes = [
        f"By their names, {_joined(names)} became the split '{split}'."
        for split, names in ordered.items()
    ]
    return ordered, notes


def _joined(names: Sequence[str]) -> str:
    return ", ".join(Path(name).name for name in names)
