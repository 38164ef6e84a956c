"""The report: what was found, repaired, dropped, what deserves a look, with shown cases."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from core.data.schemes import label_of

Tokens = Mapping[str, Sequence[Sequence[str]]]
"""Rows of words, or of tags, by split."""

RARE_LABEL = 10  # entities in train; fewer are hardly learned
MOST_BINS = 40
SHOWN_CASES = 5
SHOWN_CHARACTERS = 120


@dataclass(frozen=True)
class Report:
    """What the page shows in step 2, and what `python -m core inspect` prints."""

    format: str
    encoding: str
    layout: str
    scheme: str
    task: str
    columns: dict[str, str]
    splits: dict[str, int]
    labels: list[str]
    repaired: dict[str, int]
    dropped: dict[str, int]
    warnings: list[str]
    needs: list[dict[str, Any]]
    label_counts: dict[str, dict[str, int]]
    words: dict[str, int]
    lengths: dict[str, Any]
    examples: dict[str, list[dict[str, Any]]]
    proposal: dict[str, str]
    available: list[dict[str, str]] = field(default_factory=list)
    """All columns of the files: name, kind, example."""
    spelling: str = "B-PER"
    """How tags are written there: B-PER, B_PER, PER-B, PER_B, or B."""
    cleaning: list[dict[str, int]] = field(default_factory=list)
    """What each cleaning step did: how much it changed, how many rows it dropped."""
    notes: list[str] = field(default_factory=list)
    """What was decided and needs no look."""

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return dataclasses.asdict(self)


def count_labels(rows: Sequence[Sequence[str]], scheme: str) -> dict[str, int]:
    """Count entities by label; for plain tags, words.

    >>> count_labels([["B-PER", "I-PER", "O", "B-LOC"]], "IOB2")
    {'LOC': 1, 'PER': 1}
    """
    tags = Counter(chain.from_iterable(rows))
    if scheme == "plain":
        return dict(sorted(tags.items()))
    found = {label_of(tag): count for tag, count in tags.items() if tag[:2] == "B-"}
    return dict(sorted(found.items()))


def length_histogram(rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Count rows by their number of words, in bins of equal width that start at 0.

    >>> length_histogram([["a"], ["a", "b"], ["a"] * 5])
    {'bin_width': 1, 'counts': [0, 1, 1, 0, 0, 1]}
    """
    lengths = Counter(map(len, rows))
    longest = max(lengths, default=0)
    width = longest // MOST_BINS + 1
    counts = [0] * (longest // width + 1)
    for length, count in lengths.items():
        counts[length // width] += count
    return {"bin_width": width, "counts": counts}


@dataclass
class Cases:
    """Shown rows by reason."""

    shown: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, reason: str, split: str, row: int, tokens: Sequence[str]) -> None:
        """Keep a row (from 0) as a case of a reason, unless there are enough."""
        cases = self.shown.setdefault(reason, [])
        if len(cases) < SHOWN_CASES:
            text = " ".join(tokens)
            shown = text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
            cases.append({"split": split, "row": row + 1, "text": shown})


def find_warnings(
    tokens: Tokens, labels: Tokens, counts: Mapping[str, Mapping[str, int]], cases: Cases
) -> list[str]:
    """Say what is trainable but deserves a look."""
    return [
        *_label_warnings(labels, counts, cases, tokens),
        *_spelling_warnings(counts),
        *_shared_rows(tokens, cases),
        *_contradictions(tokens, labels, cases),
    ]


def _label_warnings(
    labels: Tokens, counts: Mapping[str, Mapping[str, int]], cases: Cases, tokens: Tokens
) -> list[str]:
    warnings = []
    train = counts.get("train", {})
    for split in [split for split in counts if split != "train"]:
        unknown = [label for label in counts[split] if label not in train]
        for label in unknown:
            reason = f"The label {label} is in the split '{split}' but not in 'train'"
            warnings.append(f"{reason}; it cannot be learned ({_times(counts[split][label])}).")
            for row, tags in enumerate(labels[split]):
                if any(label_of(tag) == label for tag in tags):
                    cases.add(warnings[-1], split, row, tokens[split][row])
        missing = [label for label in train if label not in counts[split]]
        if missing and counts[split]:
            shown = ", ".join(missing)
            warnings.append(
                f"The split '{split}' has no example of: {shown}. It cannot be scored there."
            )
    rare = [f"{label} ({count})" for label, count in train.items() if count < RARE_LABEL]
    if rare:
        warnings.append(
            f"Labels with fewer than {RARE_LABEL} examples in 'train': {', '.join(rare)}."
        )
    return warnings


def _times(count: int) -> str:
    return "1 time" if count == 1 else f"{count:,} times"


def _spelling_warnings(counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Say which labels differ only in case or blanks."""
    spelled: dict[str, set[str]] = {}
    for labels in counts.values():
        for label in labels:
            spelled.setdefault("".join(label.lower().split()), set()).add(label)
    return [
        f"These labels differ only in case or blanks: {', '.join(sorted(names))}."
        for names in spelled.values()
        if len(names) > 1
    ]


def _shared_rows(tokens: Tokens, cases: Cases) -> list[str]:
    """Say how many rows stand in more than one split, and how many are repeated in one."""
    warnings = []
    keys = {split: [tuple(row) for row in rows] for split, rows in tokens.items()}
    sets = {split: set(rows) for split, rows in keys.items()}
    names = list(keys)
    for position, first in enumerate(names):
        for second in names[position + 1 :]:
            shared = [row for row, key in enumerate(keys[second]) if key in sets[first]]
            if shared:
                count = (
                    f"1 row of '{second}' is"
                    if len(shared) == 1
                    else f"{len(shared):,} rows of '{second}' are"
                )
                warnings.append(f"{count} also in '{first}'.")
                for row in shared[:SHOWN_CASES]:
                    cases.add(warnings[-1], second, row, keys[second][row])
    for split, rows in keys.items():
        repeated = len(rows) - len(sets[split])
        if repeated:
            count = "1 row repeats" if repeated == 1 else f"{repeated:,} rows repeat"
            warnings.append(f"{count} an earlier row of '{split}'.")
            _show_repeated(warnings[-1], split, rows, cases)
    return warnings


def _show_repeated(reason: str, split: str, rows: Sequence[tuple[str, ...]], cases: Cases) -> None:
    seen: set[tuple[str, ...]] = set()
    for row, key in enumerate(rows):
        if key in seen:
            cases.add(reason, split, row, key)
        seen.add(key)


def _contradictions(tokens: Tokens, labels: Tokens, cases: Cases) -> list[str]:
    """Say how many rows have the same words as an earlier row and other labels."""
    first: dict[tuple[str, ...], Sequence[str]] = {}
    found = []
    for split, rows in tokens.items():
        for row, (words, tags) in enumerate(zip(rows, labels[split], strict=True)):
            if first.setdefault(tuple(words), tags) != tags:
                found.append((split, row, words))
    if not found:
        return []
    count = "1 row has" if len(found) == 1 else f"{len(found):,} rows have"
    reason = f"{count} the same words as another row but other labels."
    for split, row, words in found[:SHOWN_CASES]:
        cases.add(reason, split, row, words)
    return [reason]
