"""From an import and a spec to the rows a task trains on, and the report about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from core.data.cleaning import clean
from core.data.imports import Imported, ImportedColumn
from core.data.layouts import propose
from core.data.proposal import Proposal
from core.data.report import Report, count_labels, find_warnings, length_histogram
from core.data.rows import Notes, Split, extract
from core.data.schemes import OUTSIDE, detect_scheme, to_iob2
from core.data.spellings import BARE, DASHES, ONLY_LABEL, USUAL, spelling_of, usual
from core.data.splits import cut
from core.errors import UserError
from core.spec import SPLITS, RunSpec

if TYPE_CHECKING:
    from core.tasks.base import Rows

TASK = "token-classification"
EMPTY_ROWS = "rows without words"
BLANK_LABELS = "labels with blanks around them, trimmed"


@dataclass(frozen=True)
class Prepared:
    """Rows by split, the report, and which source rows each split holds (splits.json)."""

    splits: dict[str, Rows]
    report: Report
    indices: dict[str, Any]


def prepare(imported: Imported, spec: RunSpec) -> Prepared:
    """Return the rows to train on.

    Raises:
        UserError: the data cannot be trained on, or a column must be chosen first.
    """
    prepared = describe(imported, spec)
    if prepared.report.needs:
        question = prepared.report.needs[0]
        raise UserError(
            f"{question['message']} Expected one of: {', '.join(question['choices'])}.",
            f"Choose the column for {question['field']} in step 2.",
        )
    return prepared


def describe(imported: Imported, spec: RunSpec) -> Prepared:
    """Return what `prepare` would, with the proposal where a question is open (`report.needs`)."""
    if spec.task != TASK:
        raise UserError(f'Data for the task "{spec.task}" is not read yet.', "Choose another task.")
    proposal = propose(imported, spec.columns)
    notes = Notes()
    splits = {name: extract(imported, name, proposal, spec, notes) for name in imported.splits}
    for name, split in splits.items():
        splits[name] = _without_empty(split, notes, name)
    _name_numbers(imported, splits, proposal, notes)
    spelling = _respell(splits, notes)
    scheme = _to_iob2(imported, splits, proposal, notes)
    for step in spec.cleaning:
        splits, work = clean(splits, step)
        notes.repaired.update(work.repaired)
        notes.dropped.update(work.dropped)
        done = {"changed": work.repaired.total(), "dropped": work.dropped.total()}
        notes.cleaning.append(done)
    _check_rows(imported, splits, proposal, scheme)
    splits = _cut(splits, spec)
    return Prepared(
        {name: {"tokens": split.tokens, "labels": split.labels} for name, split in _all(splits)},
        _report(imported, proposal, (scheme, spelling), splits, notes),
        {name: {"source": s.source, "rows": s.numbers} for name, s in splits.items()},
    )


def _all(splits: Mapping[str, Split]) -> list[tuple[str, Split]]:
    return [(name, splits.get(name, Split(name, [], [], []))) for name in SPLITS]


def _without_empty(split: Split, notes: Notes, name: str) -> Split:
    filled = [row for row, words in enumerate(split.tokens) if any(words)]
    if len(filled) == len(split.tokens):
        return split
    notes.dropped[EMPTY_ROWS] += len(split.tokens) - len(filled)
    for row, words in enumerate(split.tokens):
        if not any(words):
            notes.cases.add(EMPTY_ROWS, name, split.numbers[row], words)
    return split.keep(filled)


def _name_numbers(
    imported: Imported, splits: dict[str, Split], proposal: Proposal, notes: Notes
) -> None:
    """Give label ids their names, trim labels."""
    name = proposal.label_column
    column = next((c for c in imported.columns if c.name == name), ImportedColumn(name, "list", ""))
    tags = set(chain.from_iterable(row for split in splits.values() for row in split.labels))
    renamed = {tag: tag.strip() for tag in tags}
    if tags and all(tag.removeprefix("-").isdecimal() for tag in tags):
        renamed = {tag: _named_id(tag, column.names, imported, column.name) for tag in tags}
        if not column.names:
            notes.warnings.append(
                f"Column '{column.name}' holds numbers without names; they are called label_0, "
                "label_1, ..."
            )
    changed = {old for old, new in renamed.items() if old != new}
    if not changed:
        return
    for split in splits.values():
        if not column.names and any(old.strip() != old for old in changed):
            notes.repaired[BLANK_LABELS] += sum(
                tag in changed for row in split.labels for tag in row
            )
        split.labels = [[renamed[tag] for tag in row] for row in split.labels]


def _named_id(tag: str, names: Sequence[str], imported: Imported, column: str) -> str:
    if not names:
        return f"label_{int(tag)}"
    if not 0 <= int(tag) < len(names):
        raise UserError(
            f"Column '{column}' of {imported.sources[0]} holds the label id {tag}, but the file "
            f"names only {len(names)} labels (0 to {len(names) - 1}).",
            "Mend the ids or their names, and choose the file again.",
        )
    return names[int(tag)]


def _respell(splits: Mapping[str, Split], notes: Notes) -> str:
    """Write tags such as NUM-B or B_PS as B-NUM and B-PS; return how they were written."""
    counts = Counter(chain.from_iterable(row for split in splits.values() for row in split.labels))
    spelling = spelling_of(counts)
    if spelling is None:
        return USUAL
    renamed = {tag: usual(tag, spelling) for tag in counts}
    dashes = sum(count for tag, count in counts.items() if tag in DASHES)
    changed = sum(count for tag, count in counts.items() if renamed[tag] != tag) - dashes
    notes.repaired["tags - or _, which say that there is no entity, now O"] += dashes
    notes.repaired[f"tags written in the way of {spelling}, now B-PER"] += changed
    if dashes or changed:
        for split in splits.values():
            split.labels = [[renamed[tag] for tag in row] for row in split.labels]
    if spelling == BARE:
        notes.warnings.append(
            f"The tags are B, I and O without the name of a label; it is called {ONLY_LABEL}."
        )
    return spelling


def _to_iob2(imported: Imported, splits: dict[str, Split], proposal: Proposal, notes: Notes) -> str:
    """Convert all splits in place and return the scheme they had."""
    where = f"Column '{proposal.label_column}' of {', '.join(dict.fromkeys(imported.sources))}"
    rows = [row for split in splits.values() for row in split.labels]
    scheme = detect_scheme(rows, where)
    for name, split in splits.items():
        converted = to_iob2(split.labels, scheme)
        split.labels = converted.rows
        notes.repaired.update(converted.counts)
        for reason, numbers in converted.examples.items():
            for row in numbers:
                notes.cases.add(reason, name, split.numbers[row], split.tokens[row])
    return scheme


def _check_rows(
    imported: Imported, splits: Mapping[str, Split], proposal: Proposal, scheme: str
) -> None:
    train = splits["train"]
    source = imported.files.get("train", [(imported.sources[0], 0)])[0][0]
    if not train.tokens:
        raise UserError(f"{source} has no row left to train on.", "Change the cleaning in step 2.")
    if scheme != "plain" and set(chain.from_iterable(train.labels)) == {OUTSIDE}:
        count = "the only row" if len(train.labels) == 1 else f"all {len(train.labels):,} rows"
        raise UserError(
            f"Column '{proposal.label_column}' of {source} holds no entity: its tag is O in "
            f"{count}. Expected tags such as B-PER.",
            "Choose another label column or another file in step 2.",
        )


def _cut(splits: dict[str, Split], spec: RunSpec) -> dict[str, Split]:
    """Cut validation and test from train where they are not given and a share is asked for."""
    shares = {"validation": spec.splits.validation_share, "test": spec.splits.test_share}
    open_shares = {name: share for name, share in shares.items() if name not in splits and share}
    train = splits["train"]
    if not open_shares or len(train.tokens) < 2:
        return splits
    parts = cut(train.labels, train.groups, open_shares, spec.splits)
    return {
        name: train.keep(parts[name]) if name in parts else splits[name]
        for name in SPLITS
        if name in splits or parts.get(name)
    }


def _report(
    imported: Imported,
    proposal: Proposal,
    written: tuple[str, str],
    splits: Mapping[str, Split],
    notes: Notes,
) -> Report:
    scheme, spelling = written
    tokens = {name: split.tokens for name, split in splits.items()}
    labels = {name: split.labels for name, split in splits.items()}
    counts = {name: count_labels(rows, scheme) for name, rows in labels.items()}
    found = find_warnings(tokens, labels, counts, notes.cases)
    return Report(
        format=imported.format,
        encoding=imported.encoding,
        layout=proposal.layout,
        scheme=scheme,
        spelling=spelling,
        task=TASK,
        columns=proposal.columns,
        splits={name: len(rows) for name, rows in tokens.items()},
        labels=sorted({label for found in counts.values() for label in found}),
        repaired=_sum(imported.repaired, notes.repaired),
        dropped=_sum(imported.dropped, notes.dropped),
        cleaning=notes.cleaning,
        notes=list(imported.notes),
        warnings=[*imported.warnings, *notes.warnings, *found],
        needs=[question.to_json() for question in proposal.questions],
        label_counts=counts,
        words={name: sum(map(len, rows)) for name, rows in tokens.items()},
        lengths=length_histogram(tokens["train"]),
        examples=notes.cases.shown,
        proposal=proposal.reasons,
        available=[
            dict(zip(("name", "kind", "example"), column, strict=True))
            for column in (
                *((c.name, c.kind, c.example) for c in imported.columns),
                *proposal.inner,
            )
        ],
    )


def _sum(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    total = Counter(first)
    total.update(second)
    return {reason: count for reason, count in total.items() if count}
