"""Train, validation and test: as given, or cut from train by a seeded share.

A cut keeps groups together (`group_by`) and the shares of the labels where it can (`stratify`):
rows are sorted into strata by the rarest label they hold, and each stratum gives its share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import chain

from core.data.schemes import OUTSIDE, label_of
from core.spec import SplitSpec


def cut(
    labels: Sequence[Sequence[str]],
    groups: Sequence[Hashable] | None,
    shares: dict[str, float],
    spec: SplitSpec,
) -> dict[str, list[int]]:
    """Return the rows (sorted) of each cut split; what is left is train.

    `shares` maps split names to shares of the rows; `groups` has the group of each row, or is None.
    Every split with a share gets at least one row, and train keeps at least one.
    """
    import numpy

    random = numpy.random.default_rng(spec.seed)
    units = _units(len(labels), groups)
    strata = _strata(labels, units) if spec.stratify else [list(range(len(units)))]
    queue = _interleaved([[int(i) for i in random.permutation(stratum)] for stratum in strata])
    wanted = {name: max(1, round(share * len(labels))) for name, share in shares.items() if share}
    result: dict[str, list[int]] = {}
    left = len(labels)
    for name, count in wanted.items():
        taken: list[int] = []
        while queue and len(taken) < count and left > len(units[queue[-1]]):
            unit = units[queue.pop()]
            taken += unit
            left -= len(unit)
        result[name] = sorted(taken)
    cut_rows = {row for rows in result.values() for row in rows}
    return {"train": [row for row in range(len(labels)) if row not in cut_rows], **result}


def _units(count: int, groups: Sequence[Hashable] | None) -> list[list[int]]:
    """Return the rows that must stay together."""
    if groups is None:
        return [[row] for row in range(count)]
    together: dict[Hashable, list[int]] = {}
    for row, group in enumerate(groups):
        together.setdefault(group, []).append(row)
    return list(together.values())


def _strata(labels: Sequence[Sequence[str]], units: Sequence[Sequence[int]]) -> list[list[int]]:
    """Sort units by the rarest label in them; units without a label are a stratum of their own."""
    tags = [set(chain.from_iterable(labels[row] for row in unit)) for unit in units]
    found = [{label_of(tag) for tag in unit if tag != OUTSIDE} for unit in tags]
    counts = Counter(label for names in found for label in names)
    strata: dict[str, list[int]] = {}
    for unit, names in enumerate(found):
        rarest = min(names, key=lambda name: (counts[name], name), default=OUTSIDE)
        strata.setdefault(rarest, []).append(unit)
    return [strata[name] for name in sorted(strata)]


def _interleaved(strata: Sequence[Sequence[int]]) -> list[int]:
    """Merge strata evenly, so that every stretch of the result holds its share of each.

    >>> _interleaved([[1, 2, 3, 4], [9, 8]])
    [1, 9, 2, 3, 8, 4]
    """
    placed = [
        ((position + 0.5) / len(stratum), number, unit)
        for number, stratum in enumerate(strata)
        for position, unit in enumerate(stratum)
    ]
    return [unit for _, _, unit in sorted(placed)]
