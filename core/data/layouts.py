"""Which column plays which role: proposed with a reason each, asked where it is not certain.

Layouts of token classification: `columns` (CoNLL), `lists` (token and tag lists, also in cells as
JSON, Python literal or blank-joined) and `one token per row` (with a sentence column).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.data.imports import Imported
from core.data.profiles import (
    Profile,
    are_chunks,
    few_values,
    grows,
    has_text,
    is_index,
    open_joined,
    profile_of,
    single_words,
)
from core.data.schemes import is_tags
from core.data.store import read_page
from core.errors import UserError

SAMPLE_ROWS = 1_000
TOKEN_NAMES = ("tokens", "words", "token", "word", "form", "text", "surface", "sentence_tokens")
LABEL_NAMES = (
    *("labels", "label", "ner_tags", "ner_tag", "ner", "tags", "tag", "entities", "iob", "bio"),
    *("upos", "pos_tags", "pos", "target"),
)
SENTENCE_NAMES = re.compile(
    r"(sentence|sent|doc|document|seq|sequence)[ _-]*(#|id|idx|no|nr|number)?$", re.I
)
SPAN_NAMES = frozenset(
    ("entities", "spans", "label", "labels", "annotations", "annotation", "completions")
)
COLUMNS, LISTS, ONE_PER_ROW = "columns", "lists", "one token per row"


@dataclass(frozen=True)
class Question:
    """Something only the person can say; a choice among things present settles it."""

    field: str
    message: str
    choices: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"field": self.field, "message": self.message, "choices": list(self.choices)}


@dataclass(frozen=True)
class Proposal:
    """A layout, the column of each role, why, and what is still open."""

    layout: str
    columns: dict[str, str]
    reasons: dict[str, str]
    questions: tuple[Question, ...] = ()
    kinds: dict[str, str] = field(default_factory=dict)
    """How each role's column holds lists: list, json, literal or blanks."""


def propose(imported: Imported, chosen: Mapping[str, Any]) -> Proposal:
    """Propose the roles of token classification; `chosen` columns are taken as they are.

    Raises:
        UserError: a chosen column does not exist, or nothing here can be tokens with labels.
    """
    known = [column.name for column in imported.columns]
    for role, name in chosen.items():
        _check_chosen(role, name, known, imported)
    sample = read_page(imported.path("train"), 0, SAMPLE_ROWS)
    profiles = [profile_of(name, [row[name] for row in sample]) for name in known]
    _refuse_spans(profiles, imported)
    columns = {role: str(name) for role, name in chosen.items()}
    if "sentence" not in columns:
        profiles = open_joined(profiles)
    if "sentence" in columns or not any(profile.listed for profile in profiles):
        return _propose_one_per_row(profiles, columns, imported)
    proposal = _propose_lists(profiles, columns, imported)
    kinds = {profile.name: profile.kind for profile in profiles}
    return replace(proposal, kinds={role: kinds[name] for role, name in proposal.columns.items()})


def _check_chosen(role: str, name: object, known: Sequence[str], imported: Imported) -> None:
    roles = ("tokens", "labels", "sentence")
    if role not in roles:
        raise UserError(
            f'There is no role "{role}" in token classification; expected one of: '
            f"{', '.join(roles)}.",
            "Choose the columns in step 2.",
        )
    if name not in known:
        raise UserError(
            f"The split 'train' has no column '{name}'. It has: {', '.join(known)}.",
            f"Choose the column for {role} in step 2.",
        )


def _refuse_spans(profiles: Sequence[Profile], imported: Imported) -> None:
    """Raise a UserError where entities are given by character positions."""
    for profile in profiles:
        if profile.name.lower() not in SPAN_NAMES:
            continue
        items = profile.flat if profile.listed else []
        if items and all(_is_span(item) for item in items):
            raise UserError(
                f"Column '{profile.name}' of {imported.sources[0]} gives entities by character "
                "positions; this version reads words with one tag each.",
                "Export the data as CoNLL, or as lists of tokens and tags.",
            )


def _is_span(item: Any) -> bool:
    if isinstance(item, list):
        return len(item) >= 3 and all(isinstance(number, int) for number in item[:2])
    return isinstance(item, dict) and bool({"start", "start_offset", "span", "result"} & set(item))


def _propose_lists(
    profiles: Sequence[Profile], columns: dict[str, str], imported: Imported
) -> Proposal:
    listed = [profile for profile in profiles if profile.listed]
    reasons: dict[str, str] = dict.fromkeys(columns, "You chose it.")
    if "tokens" not in columns:
        columns["tokens"], reasons["tokens"] = _tokens_of(listed, columns, imported)
    tokens = next((p for p in listed if p.name == columns["tokens"]), None)
    if tokens is None:
        raise UserError(
            f"Column '{columns['tokens']}' of {imported.sources[0]} holds no lists; expected one "
            "list of words per row.",
            "Choose the column with the words in step 2, or a sentence column.",
        )
    questions: tuple[Question, ...] = ()
    if "labels" not in columns:
        fitting = [
            profile
            for profile in listed
            if profile is not tokens and profile.lengths() == tokens.lengths()
        ]
        columns["labels"], reasons["labels"], questions = _labels_of(
            fitting, listed, tokens, imported
        )
    layout = COLUMNS if imported.format in ("conll", "conllu") else LISTS
    return Proposal(layout, columns, reasons, questions)


