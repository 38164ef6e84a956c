"""Rows from the pieces of their distinct words: every word is tokenized once, rows are gathered.

The tokenizers library encodes each word of a row that is split into words on its own: added tokens,
normalizer, pre-tokenizer and model see one word, never its neighbours; cutting and special tokens
come after. So the pieces of a word are the same in every row, for WordPiece, BPE, Unigram and
WordLevel, unless the model draws them (BPE dropout). That is not taken on trust: the first and the
longest rows are encoded both ways, and where anything differs the caller goes the plain way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from core.tasks.base import IGNORED

FEWEST_ROWS = 256  # with fewer there is nothing to gain
CHECKED_ROWS = 10  # the first ones, and as many of the longest
WORDS_AT_ONCE = 4_096  # taken for one row by the tokenizer; it works on several in parallel
SPECIAL = -1  # the word of a special token, in arrays


@dataclass(frozen=True)
class Frame:
    """What stands around the words of every row, and the columns that are not the ids."""

    before: list[int]
    after: list[int]
    constants: Mapping[str, tuple[list[int], int, list[int]]]
    """By column: values of the tokens before, the value of every word's token, values after."""
    columns: tuple[str, ...]


class Ragged(Sequence[list[Any]]):
    """Lists of different lengths that lie in one array; each is made when it is asked for.

    >>> import numpy as np
    >>> rows = Ragged(np.array([5, 6, -1]), np.array([0, 2, 3]), none=-1)
    >>> len(rows), rows[0], rows[-1]
    (2, [5, 6], [None])
    """

    def __init__(self, values: Any, bounds: Any, none: int | None = None) -> None:
        self._values = values
        self._bounds = bounds
        self._none = none

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        row = self._values[self._bounds[place] : self._bounds[place + 1]].tolist()
        if self._none is None:
            return row
        return [None if value == self._none else value for value in row]


@dataclass(frozen=True)
class WordPieces:
    """All rows, one behind the other; arrays of int64 with one entry per token."""

    frame: Frame
    ids: Any
    words: Any
    """The word of each token, counted over all rows; SPECIAL for special tokens."""
    first: Any
    """Whether a token is the first piece of its word."""
    bounds: Any
    """(rows + 1,): where each row begins."""
    begins: Any
    """(rows,): the first word of each row, counted over all rows."""
    cut: list[int]
    """How many words of each row lost all their pieces."""

    def inputs(self) -> dict[str, Sequence[Any]]:
        """Return the columns of the tokenizer, one list per row."""
        made: dict[str, Sequence[Any]] = {}
        for name in self.frame.columns:
            if name == "input_ids":
                made[name] = self._rows(self.ids)
            else:
                constants = self.frame.constants[name]
                made[name] = self._rows(_framed(self.words, self.bounds, *constants))
        return made

    def word_ids(self) -> Sequence[list[int | None]]:
        """Return the word of each token, counted in its row; None for special tokens."""
        import numpy as np

        offsets = np.repeat(self.begins, np.diff(self.bounds))
        counted = np.where(self.words == SPECIAL, SPECIAL, self.words - offsets)
        return Ragged(counted.astype(np.int32), self.bounds, none=SPECIAL)

    def labels(self, label_ids: Sequence[int], inside: Mapping[int, int] | None) -> Sequence[Any]:
        """Return the label of each token, as `alignment.align` gives it row by row.

        Args:
            label_ids: one label id for each word, all rows one behind the other.
            inside: as in `align`.
        """
        import numpy as np

        special = self.words == SPECIAL
        found = np.append(np.asarray(label_ids, np.int64), IGNORED)[self.words]
        if inside is None:
            later = np.full_like(found, IGNORED)
        else:
            table = np.arange(max([*inside, *inside.values(), *label_ids], default=0) + 1)
            table[list(inside)] = list(inside.values())
            later = table[np.where(special, 0, found)]
        return self._rows(np.where(special, IGNORED, np.where(self.first, found, later)))

    def _rows(self, values: Any) -> Ragged:
        import numpy as np

        return Ragged(values.astype(np.int32), self.bounds)


def _framed(inner: Any, bounds: Any, before: list[int], value: int, after: list[int]) -> Any:
    """Return one value for all tokens of words, and those of the special tokens around them."""
    import numpy as np

    made = np.full(len(inner), value, np.int32)
    for offset, special in enumerate(before):
        made[bounds[:-1] + offset] = special
    for offset, special in enumerate(reversed(after), 1):
        made[bounds[1:] - offset] = special
    return made


