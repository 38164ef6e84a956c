"""The table of the page's words is complete, and sentences are formatted alike everywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from ui.texts import sentence, translations, words
from ui.visitors import LANGUAGES, language_of

PLACEHOLDER = re.compile(r"\{(\w+)(?::[^}]*)?\}")
KEYS = sorted(words())
CODE = [*ROOT.glob("ui/**/*.py"), *ROOT.glob("ui/**/*.js")]
USES = re.compile(
    r"""(?:\bt|say|word|heading|FR\.t|sentence)\(\s*(?:language,\s*)?["'`](\w+)["'`]"""
)


@pytest.mark.parametrize("key", KEYS)
def test_every_word_is_there_in_every_language(key: str) -> None:
    texts = words()[key]
    assert set(texts) == set(LANGUAGES)
    assert all(text.strip() for text in texts.values())
    names = [sorted(PLACEHOLDER.findall(texts[language])) for language in LANGUAGES]
    assert names[0] == names[1] == names[2], "the same values in every language"


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(Path(path).relative_to(ROOT)))
def test_every_key_that_the_page_uses_is_in_the_table(path: Path) -> None:
    used = set(USES.findall(path.read_text("utf-8")))
    assert not {
        key for key in used if "_" in key[:-1] and not key.endswith("_") and key not in words()
    }


def test_no_language_repeats_the_english_by_mistake() -> None:
    same = [
        key
        for key, texts in words().items()
        if texts["ja"] == texts["en"] and re.search(r"[a-z]{4} [a-z]", texts["en"])
    ]
    assert not same


def test_sentences_have_plurals_thousands_and_dashes() -> None:
    assert sentence("en", "data_rows", rows=1) == "1 row"
    assert sentence("en", "data_rows", rows=1240) == "1,240 rows"
    assert sentence("ja", "data_rows", rows=1240) == "1,240 行"
    scores = sentence("en", "watch_scores", f1=0.5, precision=None, recall=1.0)
    assert scores == "F1 0.500 · precision – · recall 1.000"


def test_gradio_gets_no_sentence_with_placeholders() -> None:
    for texts in translations().translations_dict.values():
        assert not [text for text in texts.values() if "{" in text]


@pytest.mark.parametrize(
    ("cookies", "accept", "language"),
    [
        ({}, "", "en"),
        ({}, "de-DE,de;q=0.9", "en"),
        ({}, "ja-JP,ja;q=0.9,en;q=0.8", "ja"),
        ({"fr_language": "ko"}, "ja", "ko"),
        ({"fr_language": "<script>"}, "ja", "ja"),
    ],
)
def test_the_language_is_the_chosen_one_else_the_browsers(
    cookies: dict[str, str], accept: str, language: str
) -> None:
    assert language_of(cookies, accept) == language
