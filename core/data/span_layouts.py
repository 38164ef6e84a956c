"""Text with character positions: which columns, and from which tool they come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.data.imports import Imported
from core.data.label_studio import columns_of, is_export
from core.data.profiles import Profile
from core.data.proposal import (
    BRAT,
    DOCCANO,
    LABEL_STUDIO,
    LABEL_STUDIO_MIN,
    PRODIGY,
    SPACY,
    SPANS,
    Proposal,
)
from core.data.spans import expanded, read_span
from core.errors import UserError

SPAN_NAMES = frozenset(
    ("entities", "spans", "label", "labels", "annotations", "annotation", "completions")
)
TEXT_NAMES = ("text", "sentence", "content", "document", "data", "body")
LIKE_SPANS = frozenset(("start", "start_offset", "span", "result"))


def propose_spans(
    profiles: Sequence[Profile],
    chosen: Mapping[str, str],
    imported: Imported,
    sample: Sequence[dict[str, Any]],
) -> Proposal | None:
    """Propose text and spans where a column holds character positions, or return None.

    Raises:
        UserError: there are annotations, but none that can be trained on.
    """
    if "labels" in chosen or "tokens" in chosen:
        return None
    if is_export(sample):
        found = columns_of(sample, imported.sources[0])
        reasons = {
            "text": "It is the text that was annotated in Label Studio.",
            "spans": "It holds the annotations that people made; predictions are not gold.",
        }
        return _proposal(LABEL_STUDIO, found, chosen, reasons, "list")
    spans = _spans_of(profiles, chosen)
    if spans is None:
        return None
    texts = [profile for profile in profiles if profile.kind == "text"]
    texts.sort(key=lambda p: (_last(p.name) not in TEXT_NAMES, -sum(map(len, p.rows))))
    if not texts or not _readable(spans.flat):
        raise UserError(
            f"Column '{spans.name}' of {imported.sources[0]} gives entities by character positions "
            "in a form that is not read yet; expected start, end and label.",
            "Export the data as JSON Lines with text and spans, or as CoNLL.",
        )
    reasons = {
        "text": "It is the column with text.",
        "spans": "It holds start, end and label of each entity.",
    }
    found = {"text": texts[0].name, "spans": spans.name}
    layout = _tool(spans, imported, [profile.name for profile in profiles])
    return _proposal(layout, found, chosen, reasons, spans.kind)


def _proposal(
    layout: str,
    found: Mapping[str, str],
    chosen: Mapping[str, str],
    reasons: Mapping[str, str],
    kind: str,
) -> Proposal:
    said = {**reasons, **dict.fromkeys(chosen, "You chose it.")}
    return Proposal(layout, {**found, **chosen}, said, kinds={"spans": kind})


def _last(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _spans_of(profiles: Sequence[Profile], chosen: Mapping[str, str]) -> Profile | None:
    """Return the column with spans: the chosen one, one of a usual name, or one that holds them."""
    listed = [profile for profile in profiles if profile.listed and profile.flat]
    if "spans" in chosen:
        listed = [profile for profile in listed if profile.name == chosen["spans"]]
    named = [p for p in listed if _last(p.name) in SPAN_NAMES or "spans" in chosen]
    like = next((p for p in named if all(_is_like_span(item) for item in p.flat)), None)
    return like or next((p for p in listed if _readable(p.flat)), None)


def _is_like_span(item: Any) -> bool:
    if isinstance(item, dict) and LIKE_SPANS & set(item):
        return True
    return _readable([item])


def _readable(items: Iterable[Any]) -> bool:
    return all(read_span(part) is not None for item in items for part in expanded(item))


def _tool(spans: Profile, imported: Imported, names: Sequence[str]) -> str:
    """Name the tool whose way of writing spans this is; the plain layout where it is nobody's."""
    items = spans.flat
    if imported.format == "brat":
        return BRAT
    if {"answer", "_task_hash", "_input_hash"} & set(names):
        return PRODIGY
    if all(isinstance(item, dict) and "labels" in item for item in items):
        return LABEL_STUDIO_MIN
    if all(isinstance(item, dict) and "start_offset" in item for item in items):
        return DOCCANO
    if not all(isinstance(item, list) for item in items):
        return SPANS
    if spans.name in ("label", "labels"):
        return DOCCANO
    return SPACY if spans.name == "entities" and imported.format == "json" else SPANS
