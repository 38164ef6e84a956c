"""What was found in a dataset, as HTML: the report of step 2 and its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ui.charts import quantile
from ui.markup import bar, chip, empty, facts, marks, pick, quiet, table, title
from ui.markup import entities as marked
from ui.services import Visit
from ui.texts import words

FORMATS = {
    "conll": "CoNLL",
    "conllu": "CoNLL-U",
    "json": "JSON",
    "jsonl": "JSONL",
    "csv": "CSV",
    "tsv": "TSV",
    "parquet": "Parquet",
}
SHORT = {"train": "train", "validation": "val", "test": "test"}
Report = Mapping[str, Any]


def nothing(visit: Visit) -> str:
    """Return what is shown before there is data."""
    return empty(visit.say("data_none"), visit.say("data_none_text"))


def found_html(visit: Visit, report: Report, name: str) -> str:
    """Return the report: facts, splits, what was kept, repaired, dropped, and what to look at."""
    return (
        title(visit.say("found_heading"), name)
        + facts(_facts(visit, report), "fr-wide")
        + split_bar(visit, report["splits"])
        + marks(list(_lines(visit, report)), visit.say)
        + '<p class="fr-quiet"><a class="fr-link" href="download/report.csv" download>'
        + f"{escape(visit.say('found_download'))}</a></p>"
    )


def _facts(visit: Visit, report: Report) -> list[tuple[str, str]]:
    total = sum(sum(counts.values()) for counts in report["label_counts"].values())
    plain = report["scheme"] == "plain"
    rows, words = sum(report["splits"].values()), sum(report["words"].values())
    return [
        (visit.say("found_format"), format_words(report["format"], report["encoding"])),
        (visit.say("found_rows"), visit.say("found_rows_text", rows=rows, words=words)),
        (visit.say("found_scheme"), _scheme(visit, report["scheme"])),
        (
            visit.say("found_words" if plain else "found_entities"),
            visit.say("found_entities_text", count=total, labels=len(report["labels"])),
        ),
        (visit.say("found_layout"), _layout(visit, report["layout"])),
    ]


def _layout(visit: Visit, layout: str) -> str:
    key = f"layout_{layout.replace(' ', '_')}"
    return visit.say(key) if key in words() else layout


def format_words(kind: str, encoding: str) -> str:
    """Say a file format and its encoding.

    >>> format_words("conll", "utf-8")
    'CoNLL, UTF-8'
    """
    written = encoding.upper() if encoding.lower().startswith("utf") else encoding
    return f"{FORMATS.get(kind, kind)}, {written}"


def _scheme(visit: Visit, scheme: str) -> str:
    if scheme == "plain":
        return visit.say("found_scheme_plain")
    return scheme if scheme == "IOB2" else visit.say("found_scheme_read", scheme=scheme)


def split_bar(visit: Visit, splits: Mapping[str, int]) -> str:
    """Return the bar of the splits, as wide as their rows."""
    present = {name: rows for name, rows in splits.items() if rows}
    said = ", ".join(f"{name} {rows:,}" for name, rows in present.items())
    parts = "".join(
        f'<span style="flex:{rows}"><b>{escape(SHORT.get(name, name))}</b> {rows:,}</span>'
        for name, rows in present.items()
    )
    label = escape(visit.say("found_split_aria", splits=said))
    return f'<div class="fr-split" role="img" aria-label="{label}">{parts}</div>'


def _lines(visit: Visit, report: Report) -> list[tuple[str, str, str]]:
    kept, dropped = sum(report["splits"].values()), sum(report["dropped"].values())
    examples = report["examples"]
    if dropped:
        lines = [("ok", visit.say("found_kept", kept=kept, rows=kept + dropped), "")]
    else:
        lines = [("ok", visit.say("found_kept_all", rows=kept), "")]
    lines += [("ok", note, "") for note in report["notes"]]
    for key, counts in (("repaired", report["repaired"]), ("dropped", report["dropped"])):
        for reason, count in counts.items():
            text = visit.say(f"found_{key}", count=count)
            lines.append(("warn", text, _detail(visit, reason, examples)))
    for warning in report["warnings"]:
        lines.append(("warn", warning, _cases(visit, examples.get(warning))))
    return lines


def _detail(visit: Visit, reason: str, examples: Mapping[str, Any]) -> str:
    return escape(reason) + ". " + _cases(visit, examples.get(reason))


def _cases(visit: Visit, cases: Sequence[Mapping[str, Any]] | None) -> str:
    if not cases:
        return ""
    items = "".join(
        f"<li><b>{escape(visit.say('found_row', split=case['split'], row=case['row']))}</b> "
        f'<span dir="auto">{escape(case["text"])}</span></li>'
        for case in cases
    )
    return (
        f'<details class="fr-cases"><summary class="fr-link">{escape(visit.say("found_show"))}'
        f"</summary><ol>{items}</ol></details>"
    )


def labels_html(visit: Visit, report: Report) -> str:
    """Return the labels with their counts by split, the most frequent first."""
    counts, splits = report["label_counts"], list(report["label_counts"])
    totals = {
        label: sum(counts[split].get(label, 0) for split in splits) for label in report["labels"]
    }
    everything, most = sum(totals.values()) or 1, max(totals.values(), default=1) or 1
    ordered = sorted(report["labels"], key=lambda label: -totals[label])
    rows = [
        (
            chip(label, report["labels"].index(label)),
            *(f"{counts[split].get(label, 0):,}" for split in splits),
            bar(totals[label] / most),
            f"{100 * totals[label] / everything:.0f} %",
        )
        for label in ordered
    ]
    head = [
        visit.say("found_label"),
        *(SHORT.get(split, split) for split in splits),
        "",
        visit.say("found_share"),
    ]
    numeric = [*range(1, 1 + len(splits)), 2 + len(splits)]
    caption = visit.say("found_by_label")
    return (
        f'<h4 class="fr-h4">{escape(visit.say("found_labels"))}</h4>'
        + table(head, rows, caption, numeric=numeric, cls="fr-bars")
        + f'<h4 class="fr-h4">{escape(visit.say("found_lengths"))}</h4>'
    )


def lengths_text(visit: Visit, report: Report) -> str:
    """Say the histogram of row lengths in words."""
    width, counts = report["lengths"]["bin_width"], report["lengths"]["counts"]
    return quiet(
        visit.say(
            "found_lengths_text",
            median=quantile(counts, width, 0.5),
            ninety=quantile(counts, width, 0.9),
            longest=quantile(counts, width, 1.0),
        )
    )


def running(tokens: Sequence[str], labels: Sequence[str]) -> tuple[str, list[tuple[int, int, str]]]:
    """Join words with blanks; return the text and its spans (start, end, label).

    >>> running(["Anna", "Brown", "left"], ["B-PER", "I-PER", "O"])
    ('Anna Brown left', [(0, 10, 'PER')])
    """
    spans: list[tuple[int, int, str]] = []
    at = 0
    for token, tag in zip(tokens, labels, strict=True):
        start, end = at, at + len(token)
        prefix, dash, name = tag.partition("-")
        if dash and prefix == "I" and spans and spans[-1][1] == start - 1 and spans[-1][2] == name:
            spans[-1] = (spans[-1][0], end, name)
        elif tag != "O":
            spans.append((start, end, name if dash and prefix in ("B", "I") else tag))
        at = end + 1
    return " ".join(tokens), spans


def rows_html(visit: Visit, page: Mapping[str, Any], labels: Sequence[str]) -> str:
    """Return some rows as a table: the words with their labels."""
    rows = [
        (
            f"{row['number']:,}",
            marked(*running(row["tokens"], row["labels"]), labels),
        )
        for row in page["rows"]
    ]
    shown = page["rows"]
    said = visit.say(
        "rows_shown",
        first=shown[0]["number"] if shown else 0,
        last=shown[-1]["number"] if shown else 0,
        total=page["total"],
    )
    head = (visit.say("rows_number"), visit.say("rows_text"))
    return (
        table(head, rows, said, cls="fr-rows")
        + f'<p class="fr-quiet" role="status">{escape(said)}</p>'
    )


def needs_html(visit: Visit, needs: Sequence[Mapping[str, Any]]) -> str:
    """Return the open questions, each with a button for every answer."""
    if not needs:
        return ""
    parts = "".join(
        f'<p>{escape(need["message"])}</p><p class="fr-filterline">'
        + "".join(pick(f"{need['field']}={name}", name, "fr-tag") for name in need["choices"])
        + "</p>"
        for need in needs
    )
    head = escape(visit.say("need_heading"))
    return f'<div class="fr-need" role="group"><h3>{head}</h3>{parts}</div>'


def files_html(visit: Visit, name: str, note: str) -> str:
    """Return the line of the chosen data with the button that removes it."""
    remove = (
        '<button type="button" class="fr-link" data-pick="remove" '
        f'aria-label="{escape(visit.say("data_remove_aria"))}">{escape(visit.say("data_remove"))}'
        "</button>"
    )
    return (
        f'<ul class="fr-files"><li><b><bdi>{escape(name)}</bdi></b>'
        f'<span class="num">{escape(note)}</span>{remove}</li></ul>'
    )


def examples_html(visit: Visit, examples: Sequence[Any]) -> str:
    """Return the examples, each with one button."""
    if not examples:
        return empty(visit.say("data_example_none"), visit.say("data_example_none_text"))
    return "".join(
        f'<div class="fr-example"><h3 class="fr-h">{escape(item.title)}</h3>'
        f"<p>{escape(item.description)}</p>"
        f"{pick(item.name, visit.say('data_example_use'))}</div>"
        for item in examples
    )
