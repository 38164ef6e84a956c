"""From words to tokens and back: label ids on pieces, entities in tags. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from core.tasks.base import IGNORED

OUTSIDE = "O"


def align(
    label_ids: Sequence[int],
    word_ids: Sequence[int | None],
    inside: Mapping[int, int] | None = None,
) -> list[int]:
    """Give every token a label id; special tokens get -100, which the loss ignores.

    Args:
        label_ids: one label id per word.
        word_ids: the index of each token's word, None for special tokens.
        inside: with the rule "every", the label id that later pieces of a word carry, by the label
            id of the word (B-X to I-X; a label id that is missing stays). None with the rule
            "first": later pieces get -100.

    The worked example of the Hugging Face course, "every subword":

    >>> words = [3, 0, 7, 0, 0, 0, 7, 0, 0]
    >>> tokens = [None, 0, 1, 2, 3, 4, 5, 6, 7, 7, 8, None]
    >>> align(words, tokens, inside={3: 4, 7: 8})
    [-100, 3, 0, 7, 0, 0, 0, 7, 0, 0, 0, -100]

    "first subword only" ignores the second piece of word 7:

    >>> align(words, tokens)
    [-100, 3, 0, 7, 0, 0, 0, 7, 0, -100, 0, -100]
    """
    aligned: list[int] = []
    previous = None
    for word in word_ids:
        if word is None:
            aligned.append(IGNORED)
        elif word != previous:
            aligned.append(label_ids[word])
        elif inside is None:
            aligned.append(IGNORED)
        else:
            aligned.append(inside.get(label_ids[word], label_ids[word]))
        previous = word
    return aligned


def label_name(tag: str) -> str:
    """Return the label of a tag.

    >>> label_name("B-PER"), label_name("NOUN")
    ('PER', 'NOUN')
    """
    return tag[2:] if tag.startswith(("B-", "I-")) else tag


def is_plain(tags: Sequence[str]) -> bool:
    """Say whether tags are plain labels (one per word), not IOB2.

    >>> is_plain(["NOUN", "VERB"]), is_plain(["O", "B-PER", "I-PER"]), is_plain(["O"])
    (True, False, False)
    """
    return any(tag != OUTSIDE and not tag.startswith(("B-", "I-")) for tag in tags)


def entities(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """Return (label, first word, word after the last) of each entity, as seqeval reads IOB2.

    An I- without a beginning begins an entity. A plain tag is an entity of one word.

    >>> entities(["B-PER", "I-PER", "O", "I-LOC", "B-LOC"])
    [('PER', 0, 2), ('LOC', 3, 4), ('LOC', 4, 5)]
    >>> entities(["ADJ", "NOUN", "NOUN"])
    [('ADJ', 0, 1), ('NOUN', 1, 2), ('NOUN', 2, 3)]
    """
    return list(_entities(tags))


def _entities(tags: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    label, start = None, 0
    for index, tag in enumerate(tags):
        if label is not None and tag != f"I-{label}":
            yield label, start, index
            label = None
        if label is None and tag != OUTSIDE:
            label, start = label_name(tag), index
    if label is not None:
        yield label, start, len(tags)
