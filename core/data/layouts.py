"""Which column plays which role: proposed with a reason each, asked where it is not certain.

Layouts of token classification: `columns` (CoNLL), `lists` (token and tag lists, also in cells as
JSON or Python literal), `aligned texts` (two columns, joined by blanks), `one token per row` (with
a sentence column), `tagged words` (`word/TAG` in one column), and `spans` (a text and the
characters of each entity), in the forms of several tools.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.data.imports import Imported
from core.data.nested import column_of, inner_names, inner_value
from core.data.per_row import propose_one_per_row
from core.data.profiles import (
    Profile,
    are_chunks,
    few_values,
    has_text,
    holds_objects,
    is_index,
    open_joined,
    profile_of,
)
from core.data.proposal import (
    ALIGNED,
    COLUMNS,
    LABEL_NAMES,
    LISTS,
    TAGGED_WORDS,
    TOKEN_NAMES,
    Proposal,
    Question,
)
from core.data.schemes import is_tags
from core.data.span_layouts import propose_spans
from core.data.spellings import USUAL, spelling_of, usual
from core.data.store import example_of, read_page
from core.data.tagged_words import separator_of
from core.errors import UserError

SAMPLE_ROWS = 1_000


def propose(imported: Imported, chosen: Mapping[str, Any]) -> Proposal:
    """Propose the roles of token classification; `chosen` columns are taken as they are.

    Raises:
        UserError: a chosen column does not exist, or nothing here can be tokens with labels.
    """
    sample = read_page(imported.path("train"), 0, SAMPLE_ROWS)
    profiles = _profiles(sample, [column.name for column in imported.columns])
    for role, name in chosen.items():
        _check_chosen(role, name, [profile.name for profile in profiles], imported)
    inner = [p for p in profiles if all(p.name != column.name for column in imported.columns)]
    described = tuple((p.name, p.kind, example_of(p.rows)) for p in inner)
    return replace(_proposed(profiles, chosen, imported, sample), inner=described)


def _proposed(
    profiles: list[Profile],
    chosen: Mapping[str, Any],
    imported: Imported,
    sample: Sequence[dict[str, Any]],
) -> Proposal:
    columns = {role: str(name) for role, name in chosen.items()}
    spans = propose_spans(profiles, columns, imported, sample)
    if spans is not None:
        return spans
    profiles = [p for p in profiles if "." not in p.name or p.listed or p.name in chosen.values()]
    if "sentence" not in columns:
        profiles = open_joined(profiles)
    if "sentence" not in columns and not any(profile.listed for profile in profiles):
        tagged = _propose_tagged_words(profiles, columns)
        if tagged is not None:
            return tagged
    _check_roles(columns, imported)
    if "sentence" in columns or not any(profile.listed for profile in profiles):
        return propose_one_per_row(profiles, columns, imported)
    proposal = _propose_lists(profiles, columns, imported)
    kinds = {profile.name: profile.kind for profile in profiles}
    return replace(proposal, kinds={role: kinds[name] for role, name in proposal.columns.items()})


def _profiles(sample: Sequence[dict[str, Any]], known: Sequence[str]) -> list[Profile]:
    """Describe the columns, and what stands inside their objects (`data.text`)."""
    named = {name: [row[name] for row in sample] for name in known}
    for name in inner_names(sample, known):
        column = column_of(name, known) or name
        path = name[len(column) + 1 :]
        named[name] = [inner_value(row[column], path) for row in sample]
    return [profile_of(name, values) for name, values in named.items()]


def _check_chosen(role: str, name: object, known: Sequence[str], imported: Imported) -> None:
    roles = ("tokens", "labels", "sentence", "text", "spans")
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


def _check_roles(columns: Mapping[str, str], imported: Imported) -> None:
    """Raise a UserError for columns that cannot play their roles together."""
    for role in ("spans", "text"):
        if role in columns:
            raise UserError(
                f"Column '{columns[role]}' of {imported.sources[0]} cannot be used as {role}: "
                "there are no lists of start, end and label.",
                "Choose columns for tokens and labels in step 2.",
            )
    if "tokens" in columns and columns["tokens"] == columns.get("labels"):
        raise UserError(
            f"Column '{columns['tokens']}' is chosen for the words and for the labels.",
            "Choose two different columns in step 2.",
        )


def _propose_tagged_words(
    profiles: Sequence[Profile], columns: Mapping[str, str]
) -> Proposal | None:
    """Propose the column whose words carry their tags (`Al/B-PER`), or return None."""
    chosen = set(columns.values())
    for profile in profiles:
        texts = [str(value) for value in profile.rows]
        several = 2 * sum(len(text.split()) > 1 for text in texts) > len(texts)
        if profile.kind != "text" or not (several or chosen) or chosen - {profile.name}:
            continue
        separator = separator_of(texts)
        if separator:
            why = f'Each of its words carries a tag, after "{separator}".'
            roles = ("tokens", "labels")
            return Proposal(
                TAGGED_WORDS,
                dict.fromkeys(roles, profile.name),
                {**dict.fromkeys(roles, why), **dict.fromkeys(columns, "You chose it.")},
                kinds=dict.fromkeys(roles, separator),
            )
    return None


def _propose_lists(
    profiles: Sequence[Profile], columns: dict[str, str], imported: Imported
) -> Proposal:
    listed = [profile for profile in profiles if profile.listed and not holds_objects(profile)]
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
    if tokens.kind == "blanks":
        layout = ALIGNED
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
    counts = {profile.name: _starts(profile) for profile in entities}
    best = max(counts, key=lambda name: counts[name])
    shown = ", ".join(f"{name} (entities: {count:,})" for name, count in counts.items())
    message = f"Several columns hold entity tags; choose one: {shown}, in the first rows."
    why = "It has the most entities of the columns with tags."
    return best, why, (Question("labels", message, tuple(counts)),)


def _starts(profile: Profile) -> int:
    """Count the tags that start an entity."""
    spelling = spelling_of({str(tag) for tag in profile.flat}) or USUAL
    return sum(usual(str(tag), spelling)[:2] in ("B-", "S-", "U-") for tag in profile.flat)


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
