"""Encodings by content, by a person's word, and never by replacement characters."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.data.inspect import inspect_files
from core.data.readers import Reading, read_bytes
from core.errors import UserError
from core.spec import DatasetSpec

JAPANESE = "これは東京の天気です,はい\n大阪は雨が降っています,いいえ\n"
KOREAN = "나는 오늘 서울에 갔다,긍정\n비가 와서 싫었다,부정\n"
CHINESE = "今天北京的天气非常好,正面\n这家餐厅的服务很差,负面\n"
GERMAN = "Die Straße ist schön,gut\nDas Wetter war übel,schlecht\n"
RUSSIAN = "Сегодня хорошая погода и мы пошли гулять,да\nЭто было очень плохо и скучно,нет\n"


@pytest.mark.parametrize(
    ("text", "codec", "title"),
    [
        (JAPANESE, "shift_jis", "cp932"),
        (JAPANESE, "euc_jp", "euc_jp"),
        (KOREAN, "euc_kr", "cp949"),
        (KOREAN + "똠방각하 펲시,부정\n", "cp949", "cp949"),
        (CHINESE, "gb18030", "gb18030"),
        (GERMAN, "cp1252", "cp1252"),
        (GERMAN, "latin-1", "cp1252"),
        (GERMAN, "utf-16", "UTF-16"),
        (KOREAN, "utf-32", "UTF-32"),
        (GERMAN, "utf-8-sig", "UTF-8 with BOM"),
    ],
)
def test_short_texts_are_told_apart(text: str, codec: str, title: str) -> None:
    table = read_bytes(("text,label\n" + text).encode(codec), "a.csv")
    assert table.encoding == title
    rows = [line.split(",") for line in text.splitlines()]
    assert list(zip(*table.columns.values(), strict=True)) == [tuple(row) for row in rows]
    assert bool(table.warnings) == (not title.startswith("UTF"))


def test_a_person_may_say_the_encoding() -> None:
    data = ("text,label\n" + RUSSIAN).encode("koi8-r")
    table = read_bytes(data, "a.csv", Reading(encoding="koi8-r"))
    assert table.columns["label"] == ["да", "нет"]
    assert table.warnings == ()


def test_utf_16_without_its_mark_is_not_guessed_at() -> None:
    data = ("text,label\n" + GERMAN).encode("utf-16-le")
    with pytest.raises(UserError) as caught:
        read_bytes(data, "a.csv")
    assert caught.value.message == (
        "a.csv looks like UTF-16 without a byte order mark; it was not guessed at."
    )
    assert caught.value.hint == ("Choose the encoding utf-16-le, or save the file again as UTF-8.")
    table = read_bytes(data, "a.csv", Reading(encoding="utf-16-le"))
    assert table.columns["label"] == ["gut", "schlecht"]


def test_the_wrong_encoding_is_an_error_with_its_place() -> None:
    with pytest.raises(UserError) as caught:
        read_bytes(("text,label\n" + GERMAN).encode("cp1252"), "a.csv", Reading(encoding="utf-8"))
    assert "byte 20 cannot be read as such" in caught.value.message


def test_an_unknown_encoding_is_an_error() -> None:
    with pytest.raises(UserError) as caught:
        DatasetSpec(files={"train": ("a.csv",)}, encoding="utf-9")
    assert caught.value.message == (
        'dataset.encoding is "utf-9"; expected the name of an encoding.'
    )


def test_inspect_takes_the_encoding(tmp_path: Path, home: Path) -> None:
    path = tmp_path / "a.conll"
    path.write_bytes("Łódź\tB-LOC\njest\tO\n\nWarszawa\tB-LOC\n".encode("iso8859_2"))
    found = inspect_files([path], home, None, {}, encoding="iso8859_2")
    assert found["encoding"] == "iso8859_2"
    assert found["splits"] == {"train": 2}


def test_line_ends_of_any_kind_and_a_line_separator_that_is_none() -> None:
    for end in ("\n", "\r\n", "\r"):
        data = end.join(["text,label", "a\u2028b,x", "c\u0085d,y", ""]).encode()
        assert read_bytes(data, "a.csv").columns["text"] == ["a\u2028b", "c\u0085d"]


def test_words_for_missing_stay_what_was_typed() -> None:
    words = ["NA", "null", "None", "true", "007", "nan", "1e5", "-", "N/A"]
    data = "text,label\n" + "".join(f"t{n},{word}\n" for n, word in enumerate(words))
    assert read_bytes(data.encode(), "a.csv").columns["label"] == words
