"""What is proposed about an import: layout, the column of each role, why, open questions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

COLUMNS, LISTS, ONE_PER_ROW, SPANS = "columns", "lists", "one token per row", "spans"
ALIGNED, TAGGED_WORDS = "aligned texts", "tagged words"
DOCCANO, PRODIGY, SPACY, BRAT = "doccano", "prodigy", "spacy", "brat"
LABEL_STUDIO, LABEL_STUDIO_MIN = "label studio", "label studio min"
SPAN_LAYOUTS = (SPANS, DOCCANO, PRODIGY, SPACY, BRAT, LABEL_STUDIO, LABEL_STUDIO_MIN)
TOKEN_NAMES = ("tokens", "words", "token", "word", "form", "text", "surface", "sentence_tokens")
LABEL_NAMES = (
    *("labels", "label", "ner_tags", "ner_tag", "ner", "tags", "tag", "entities", "iob", "bio"),
    *("upos", "pos_tags", "pos", "target"),
)


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
    inner: tuple[tuple[str, str, str], ...] = ()
    """Name, kind and example of what stands inside objects (`data.text`)."""

    @property
    def label_column(self) -> str:
        """The column that decides the labels."""
        return self.columns.get("labels") or self.columns["spans"]
