"""Cleaning steps of a RunSpec, in their order: `{"step": "trim"}` and the like."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from core.errors import UserError

if TYPE_CHECKING:
    from core.data.rows import Split

Splits = dict[str, "Split"]
Step = Callable[["Split", Counter[str], Counter[str]], "Split"]


def trim(split: Split, repaired: Counter[str], dropped: Counter[str]) -> Split:
    """Cut blanks around words. A word of nothing but blanks stays: it is one in some languages."""
    del dropped
    trimmed = [[word.strip() or word for word in row] for row in split.tokens]
    changed = sum(
        new != old
        for row, before in zip(trimmed, split.tokens, strict=True)
        for new, old in zip(row, before, strict=True)
    )
    if changed:
        repaired["words with blanks around them, trimmed"] += changed
    split.tokens = trimmed
    return split


def drop_empty(split: Split, repaired: Counter[str], dropped: Counter[str]) -> Split:
    """Drop rows whose words are all blank."""
    del repaired
    kept = [row for row, words in enumerate(split.tokens) if any(map(str.strip, words))]
    dropped["empty rows"] += len(split.tokens) - len(kept)
    return split.keep(kept)


def drop_duplicates(split: Split, repaired: Counter[str], dropped: Counter[str]) -> Split:
    """Keep the first of rows with the same words and labels."""
    del repaired
    first: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
    for row, (words, tags) in enumerate(zip(split.tokens, split.labels, strict=True)):
        first.setdefault((tuple(words), tuple(tags)), row)
    dropped["rows that repeat an earlier one"] += len(split.tokens) - len(first)
    return split.keep(list(first.values()))


STEPS: dict[str, Step] = {
    "trim": trim,
    "drop_empty": drop_empty,
    "drop_duplicates": drop_duplicates,
}


def clean(
    splits: Splits, step: Mapping[str, Any], repaired: Counter[str], dropped: Counter[str]
) -> Splits:
    """Apply one step to every split and count what it did.

    Raises:
        UserError: there is no such step.
    """
    name = str(step.get("step", ""))
    if name not in STEPS:
        near = difflib.get_close_matches(name, STEPS, n=1)
        guess = f'Did you mean "{near[0]}"?' if near else f"Known: {', '.join(STEPS)}."
        raise UserError(
            f'There is no cleaning step "{name}". {guess}', "Rename or remove the step."
        )
    return {split: STEPS[name](rows, repaired, dropped) for split, rows in splits.items()}
