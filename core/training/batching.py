"""Batches of rows of similar length that take about the same number of tokens each.

An epoch has exactly as many batches as rows divided by the batch size, so that learning rate,
warm-up and schedule mean what they mean with batches of a fixed number of rows. The loss stays the
mean over the labelled tokens of a batch; as batches have like numbers of them, tokens of short and
of long rows weigh the same.

Why not the Trainer's `train_sampling_strategy="group_by_length"`: tokens of an epoch, padding
included, over tokens without (batch size 16, max_length 128), and tokens of the largest batch,
which decides the memory:

| rows                       | random      | group_by_length | these       |
| -------------------------- | ----------- | --------------- | ----------- |
| WNUT-17, 3,394             | 1.69, 1,200 | 1.02, 1,200     | 1.01, 520   |
| NCBI disease (devel), 923  | 1.95, 1,888 | 1.13, 1,888     | 1.02, 592   |
| customer mail, 1,000       | 1.46, 560   | 1.05, 560       | 1.01, 325   |

It also begins every epoch with the longest rows and draws from the generator that dropout uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence


class TokenBudgetBatches:
    """Batches for a DataLoader: lists of indices, in an order drawn anew for every epoch.

    Rows are sorted by length, those of the same length in drawn order, and cut into batches of few
    long or many short rows. The order depends on seed and epoch alone, so a resumed run sees the
    batches it would have seen, and no other random numbers are drawn.

    >>> batches = TokenBudgetBatches([3, 9, 3, 3], batch_size=2, seed=42)
    >>> len(batches), sorted(map(sorted, batches))
    (2, [[0, 2, 3], [1]])
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        self._lengths = lengths
        self._seed = seed
        self._sizes = batch_sizes(sorted(lengths), -(-len(lengths) // batch_size))
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch that the next iteration gives; the Trainer calls this."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self._sizes)

    def __iter__(self) -> Iterator[list[int]]:
        import numpy as np

        dice = np.random.default_rng([self._seed, self.epoch])
        drawn = dice.permutation(len(self._lengths))
        by_length = drawn[np.argsort(np.asarray(self._lengths)[drawn], kind="stable")]
        ends = np.cumsum(self._sizes)
        batches = np.split(by_length, ends[:-1])
        for index in dice.permutation(len(batches)):
            yield batches[index].tolist()


def batch_sizes(lengths: Sequence[int], count: int) -> list[int]:
    """Return how many rows each of `count` batches takes, so that the largest is small.

    Args:
        lengths: tokens of each row, ascending; at least `count` rows.
        count: how many batches there shall be.

    >>> batch_sizes([2, 2, 2, 2, 8], 2)
    [4, 1]
    >>> batch_sizes([5, 5, 5, 5, 5], 3)
    [2, 2, 1]
    """
    if not lengths:
        return []
    low, high = lengths[-1], lengths[-1] * len(lengths)  # tokens of a batch, padding included
    while low < high:
        middle = (low + high) // 2
        if len(_cut(lengths, middle)) <= count:
            high = middle
        else:
            low = middle + 1
    sizes = _cut(lengths, low)
    while len(sizes) < count:
        _halve(sizes, lengths)
    return sizes


def _cut(lengths: Sequence[int], budget: int) -> list[int]:
    """Fill batches with ascending rows as long as rows times longest stays within the budget."""
    sizes = [0]
    for length in lengths:
        if sizes[-1] and (sizes[-1] + 1) * length > budget:
            sizes.append(0)
        sizes[-1] += 1
    return sizes


def _halve(sizes: list[int], lengths: Sequence[int]) -> None:
    """Cut the batch with the most tokens that has two rows or more in two."""
    end, tokens = 0, []
    for size in sizes:
        end += size
        tokens.append(size * lengths[end - 1] if size > 1 else 0)
    largest = max(range(len(sizes)), key=tokens.__getitem__)
    half = sizes[largest] // 2
    sizes[largest : largest + 1] = [sizes[largest] - half, half]
