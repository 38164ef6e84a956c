"""One row of text and spans to words and tags, whatever tool wrote it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from core.data.cells import list_of
from core.data.label_studio import annotated
from core.data.proposal import LABEL_STUDIO, Proposal
from core.data.spans import IN_PIECES, Span, TaggedText, expanded, read_span, tag_text
from core.errors import UserError

ANSWER = "answer"  # Prodigy's column: only what was accepted is gold
REJECTED = "rows that were rejected or ignored in annotation"
WITHOUT_TEXT = "rows without a text"


@dataclass(frozen=True)
class SpanRows:
    """How the rows of a split are read."""

    proposal: Proposal
    keep: str
    """Which of overlapping spans are kept: longest, outer or inner."""

    def read(self, text: str | None, value: Any, answer: Any, where: str) -> TaggedText | str:
        """Return words and tags, or the reason why the row is no gold.

        Raises:
            UserError: a span lies outside its text, or is none.
        """
        if answer in ("reject", "ignore"):
            return REJECTED
        if text is None:
            return WITHOUT_TEXT
        reasons: list[str] = []
        if self.proposal.layout == LABEL_STUDIO:
            task = annotated(value)
            if task.spans is None:
                return task.reasons[0]
            items, reasons = task.spans, task.reasons
        else:
            column = self.proposal.columns["spans"]
            items = list_of(value, self.proposal.kinds["spans"], where, column)
        whole = [item for item in items if not (isinstance(item, dict) and "pieces" in item)]
        reasons = reasons + [IN_PIECES] * (len(items) - len(whole))
        spans = [_checked(part, text, where) for item in whole for part in expanded(item)]
        tagged = tag_text(text, spans, self.keep)
        return TaggedText(tagged.words, tagged.tags, reasons + tagged.reasons)


def _checked(item: Any, text: str, where: str) -> Span:
    span = read_span(item)
    if span is None or not 0 <= span.start < span.end <= len(text):
        raise UserError(
            f"{where}: {json.dumps(item, ensure_ascii=False)[:80]} is no span of its text, which "
            f"has {len(text):,} characters; expected start, end and label.",
            "Mend the row and choose the file again.",
        )
    return span
