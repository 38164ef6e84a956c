"""What the readers make of real files of every task; rows and columns were counted by hand."""

from __future__ import annotations

import pytest

from core.data.archives import sources_of
from core.data.readers import Reading, read_source
from core.data.table import RawTable
from tests.conftest import SHARED_DATA

pytestmark = pytest.mark.skipif(
    not SHARED_DATA.is_dir(), reason="the shared datasets are not beside this checkout"
)
SENTENCES = "sentence1 sentence2"
# file: format, encoding, rows, columns among others
EXPECTED: dict[str, tuple[str, str | None, int, str]] = {
    "cls/cooking_multilabel/cooking-dev.first400.jsonl": ("jsonl", "UTF-8", 400, "text cats"),
    "cls/docs_issues/docs_issues_eval.jsonl": ("jsonl", "UTF-8", 500, "text cats"),
    "cls/go_emotions/dev.tsv": ("tsv", "UTF-8", 5426, "column_1 column_2 column_3"),
    "cls/go_emotions/train.first6000.tsv": ("tsv", "UTF-8", 6000, "column_1 column_2 column_3"),
    "cls/go_emotions/labels.txt": ("text", "UTF-8", 28, "text"),
    "cls/prodigy_textcat/github_issues_binary.jsonl": ("jsonl", "UTF-8", 830, "text label answer"),
    "cls/sms_spam/SMSSpamCollection": ("tsv", "UTF-8", 5574, "Label SMS"),
    "pairs/jnli/valid.first1200.json": ("jsonl", "UTF-8", 1200, f"{SENTENCES} label"),
    "pairs/jsts/train.first2000.json": ("jsonl", "UTF-8", 2000, f"{SENTENCES} label"),
    "pairs/klue_sts/klue-sts-v1.1_dev.json": ("json", "UTF-8", 519, f"{SENTENCES} labels"),
    "pairs/korsts/sts-dev.tsv": ("tsv", "UTF-8", 1500, f"score {SENTENCES}"),
    "pairs/korsts/sts-train.first1500.tsv": ("tsv", "UTF-8", 1500, f"score {SENTENCES}"),
    "pairs/paws_ko/dev_2k.tsv": ("tsv", "UTF-8", 2000, f"id {SENTENCES} label"),
    "lm/gutenberg/bryant-stories.txt": ("text", "UTF-8", 5538, "text"),
    "lm/gutenberg/shakespeare-caesar.txt": ("text", "cp1252", 3523, "text"),
    "lm/tiny_shakespeare/input.txt": ("text", "UTF-8", 40000, "text"),
    "lm/wikitext2/valid.txt": ("text", "UTF-8", 3760, "text"),
    "lm/udhr_encodings/Arabic_Alarabia-Arabic": ("text", "cp1256", 96, "text"),
    "lm/udhr_encodings/Chinese_Mandarin-GB2312": ("text", "gb18030", 119, "text"),
    "lm/udhr_encodings/French_Francais-Latin1": ("text", "cp1252", 103, "text"),
    "lm/udhr_encodings/German_Deutsch-Latin1": ("text", "cp1252", 105, "text"),
    "lm/udhr_encodings/Japanese_Nihongo-EUC": ("text", "euc_jp", 277, "text"),
    "lm/udhr_encodings/Japanese_Nihongo-SJIS": ("text", "cp932", 277, "text"),
    "lm/udhr_encodings/Korean_Hankuko-UTF8": ("text", "UTF-8 with BOM", 112, "text"),
    "qa/xquad/xquad.en.json": ("json", "UTF-8", 48, "title paragraphs"),
    "qa/jsquad/valid.first15.json": ("json", "UTF-8", 15, "title paragraphs"),
    "instruct/gsm8k/test.first500.jsonl": ("jsonl", "UTF-8", 500, "question answer"),
    "instruct/identity/identity.json": ("json", "UTF-8", 91, "instruction input output"),
    "instruct/aitraining_samples/train.csv": ("csv", "UTF-8", 10, "text label"),
    "instruct/ms_swift_shapes/alpaca.csv": ("csv", "UTF-8", 3, "system instruction input output"),
    "instruct/ms_swift_shapes/chatml.jsonl": ("jsonl", "UTF-8", 3, "messages"),
    "instruct/ms_swift_shapes/sharegpt.jsonl": ("jsonl", "UTF-8", 3, "system conversation"),
    "instruct/ms_swift_shapes/swift_pre.csv": ("csv", "UTF-8", 3, "response"),
    "shapes/doccano/example.utf16.csv": ("csv", "UTF-16", 3, "text label"),
    "shapes/doccano/text_classification/example.xlsx": ("xlsx", None, 3, "text label"),
    "shapes/doccano/text_classification/example_one_column_no_header.xlsx": (
        *("xlsx", None, 3, "column_1"),
    ),
    "shapes/label_studio_converter/test_export_csv/csv_test2_result.csv": (
        *("tsv", "UTF-8", 1, "id title writers"),
    ),
}


def read(name: str) -> RawTable:
    (source,) = sources_of(SHARED_DATA / name, name.rpartition("/")[2])[0]
    return read_source(source, Reading())


@pytest.mark.parametrize("name", EXPECTED)
def test_rows_columns_and_encoding(name: str) -> None:
    format_, encoding, rows, columns = EXPECTED[name]
    table = read(name)
    assert (table.format, table.encoding, table.row_count) == (format_, encoding, rows)
    assert set(columns.split()) <= set(table.columns)


def test_sms_spam_has_its_labels_and_stray_quotes() -> None:
    table = read("cls/sms_spam/SMSSpamCollection")
    labels = table.columns["Label"]
    assert (labels.count("ham"), labels.count("spam")) == (4827, 747)


def test_the_same_japanese_text_in_two_encodings() -> None:
    euc = read("lm/udhr_encodings/Japanese_Nihongo-EUC").columns["text"]
    shift = read("lm/udhr_encodings/Japanese_Nihongo-SJIS").columns["text"]
    assert euc[:200] == shift[:200]
