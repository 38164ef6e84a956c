"""Bytes to raw tables: the content decides the format, and every value stays what was typed."""

from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.readers import read_bytes
from core.errors import UserError


def refused(data: bytes, name: str) -> UserError:
    with pytest.raises(UserError) as caught:
        read_bytes(data, name)
    return caught.value


def test_tab_separated_conll() -> None:
    table = read_bytes(b"EU\tB-ORG\nrejects\tO\n\nPeter\tB-PER\n", "a.conll")
    assert table.format == "conll"
    assert table.columns == {
        "column_1": [["EU", "rejects"], ["Peter"]],
        "column_2": [["B-ORG", "O"], ["B-PER"]],
    }


def test_separator_lines_with_only_a_tab_or_blanks_are_blank() -> None:
    table = read_bytes(b"EU\tB-ORG\n\t\nPeter\tB-PER\n  \nParis\tB-LOC\n", "a.conll")
    assert table.columns["column_1"] == [["EU"], ["Peter"], ["Paris"]]


def test_conll_2003_with_document_marks_and_blanks_between_columns() -> None:
    text = "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\nPeter NNP B-NP B-PER\n"
    table = read_bytes(text.encode(), "eng.train")
    assert list(table.columns) == ["column_1", "column_2", "column_3", "column_4"]
    assert table.columns["column_4"] == [["B-ORG", "O"], ["B-PER"]]
    assert table.dropped == {"document marks (-DOCSTART-)": 1}


def test_a_token_may_be_a_single_blank() -> None:
    table = read_bytes(
        "## id-1\t<경찰:OG>은\n경\tB-OG\n \tO\n찰\tO\n\n또\tO\n".encode(), "klue.tsv"
    )
    assert table.columns["column_1"] == [["경", " ", "찰"], ["또"]]
    assert table.dropped == {"comment lines (#)": 1}


def test_hash_tags_are_words_and_comments_are_not() -> None:
    text = "# sentence 1\n#paris\tB-LOC\n#\tO\nis\tO\n\n# sentence 2\nnice\tO\n"
    table = read_bytes(text.encode(), "tweets.conll")
    assert table.columns["column_1"] == [["#paris", "#", "is"], ["nice"]]
    assert table.dropped == {"comment lines (#)": 2}


def test_comment_lines_with_as_many_cells_as_the_index_column_file() -> None:
    text = "#\thttp://a.de\t[2010]\t\n1\tGleich\tO\tO\n2\t#\tO\tO\n\n#\thttp://b.de\t[2011]\t\n1\tA\tO\tO\n"
    table = read_bytes(text.encode(), "germeval.tsv")
    assert table.columns["column_2"] == [["Gleich", "#"], ["A"]]


def test_conllu_skips_and_counts_multiword_rows_and_empty_nodes() -> None:
    rows = [
        "1-2 Don't _ _ _ _ _ _ _ _",
        "1 Do do AUX VB _ 0 root _ _",
        "2 n't not PART RB _ 1 a _ _",
    ]
    rows += ["2.1 go go VERB VB _ _ _ _ _"]
    text = "# text = Don't\n" + "\n".join(row.replace(" ", "\t") for row in rows) + "\n\n"
    table = read_bytes(text.encode(), "a.conllu")
    assert table.format == "conllu"
    assert table.columns["form"] == [["Do", "n't"]]
    assert table.columns["upos"] == [["AUX", "PART"]]
    assert table.dropped == {
        "comment lines (#)": 1,
        "multiword rows (3-4)": 1,
        "empty nodes (8.1)": 1,
    }


def test_a_short_line_is_named_with_its_number() -> None:
    error = refused(b"EU\tB-ORG\nrejects O\nGerman\tB-MISC\n\ncall\tO\n", "a.conll")
    assert error.message == (
        'a.conll, line 2: "rejects O" has 1 column; expected 2, separated by a tab, as in most '
        "lines."
    )
    assert error.hint == "Mend the line and choose the file again."


