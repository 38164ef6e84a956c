"""The preview's questions about a draft: rows, tokens, what is cut. Remembers what it read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.checkpoints.card import read_folder
from core.checkpoints.find import resolve
from core.data.imports import Imported, import_dataset
from core.data.prepare import Prepared, describe, prepare
from core.errors import UserError
from core.inference.recent import Recent
from core.spec import RunSpec, options_from_json
from core.tasks import get_task
from core.tasks.base import Rows, Task

ROW_HINT = "Choose another row."


@dataclass(frozen=True)
class Draft:
    """A spec and what its preview needs: prepared rows and keys to remember them by."""

    spec: RunSpec
    prepared: Prepared
    key: str
    task: Task

    def split(self, name: str) -> Rows:
        """Return the rows of a split, or raise a UserError that names the splits."""
        rows = self.prepared.splits.get(name)
        if rows is None or not rows["tokens"]:
            present = [split for split, found in self.prepared.splits.items() if found["tokens"]]
            raise UserError(
                f"There are no rows in the split '{name}'. There are: {', '.join(present)}.",
                "Choose another split.",
            )
        return rows

    def index(self, split: str, row: int) -> int:
        """Return the index of row number `row`, or raise a UserError that says which there are."""
        total = len(self.split(split)["tokens"])
        if not 1 <= row <= total:
            raise UserError(
                f"The split '{split}' has no row {row}; it has the rows 1 to {total}.", ROW_HINT
            )
        return row - 1

    def options(self) -> Any:
        """Return the task's options."""
        return options_from_json(self.task.options, "task_options", self.spec.task_options)


class Previews:
    """Answers for drafts. Rows count from 1; `spec` is the JSON form of a RunSpec."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._prepared: Recent[Prepared] = Recent(3)
        self._label_names: Recent[list[str]] = Recent(3)
        self._tokenizers: Recent[Any] = Recent(3)
        self._surveys: Recent[Any] = Recent(9)

    def describe(self, spec: dict[str, Any]) -> dict[str, Any]:
        """Return the report on the dataset, with the questions that are still open."""
        read = RunSpec.from_json(spec)
        return describe(self._imported(read), read).report.to_json()

    def rows(self, spec: dict[str, Any], split: str, start: int, count: int) -> dict[str, Any]:
        """Return `count` prepared rows behind the first `start` ones."""
        rows = self._draft(spec).split(split)
        page = zip(rows["tokens"][start:], rows["labels"][start : start + count], strict=False)
        return {
            "total": len(rows["tokens"]),
            "rows": [
                {"number": number, "tokens": tokens, "labels": labels}
                for number, (tokens, labels) in enumerate(page, start + 1)
            ],
        }

    def strip(self, spec: dict[str, Any], split: str, row: int) -> dict[str, Any]:
        """Return one row, piece by piece."""
        from core.tasks.token_preview import strip_of

        draft = self._draft(spec)
        index = draft.index(split, row)
        tokenizer = self._tokenizer(draft)
        length = draft.spec.max_length
        shown = strip_of(
            draft.split(split), index, tokenizer, self._labels(draft), length, draft.options()
        )
        return {**shown, "split": split}

    def batch(self, spec: dict[str, Any], split: str, start: int) -> dict[str, Any]:
        """Return 8 rows from row number `start` on, as the collator pads them."""
        from core.tasks.token_preview import BATCH_ROWS, batch_of

        draft = self._draft(spec)
        index = draft.index(split, start)
        tokenizer, length = self._tokenizer(draft), draft.spec.max_length
        rows = draft.split(split)
        shown = batch_of(rows, index, tokenizer, self._labels(draft), length, draft.options())
        survey = self._survey(draft, split)
        return {
            **shown,
            "split_share": survey.padding_share(BATCH_ROWS, length, by_length=False),
            "sorted_share": survey.padding_share(BATCH_ROWS, length, by_length=True),
        }

    def find(
        self, spec: dict[str, Any], split: str, after: int, kind: str, query: str = ""
    ) -> dict[str, int | None]:
        """Return the next row that is cut, or that has the word or label; wraps around."""
        from core.tasks import token_preview

        draft = self._draft(spec)
        rows = draft.split(split)
        if kind == "cut":
            survey = self._survey(draft, split)
            return {"row": token_preview.next_cut(survey, after, draft.spec.max_length)}
        tests = {"word": token_preview.has_word, "label": token_preview.has_label}
        if kind not in tests:
            raise UserError(f'"{kind}" cannot be searched; expected cut, word or label.', ROW_HINT)
        return {"row": token_preview.find_of(rows, after, tests[kind](query))}

    def cuts(self, spec: dict[str, Any]) -> dict[str, Any]:
        """Return what the maximum length cuts of the training rows, and by split."""
        draft = self._draft(spec)
        length = draft.spec.max_length
        splits = [name for name, rows in draft.prepared.splits.items() if rows["tokens"]]
        surveys = {split: self._survey(draft, split) for split in splits}
        train = surveys.get("train") or self._survey(draft, "train")
        reports = {split: survey.report(length) for split, survey in surveys.items()}
        longest = read_folder(self._folder(draft.spec), "", "folder").max_length
        return {
            **reports["train"],
            "max_length": length,
            "histogram": train.histogram(),
            "remedies": train.remedies(length, longest),
            "by_split": reports,
        }

    def _draft(self, data: dict[str, Any]) -> Draft:
        spec = RunSpec.from_json(data)
        imported = self._imported(spec)
        parts = {name: data.get(name) for name in ("task", "columns", "cleaning", "splits")}
        key = json.dumps([imported.hash, parts], sort_keys=True)
        prepared = self._prepared.get(key, lambda: prepare(imported, spec))
        return Draft(spec, prepared, key, get_task(spec.task))

    def _imported(self, spec: RunSpec) -> Imported:
        if spec.dataset.imported:
            return Imported.open(self.home / "data" / spec.dataset.imported)
        if spec.dataset.is_empty:
            raise UserError("There is no dataset yet.", "Choose one in step 2.")
        return import_dataset(spec.dataset, self.home)

    def _folder(self, spec: RunSpec) -> Path:
        return resolve(spec.checkpoint, self.home, spec.checkpoint_revision)

    def _labels(self, draft: Draft) -> list[str]:
        """Return the names of the label ids, from the training rows."""
        return self._label_names.get(draft.key, lambda: draft.task.labels(draft.split("train")))

    def _tokenizer(self, draft: Draft) -> Any:
        folder = self._folder(draft.spec)
        key = (str(folder), changed(folder, "tokenizer.json"))
        return self._tokenizers.get(key, lambda: draft.task.load_tokenizer(folder))

    def _survey(self, draft: Draft, split: str) -> Any:
        from core.tasks.token_survey import survey_of

        folder, rows = self._folder(draft.spec), draft.split(split)
        key = (str(folder), changed(folder, "tokenizer.json"), draft.key, split)
        return self._surveys.get(key, lambda: survey_of(rows, self._tokenizer(draft)))


def changed(folder: Path, name: str) -> int:
    """Return when a file changed, in nanoseconds, 0 where it is not there."""
    try:
        return (folder / name).stat().st_mtime_ns
    except OSError:
        return 0
