"""The page's own words, one table: `ui/words/<step>.json` holds each key in en, ja and ko.

Static labels travel as `gr.I18n` keys. A sentence with figures travels as key and values and is
formatted from the same table, here by `sentence`, in the browser by `FR.t` of page.js.
Placeholders: `{name}`, `{rows:,}` (thousands), `{loss:.3f}`, `{rows:row|rows}` (41 rows).
"""

from __future__ import annotations

import json
import string
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

from ui.visitors import LANGUAGES

FOLDER = Path(__file__).parent / "words"


@cache
def words() -> dict[str, dict[str, str]]:
    """Return the table: key to language to text."""
    table: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("*.json")):
        table.update(json.loads(path.read_text("utf-8")))
    return table


def words_in(language: str) -> dict[str, str]:
    """Return every key in one language."""
    return {key: texts[language] for key, texts in words().items()}


@cache
def translations() -> gr.I18n:
    """Return the table for Gradio, without sentences: it would read placeholders as ICU."""
    plain = {key: texts for key, texts in words().items() if "{" not in texts["en"]}
    return gr.I18n(
        **{language: {k: v[language] for k, v in plain.items()} for language in LANGUAGES}
    )


def t(key: str) -> Any:
    """Return a static label by its key, translated by Gradio in the browser."""
    if key not in words():
        raise KeyError(f'"{key}" is not in ui/words')
    return translations()(key)


class _Filler(string.Formatter):
    """Adds plurals and figures that are missing (None becomes a dash) to Python's format."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        if value is None:
            return "–"
        one, bar, many = format_spec.partition("|")
        if bar:
            return f"{value:,} {one if value == 1 else many}"
        return super().format_field(value, format_spec)


def sentence(language: str, key: str, **values: Any) -> str:
    """Say a sentence of the table.

    >>> sentence("en", "data_rows", rows=1240)
    '1,240 rows'
    """
    return _Filler().vformat(words()[key][language], (), values)
