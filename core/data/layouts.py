"""Which column plays which role: proposed with a reason each, asked where it is not certain.

Layouts of token classification: `columns` (CoNLL), `lists` (token and tag lists, also in cells as
JSON, Python literal or blank-joined), `one token per row` (with a sentence column) and `spans`
(a text and the characters of each entity).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.data.imports import Imported
from core.data.per_row import propose_one_per_row
from core.data.profiles import (
    Profile,
    are_chunks,
    few_values,
    has_text,
    is_index,
    open_joined,
    profile_of,
)
from core.data.proposal import COLUMNS, LABEL_NAMES, LISTS, SPANS, TOKEN_NAMES, Proposal, Question
from core.data.schemes import is_tags
from core.data.spans import read_span
from core.data.store import read_page
from core.errors import UserError

SAMPLE_ROWS = 1_000
SPAN_NAMES = frozenset(
    ("entities", "spans", "label", "labels", "annotations", "annotation", "completions")
)
TEXT_NAMES = ("text", "sentence", "content", "document", "data", "body")


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
    columns = {role: str(name) for role, name in chosen.items()}
    spans = _propose_spans(profiles, columns, imported)
    if spans is not None:
        return spans
    _check_roles(columns, imported)
    if "sentence" not in columns:
        profiles = open_joined(profiles)
    if "sentence" in columns or not any(profile.listed for profile in profiles):
        return propose_one_per_row(profiles, columns, imported)
    proposal = _propose_lists(profiles, columns, imported)
    kinds = {profile.name: profile.kind for profile in profiles}
    return replace(proposal, kinds={role: kinds[name] for role, name in proposal.columns.items()})


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


def _propose_spans(
    profiles: Sequence[Profile], chosen: Mapping[str, str], imported: Imported
) -> Proposal | None:
    """Propose text and spans where a column holds character positions, or return None."""
    named = [p for p in profiles if p.name.lower() in SPAN_NAMES or p.name == chosen.get("spans")]
    spans = next((p for p in named if p.listed and _are_spans(p.flat)), None)
    if spans is None or "labels" in chosen or "tokens" in chosen:
        return None
    texts = [profile for profile in profiles if profile.kind == "text"]
    texts.sort(key=lambda p: (p.name.lower() not in TEXT_NAMES, -sum(map(len, p.rows))))
    if any(read_span(item) is None for item in spans.flat) or not texts:
        raise UserError(
            f"Column '{spans.name}' of {imported.sources[0]} gives entities by character positions "
            "in a form that is not read yet; expected start, end and label.",
            "Export the data as JSON Lines with text and spans, or as CoNLL.",
        )
    columns = {"text": texts[0].name, "spans": spans.name, **chosen}
    reasons = {
        "text": "It is the column with text.",
        "spans": "It holds start, end and label of each entity.",
        **dict.fromkeys(chosen, "You chose it."),
    }
    return Proposal(SPANS, columns, reasons, kinds={"spans": spans.kind})


def _are_spans(items: Sequence[Any]) -> bool:
    """Say whether all items look like spans, readable or not."""
    return bool(items) and all(
        read_span(item) is not None
        or (
            isinstance(item, dict) and bool({"start", "start_offset", "span", "result"} & set(item))
        )
        for item in items
    )


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
