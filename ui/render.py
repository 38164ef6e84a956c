"""Predictions, scores and the card of a run as HTML (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from ui.markup import bar, chip, empty, entities, marks, quiet, table, title
from ui.services import Visit

SPLITS = ("test", "validation")
SHOWN_EXAMPLE = 70


def names_of(tags: Iterable[str]) -> list[str]:
    """Return the sorted names of the labels behind a model's tags.

    >>> names_of(["O", "B-PER", "I-PER", "B-LOC"]), names_of(["NOUN", "X"])
    (['LOC', 'PER'], ['NOUN', 'X'])
    """
    return sorted({tag[2:] if tag[:2] in ("B-", "I-") else tag for tag in tags} - {"O"})


def prediction_html(visit: Visit, answer: Mapping[str, Any], labels: Sequence[str]) -> str:
    """Return a text with its entities, and the entities with their scores."""
    found = answer["entities"]
    note = visit.say("share_tuned_note", count=len(found), milliseconds=answer["milliseconds"])
    spans = [(item["start"], item["end"], item["label"]) for item in found]
    out = title(visit.say("share_tuned"), note) + entities(answer["text"], spans, labels)
    if answer["cut"]:
        out += marks([("warn", visit.say("share_cut", cut=answer["cut"]), "")], visit.say)
    if not found:
        return out + quiet(visit.say("share_no_entity"))
    rows = [
        (
            f"<bdi>{escape(item['text'])}</bdi>",
            chip(item["label"], _index(labels, item["label"])),
            f"{item['score']:.2f}",
        )
        for item in found
    ]
    head = [visit.say(f"share_{name}") for name in ("entity", "label", "score")]
    return out + table(head, rows, visit.say("share_scores_caption"), numeric=(2,))


def _index(labels: Sequence[str], name: str) -> int:
    return labels.index(name) if name in labels else len(labels)


def examples_html(visit: Visit, texts: Sequence[str]) -> str:
    """Return example texts as links."""
    if not texts:
        return ""
    items = "".join(
        f'<li><button type="button" class="fr-link" data-pick="{place}">'
        f'<span dir="auto">{escape(shortened(text))}</span></button></li>'
        for place, text in enumerate(texts)
    )
    said = escape(visit.say("share_examples"))
    return f'<p class="fr-quiet">{said}</p><ul class="fr-texts">{items}</ul>'


def shortened(text: str) -> str:
    """Return the beginning of a long text.

    >>> shortened("a" * 100)[-3:], shortened("short")
    ('aa…', 'short')
    """
    return text if len(text) <= SHOWN_EXAMPLE else text[: SHOWN_EXAMPLE - 1] + "…"


def scores_html(
    visit: Visit, metrics: Mapping[str, Any] | None, labels: Sequence[str], split: str
) -> str:
    """Return the scores of a split by label, the best first, overall last."""
    scores = (metrics or {}).get(split)
    if not scores:
        return ""
    per_label = scores.get("labels") or {}
    ordered = sorted(per_label, key=lambda name: -(per_label[name].get("f1") or 0))
    rows = [_score_row(chip(name, _index(labels, name)), per_label[name]) for name in ordered]
    total = sum(int(item.get("support") or 0) for item in per_label.values())
    overall = escape(visit.say("results_overall"))
    rows.append(_score_row(overall, {**scores, "support": total}))
    name = visit.say(f"split_{split}")
    head = [
        visit.say("share_label"),
        visit.say("results_precision"),
        visit.say("results_recall"),
        "F1",
        "",
        visit.say("results_entities"),
    ]
    small = visit.say("results_small", split=name, count=total)
    notes = [visit.say("results_note")]
    if scores.get("accuracy") is not None:
        notes.append(visit.say("results_accuracy", accuracy=scores["accuracy"]) + ".")
    return (
        title(f"F1 {_figure(scores.get('f1'))}", small, level=2)
        + table(
            head,
            rows,
            visit.say("results_caption", split=name),
            numeric=(1, 2, 3, 5),
            cls="fr-bars fr-total",
        )
        + quiet(" ".join(notes))
    )


def _score_row(name: str, scores: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        name,
        _figure(scores.get("precision")),
        _figure(scores.get("recall")),
        f"<b>{_figure(scores.get('f1'))}</b>",
        bar(scores.get("f1") or 0),
        f"{int(scores.get('support') or 0):,}",
    )


def _figure(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, int | float) else "–"


def no_scores(visit: Visit) -> str:
    """Return what stands where a run has no scores."""
    return empty(visit.say("results_none"), visit.say("results_none_text"))


def card_parts(card: str) -> tuple[str, str]:
    r"""Split a model card into its metadata and its text.

    >>> card_parts("---\nlicense: mit\n---\n\n# Name")
    ('license: mit', '# Name')
    """
    if not card.startswith("---\n"):
        return "", card
    head, _, body = card[4:].partition("\n---\n")
    return head, body.strip()


def metadata_html(visit: Visit, head: str) -> str:
    """Return the metadata of a card, folded."""
    said = escape(visit.say("share_metadata"))
    return f'<details class="fr-meta"><summary>{said}</summary><pre>{escape(head)}</pre></details>'


def address_html(visit: Visit, address: str) -> str:
    """Return where a model was published, as a link."""
    said = escape(visit.say("share_published"))
    shown = escape(address)
    link = (
        f'<a href="{shown}" target="_blank" rel="noopener noreferrer">{shown}</a>'
        if address.startswith(("https://", "http://"))
        else shown
    )
    return (
        '<ul class="fr-marks" role="status"><li class="is-ok"><span class="fr-mark" '
        f'aria-hidden="true"></span><span><b>{said}:</b> {link}</span></li></ul>'
    )
