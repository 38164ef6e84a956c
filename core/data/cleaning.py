"""Cleaning steps of a RunSpec, in their order: `{"step": "trim"}` and the like.

A step with `"on": false` stays in the list and does nothing.
"""

from __future__ import annotations

import difflib
import html
import random
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.data.schemes import OUTSIDE, label_of
from core.errors import UserError
from core.settings import Number, Text, shown

if TYPE_CHECKING:
    from core.data.rows import Split

Splits = dict[str, "Split"]
Rule = Number | Text
MOST = 10**8
SEED = Number(0, 2**32 - 1, "Same seed, same rows.")
COUNT = Number(1, MOST, "Rows of train that are kept.")
OPTIONS: dict[str, dict[str, Rule]] = {
    "rename_label": {
        "from": Text("The label as it is now."),
        "to": Text("Its new name, or that of another label; empty: no label."),
    },
    "length": {
        "minimum": Number(0, MOST, "Fewest words of a row."),
        "maximum": Number(1, MOST, "Most words of a row."),
    },
    "first": {"count": COUNT},
    "random": {"count": COUNT, "seed": SEED},
    "shuffle": {"seed": SEED},
}
"""The options of the steps that have some, all of them needed."""


@dataclass
class Cleaning:
    """One step at work: its options, and what it did."""

    options: Mapping[str, Any]
    repaired: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)


Step = Callable[["Split", Cleaning], "Split"]


def each_word(change: Callable[[str], str], reason: str) -> Step:
    """Return a step that changes words one by one."""

    def step(split: Split, work: Cleaning) -> Split:
        changed = 0
        for row in split.tokens:
            for at, word in enumerate(row):
                new = change(word)
                if new != word:
                    row[at] = new
                    changed += 1
        work.repaired[reason] += changed
        return split

    return step


def drop_empty(split: Split, work: Cleaning) -> Split:
    """Drop rows whose words are all blank."""
    kept = [row for row, words in enumerate(split.tokens) if any(map(str.strip, words))]
    work.dropped["empty rows"] += len(split.tokens) - len(kept)
    return split.keep(kept)


def drop_duplicates(split: Split, work: Cleaning) -> Split:
    """Keep the first of rows with the same words and labels."""
    first: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
    for row, (words, tags) in enumerate(zip(split.tokens, split.labels, strict=True)):
        first.setdefault((tuple(words), tuple(tags)), row)
    work.dropped["rows that repeat an earlier one"] += len(split.tokens) - len(first)
    return split.keep(list(first.values()))


def rename_label(split: Split, work: Cleaning) -> Split:
    """Give a label another name, that of another label (merge), or none."""
    old, new = work.options["from"], work.options["to"]

    def renamed(tag: str) -> str:
        if tag == OUTSIDE or label_of(tag) != old:
            return tag
        return tag.removesuffix(old) + new if new else OUTSIDE

    changed = sum(renamed(tag) != tag for row in split.labels for tag in row)
    reason = f"words labelled {old}, now {new}" if new else f"words labelled {old}, now without"
    work.repaired[reason] += changed
    split.labels = [[renamed(tag) for tag in row] for row in split.labels]
    return split


def length(split: Split, work: Cleaning) -> Split:
    """Keep the rows whose number of words lies in a range, both ends included."""
    low, high = work.options["minimum"], work.options["maximum"]
    kept = [row for row, words in enumerate(split.tokens) if low <= len(words) <= high]
    reason = f"rows with fewer than {low:,} or more than {high:,} words"
    work.dropped[reason] += len(split.tokens) - len(kept)
    return split.keep(kept)


def of_train(choose: Callable[[int, Mapping[str, Any]], Sequence[int]]) -> Step:
    """Return a step that keeps rows of train, in the order chosen; scores need the others."""

    def step(split: Split, work: Cleaning) -> Split:
        if split.source != "train":
            return split
        kept = choose(len(split.tokens), work.options)
        if len(kept) == len(split.tokens):
            work.repaired["rows of train, put into another order"] += sum(
                row != at for at, row in enumerate(kept)
            )
        work.dropped["rows of train that were not taken"] += len(split.tokens) - len(kept)
        return split.keep(kept)

    return step


def _first(rows: int, options: Mapping[str, Any]) -> Sequence[int]:
    return range(min(rows, options["count"]))


def _random(rows: int, options: Mapping[str, Any]) -> Sequence[int]:
    chosen = random.Random(options["seed"]).sample(range(rows), min(rows, options["count"]))
    return sorted(chosen)


def _shuffled(rows: int, options: Mapping[str, Any]) -> Sequence[int]:
    return random.Random(options["seed"]).sample(range(rows), rows)


STEPS: dict[str, Step] = {
    # a word of nothing but blanks stays: it is one in some languages
    "trim": each_word(lambda word: word.strip() or word, "words with blanks around them, trimmed"),
    "unescape_html": each_word(html.unescape, "words with HTML escapes, read"),
    "nfc": each_word(
        lambda word: unicodedata.normalize("NFC", word), "words in another Unicode form, now NFC"
    ),
    "lowercase": each_word(str.lower, "words with capitals, lower-cased"),
    "drop_empty": drop_empty,
    "drop_duplicates": drop_duplicates,
    "rename_label": rename_label,
    "length": length,
    "first": of_train(_first),
    "random": of_train(_random),
    "shuffle": of_train(_shuffled),
}


def checked(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a step.

    Raises:
        UserError: there is no such step, or an option is missing, unknown or not allowed.
    """
    name = str(step.get("step", ""))
    if name not in STEPS:
        near = difflib.get_close_matches(name, STEPS, n=1)
        guess = f'Did you mean "{near[0]}"?' if near else f"Known: {', '.join(STEPS)}."
        raise UserError(
            f'There is no cleaning step "{name}". {guess}', "Rename or remove the step."
        )
    rules = OPTIONS.get(name, {})
    unknown = sorted(set(step) - {"step", "on", *rules})
    if unknown:
        has = ", ".join(rules) or "none"
        raise UserError(
            f'The cleaning step "{name}" has no option "{unknown[0]}". Its options: {has}.',
            "Rename or remove the option.",
        )
    options: dict[str, Any] = {
        option: rule.parse(f"{name}.{option}", step.get(option)) for option, rule in rules.items()
    }
    if name == "rename_label":
        options = {"from": options["from"], "to": options["to"] or ""}
        if not options["from"]:
            raise UserError(
                f"rename_label.from is {shown(options['from'])}; expected a label.",
                "Name the label that gets another name.",
            )
    if name == "length" and options["minimum"] > options["maximum"]:
        raise UserError(
            f"length.minimum is {options['minimum']}; expected at most length.maximum "
            f"({options['maximum']}).",
            "Make one of them fit the other.",
        )
    return options


def clean(splits: Splits, step: Mapping[str, Any]) -> tuple[Splits, Cleaning]:
    """Apply one step to every split; return the splits and what it did.

    Raises:
        UserError: the step or one of its options is wrong.
    """
    work = Cleaning(checked(step))
    if step.get("on", True) is False:
        return splits, work
    apply = STEPS[str(step["step"])]
    return {split: apply(rows, work) for split, rows in splits.items()}, work
