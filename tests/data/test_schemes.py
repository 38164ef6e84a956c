"""Tag schemes: found, converted, counted, and written back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data.schemes import detect_scheme, from_iob2, to_iob2
from core.errors import UserError


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        ("O PER PER O LOC", "IO"),
        ("I-PER I-PER O I-LOC", "IOB1"),
        ("I-PER B-PER O I-LOC", "IOB1"),
        ("B-PER I-PER O B-LOC", "IOB2"),
        ("O O", "IOB2"),
        ("B-PER I-PER E-PER S-LOC O", "BIOES"),
        ("B-PER M-PER E-PER O", "BIOES"),
        ("B-PER I-PER L-PER U-LOC O", "BILOU"),
        ("NOUN VERB PUNCT", "plain"),
        ("-LRB- PRP$ : ''", "plain"),
        ("b-per i-per o", "IOB2"),
        ("B-creative-work I-creative-work", "IOB2"),
    ],
)
def test_schemes_are_found(tags: str, scheme: str) -> None:
    assert detect_scheme([tags.split()], "a.conll") == scheme


def test_an_unknown_scheme_names_examples() -> None:
    with pytest.raises(UserError) as caught:
        detect_scheme([["X-PER", "Q-LOC", "O"]], "Column 'tags' of a.conll")
    assert caught.value.message == (
        "Column 'tags' of a.conll holds tags of no known scheme, such as X-PER, Q-LOC: the letter "
        "before the hyphen is none of B, I, E, S, L, U. Expected IO, IOB1, IOB2, BIOES, BILOU or "
        "plain tags."
    )
    assert (
        caught.value.hint == "Choose another label column in step 2, or mend the tags in the file."
    )


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ("B-PER LOC O", "some tags have a prefix and some have none"),
        ("B-PER E-PER U-LOC O", "BIOES and BILOU are mixed"),
    ],
)
def test_mixed_schemes_are_refused(tags: str, why: str) -> None:
    with pytest.raises(UserError, match=why):
        detect_scheme([tags.split()], "a.conll")


@pytest.mark.parametrize(
    ("scheme", "tags", "expected", "counts"),
    [
        (
            "IOB2",
            "O I-PER I-PER B-LOC I-PER",
            "O B-PER I-PER B-LOC B-PER",
            {"I- without B- before it, now B-": 2},
        ),
        (
            "IOB1",
            "I-PER I-PER B-PER O I-LOC",
            "B-PER I-PER B-PER O B-LOC",
            {"entities converted from IOB1 to IOB2": 2},
        ),
        ("IO", "PER PER LOC O", "B-PER I-PER B-LOC O", {"entities converted from IO to IOB2": 2}),
        (
            "BIOES",
            "B-PER E-PER S-LOC I-LOC O",
            "B-PER I-PER B-LOC B-LOC O",
            {
                "entities converted from BIOES to IOB2": 3,
                "I- without B- before it, now B-": 1,
                "entity without its last tag (E- or L-), kept": 1,
            },
        ),
        ("IOB2", "b-per i-per", "B-per I-per", {"tags in lower case, now upper case": 2}),
    ],
)
def test_conversion_counts_what_it_mends(
    scheme: str, tags: str, expected: str, counts: dict[str, int]
) -> None:
    converted = to_iob2([tags.split()], scheme)
    assert converted.rows == [expected.split()]
    assert converted.counts == counts
    assert converted.examples == {reason: [0] for reason in counts}


ANY_TAGS = ("O", "B-A", "I-A", "E-A", "S-A", "B-B", "I-B", "E-B", "S-B")
LABELS = st.sampled_from(["PER", "LOC", "creative-work"])
ENTITY = st.tuples(LABELS, st.integers(1, 4))
PIECES = st.one_of(st.just(["O"]), ENTITY.map(lambda e: ["B-" + e[0]] + ["I-" + e[0]] * (e[1] - 1)))
ROW = st.lists(PIECES, max_size=8).map(lambda pieces: [tag for piece in pieces for tag in piece])


@pytest.mark.parametrize("scheme", ["IOB1", "IOB2", "BIOES", "BILOU"])
@given(st.lists(ROW, max_size=5))
def test_every_scheme_gives_the_same_tags_back(scheme: str, rows: list[list[str]]) -> None:
    written = [from_iob2(row, scheme) for row in rows]
    converted = to_iob2(written, scheme)
    assert converted.rows == rows
    assert not any("B-" in reason or "kept" in reason for reason in converted.counts)


@given(st.lists(st.lists(st.sampled_from(["O", "PER", "LOC"]), max_size=8), max_size=5))
def test_io_gives_the_same_tags_back(rows: list[list[str]]) -> None:
    assert [from_iob2(row, "IO") for row in to_iob2(rows, "IO").rows] == rows


@pytest.mark.parametrize("scheme", ["IOB1", "IOB2", "BIOES"])
@given(rows=st.lists(st.lists(st.sampled_from(ANY_TAGS)), max_size=3))
def test_any_tags_become_valid_iob2(scheme: str, rows: list[list[str]]) -> None:
    for row in to_iob2(rows, scheme).rows:
        for before, tag in zip(["O", *row], row, strict=False):
            assert tag[0] != "I" or before[2:] == tag[2:]
