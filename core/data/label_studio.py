"""Label Studio's JSON export: tasks with `data`, `annotations` (gold) and `predictions` (not gold).

A task counts with the annotation that is marked as ground truth, else with the first that was not
cancelled. Its regions of the type `labels` are the spans.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.data.nested import inner_names
from core.errors import UserError

KEYS = ("annotations", "completions")  # the second is what early versions wrote
NOT_ANNOTATED = "tasks without an annotation"
MORE_ANNOTATIONS = "tasks with several annotations; only one was taken"
WITHOUT_LABEL = "regions without a label, left out"


@dataclass(frozen=True)
class Annotated:
    """The spans of a task as `start`, `end`, `label`; None where nobody annotated it."""

    spans: list[Any] | None
    reasons: list[str]


def is_export(rows: Sequence[dict[str, Any]]) -> bool:
    """Say whether rows are tasks of Label Studio: `data` beside what was made of it, or alone."""
    filled = [row for row in rows if isinstance(row.get("data"), dict)]
    if not filled or len(filled) < len(rows):
        return False
    kinds = (*KEYS, "predictions")
    only_data = set(rows[0]) <= {"data", "id", "meta"}
    flat = not any(isinstance(value, list) for row in rows for value in row["data"].values())
    return (only_data and flat) or any(
        isinstance(item, dict) and "result" in item
        for row in rows
        for key in kinds
        for item in row.get(key) or ()
    )


def columns_of(rows: Sequence[dict[str, Any]], name: str) -> dict[str, str]:
    """Return the columns of text and spans.

    Raises:
        UserError: there is no gold annotation, or none of characters; what there is is said.
    """
    key = next((key for key in KEYS if any(row.get(key) for row in rows)), None)
    if key is None:
        has = "model predictions" if any(row.get("predictions") for row in rows) else "tasks"
        raise UserError(
            f"{name} holds {has} of Label Studio but no annotations, so nothing says which "
            "entities are right.",
            "Annotate the tasks (or accept the predictions) in Label Studio and export them again "
            "as JSON.",
        )
    regions = [region for row in rows for region in _regions(row.get(key))]
    if not any(_bounds(region) for region in regions):
        kinds = sorted({str(region.get("type")) for region in regions}) or ["none"]
        raise UserError(
            f"The annotations of {name} mark no characters of a text; their types are: "
            f"{', '.join(kinds)}. Expected the type labels.",
            "Choose an export of a project that labels text.",
        )
    texts = [text for text in inner_names(rows, ["data"]) if _is_text(rows, text)]
    if not texts:
        raise UserError(f"The tasks of {name} hold no text.", "Choose another export.")
    texts.sort(key=lambda text: text != "data.text")
    return {"text": texts[0], "spans": key}


def _is_text(rows: Sequence[dict[str, Any]], name: str) -> bool:
    key = name.removeprefix("data.")
    return any(isinstance(row["data"].get(key), str) for row in rows)


def _regions(annotations: Any) -> list[dict[str, Any]]:
    chosen = _chosen(annotations)
    results = chosen.get("result") if chosen else None
    return [region for region in results or () if isinstance(region, dict)]


def _chosen(annotations: Any) -> dict[str, Any] | None:
    """Return the annotation that counts, or None."""
    if not isinstance(annotations, list):
        return None
    usable = [a for a in annotations if isinstance(a, dict) and not a.get("was_cancelled")]
    return next((a for a in usable if a.get("ground_truth")), usable[0] if usable else None)


def _bounds(region: dict[str, Any]) -> tuple[int, int] | None:
    """Return the first and the last character (not included) of a region, or None."""
    value = region.get("value")
    if not isinstance(value, dict):
        return None
    exact = value.get("globalOffsets")  # of rich text, where start and end are paths
    bounds = exact if isinstance(exact, dict) else value
    start, end = bounds.get("start"), bounds.get("end")
    return (start, end) if type(start) is int and type(end) is int else None


def annotated(annotations: Any) -> Annotated:
    """Return the spans of a task's gold annotation.

    >>> region = {"type": "labels", "value": {"start": 0, "end": 2, "labels": ["PER"]}}
    >>> annotated([{"result": [region]}]).spans
    [{'start': 0, 'end': 2, 'label': 'PER'}]
    """
    if _chosen(annotations) is None:
        return Annotated(None, [NOT_ANNOTATED])
    reasons = [MORE_ANNOTATIONS] * (len(annotations) > 1)
    spans = []
    for region in _regions(annotations):
        bounds = _bounds(region)
        if bounds is None:
            continue  # a choice, a rating, a relation
        labels = region["value"].get("labels") or ()
        spans += [{"start": bounds[0], "end": bounds[1], "label": label} for label in labels]
        if not labels:
            reasons.append(WITHOUT_LABEL)
    return Annotated(spans, reasons)