def test_extra_cells_of_a_tab_line_are_left_out_and_counted() -> None:
    table = read_bytes(b"EU\tB-ORG\ncalls\tO\tx\n\nyou\tO\n", "a.conll")
    assert table.columns["column_2"] == [["B-ORG", "O"], ["O"]]
    assert table.repaired == {"lines with more columns; the extra ones are left out": 1}


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (b'[{"tokens": ["a"], "tags": ["O"]}]', "json"),
        (b'{"data": [{"tokens": ["a"], "tags": ["O"]}]}', "json"),
        (b'{"tokens": [["a"]], "tags": [["O"]]}', "json"),
        (b'{"tokens": {"0": ["a"]}, "tags": {"0": ["O"]}}', "json"),
        (b'{"tokens": ["a"], "tags": ["O"]}\n', "jsonl"),
    ],
)
def test_json_shapes(data: bytes, format: str) -> None:
    table = read_bytes(data, "a.json")
    assert table.format == format
    assert table.columns == {"tokens": [["a"]], "tags": [["O"]]}


def test_json_lines_with_unlike_keys_keep_null_for_what_is_missing() -> None:
    table = read_bytes(b'{"a": 1}\n\n{"b": "NA"}\n', "a.jsonl")
    assert table.columns == {"a": [1, None], "b": [None, "NA"]}


def test_a_broken_json_line_is_named() -> None:
    error = refused(b'{"a": 1}\n{"a": \n', "a.jsonl")
    assert error.message.startswith("a.jsonl, line 2 is no JSON: ")


def test_label_names_beside_the_rows() -> None:
    data = {"names": ["O", "B-PER"], "data": [{"tokens": ["Al"], "tags": [1]}]}
    assert read_bytes(json.dumps(data).encode(), "a.json").names == {"tags": ("O", "B-PER")}


def test_deeply_nested_json_is_a_clear_error() -> None:
    assert "nested too deeply" in refused(b'{"a": ' + b"[" * 200_000, "a.json").message


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_delimiters_of_tables(delimiter: str) -> None:
    text = "sentence_id;word;tag\n1;Anna;B-PER\n1;naps;O\n2;NA;O\n".replace(";", delimiter)
    table = read_bytes(text.encode(), "a.csv")
    assert table.columns == {
        "sentence_id": ["1", "1", "2"],
        "word": ["Anna", "naps", "NA"],
        "tag": ["B-PER", "O", "O"],
    }


def test_quoted_cells_with_commas_and_line_breaks() -> None:
    table = read_bytes(b'tokens,labels\n"[""a"", ""b\nc""]","[""O"", ""O""]"\n', "a.csv")
    assert table.columns["tokens"] == ['["a", "b\nc"]']


def test_a_quote_can_be_a_word_in_a_tab_separated_table() -> None:
    table = read_bytes(b'sentence\tword\ttag\n1\t"\tO\n1\thi\tO\n1\t"\tO\n', "a.tsv")
    assert table.columns["word"] == ['"', "hi", '"']


def test_a_table_without_header() -> None:
    table = read_bytes(b"EU,B-ORG\nrejects,O\n\nPeter,B-PER\n", "a.csv")
    assert table.columns == {
        "column_1": ["EU", "rejects", "Peter"],
        "column_2": ["B-ORG", "O", "B-PER"],
        "sentence": ["1", "1", "2"],
    }


def test_nothing_becomes_null_or_a_number() -> None:
    table = read_bytes(b"id,text\n007,NA\n1e5,null\ntrue,None\n", "a.csv")
    assert table.columns == {"id": ["007", "1e5", "true"], "text": ["NA", "null", "None"]}


def test_a_row_with_too_many_cells_is_named() -> None:
    error = refused(b"word,tag\na,O\nb,O,O\nc,O\n", "a.csv")
    assert error.message == (
        "a.csv, line 3: the row has 3 cells; expected 2, separated by a comma, as in most lines."
    )


@pytest.mark.parametrize(
    ("codec", "title"), [("utf-8-sig", "UTF-8 with BOM"), ("utf-16", "UTF-16"), ("utf-8", "UTF-8")]
)
def test_unicode_encodings(codec: str, title: str) -> None:
    table = read_bytes("Zoë\tB-PER\r\nruft\tO\r\n\r\nan\tO\r\n".encode(codec), "a.conll")
    assert (table.encoding, table.columns["column_1"]) == (title, [["Zoë", "ruft"], ["an"]])
    assert table.warnings == ()


def test_a_guessed_encoding_is_said_with_an_excerpt() -> None:
    words = ["Müller", "Straße", "Köln", "für", "Größe", "Bäcker", "hören", "über", "größer"] * 20
    data = "".join(f"{word}\tO\n\n" for word in words).encode("cp1252")
    table = read_bytes(data, "a.conll")
    assert table.columns["column_1"][0] == ["Müller"]
    assert table.warnings[0].startswith("a.conll is not UTF-8; it was read as ")
    assert "Müller" in table.warnings[0]


