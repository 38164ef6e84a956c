"""Which column plays which role: proposed with a reason each, asked where it is not certain.

Layouts of token classification: `columns` (CoNLL), `lists` (token and tag lists, also in cells as
JSON, Python literal or blank-joined) and `one token per row` (with a sentence column).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.data.cells import as_list, list_kind
from core.data.imports import Imported
from core.data.schemes import OUTSIDE, is_tags
from core.data.store import read_page
from core.errors import UserError

SAMPLE_ROWS = 1_000
MOST_LABELS = 500  # distinct tags in the sample; more than that are words
CHUNKS = frozenset(
    ("NP", "VP", "PP", "ADVP", "ADJP", "SBAR", "PRT", "CONJP", "INTJ", "LST", "UCP", "O")
)
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


@dataclass
class _Profile:
    """What a sample of a column looks like."""

    name: str
    kind: str  # list, number, text; for cells that hold lists: json, literal, blanks
    rows: list[Any] = field(default_factory=list)  # lists for list-like kinds, else the values

    @property
    def listed(self) -> bool:
        """Whether each row holds a list."""
        return self.kind not in ("text", "number")

    @property
    def flat(self) -> list[Any]:
        """All values, lists opened."""
        return [item for row in self.rows for item in row] if self.listed else self.rows

    def lengths(self) -> list[int]:
        """Return the length of each list."""
        return [len(row) for row in self.rows]


def propose(imported: Imported, chosen: Mapping[str, Any]) -> Proposal:
    """Propose the roles of token classification; `chosen` columns are taken as they are.

    Raises:
        UserError: a chosen column does not exist, or nothing here can be tokens with labels.
    """
    known = [column.name for column in imported.columns]
    for role, name in chosen.items():
        _check_chosen(role, name, known, imported)
    sample = read_page(imported.path("train"), 0, SAMPLE_ROWS)
    profiles = [_profile(name, [row[name] for row in sample]) for name in known]
    _refuse_spans(profiles, imported)
    columns = {role: str(name) for role, name in chosen.items()}
    if "sentence" not in columns:
        profiles = _open_joined(profiles)
    if "sentence" in columns or not any(profile.listed for profile in profiles):
        return _propose_one_per_row(profiles, columns, imported)
    proposal = _propose_lists(profiles, columns, imported)
    kinds = {profile.name: profile.kind for profile in profiles}
    return replace(proposal, kinds={role: kinds[name] for role, name in proposal.columns.items()})


def _open_joined(profiles: list[_Profile]) -> list[_Profile]:
    """Cut text columns at blanks where two of them have equally many pieces in every row."""
    if any(profile.listed for profile in profiles):
        return profiles
    opened = [
        _Profile(profile.name, "blanks", [str(value).split() for value in profile.rows])
        if profile.kind == "text"
        else profile
        for profile in profiles
    ]
    lists = [profile for profile in opened if profile.listed and _is_joined(profile)]
    equal = [
        profile
        for profile in lists
        if any(p is not profile and p.lengths() == profile.lengths() for p in lists)
    ]
    if not any(is_tags(profile.flat) or _few_values(profile) for profile in equal):
        return profiles
    names = {profile.name for profile in equal}
    return [new if old.name in names else old for old, new in zip(profiles, opened, strict=True)]


def _is_joined(profile: _Profile) -> bool:
    return any(len(row) > 1 for row in profile.rows)


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


def _profile(name: str, values: list[Any]) -> _Profile:
    filled = [value for value in values if value is not None]
    if filled and all(isinstance(value, list) for value in filled):
        return _Profile(name, "list", filled)
    if filled and all(isinstance(value, str) for value in filled):
        kind = list_kind(filled)
        if kind:
            return _Profile(name, kind, [as_list(value, kind) for value in filled])
        return _Profile(name, "text", filled)
    return _Profile(name, "number" if filled else "text", filled)


def _refuse_spans(profiles: Sequence[_Profile], imported: Imported) -> None:
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
    profiles: Sequence[_Profile], columns: dict[str, str], imported: Imported
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
    listed: Sequence[_Profile], columns: Mapping[str, str], imported: Imported
) -> tuple[str, str]:
    free = [profile for profile in listed if profile.name != columns.get("labels")]
    for name in TOKEN_NAMES:
        for profile in free:
            if profile.name.lower() == name:
                return profile.name, f"It is called '{profile.name}' and holds lists of words."
    for profile in free:
        if not _is_index(profile) and not is_tags(profile.flat) and _has_text(profile):
            return profile.name, "It is the first column with words."
    raise UserError(
        f"No column of {imported.sources[0]} holds words. It has: "
        f"{', '.join(column.name for column in imported.columns)}.",
        "Choose the column with the words in step 2, or another file.",
    )


def _is_index(profile: _Profile) -> bool:
    """Say whether each row counts 1, 2, 3, ... or 0, 1, 2, ..."""
    if not profile.rows or not profile.listed:
        return False
    for row in profile.rows[:50]:
        counts = [str(item) for item in row]
        if counts != [str(i) for i in range(1, len(row) + 1)] and counts != [
            str(i) for i in range(len(row))
        ]:
            return False
    return any(len(row) > 1 for row in profile.rows) or len(profile.rows) > 1


def _has_text(profile: _Profile) -> bool:
    return any(isinstance(item, str) for item in profile.flat)


def _labels_of(
    fitting: Sequence[_Profile],
    listed: Sequence[_Profile],
    tokens: _Profile,
    imported: Imported,
) -> tuple[str, str, tuple[Question, ...]]:
    if not fitting:
        return _unequal(listed, tokens, imported)
    rows = f"{len(tokens.rows):,} {'row' if len(tokens.rows) == 1 else 'rows'}"
    tagged = [profile for profile in fitting if is_tags(profile.flat)]
    entities = [profile for profile in tagged if not _are_chunks(profile)] or tagged
    if len(entities) == 1:
        chunks = " besides the chunk tags" if len(tagged) > 1 else ""
        why = f"Only this column has tags such as B- and I-{chunks}, one per word in {rows}."
        return entities[0].name, why, ()
    if entities:
        return _ask_tags(entities)
    small = [profile for profile in fitting if _few_values(profile)]
    for name in LABEL_NAMES:
        for profile in small:
            if profile.name.lower() == name:
                return (
                    profile.name,
                    f"It is called '{profile.name}' and is as long as the words.",
                    (),
                )
    candidates = [profile for profile in small if not _is_index(profile)] or list(fitting)
    last = candidates[-1]
    if len(candidates) == 1:
        return last.name, f"It is the only other column as long as the words in {rows}.", ()
    names = tuple(profile.name for profile in candidates)
    message = f"Several columns could hold the labels: {', '.join(names)}."
    return last.name, "It is the last column.", (Question("labels", message, names),)


def _ask_tags(entities: Sequence[_Profile]) -> tuple[str, str, tuple[Question, ...]]:
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


def _are_chunks(profile: _Profile) -> bool:
    return {str(tag).partition("-")[2] or OUTSIDE for tag in profile.flat} <= CHUNKS


def _few_values(profile: _Profile) -> bool:
    values = {str(item) for item in profile.flat}
    return len(values) <= min(MOST_LABELS, max(2, len(profile.flat) // 2))


def _unequal(
    listed: Sequence[_Profile], tokens: _Profile, imported: Imported
) -> tuple[str, str, tuple[Question, ...]]:
    """No column is as long as the words in all rows: take the tag column, or refuse."""
    others = [profile for profile in listed if profile is not tokens]
    likely = [p for p in others if is_tags(p.flat) or p.name.lower() in LABEL_NAMES]
    if likely:
        return likely[-1].name, "It is the column with tags.", ()
    has = ", ".join(column.name for column in imported.columns)
    raise UserError(
        f"{imported.sources[0]} has no column with one label per word. It has: {has}. Expected a "
        f"list of tags as long as '{tokens.name}' in every row.",
        "Choose a file with a label for each word, or check the separator of its columns.",
    )


def _propose_one_per_row(
    profiles: Sequence[_Profile], columns: dict[str, str], imported: Imported
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
    profiles: Sequence[_Profile], taken: Mapping[str, str], names: Sequence[str]
) -> str | None:
    """Return the column with one of these names and one word, or one of few labels, a row."""
    fits = _few_values if names is LABEL_NAMES else _single
    free = [p for p in profiles if p.name not in taken.values() and p.kind == "text" and fits(p)]
    for name in names:
        for profile in free:
            if profile.name.lower() == name:
                return profile.name
    return None


def _tagged(profiles: Sequence[_Profile]) -> str | None:
    names = [profile.name for profile in profiles if is_tags(profile.flat)]
    return names[-1] if names else None


def _wordy(profiles: Sequence[_Profile], taken: Mapping[str, str]) -> str | None:
    for profile in profiles:
        free = profile.kind == "text" and profile.name not in taken.values()
        if free and _single(profile) and not _grows(profile):
            return profile.name
    return None


def _single(profile: _Profile) -> bool:
    """Say whether nearly every cell holds one word."""
    words = sum(not re.search(r"\s", str(value).strip()) for value in profile.rows)
    return words > 0.95 * len(profile.rows)


def _sentence(profiles: Sequence[_Profile], taken: Mapping[str, str]) -> str | None:
    free = [profile for profile in profiles if profile.name not in taken.values()]
    named = [profile.name for profile in free if SENTENCE_NAMES.match(profile.name.strip())]
    if named:
        return named[0]
    numbers = [profile.name for profile in free if _grows(profile)]
    return numbers[0] if numbers else None


def _grows(profile: _Profile) -> bool:
    """Say whether values stay or rise and repeat, as sentence numbers do."""
    try:
        numbers = [float(value) for value in profile.rows]
    except (TypeError, ValueError):
        return False
    rising = all(a <= b for a, b in itertools.pairwise(numbers))
    return rising and 1 < len(set(numbers)) < len(numbers)


def _without_sentence(
    profiles: Sequence[_Profile],
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