def _tokens_of(
    listed: Sequence[Profile], columns: Mapping[str, str], imported: Imported
) -> tuple[str, str]:
    free = [profile for profile in listed if profile.name != columns.get("labels")]
    for name in TOKEN_NAMES:
        for profile in free:
            if profile.name.lower() == name:
                return profile.name, f"It is called '{profile.name}' and holds lists of words."
    for profile in free:
        if not is_index(profile) and not is_tags(profile.flat) and has_text(profile):
            return profile.name, "It is the first column with words."
    raise UserError(
        f"No column of {imported.sources[0]} holds words. It has: "
        f"{', '.join(column.name for column in imported.columns)}.",
        "Choose the column with the words in step 2, or another file.",
    )


def _labels_of(
    fitting: Sequence[Profile],
    listed: Sequence[Profile],
    tokens: Profile,
    imported: Imported,
) -> tuple[str, str, tuple[Question, ...]]:
    if not fitting:
        return _unequal(listed, tokens, imported)
    rows = f"{len(tokens.rows):,} {'row' if len(tokens.rows) == 1 else 'rows'}"
    tagged = [profile for profile in fitting if is_tags(profile.flat)]
    entities = [profile for profile in tagged if not are_chunks(profile)] or tagged
    if len(entities) == 1:
        chunks = " besides the chunk tags" if len(tagged) > 1 else ""
        why = f"Only this column has tags such as B- and I-{chunks}, one per word in {rows}."
        return entities[0].name, why, ()
    if entities:
        return _ask_tags(entities)
    small = [profile for profile in fitting if few_values(profile)]
    for name in LABEL_NAMES:
        for profile in small:
            if profile.name.lower() == name:
                return (
                    profile.name,
                    f"It is called '{profile.name}' and is as long as the words.",
                    (),
                )
    candidates = [profile for profile in small if not is_index(profile)] or list(fitting)
    last = candidates[-1]
    if len(candidates) == 1:
        return last.name, f"It is the only other column as long as the words in {rows}.", ()
    names = tuple(profile.name for profile in candidates)
    message = f"Several columns could hold the labels: {', '.join(names)}."
    return last.name, "It is the last column.", (Question("labels", message, names),)


def _ask_tags(entities: Sequence[Profile]) -> tuple[str, str, tuple[Question, ...]]:
    """Propose the column with the most entities, and ask."""
    counts = {
        profile.name: sum(str(tag)[:2] in ("B-", "S-", "U-") for tag in profile.flat)
        for profile in entities
    }
    best = max(counts, key=lambda name: counts[name])
    shown = ", ".join(f"{name} (entities: {count:,})" for name, count in counts.items())
    message = f"Several columns hold entity tags; choose one: {shown}, in the first rows."
    why = "It has the most entities of the columns with tags."
    return best, why, (Question("labels", message, tuple(counts)),)


def _unequal(
    listed: Sequence[Profile], tokens: Profile, imported: Imported
) -> tuple[str, str, tuple[Question, ...]]:
    """No column is as long as the words in all rows: take the tag column, or refuse."""
    others = [profile for profile in listed if profile is not tokens]
    likely = [p for p in others if is_tags(p.flat) or p.name.lower() in LABEL_NAMES]
    if likely:
        return likely[-1].name, "It is the column with tags.", ()
    has = ", ".join(column.name for column in imported.columns)
    left_out = " ".join(text for text in imported.warnings if text.endswith("left out."))
    raise UserError(
        f"{imported.sources[0]} has no column with one label per word. It has: {has}. Expected a "
        f"list of tags as long as '{tokens.name}' in every row. {left_out}".rstrip(),
        "Choose a file with a label for each word, or check the separator of its columns.",
    )


def _propose_one_per_row(
    profiles: Sequence[Profile], columns: dict[str, str], imported: Imported
) -> Proposal:
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
            raise UserError(
                f"{imported.sources[0]} has no column with one word per row and none with lists of "
                f"words. It has: {has}. Expected words and tags in columns, or lists of tokens and "
                "tags.",
                "Choose another file, or check the separator of its columns.",
            )
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
    if not free:
        raise UserError(
            f"{imported.sources[0]} has one word per row, and nothing says where a sentence ends. "
            f"It has: {', '.join(profile.name for profile in profiles)}.",
            "Put a blank line after each sentence, or add a column with its number.",
        )
    question = Question("sentence", "Which column says where a sentence starts?", free)
    columns["sentence"], reasons["sentence"] = free[0], "It is the first column left."
    return Proposal(ONE_PER_ROW, columns, reasons, (question,))
