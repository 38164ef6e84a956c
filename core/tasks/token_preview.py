"""What the model will see of labelled words: one row, one batch, and what is cut in all rows.

Pure functions over prepared rows and a tokenizer. Rows are indices from 0 here, numbers from 1 in
what is returned.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from core.tasks.alignment import entities, is_plain, label_name
from core.tasks.base import IGNORED, Rows
from core.tasks.token_classification import TokenClassification, aligned_labels
from core.tasks.token_survey import Survey

BATCH_ROWS = 8
NO_BLANKS = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")


def strip_of(
    rows: Rows,
    index: int,
    tokenizer: Any,
    labels: Sequence[str],
    max_length: int,
    options: Any,
) -> dict[str, Any]:
    """Return one row piece by piece with label ids, the cut tail included."""
    words, tags = rows["tokens"][index], rows["labels"][index]
    batch = tokenizer([words], is_split_into_words=True, verbose=False)
    word_ids, token_ids = batch.encodings[0].word_ids, batch["input_ids"][0]
    label_ids = aligned_labels([tags], [word_ids], labels, options, first_row=index + 1)[0]
    first, last = _specials(tokenizer)
    room = max_length - len(first) - len(last)
    say = _piece_text(tokenizer)
    shown: list[list[dict[str, Any]]] = [[] for _ in words]
    position = 0
    for word, token_id, label in zip(word_ids, token_ids, label_ids, strict=True):
        if word is not None:
            piece = {
                "text": say(token_id),
                "id": token_id,
                "tag": None if label == IGNORED else labels[label],
                "label": label,
                "cut": position >= room,
                "unknown": token_id == tokenizer.unk_token_id,
            }
            shown[word].append(piece)
            position += 1
    return {
        "row": index + 1,
        "total": len(rows["tokens"]),
        "words": [
            {"text": text, "tag": tag, "pieces": pieces}
            for text, tag, pieces in zip(words, tags, shown, strict=True)
        ],
        "labels": list(dict.fromkeys(label_name(tag) for tag in labels if tag != "O")),
        "label_ids": {tag: number for number, tag in enumerate(labels)},
        "scheme": "plain" if is_plain(labels) else "IOB2",
        "first": [[say(token_id), token_id] for token_id in first],
        "last": [[say(token_id), token_id] for token_id in last],
        "max_length": max_length,
        "tokens": len(token_ids),
        "kept": min(len(token_ids), max_length),
        **_counts(shown, tags),
        "blanks": has_blanks(words),
    }


def batch_of(
    rows: Rows,
    start: int,
    tokenizer: Any,
    labels: Sequence[str],
    max_length: int,
    options: Any,
) -> dict[str, Any]:
    """Return up to 8 rows as the collator pads them: cells of [kind, label], and the padding.

    Kinds: s special token, i ignored piece, o outside, b beginning, l inside a label; padding
    fills every row up to `length`. The label is an index into `labels`, or -1.
    """
    task = TokenClassification()
    part = {role: list(values[start : start + BATCH_ROWS]) for role, values in rows.items()}
    features = task.encode(part, tokenizer, labels, max_length, options)
    lines = range(len(features.row))
    items = [{name: values[line] for name, values in features.inputs.items()} for line in lines]
    matrix = task.collator(tokenizer)(items, return_tensors="np")
    names = list(dict.fromkeys(label_name(tag) for tag in labels if tag != "O"))
    places = {name: place for place, name in enumerate(names)}
    shown: list[dict[str, Any]] = []
    for line, word_ids in zip(lines, features.bookkeeping["word_ids"], strict=True):
        ids = matrix["labels"][line][: len(word_ids)].tolist()
        cells = [
            _cell(word, label, labels, places) for word, label in zip(word_ids, ids, strict=True)
        ]
        shown.append({"number": start + line + 1, "cells": cells})
    length = int(matrix["input_ids"].shape[1])
    padding = sum(length - len(row["cells"]) for row in shown)
    share = padding / (length * len(shown))
    return {"rows": shown, "length": length, "labels": names, "share": share}


def find_of(
    rows: Rows, after: int, matches: Callable[[Sequence[str], Sequence[str]], bool]
) -> int | None:
    """Return the number of the first row behind number `after` that matches; wraps around."""
    total = len(rows["tokens"])
    for step in range(total):
        index = (after + step) % total
        if matches(rows["tokens"][index], rows["labels"][index]):
            return index + 1
    return None


def has_word(query: str) -> Callable[[Sequence[str], Sequence[str]], bool]:
    """Return a test for rows that hold the query, in any case; with blanks: over several words.

    >>> has_word("par")(["in", "Paris"], []), has_word("in p")(["in", "Paris"], [])
    (True, True)
    """
    wanted = query.casefold().strip()

    def matches(words: Sequence[str], tags: Sequence[str]) -> bool:
        return wanted in " ".join(words).casefold()

    return matches


def has_label(query: str) -> Callable[[Sequence[str], Sequence[str]], bool]:
    """Return a test for rows that have the label (PER) or the tag (I-PER), in any case.

    >>> has_label("per")(["Anna"], ["B-PER"]), has_label("I-PER")(["Anna"], ["B-PER"])
    (True, False)
    """
    wanted = query.casefold().strip()

    def matches(words: Sequence[str], tags: Sequence[str]) -> bool:
        return any(wanted in (tag.casefold(), label_name(tag).casefold()) for tag in tags)

    return matches


def next_cut(survey: Survey, after: int, max_length: int) -> int | None:
    """Return the number of the first row behind number `after` that is cut; wraps around."""
    cut = survey.rows_cut(max_length) + 1
    if not len(cut):
        return None
    behind = cut[cut > after]
    return int(behind[0] if len(behind) else cut[0])


def has_blanks(words: Sequence[str]) -> bool:
    """Say whether the words stand apart in running text.

    >>> has_blanks(["Anna", "lives", "in", "東京"]), has_blanks(["東", "京", "に", "行", "く"])
    (True, False)
    """
    joined = sum(
        any(unicodedata.name(letter, "").startswith(NO_BLANKS) for letter in word) for word in words
    )
    return joined * 2 <= len(words)


def _counts(shown: list[list[dict[str, Any]]], tags: Sequence[str]) -> dict[str, int]:
    """Count entities that are lost or partly cut, unknown pieces and words without any piece."""
    lost = partly = 0
    for _, start, end in entities(tags):
        cut = {piece["cut"] for pieces in shown[start:end] for piece in pieces}
        lost += cut == {True}
        partly += cut == {True, False}
    return {
        "lost": lost,
        "partly": partly,
        "unknown": sum(bool(piece["unknown"]) for pieces in shown for piece in pieces),
        "empty": sum(not pieces for pieces in shown),
    }


def _cell(
    word: int | None, label: int, labels: Sequence[str], places: dict[str, int]
) -> list[str | int]:
    if label == IGNORED:
        return ["s" if word is None else "i", -1]
    if labels[label] == "O":
        return ["o", -1]
    kind = "l" if labels[label].startswith("I-") else "b"
    return [kind, places[label_name(labels[label])]]


def _specials(tokenizer: Any) -> tuple[list[int], list[int]]:
    """Return the ids of the special tokens before and after a row."""
    word_ids, token_ids = [], []
    for word in ("a", "0", tokenizer.unk_token or "."):  # one of them has a piece
        batch = tokenizer([[word]], is_split_into_words=True)
        word_ids, token_ids = batch.encodings[0].word_ids, batch["input_ids"][0]
        if any(found is not None for found in word_ids):
            break
    inner = [place for place, found in enumerate(word_ids) if found is not None]
    if not inner:
        return token_ids, []
    return token_ids[: inner[0]], token_ids[inner[-1] + 1 :]


def _piece_text(tokenizer: Any) -> Callable[[int], str]:
    """Return how to show a token id: its vocabulary entry, bytes read as letters where they can be.

    Byte-level BPE writes each byte as one letter ("Ã©" for "é"); a leading Ġ stands for the blank.
    """
    decoder = tokenizer.backend_tokenizer.decoder
    if decoder is None or "ByteLevel" not in repr(decoder):
        return lambda token_id: str(tokenizer.convert_ids_to_tokens(token_id))
    table = {letter: byte for byte, letter in _byte_letters().items()}

    def say(token_id: int) -> str:
        piece = str(tokenizer.convert_ids_to_tokens(token_id))
        try:
            text = bytes(table[letter] for letter in piece).decode("utf-8")
        except (KeyError, UnicodeDecodeError):
            return piece
        return text.replace(" ", "Ġ") if text.isprintable() else piece

    return say


def _byte_letters() -> dict[int, str]:
    """Return the letter that byte-level BPE writes for each byte (the table of GPT-2)."""
    shown = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    letters = {byte: chr(byte) for byte in shown}
    hidden = (byte for byte in range(256) if byte not in letters)
    return letters | {byte: chr(256 + place) for place, byte in enumerate(hidden)}
