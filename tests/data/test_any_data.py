"""Whatever a file holds: rows to train on or a UserError, never another exception."""

from __future__ import annotations

import json
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.imports import Imported
from core.data.prepare import describe
from core.data.reader import read_request
from core.errors import UserError
from core.spec import DatasetSpec, RunSpec

SPEC = RunSpec("token-classification", "starter", DatasetSpec())


def rows_or_user_error(data: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        files = {"train": [[str(path), name, sha256(data).hexdigest()]]}
        try:
            read_request({"folder": folder, "hash": "a", "files": files}, lambda answer: None)
            prepared = describe(Imported.open(Path(folder)), SPEC)
        except UserError as error:
            said = error
        else:
            train = prepared.splits["train"]
            assert train["tokens"]
            assert list(map(len, train["tokens"])) == list(map(len, train["labels"]))
            json.dumps(prepared.report.to_json(), allow_nan=False)
            return
    assert said.message
    assert said.hint


WORDS = st.sampled_from(["Al", "naps", "", " ", "é", "#", "3", "B-PER"])
TAGS = st.sampled_from(["O", "B-PER", "I-PER", "I-LOC", "PER", "X-PER", "", "0", "1", "E-PER"])
SPANS = st.lists(
    st.one_of(
        st.tuples(st.integers(-1, 9), st.integers(-1, 9), st.sampled_from(["PER", "", "B-X"])),
        st.fixed_dictionaries({"start": st.integers(0, 3), "end": st.integers(0, 9)}),
    ),
    max_size=3,
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.lists(WORDS, max_size=3),
    st.lists(TAGS, max_size=3),
    st.lists(st.integers(-1, 3), max_size=3),
    SPANS,
)
NAMES = st.sampled_from(["tokens", "labels", "text", "entities", "sentence", "x"])
ROWS = st.lists(st.dictionaries(NAMES, VALUES, max_size=4), min_size=1, max_size=4)


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_any_records(rows: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    rows_or_user_error(text.encode(), "a.jsonl")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"text": st.text(max_size=9), "entities": SPANS},
            optional={"answer": st.sampled_from(["accept", "reject"])},
        ),
        min_size=1,
        max_size=4,
    )
)
def test_any_spans(rows: list[dict[str, Any]]) -> None:
    rows_or_user_error("".join(json.dumps(row) + "\n" for row in rows).encode(), "a.jsonl")


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.one_of(WORDS, TAGS), min_size=1, max_size=3), min_size=1, max_size=8),
    st.sampled_from(["\t", ",", ";", " "]),
)
def test_any_table(rows: list[list[str]], delimiter: str) -> None:
    rows_or_user_error("".join(delimiter.join(row) + "\n" for row in rows).encode(), "a.csv")
