"""The preview shows exactly what encode() and the collator make."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.errors import UserError
from core.tasks.token_classification import TokenClassification, TokenClassificationOptions
from core.tasks.token_preview import batch_of, find_of, has_label, has_word, next_cut, strip_of
from core.tasks.token_survey import survey_of
from tests.tasks.models import hard_rows

TASK = TokenClassification()
ROW = {
    "tokens": [["anna", "", "went", "to", "new", "paris", "§"]],
    "labels": [["B-PER", "O", "O", "O", "B-LOC", "I-LOC", "O"]],
}


def shown(rows: dict[str, list[Any]], tokenizer: Any, rule: str, length: int) -> list[Any]:
    labels = TASK.labels(rows)
    options = TokenClassificationOptions(label_rule=rule)
    indices = range(len(rows["tokens"]))
    return [strip_of(rows, index, tokenizer, labels, length, options) for index in indices]


@pytest.mark.parametrize("rule", ["first", "every"])
@pytest.mark.parametrize("length", [4, 16, 64])
@pytest.mark.parametrize("kind", ["tiny_checkpoint", "tiny_bpe"])
def test_the_strip_is_what_encode_makes(
    request: pytest.FixtureRequest, kind: str, rule: str, length: int
) -> None:
    tokenizer = TASK.load_tokenizer(request.getfixturevalue(kind))
    rows = hard_rows(40)
    labels = TASK.labels(rows)
    options = TokenClassificationOptions(label_rule=rule)
    features = TASK.encode(rows, tokenizer, labels, length, options)
    for index, strip in enumerate(shown(rows, tokenizer, rule, length)):
        kept = [p for word in strip["words"] for p in word["pieces"] if not p["cut"]]
        first, last = ([token_id for _, token_id in strip[side]] for side in ("first", "last"))
        assert [*first, *(p["id"] for p in kept), *last] == features.inputs["input_ids"][index]
        ids = [*([-100] * len(first)), *(p["label"] for p in kept), *([-100] * len(last))]
        assert ids == features.inputs["labels"][index]
        assert strip["kept"] == len(features.inputs["input_ids"][index])
        gone = [word for word in strip["words"] if word["pieces"] and word["pieces"][0]["cut"]]
        assert len(gone) == features.bookkeeping["cut"][index]
        for piece in kept:
            assert piece["tag"] == (None if piece["label"] == -100 else labels[piece["label"]])


def test_a_strip_in_full(tiny_checkpoint: Path) -> None:
    tokenizer = TASK.load_tokenizer(tiny_checkpoint)
    strip = shown(ROW, tokenizer, "every", 8)[0]
    texts = [[piece["text"] for piece in word["pieces"]] for word in strip["words"]]
    expected = ["anna"], [], ["we", "##n", "##t"], ["to"], ["n", "##e", "##w"], ["paris"]
    assert texts == [*expected, ["[UNK]"]]
    assert strip["words"][4]["pieces"][1] == {
        "text": "##e",
        "id": tokenizer.convert_tokens_to_ids("##e"),
        "tag": "I-LOC",
        "label": 2,
        "cut": True,
        "unknown": False,
    }
    assert strip["first"] == [["[CLS]", tokenizer.cls_token_id]]
    assert strip["last"] == [["[SEP]", tokenizer.sep_token_id]]
    assert strip["labels"] == ["LOC", "PER"]
    assert strip["label_ids"] == {"O": 0, "B-LOC": 1, "I-LOC": 2, "B-PER": 3, "I-PER": 4}
    counts = {name: strip[name] for name in ("tokens", "kept", "lost", "partly", "unknown")}
    assert counts == {"tokens": 12, "kept": 8, "lost": 0, "partly": 1, "unknown": 1}
    assert (strip["empty"], strip["blanks"], strip["row"], strip["total"]) == (1, True, 1, 1)
    by_length = {length: shown(ROW, tokenizer, "every", length)[0] for length in (7, 10, 11)}
    lost = {length: (strip["lost"], strip["partly"]) for length, strip in by_length.items()}
    assert lost == {7: (1, 0), 10: (0, 1), 11: (0, 0)}


def test_a_row_without_any_piece_still_has_its_specials(tiny_checkpoint: Path) -> None:
    tokenizer = TASK.load_tokenizer(tiny_checkpoint)
    rows = {"tokens": [["", " "], ["anna"]], "labels": [["O", "O"], ["B-PER"]]}
    strip = shown(rows, tokenizer, "first", 8)[0]
    assert [text for text, _ in strip["first"] + strip["last"]] == ["[CLS]", "[SEP]"]
    assert (strip["tokens"], strip["kept"], strip["empty"]) == (2, 2, 2)


def test_byte_level_pieces_are_readable(tiny_bpe: Path) -> None:
    tokenizer = TASK.load_tokenizer(tiny_bpe)
    rows = {"tokens": [["été", "東京", "😀"]], "labels": [["B-A", "O", "O"]]}
    words = shown(rows, tokenizer, "first", 64)[0]["words"]
    assert "".join(piece["text"] for piece in words[0]["pieces"]) == "Ġété"
    assert "".join(piece["text"] for piece in words[1]["pieces"]) == "Ġ東京"


def test_plain_tags(tiny_checkpoint: Path) -> None:
    tokenizer = TASK.load_tokenizer(tiny_checkpoint)
    rows = {"tokens": [["the", "zz"]], "labels": [["DET", "NOUN"]]}
    strip = shown(rows, tokenizer, "every", 8)[0]
    assert (strip["scheme"], strip["labels"]) == ("plain", ["DET", "NOUN"])
    assert [p["label"] for word in strip["words"] for p in word["pieces"]] == [0, 1, 1]


def test_a_label_that_training_does_not_have_names_the_row(tiny_checkpoint: Path) -> None:
    rows = {"tokens": [["a"], ["b"]], "labels": [["O"], ["B-NEW"]]}
    tokenizer = TASK.load_tokenizer(tiny_checkpoint)
    with pytest.raises(UserError, match='Row 2 has the label "B-NEW"'):
        strip_of(rows, 1, tokenizer, ["O", "B-A", "I-A"], 8, TokenClassificationOptions())


@pytest.mark.parametrize("rule", ["first", "every"])
def test_the_batch_is_the_collators(tiny_checkpoint: Path, rule: str) -> None:
    tokenizer = TASK.load_tokenizer(tiny_checkpoint)
    rows = hard_rows(20)
    labels, options = TASK.labels(rows), TokenClassificationOptions(label_rule=rule)
    batch = batch_of(rows, 4, tokenizer, labels, 16, options)
    part = {role: values[4:12] for role, values in rows.items()}
    features = TASK.encode(part, tokenizer, labels, 16, options)
    items = [{name: values[i] for name, values in features.inputs.items()} for i in range(8)]
    matrix = TASK.collator(tokenizer)(items)
    assert [row["number"] for row in batch["rows"]] == [5, 6, 7, 8, 9, 10, 11, 12]
    assert batch["length"] == matrix["input_ids"].shape[1]
    assert batch["share"] == pytest.approx(1 - matrix["attention_mask"].float().mean().item())
    for line, row in enumerate(batch["rows"]):
        ids = matrix["labels"][line].tolist()
        assert len(row["cells"]) == int(matrix["attention_mask"][line].sum())
        for (kind, place), label in zip(row["cells"], ids, strict=False):
            assert (label == -100) == (kind in "si")
            if kind in "bl":
                prefix = "B-" if kind == "b" else "I-"
                assert labels[label] == prefix + batch["labels"][place]
    assert len(batch_of(rows, 18, tokenizer, labels, 16, options)["rows"]) == 2


def test_find() -> None:
    rows = {
        "tokens": [["Anna"], ["New", "York"], ["anna", "x"]],
        "labels": [["B-PER"], ["B-LOC", "I-LOC"], ["O", "O"]],
    }
    assert find_of(rows, 0, has_word("ANNA")) == 1
    assert find_of(rows, 1, has_word("anna")) == 3
    assert find_of(rows, 3, has_word("anna")) == 1
    assert find_of(rows, 0, has_word("new york")) == 2
    assert find_of(rows, 2, has_label("loc")) == 2
    assert find_of(rows, 0, has_label("I-LOC")) == 2
    assert find_of(rows, 0, has_label("ORG")) is None


def test_next_cut_wraps_around(tiny_checkpoint: Path) -> None:
    tokenizer = TASK.load_tokenizer(tiny_checkpoint)
    rows = {"tokens": [["a"] * size for size in (9, 2, 9, 1)], "labels": [["O"]] * 4}
    survey = survey_of(rows, tokenizer)
    assert [next_cut(survey, after, 8) for after in range(5)] == [1, 3, 3, 1, 1]
    assert next_cut(survey, 0, 64) is None
