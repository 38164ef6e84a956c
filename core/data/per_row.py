"""The layout with one token per row: which columns hold words, labels and sentence numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from core.data.imports import Imported
from core.data.profiles import Profile, few_values, grows, single_words
from core.data.proposal import LABEL_NAMES, ONE_PER_ROW, TOKEN_NAMES, Proposal, Question
from core.data.schemes import is_tags
from core.errors import UserError

SENTENCE_NAMES = re.compile(
    r"(sentence|sent|doc|document|seq|sequence)[ _-]*(#|id|idx|no|nr|number)?$", re.I
)


def propose_one_per_row(
    profiles: Sequence[Profile], columns: dict[str, str], imported: Imported
) -> Proposal:
    """Propose columns of words, labels and sentences.

    Raises:
        UserError: a column is missing, or nothing says where a sentence ends.
    """
    reasons = dict.fromkeys(columns, "You chose it.")
    has = ", ".join(profile.name for profile in profiles)
    if "labels" not in columns:
        name = _named(profiles, columns, LABEL_NAMES) or _tagged(profiles)
        if name is None:
            raise UserError(
                f"{imported.sources[0]} has no column with one label per word. It has: {has}. "
                "Expected words and tags in columns, or lists of tokens and tags.",
                "Choose another file, or check the separator of its columns.",
            )
        columns["labels"] = name
        reasons["labels"] = "Its values look like tags."
    if "tokens" not in columns:
        name = _named(profiles, columns, TOKEN_NAMES) or _wordy(profiles, columns)
        if name is None:
            raise _no_words(profiles, imported)
        columns["tokens"] = name
        reasons["tokens"] = "It holds one word per row."
    if "sentence" not in columns:
        name = _sentence(profiles, columns)
        if name is None:
            return _without_sentence(profiles, columns, reasons, imported)
        columns["sentence"], reasons["sentence"] = (
            name,
            "Its value changes where a sentence starts.",
        )
    return Proposal(ONE_PER_ROW, columns, reasons)


def _no_words(profiles: Sequence[Profile], imported: Imported) -> UserError:
    has = ", ".join(profile.name for profile in profiles)
    return UserError(
        f"{imported.sources[0]} has no column with one word per row and none with lists of words. "
        f"It has: {has}. Expected words and tags in columns, or lists of tokens and tags.",
        "Choose another file, or check the separator of its columns.",
    )


def _named(
    profiles: Sequence[Profile], taken: Mapping[str, str], names: Sequence[str]
) -> str | None:
    """Return the column with one of these names and one word, or one of few labels, a row."""
    fits = few_values if names is LABEL_NAMES else single_words
    free = [p for p in profiles if p.name not in taken.values() and p.kind == "text" and fits(p)]
    for name in names:
        for profile in free:
            if profile.name.lower() == name:
                return profile.name
    return None


def _tagged(profiles: Sequence[Profile]) -> str | None:
    names = [profile.name for profile in profiles if is_tags(profile.flat)]
    return names[-1] if names else None


def _wordy(profiles: Sequence[Profile], taken: Mapping[str, str]) -> str | None:
    for profile in profiles:
        free = profile.kind == "text" and profile.name not in taken.values()
        if free and single_words(profile) and not grows(profile):
            return profile.name
    return None


def _sentence(profiles: Sequence[Profile], taken: Mapping[str, str]) -> str | None:
    free = [profile for profile in profiles if profile.name not in taken.values()]
    named = [profile.name for profile in free if SENTENCE_NAMES.match(profile.name.strip())]
    if named:
        return named[0]
    numbers = [profile.name for profile in free if grows(profile)]
    return numbers[0] if numbers else None


def _without_sentence(
    profiles: Sequence[Profile],
    columns: dict[str, str],
    reasons: dict[str, str],
    imported: Imported,
) -> Proposal:
    free = tuple(p.name for p in profiles if p.name not in columns.values())
    if not is_tags(next(p.flat for p in profiles if p.name == columns["labels"])):
        raise _no_words(profiles, imported)
    if not free:
        raise UserError(
            f"{imported.sources[0]} has one word per row, and nothing says where a sentence ends. "
            f"It has: {', '.join(profile.name for profile in profiles)}.",
            "Put a blank line after each sentence, or add a column with its number.",
        )
    question = Question("sentence", "Which column says where a sentence starts?", free)
    columns["sentence"], reasons["sentence"] = free[0], "It is the first column left."
    return Proposal(ONE_PER_ROW, columns, reasons, (question,))
