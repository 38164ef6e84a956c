"""Files that belong to other files: brat's .ann beside .txt, and label names beside the rows."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePath

from core.data.brat import read_brat
from core.data.encoding import Text, decode
from core.data.readers import Reading, read_source
from core.data.sources import Source
from core.data.table import RawTable
from core.errors import UserError

LABEL_FILES = re.compile(
    r"(.*[-_.])?(labels?|tags?|classes|label[-_]?(list|names|map|dict)|tag[-_]?(list|names|set)|"
    r"id2(label|tag)|(label|tag)2id)\.(txt|json|lst|names|vocab)",
    re.I,
)
MOST_NAMES = 1_000
LONGEST_NAME = 80  # characters
SETTINGS = ".conf"  # brat's


class Companions:
    """Reads files one after the other and brings those together that belong together."""

    def __init__(self, paths: Iterable[str]) -> None:
        names = [PurePath(path) for path in paths]
        self._annotated = Counter(name.stem for name in names if name.suffix == ".ann")
        self._may_name_labels = len(names) > 1
        self._waiting: dict[str, tuple[str, bytes]] = {}
        self._names: tuple[str, ...] = ()

    def read(self, source: Source, path: str, reading: Reading) -> RawTable | None:
        """Return the table of a file, or None where it only belongs to another one.

        Raises:
            UserError: the file cannot be read.
        """
        if self._annotated:
            return self._read_brat(source.read(), PurePath(path), source.name)
        if self._may_name_labels and LABEL_FILES.fullmatch(PurePath(path).name):
            found = label_names(decode(source.read(), source.name, reading.encoding).text)
            if found:
                self._names = found
                return None
        return read_source(source, reading)

    def settled(
        self, tables: dict[str, list[tuple[str, RawTable | None]]]
    ) -> dict[str, list[tuple[str, RawTable]]]:
        """Return tables for all files: without rows where a file belongs to another one.

        Raises:
            UserError: half of a pair is missing, or no file holds rows.
        """
        for name, _ in self._waiting.values():
            other = ".txt" if name.endswith(".ann") else ".ann"
            raise UserError(
                f"{name} has no {PurePath(name).stem}{other} beside it; brat's files come in "
                "pairs of .txt and .ann.",
                "Choose both files of each document.",
            )
        first = next((t for parts in tables.values() for _, t in parts if t is not None), None)
        if first is None:
            raise UserError("None of these files holds rows.", "Choose the file with the rows.")
        empty = RawTable("", {column: [] for column in first.columns})
        return {
            split: [(name, self._named(table or empty)) for name, table in parts]
            for split, parts in tables.items()
        }

    def _named(self, table: RawTable) -> RawTable:
        """Give every column the label names; only where it holds ids they are used."""
        if not self._names:
            return table
        return replace(table, names={**dict.fromkeys(table.columns, self._names), **table.names})

    def _read_brat(self, data: bytes, path: PurePath, name: str) -> RawTable | None:
        if path.suffix == SETTINGS:
            return None
        if path.suffix not in (".txt", ".ann"):
            raise UserError(
                f"{name} is no file of brat, as the others are; expected pairs of .txt and .ann.",
                "Choose files of one kind.",
            )
        several = self._annotated[path.stem] > 1  # uploads lie in a folder each, so names decide
        stem = str(path.with_suffix("")) if several else path.stem
        if stem not in self._waiting:
            self._waiting[stem] = (name, data)
            return None
        pair = dict([self._waiting.pop(stem), (name, data)])
        text_name, annotations_name = sorted(pair, key=lambda each: each.endswith(".ann"))
        text = _exact(pair[text_name], text_name)
        annotations = _exact(pair[annotations_name], annotations_name, may_be_empty=True)
        table = read_brat(text.text, annotations.text, (text_name, annotations_name))
        return replace(table, encoding=text.encoding, warnings=text.warnings)


def _exact(data: bytes, name: str, *, may_be_empty: bool = False) -> Text:
    """Decode a text with its line ends as they are, for positions may count both characters."""
    if may_be_empty and not data.strip():
        return Text("", "UTF-8")
    text = decode(data, name)
    return replace(text, text=data.decode("utf-8-sig")) if "UTF-8" in text.encoding else text


def label_names(text: str) -> tuple[str, ...]:
    r"""Return the label names of a file: one per line, or JSON as a list or a map with ids.

    >>> label_names("O\nB-PER\n"), label_names('{"O": 0, "B-PER": 1}')
    (('O', 'B-PER'), ('O', 'B-PER'))
    >>> label_names("0\tO\n1\tB-PER\n")
    ('O', 'B-PER')
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = [_without_id(line, n) for n, line in enumerate(text.strip().split("\n"))]
    if isinstance(value, dict):
        value = _from_map(value)
    if not isinstance(value, list) or not 0 < len(value) <= MOST_NAMES:
        return ()
    if not all(isinstance(item, str) and 0 < len(item) <= LONGEST_NAME for item in value):
        return ()
    return tuple(value) if len(set(value)) == len(value) else ()


def _without_id(line: str, number: int) -> str:
    """Cut the id off a line such as `0<tab>O` or `O 0`.

    >>> _without_id("0: O", 0), _without_id("B-PER 1", 1), _without_id("PER 2", 1)
    ('O', 'B-PER', 'PER 2')
    """
    match = re.fullmatch(rf"{number}[\s:=,]+(\S.*)|(.*\S)[\s:=,]+{number}", line.strip())
    return (match[1] or match[2]) if match else line.strip()


def _from_map(value: dict[str, object]) -> list[object]:
    """Return names in the order of their ids, from id to name or from name to id."""
    pairs = {str(key): item for key, item in value.items()}
    if all(type(item) is int for item in pairs.values()):
        pairs = {str(item): key for key, item in pairs.items()}
    wanted = [str(number) for number in range(len(pairs))]
    return [pairs[number] for number in wanted] if set(pairs) == set(wanted) else []
