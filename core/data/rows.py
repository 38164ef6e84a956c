"""Raw columns to rows of words and labels, by the layout that was proposed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from core.data.cells import list_of
from core.data.imports import Imported
from core.data.nested import column_of, read_named
from core.data.proposal import ONE_PER_ROW, SPAN_LAYOUTS, TAGGED_WORDS, Proposal
from core.data.report import Cases
from core.data.span_rows import ANSWER, SpanRows
from core.data.spans import OVERLAPS
from core.data.tagged_words import cut_words
from core.errors import UserError
from core.spec import RunSpec


@dataclass
class Split:
    """Rows of one split on their way, each with the number (from 0) of its source row."""

    source: str
    tokens: list[list[str]]
    labels: list[list[str]]
    numbers: list[int]
    groups: list[Any] | None = None

    def grouped(self, groups: Sequence[Any] | None) -> Split:
        """Return the same rows with the group of each; `groups` is by source row."""
        if groups is not None:
            self.groups = [str(groups[number]) for number in self.numbers]
        return self

    def keep(self, rows: Sequence[int]) -> Split:
        """Return some of the rows, in the order given."""
        return Split(
            self.source,
            [self.tokens[row] for row in rows],
            [self.labels[row] for row in rows],
            [self.numbers[row] for row in rows],
            None if self.groups is None else [self.groups[row] for row in rows],
        )


@dataclass
class Notes:
    """What is counted and shown on the way."""

    repaired: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)
    cases: Cases = field(default_factory=Cases)
    cleaning: list[dict[str, int]] = field(default_factory=list)


def extract(
    imported: Imported, name: str, proposal: Proposal, spec: RunSpec, notes: Notes
) -> Split:
    """Return the rows of a split of the import, labels as they are written there.

    Raises:
        UserError: a row is broken; the file, the row and what was expected are named.
    """
    columns, group_by = proposal.columns, spec.splits.group_by
    known = [column.name for column in imported.columns]
    extra = [group_by] if group_by else []
    extra += [ANSWER] if proposal.layout in SPAN_LAYOUTS and ANSWER in known else []
    wanted = list(dict.fromkeys([*columns.values(), *extra]))
    for column in wanted:
        if column_of(column, known) is None:
            raise UserError(
                f"The split '{name}' has no column '{column}'. It has: {', '.join(known)}.",
                "Choose another column in step 2.",
            )
    values = read_named(imported.path(name), wanted, known)
    groups = values[group_by] if group_by else None
    if proposal.layout == ONE_PER_ROW:
        return _sentences(imported, name, columns, values).grouped(groups)
    if proposal.layout == TAGGED_WORDS:
        return _tagged_words(imported, name, proposal, values).grouped(groups)
    if proposal.layout in SPAN_LAYOUTS:
        keep = str(OVERLAPS.parse("overlaps", spec.task_options.get("overlaps", "longest")))
        reader = SpanRows(proposal, keep)
        return _tagged_texts(imported, name, reader, values, notes).grouped(groups)
    return _listed(imported, name, proposal, values).grouped(groups)


def _listed(
    imported: Imported, name: str, proposal: Proposal, values: Mapping[str, list[Any]]
) -> Split:
    """Take lists of words and lists of tags."""
    columns = proposal.columns
    tokens = _texts(values[columns["tokens"]], "tokens", name, imported, proposal)
    labels = _texts(values[columns["labels"]], "labels", name, imported, proposal)
    for row, (words, tags) in enumerate(zip(tokens, labels, strict=True)):
        if len(words) != len(tags):
            raise UserError(
                f"{imported.where(name, row)}: column '{columns['tokens']}' has "
                f"{_count(words, 'word')} but column '{columns['labels']}' has "
                f"{_count(tags, 'label')}; expected as many labels as words.",
                "Mend the row and choose the file again, or choose other columns in step 2.",
            )
    return Split(name, tokens, labels, list(range(len(tokens))))


def _count(values: Sequence[str], noun: str) -> str:
    return f"1 {noun}" if len(values) == 1 else f"{len(values)} {noun}s"


def _texts(
    values: list[Any], role: str, split: str, imported: Imported, proposal: Proposal
) -> list[list[str]]:
    """Return the lists of a column as texts. A missing word or label stands as an empty text."""
    kind, column = proposal.kinds[role], proposal.columns[role]
    if kind == "list" and all(type(value) is list for value in values):
        lists = values
    else:
        lists = [
            list_of(value, kind, imported.where(split, row), column)
            for row, value in enumerate(values)
        ]
    if set(map(type, chain.from_iterable(lists))) <= {str}:
        return lists
    return [
        [_as_text(item, split, n, imported, column) for item in row] for n, row in enumerate(lists)
    ]


def _as_text(item: Any, split: str, row: int, imported: Imported, column: str) -> str:
    if isinstance(item, str):
        return item
    if item is None:
        return ""
    if isinstance(item, bool | int | float):
        return str(item)
    raise UserError(
        f"{imported.where(split, row)}: column '{column}' holds {str(item)[:60]}; expected a word "
        "or a label.",
        "Choose another column in step 2.",
    )


def _sentences(
    imported: Imported,
    name: str,
    columns: Mapping[str, str],
    values: Mapping[str, list[Any]],
) -> Split:
    """Join rows of one word each; an empty sentence cell goes on with the sentence above."""
    split = Split(name, [], [], [])
    before: Any = None
    rows = zip(*(values[columns[role]] for role in ("tokens", "labels", "sentence")), strict=True)
    for row, (token, label, sentence) in enumerate(rows):
        fresh = sentence not in (None, "") and sentence != before
        if fresh or not split.tokens:
            split.tokens.append([])
            split.labels.append([])
            split.numbers.append(row)
            before = sentence
        split.tokens[-1].append(_as_text(token, name, row, imported, columns["tokens"]))
        split.labels[-1].append(_as_text(label, name, row, imported, columns["labels"]))
    return split


def _tagged_texts(
    imported: Imported,
    name: str,
    reader: SpanRows,
    values: Mapping[str, list[Any]],
    notes: Notes,
) -> Split:
    """Turn texts with character spans into words and tags."""
    split = Split(name, [], [], [])
    columns = reader.proposal.columns
    texts, spans = values[columns["text"]], values[columns["spans"]]
    answers = values.get(ANSWER) or [None] * len(texts)
    for row, (text, items, answer) in enumerate(zip(texts, spans, answers, strict=True)):
        if text is not None:
            text = _as_text(text, name, row, imported, columns["text"])
        tagged = reader.read(text, items, answer, imported.where(name, row))
        reasons = [tagged] if isinstance(tagged, str) else tagged.reasons
        for reason in reasons:
            left_out = isinstance(tagged, str) or reason.endswith("left out")
            (notes.dropped if left_out else notes.repaired)[reason] += 1
            notes.cases.add(reason, name, row, [text or ""])
        if not isinstance(tagged, str):
            split.tokens.append(tagged.words)
            split.labels.append(tagged.tags)
            split.numbers.append(row)
    return split


def _tagged_words(
    imported: Imported, name: str, proposal: Proposal, values: Mapping[str, list[Any]]
) -> Split:
    """Cut `word/TAG` into words and tags."""
    column, separator = proposal.columns["tokens"], proposal.kinds["tokens"]
    split = Split(name, [], [], [])
    for row, value in enumerate(values[column]):
        words, tags = cut_words(_as_text(value, name, row, imported, column), separator)
        if not all(words) or not all(tags):
            pairs = zip(words, tags, strict=True)
            broken = next(word or tag for word, tag in pairs if not word or not tag)
            raise UserError(
                f'{imported.where(name, row)}: "{broken[:60]}" has no '
                f'tag; expected each word with its tag, as in "word{separator}TAG".',
                "Mend the row and choose the file again.",
            )
        split.tokens.append(words)
        split.labels.append(tags)
        split.numbers.append(row)
    return split
