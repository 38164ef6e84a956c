"""Rows of words and IOB2 tags to files, in any layout and scheme that is read here.

What a layout cannot hold is refused with the row and the word, so that a file that was written
always gives the same entities back.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from core.data.conll import TAG
from core.data.proposal import (
    ALIGNED,
    BRAT,
    COLUMNS,
    DOCCANO,
    LABEL_STUDIO,
    LABEL_STUDIO_MIN,
    LISTS,
    ONE_PER_ROW,
    PRODIGY,
    SPACY,
    SPAN_LAYOUTS,
    SPANS,
    TAGGED_WORDS,
)
from core.data.schemes import OUTSIDE, SCHEMES, from_iob2, label_of
from core.data.spans import Span
from core.data.spellings import BARE, SPELLINGS, USUAL, respelled
from core.data.words import join_words, split_words
from core.errors import UserError

TAG_LAYOUTS = (COLUMNS, LISTS, ALIGNED, ONE_PER_ROW, TAGGED_WORDS)
LAYOUTS = (*TAG_LAYOUTS, *SPAN_LAYOUTS)
SLASH = "/"

Rows = dict[str, list[list[str]]]
"""`tokens` and `labels`, one list of each per row."""
Pair = tuple[Sequence[str], Sequence[str]]
"""The words and the tags of a row."""
Records = list[dict[str, Any]]


def write_rows(
    rows: Rows, path: Path, layout: str, scheme: str = "IOB2", spelling: str = USUAL
) -> None:
    """Write rows to a file (for brat: to a folder of pairs). The suffix decides JSON, CSV or TSV.

    Raises:
        UserError: layout, scheme or spelling is unknown, or cannot hold these rows.
    """
    for name, value, known in (
        ("layout", layout, LAYOUTS),
        ("scheme", scheme, SCHEMES),
        ("spelling", spelling, SPELLINGS),
    ):
        if value not in known:
            raise UserError(
                f'There is no {name} "{value}"; expected one of: {", ".join(known)}.',
                f"Choose another {name}.",
            )
    if layout in TAG_LAYOUTS:
        _write_tags(rows, path, layout, _written_tags(rows["labels"], scheme, spelling))
        return
    if scheme == "plain":
        raise UserError(
            f'Tags such as {rows["labels"][0][0]} mark no entities, so the layout "{layout}" '
            "cannot hold them.",
            f"Choose one of the layouts: {', '.join(TAG_LAYOUTS)}.",
        )
    texts = [
        _text_and_spans(words, tags, number)
        for number, (words, tags) in enumerate(zip(rows["tokens"], rows["labels"], strict=True), 1)
    ]
    if layout == BRAT:
        _write_brat(path, texts)
    elif layout == SPACY:
        pairs = [
            [text, {"entities": [[s.start, s.end, s.label] for s in spans]}]
            for text, spans in texts
        ]
        _write(path, json.dumps(pairs, ensure_ascii=False, indent=1) + "\n")
    else:
        make = SPAN_RECORDS[layout]
        _write_records(path, [make(n, text, spans) for n, (text, spans) in enumerate(texts, 1)])


def _written_tags(rows: Sequence[Sequence[str]], scheme: str, spelling: str) -> list[list[str]]:
    """Return IOB2 tags in another scheme and spelling."""
    labels = {label_of(tag) for row in rows for tag in row if tag != OUTSIDE}
    if spelling == BARE and len(labels) > 1:
        raise UserError(
            f"Tags without the name of a label cannot tell {', '.join(sorted(labels))} apart.",
            "Choose another spelling of the tags.",
        )
    if scheme == "IO":
        _check_apart(rows)
    converted = [from_iob2(row, scheme) for row in rows]
    if scheme in ("IO", "plain"):
        return converted
    return [[respelled(tag, spelling) for tag in row] for row in converted]


def _check_apart(rows: Sequence[Sequence[str]]) -> None:
    """Raise a UserError where IO would make one entity of two."""
    for number, row in enumerate(rows, 1):
        for before, tag in zip((OUTSIDE, *row), row, strict=False):
            if tag[:2] == "B-" and before[2:] == tag[2:]:
                raise UserError(
                    f"Row {number:,} has two entities of {tag[2:]} side by side, which the scheme "
                    "IO cannot keep apart.",
                    "Choose another scheme, such as IOB2.",
                )


def _write_tags(rows: Rows, path: Path, layout: str, labels: list[list[str]]) -> None:
    pairs: list[Pair] = list(zip(rows["tokens"], labels, strict=True))
    check = {COLUMNS: _fits_columns(pairs), ALIGNED: _fits_blanks, TAGGED_WORDS: _fits_slash}
    if layout in check:
        _check_words(pairs, layout, check[layout])
    if layout == COLUMNS:
        sentences = (
            "".join(f"{word}\t{tag}\n" for word, tag in zip(*pair, strict=True)) for pair in pairs
        )
        _write(path, "\n".join(sentences))
        return
    records: Records
    if layout == LISTS:
        records = [{"tokens": words, "labels": tags} for words, tags in pairs]
    elif layout == ALIGNED:
        records = [{"tokens": " ".join(words), "labels": " ".join(tags)} for words, tags in pairs]
    elif layout == TAGGED_WORDS:
        records = [{"text": " ".join(map(SLASH.join, zip(*p, strict=True)))} for p in pairs]
    else:
        records = [
            {"sentence": str(number), "token": word, "label": tag}
            for number, pair in enumerate(pairs, 1)
            for word, tag in zip(*pair, strict=True)
        ]
    _write_records(path, records)


def _fits_columns(pairs: Iterable[Pair]) -> Callable[[str, str], bool]:
    """Return what says whether a line of columns can hold a word with its tag."""
    known = {tag for pair in pairs for word, tag in zip(*pair, strict=True) if word[:1] != "#"}

    def fits(word: str, tag: str) -> bool:
        if not word or not tag.strip() or any(mark in word + tag for mark in "\t\r\n"):
            return False
        is_comment = word[0] == "#" and tag not in known and not TAG.match(tag)
        return not is_comment and not word.startswith("-DOCSTART-")

    return fits


def _fits_blanks(word: str, tag: str) -> bool:
    return [word, tag] == f"{word} {tag}".split()


def _fits_slash(word: str, tag: str) -> bool:
    return _fits_blanks(word, tag) and SLASH not in tag


def _check_words(pairs: Iterable[Pair], layout: str, fits: Callable[[str, str], bool]) -> None:
    """Raise a UserError for a word or tag that would be read as something else."""
    for number, pair in enumerate(pairs, 1):
        for word, tag in zip(*pair, strict=True):
            if not fits(word, tag):
                raise UserError(
                    f'Row {number:,}: the layout "{layout}" cannot hold the word '
                    f"{json.dumps(word)} with the tag {json.dumps(tag)}.",
                    f'Choose the layout "{LISTS}".',
                )


def _text_and_spans(
    words: Sequence[str], tags: Sequence[str], number: int
) -> tuple[str, list[Span]]:
    """Return the text of a row and its entities by characters."""
    text, starts = join_words(words)
    spans: list[Span] = []
    for start, word, tag in zip(starts, words, tags, strict=True):
        if tag.startswith("B-"):
            spans.append(Span(start, start + len(word), tag[2:]))
        elif tag.startswith("I-"):
            spans[-1] = Span(spans[-1].start, start + len(word), tag[2:])
    for span in spans:
        if not split_words(text[span.start : span.end]):
            raise UserError(
                f"Row {number:,} has an entity of {span.label} without a letter or sign, which "
                "character positions cannot hold.",
                f'Choose the layout "{LISTS}".',
            )
    return text, spans


def _studio_region(span: Span, text: str) -> dict[str, Any]:
    covered = text[span.start : span.end]
    return {"start": span.start, "end": span.end, "text": covered, "labels": [span.label]}


def _studio_task(number: int, text: str, spans: Sequence[Span]) -> dict[str, Any]:
    regions = [
        {
            "id": f"{number}-{position}",
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "value": _studio_region(span, text),
        }
        for position, span in enumerate(spans, 1)
    ]
    annotation = {"id": number, "was_cancelled": False, "result": regions}
    return {"id": number, "data": {"text": text}, "annotations": [annotation]}


def _objects(spans: Iterable[Span]) -> Records:
    return [{"start": span.start, "end": span.end, "label": span.label} for span in spans]


SPAN_RECORDS: dict[str, Callable[[int, str, Sequence[Span]], dict[str, Any]]] = {
    SPANS: lambda number, text, spans: {"text": text, "spans": _objects(spans)},
    PRODIGY: lambda number, text, spans: {
        "text": text,
        "spans": _objects(spans),
        "answer": "accept",
    },
    DOCCANO: lambda number, text, spans: {
        "id": number,
        "text": text,
        "label": [[span.start, span.end, span.label] for span in spans],
    },
    LABEL_STUDIO: _studio_task,
    LABEL_STUDIO_MIN: lambda number, text, spans: {
        "id": number,
        "text": text,
        "label": [_studio_region(span, text) for span in spans],
    },
}


def _write_brat(folder: Path, texts: Sequence[tuple[str, Sequence[Span]]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    digits = len(str(len(texts)))
    for number, (text, spans) in enumerate(texts, 1):
        lines = []
        for position, span in enumerate(spans, 1):
            if [span.label] != span.label.split():
                raise UserError(
                    f'brat cannot hold the label "{span.label}": it has blanks.',
                    "Rename the label, or choose another layout.",
                )
            quoted = " ".join(text[span.start : span.end].splitlines())
            lines.append(f"T{position}\t{span.label} {span.start} {span.end}\t{quoted}\n")
        _write(folder / f"{number:0{digits}}.txt", text)
        _write(folder / f"{number:0{digits}}.ann", "".join(lines))


def _write_records(path: Path, records: Records) -> None:
    """Write objects as JSON, CSV or TSV by the suffix, else as JSON Lines."""
    suffix = path.suffix.lower()
    if suffix == ".json":
        _write(path, json.dumps(records, ensure_ascii=False, indent=1) + "\n")
    elif suffix in (".csv", ".tsv"):
        text = io.StringIO()
        delimiter = "\t" if suffix == ".tsv" else ","
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(records[0] if records else ())
        writer.writerows([_cell(value) for value in record.values()] for record in records)
        _write(path, text.getvalue())
    else:
        _write(path, "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records))


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _write(path: Path, text: str) -> None:
    """Write a file under another name first, so that nobody reads half of it."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
    part.replace(path)
