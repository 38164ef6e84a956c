"""The pieces of all rows, counted once per tokenizer, and what a maximum length cuts of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.tasks.alignment import entities
from core.tasks.base import Rows

ROWS_AT_ONCE = 5_000  # rows handed to the tokenizer in one call
BINS = 40  # of the histogram; the last one holds everything longer
LENGTHS = (64, 128, 192, 256, 384, 512, 1024, 2048, 4096, 8192)  # offered as a remedy


@dataclass(frozen=True)
class Survey:
    """Pieces of every word of every row, without special tokens. All arrays are of int64."""

    words: Any
    """(words,): the pieces of each word, all rows one after the other."""
    bounds: Any
    """(rows + 1,): where each row begins in `words`."""
    spans: Any
    """(entities, 2): the first word of each entity and the one after its last, in `words`."""
    unknown: int
    specials: int
    """Special tokens that every row gets."""

    def lengths(self) -> Any:
        """Return the tokens of each row, special tokens included."""
        return self._ends(self.bounds[1:]) - self._ends(self.bounds[:-1]) + self.specials

    def rows_cut(self, max_length: int) -> Any:
        """Return the indices of the rows that are longer."""
        import numpy as np

        return np.flatnonzero(self.lengths() > max_length)

    def report(self, max_length: int) -> dict[str, Any]:
        """Count what is cut. `tokens` and `unknown_share` are without special tokens."""
        import numpy as np

        rows = np.repeat(np.arange(len(self.bounds) - 1), np.diff(self.bounds))
        begin = self._ends(self.bounds[:-1])  # pieces before each row
        room = max_length - self.specials
        first = (
            self._ends(np.arange(len(self.words))) - begin[rows]
        )  # place of a word's first piece
        starts, ends = self.spans[:, 0], self.spans[:, 1]
        before, after = self._ends(starts), self._ends(ends)
        limit = begin[rows[starts]] + room
        lost = (after > before) & (before >= limit)
        tokens = int(self.words.sum())
        lengths = self.lengths()
        return {
            "rows": len(self.bounds) - 1,
            "rows_cut": int((lengths > max_length).sum()),
            "words": len(self.words),
            "words_lost": int(((first >= room) & (self.words > 0)).sum()),
            "entities": len(self.spans),
            "entities_lost": int(lost.sum()),
            "entities_split": int(((after > limit) & (before < limit)).sum()),
            "tokens": tokens,
            "unknown": self.unknown,
            "unknown_share": self.unknown / tokens if tokens else 0.0,
            "empty_words": int((self.words == 0).sum()),
            "longest": int(lengths.max(initial=0)),
        }

    def histogram(self) -> dict[str, Any]:
        """Return the tokens per row in equal bins; the last one holds all that is longer."""
        import numpy as np

        lengths = self.lengths()
        usual = float(np.quantile(lengths, 0.99)) if len(lengths) else 0.0
        width = next(
            (w for w in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512) if usual < w * (BINS - 1)), 1024
        )
        counts = np.bincount(np.minimum(lengths // width, BINS - 1))
        return {"bin_width": width, "counts": counts.tolist()}

    def remedies(self, max_length: int, longest_allowed: int) -> list[dict[str, Any]]:
        """Return what helps against cut rows, with its effect: longer lengths, or dropping them."""
        lengths = self.lengths()
        cut = int((lengths > max_length).sum())
        if not cut:
            return []
        enough = -(-int(lengths.max()) // 8) * 8  # the longest row, rounded up to a multiple of 8
        allowed = {value for value in (*LENGTHS, enough, longest_allowed) if value <= enough}
        remedies: list[dict[str, Any]] = [
            {"kind": "max_length", "value": value, "rows_cut": int((lengths > value).sum())}
            for value in sorted(allowed)
            if max_length < value <= longest_allowed
        ]
        return [*remedies, {"kind": "drop", "rows": cut}]

    def padding_share(self, batch_size: int, max_length: int, *, by_length: bool) -> float:
        """Return the share of padding in all batches, in the given order or sorted by length."""
        import numpy as np

        lengths = np.minimum(self.lengths(), max_length)
        if by_length:
            lengths = np.sort(lengths)
        starts = np.arange(0, len(lengths), batch_size)
        sizes = np.diff([*starts, len(lengths)])
        cells = int((np.maximum.reduceat(lengths, starts) * sizes).sum()) if len(starts) else 0
        return 1 - int(lengths.sum()) / cells if cells else 0.0

    def _ends(self, places: Any) -> Any:
        """Return how many pieces stand before each of these words."""
        import numpy as np

        return np.concatenate([[0], np.cumsum(self.words)])[places]


def survey_of(rows: Rows, tokenizer: Any) -> Survey:
    """Count the pieces of every word, thousands of rows at once."""
    import numpy as np

    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    tokens = rows["tokens"]
    bounds = np.cumsum([0, *map(len, tokens)])
    words = np.zeros(int(bounds[-1]), dtype=np.int64)
    unknown = 0
    for start in range(0, len(tokens), ROWS_AT_ONCE):
        encodings = backend.encode_batch(
            tokens[start : start + ROWS_AT_ONCE], is_pretokenized=True, add_special_tokens=False
        )
        for row, encoding in enumerate(encodings, start=start):
            places = np.array(encoding.word_ids, dtype=np.int64)
            size = int(bounds[row + 1] - bounds[row])
            words[bounds[row] : bounds[row + 1]] = np.bincount(places, minlength=size)
            unknown += encoding.ids.count(tokenizer.unk_token_id)
    spans = [
        (start + offset, end + offset)
        for tags, offset in zip(rows["labels"], bounds.tolist(), strict=False)
        for _, start, end in entities(tags)
    ]
    shaped = np.array(spans, dtype=np.int64).reshape(-1, 2)
    return Survey(words, bounds, shaped, unknown, tokenizer.num_special_tokens_to_add())