@pytest.mark.parametrize(
    ("codec", "words"),
    [
        ("shift_jis", ["東京都", "で", "会議", "が", "開か", "れ", "まし", "た", "。"]),
        ("euc_jp", ["東京都", "で", "会議", "が", "開か", "れ", "まし", "た", "。"]),
        ("cp949", ["서울에서", "회의가", "열렸습니다", "그리고", "우리는", "부산으로", "갔다"]),
        ("gb18030", ["北京", "的", "会议", "已经", "开始", "了", "我们", "都", "知道"]),
    ],
)
def test_encodings_of_east_asia_are_guessed(codec: str, words: list[str]) -> None:
    text = "".join(f"{word}\tO\n" for word in words) + "\n"
    table = read_bytes((text * 30).encode(codec), "a.conll")
    assert table.columns["column_1"][0] == words
    assert table.warnings


def test_u2028_is_no_line_end() -> None:
    table = read_bytes("a\u2028b\tO\nc\tO\n\nd\tO\n".encode(), "a.conll")
    assert table.columns["column_1"] == [["a\u2028b", "c"], ["d"]]


@pytest.mark.parametrize("data", [b"", b" \n\n", b"\xef\xbb\xbf"])
def test_an_empty_file(data: bytes) -> None:
    assert refused(data, "a.csv").message == (
        "a.csv is empty; expected CoNLL columns, CSV, TSV, JSON, JSON Lines, Excel, Arrow or "
        "Parquet."
    )


@pytest.mark.parametrize("data", [bytes(range(256)) * 10, b"\x7fELF\x02\x01\x01" + b"\x00" * 99])
def test_a_binary_file_renamed_to_csv(data: bytes) -> None:
    assert "expected CoNLL columns, CSV, TSV, JSON" in refused(data, "a.csv").message


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_is_refused_by_content(protocol: int) -> None:
    error = refused(pickle.dumps({"tokens": [["a"]]}, protocol), "a.csv")
    assert error.message == (
        "a.csv is a Python pickle. A pickle can run any code when it is opened, so none is read."
    )
    assert error.hint == (
        "Save the data as Parquet, CSV or JSON Lines and choose that file. For a pickle of your "
        "own: python -m core convert OWN.pkl OUT.parquet --trust-this-file"
    )


def test_a_wrong_separator_is_named() -> None:
    error = refused(b"EU::B-ORG\nrejects::O\n\nPeter::B-PER\n", "a.conll")
    assert error.message == (
        "a.conll has only one column: its lines are cut by none of tab, blank, comma, semicolon or "
        'bar. Every line holds "::". Expected a word and its label in each line, or a table.'
    )
    assert error.hint == "Save the file with a tab between the columns and choose it again."


def test_parquet_with_label_names() -> None:
    import io

    import datasets

    features = datasets.Features(
        {
            "tokens": datasets.List(datasets.Value("string")),
            "ner_tags": datasets.List(datasets.ClassLabel(names=["O", "B-PER"])),
        }
    )
    rows = datasets.Dataset.from_dict({"tokens": [["Al"]], "ner_tags": [[1]]}, features=features)
    buffer = io.BytesIO()
    rows.to_parquet(buffer)
    table = read_bytes(buffer.getvalue(), "a.parquet")
    assert table.columns == {"tokens": [["Al"]], "ner_tags": [[1]]}
    assert table.names == {"ner_tags": ("O", "B-PER")}


def rows_or_user_error(data: bytes, name: str) -> None:
    try:
        table = read_bytes(data, name)
    except UserError as error:
        said = error
    else:
        assert table.row_count > 0
        assert len({len(values) for values in table.columns.values()}) == 1
        return
    assert said.message
    assert said.hint


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_rows_or_a_user_error(data: bytes) -> None:
    rows_or_user_error(data, "a.csv")


PIECES = st.sampled_from(
    [
        "\t",
        "\n",
        "\n\n",
        " ",
        ",",
        ";",
        '"',
        "O",
        "B-PER",
        "#",
        "1",
        "[",
        "]",
        "{",
        "}",
        ":",
        "é",
        "\r",
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_text_is_rows_or_a_user_error(text: str) -> None:
    rows_or_user_error(text.encode(), "a.conll")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"PAR1", b"\xff\xfe", b"\xef\xbb\xbf", b'{"a": ']))
def test_any_bytes_after_a_known_start(data: bytes, start: bytes) -> None:
    rows_or_user_error(start + data + start, "a.parquet")
