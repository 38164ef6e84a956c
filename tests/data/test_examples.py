"""The example dataset is what its generator writes, and memorising words does not solve it."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

from core.data.examples import FOLDER, list_examples
from core.data.imports import import_dataset
from core.data.prepare import prepare
from core.data.words import words_of
from core.spec import RunSpec
from examples import generate


def test_generator_writes_the_committed_bytes(tmp_path: Path) -> None:
    committed = {path.name: path.read_bytes() for path in FOLDER.glob("customer_mail/*.conll")}
    for split, rows in generate.make_rows().items():
        generate.write_split(tmp_path, split, rows)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == committed


def test_words_of_the_example_are_split_as_typed_text_is() -> None:
    for rows in generate.make_rows().values():
        for row in rows:
            words = [word for word, _ in row]
            assert words_of(" ".join(words)) == words


def test_example_prepares_without_a_question_or_a_repair(home: Path) -> None:
    (example,) = list_examples()
    spec = RunSpec(example.task, "starter", example.dataset, columns=example.columns)
    report = prepare(import_dataset(example.dataset, home), spec).report
    assert report.splits == {"train": 1000, "validation": 200, "test": 200}
    assert report.labels == ["DATE", "LOCATION", "ORDER_ID", "ORGANISATION", "PERSON", "PRODUCT"]
    assert (report.repaired, report.dropped, report.warnings) == ({}, {}, [])


def test_many_words_of_the_example_carry_several_labels() -> None:
    labels: dict[str, set[str]] = defaultdict(set)
    for row in generate.make_rows()["train"]:
        for word, tag in row:
            labels[word.lower()].add(tag[2:])
    assert sum(len(found) >= 2 for found in labels.values()) > 60
    assert {"PERSON", "LOCATION", "PRODUCT"} <= labels["paris"]
    assert {"PERSON", "DATE", "PRODUCT", ""} <= labels["may"]


def test_memorising_words_does_not_solve_the_example() -> None:
    rows = generate.make_rows()
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows["train"]:
        for word, tag in row:
            seen[word.lower()][tag] += 1
    right = guessed = wanted = 0
    for row in rows["test"]:
        known = [seen.get(word.lower(), Counter(["O"])) for word, _ in row]
        tags = [counts.most_common(1)[0][0] for counts in known]
        found, truth = entities(tags), entities([tag for _, tag in row])
        right += len(found & truth)
        guessed += len(found)
        wanted += len(truth)
    assert 2 * right / (guessed + wanted) < 0.5


def entities(tags: list[str]) -> set[tuple[str, int, int]]:
    """Return (label, start, end); an I- without its B- starts an entity."""
    found, start = set(), 0
    for position, tag in enumerate([*tags, "O"]):
        before = tags[position - 1] if position else "O"
        if before != "O" and (tag[0] != "I" or tag[2:] != before[2:]):
            found.add((before[2:], start, position))
        if tag[0] == "B" or (tag[0] == "I" and tag[2:] != before[2:]):
            start = position
    return found