def gather(rows: Sequence[list[str]], tokenizer: Any, max_length: int) -> WordPieces | None:
    """Encode rows, cut at `max_length` tokens; None where the plain way is the one to go."""
    model = tokenizer.backend_tokenizer.model
    if len(rows) < FEWEST_ROWS or getattr(model, "dropout", None):
        return None
    checked = [*rows[:CHECKED_ROWS], *sorted(rows, key=len)[-CHECKED_ROWS:]]
    frame = _frame(checked, tokenizer)
    if frame is None or max_length <= len(frame.before) + len(frame.after):
        return None
    sample = _gathered(checked, tokenizer, frame, max_length)
    return (
        _gathered(rows, tokenizer, frame, max_length)
        if _is_same(sample, checked, tokenizer, max_length)
        else None
    )


def _frame(rows: Sequence[list[str]], tokenizer: Any) -> Frame | None:
    """Read from the longest row what the tokenizer puts around its words."""
    batch = tokenizer([rows[-1]], is_split_into_words=True)
    words = batch.encodings[0].word_ids
    inner = [index for index, word in enumerate(words) if word is not None]
    if not inner or inner != list(range(inner[0], inner[-1] + 1)):
        return None
    start, end = inner[0], inner[-1] + 1
    columns = {name: values[0] for name, values in batch.items()}
    ids = columns["input_ids"]
    constants = {
        name: (values[:start], values[start], values[end:])
        for name, values in columns.items()
        if name != "input_ids"
    }
    return Frame(ids[:start], ids[end:], constants, tuple(columns))


def _is_same(found: WordPieces, rows: Sequence[list[str]], tokenizer: Any, max_length: int) -> bool:
    """Say whether the tokenizer itself gives the same for these rows."""
    batch = tokenizer(list(rows), is_split_into_words=True, truncation=True, max_length=max_length)
    plain = {name: [list(row) for row in values] for name, values in batch.items()}
    words = [encoding.word_ids for encoding in batch.encodings]
    gathered = {name: list(values) for name, values in found.inputs().items()}
    return plain == gathered and words == list(found.word_ids())


def _gathered(
    rows: Sequence[list[str]], tokenizer: Any, frame: Frame, max_length: int
) -> WordPieces:
    import numpy as np

    distinct = list(dict.fromkeys(chain.from_iterable(rows)))
    pieces, starts, counts = _tokenized(distinct, tokenizer)
    places = {word: place for place, word in enumerate(distinct)}
    codes = np.fromiter(map(places.__getitem__, chain.from_iterable(rows)), np.int64)
    bounds = np.cumsum([0, *map(len, rows)])  # rows in words
    sizes = counts[codes]  # pieces of every word
    ends = np.append(0, np.cumsum(sizes))
    room = max_length - len(frame.before) - len(frame.after)
    row_of_word = np.repeat(np.arange(len(rows)), np.diff(bounds))
    place = ends[:-1] - ends[bounds[:-1]][row_of_word]  # of a word's first piece in its row
    kept = np.clip(room - place, 0, sizes)  # pieces of every word that are not cut
    cut = np.bincount(row_of_word[(kept == 0) & (sizes > 0)], minlength=len(rows))

    tokens = np.append(0, np.cumsum(kept))
    words = np.repeat(np.arange(len(codes)), kept)
    within = np.arange(len(words)) - tokens[:-1][words]
    ids = pieces[starts[codes][words] + within]
    row_bounds = tokens[bounds]
    extra = len(frame.before) + len(frame.after)
    out = row_bounds + extra * np.arange(len(rows) + 1)
    where = np.arange(len(words)) + len(frame.before) + extra * row_of_word[words]

    all_words = np.full(out[-1], SPECIAL)
    all_words[where] = words
    all_ids = _framed(all_words, out, frame.before, 0, frame.after)
    all_ids[where] = ids
    first = np.zeros(out[-1], bool)
    first[where] = within == 0
    return WordPieces(frame, all_ids, all_words, first, out, bounds[:-1], cut.tolist())


def _tokenized(distinct: list[str], tokenizer: Any) -> tuple[Any, Any, Any]:
    """Return the pieces of all words, where those of each word begin, and how many they are."""
    import numpy as np

    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    chunks = [distinct[at : at + WORDS_AT_ONCE] for at in range(0, len(distinct), WORDS_AT_ONCE)]
    encodings = backend.encode_batch(chunks, is_pretokenized=True, add_special_tokens=False)
    ids = np.concatenate([np.asarray(part.ids, np.int64) for part in encodings])
    words = [np.asarray(part.word_ids, np.int64) for part in encodings]
    counts = np.concatenate(
        [np.bincount(part, minlength=len(chunk)) for part, chunk in zip(words, chunks, strict=True)]
    )
    return ids, np.cumsum(counts) - counts, counts
