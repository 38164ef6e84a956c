"""RunSpec: what the page builds, what a run folder stores, what "export" gives back.

Frozen dataclasses, checked on creation. `RunSpec.from_json` reads the public JSON form (README,
"Contracts"), `to_json` writes it. Everything but task, checkpoint and dataset may be left out.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from core.errors import UserError
from core.settings import Choice, Number, Switch, Text, check_settings, setting, shown

VERSION = 1
SPLITS = ("train", "validation", "test")
DEVICES = ("auto", "cpu", "cuda", "mps")
PROBLEM_TYPES = ("single_label_classification", "multi_label_classification", "regression")

Part = TypeVar("Part")


@dataclass(frozen=True)
class Hyperparameters:
    """Spelled as in `transformers.TrainingArguments`. Steps are optimizer steps."""

    learning_rate: float = setting(
        5e-5, Number(0, 1, "Peak size of a step.", whole=False, above=True)
    )
    num_train_epochs: float = setting(
        3.0, Number(0, 10_000, "How often all rows are seen.", whole=False, above=True)
    )
    max_steps: int = setting(-1, Number(-1, 10**8, "Steps in all; -1: as many as the epochs need."))
    per_device_train_batch_size: int = setting(
        16, Number(1, 65_536, "Rows per step on each device.")
    )
    per_device_eval_batch_size: int = setting(32, Number(1, 65_536, "Rows at once in evaluation."))
    gradient_accumulation_steps: int = setting(
        1, Number(1, 65_536, "Batches summed before one optimizer step.")
    )
    weight_decay: float = setting(0.0, Number(0, 1, "Pull of weights towards 0.", whole=False))
    warmup_steps: float = setting(
        0.0, Number(0, 10**8, "Steps of rising rate; below 1: share of all steps.", whole=False)
    )
    lr_scheduler_type: str = setting(
        "linear",
        Choice(
            ("linear", "cosine", "constant", "constant_with_warmup", "polynomial"),
            "How the rate falls after the warm-up.",
        ),
    )
    max_grad_norm: float = setting(
        1.0, Number(0, 10**6, "Longest gradient; longer ones are scaled down. 0: off.", whole=False)
    )
    label_smoothing_factor: float = setting(
        0.0, Number(0, 0.99, "Share of the target spread over all labels.", whole=False)
    )
    bf16: bool = setting(True, Switch("Half precision where it is faster here; else full."))
    seed: int = setting(42, Number(0, 2**32 - 1, "Same seed, same run."))
    logging_steps: int = setting(
        10, Number(1, 10**8, "Steps between two points of the loss curve.")
    )
    eval_strategy: str = setting(
        "epoch", Choice(("epoch", "steps", "no"), "When the validation split is scored.")
    )
    eval_steps: int | None = setting(
        None,
        Number(1, 10**8, "Steps between evaluations, with eval_strategy steps.", optional=True),
    )
    save_strategy: str = setting(
        "epoch", Choice(("epoch", "steps", "no"), "When a checkpoint is kept to resume from.")
    )
    save_steps: int = setting(500, Number(1, 10**8, "Steps between checkpoints."))
    save_total_limit: int = setting(2, Number(1, 1_000, "Checkpoints kept; the best one stays."))
    load_best_model_at_end: bool = setting(True, Switch("Keep the best checkpoint, not the last."))
    metric_for_best_model: str | None = setting(
        None, Text("Which metric says what is best; empty: the task's own.")
    )

    def __post_init__(self) -> None:
        check_settings(self)
        if self.max_steps == 0:
            raise UserError(
                "max_steps is 0; expected -1 or a whole number from 1.", "Change max_steps."
            )


@dataclass(frozen=True)
class DatasetSpec:
    """Where the rows come from: files by split, an import by its hash, or a Hub dataset."""

    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    imported: str | None = None
    hub_id: str | None = None
    config: str | None = None
    revision: str | None = None
    encoding: str | None = None
    """Encoding of text files; None: told by their content."""
    sheet: str | None = None
    """Sheet of an Excel workbook; None: the first one with rows."""

    def __post_init__(self) -> None:
        _check_encoding(self.encoding)
        if self.sheet is not None and not isinstance(self.sheet, str):
            raise UserError(
                f"dataset.sheet is {shown(self.sheet)}; expected the name of a sheet.",
                "Write it as text or leave it out.",
            )
        unknown = [split for split in self.files if split not in SPLITS]
        if unknown:
            raise UserError(
                f"dataset.files has the split {shown(unknown[0])}; expected: {', '.join(SPLITS)}.",
                "Rename the split.",
            )
        files = {split: _paths(split, names) for split, names in self.files.items()}
        object.__setattr__(self, "files", {split: names for split, names in files.items() if names})

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen."""
        return not (self.files or self.imported or self.hub_id)


def _check_encoding(name: object) -> None:
    if name is None:
        return
    try:
        "a".encode(name if isinstance(name, str) else "")
    except (LookupError, ValueError):
        raise UserError(
            f"dataset.encoding is {shown(name)}; expected the name of an encoding.",
            "Use one such as utf-8, cp1252, shift_jis, euc_jp, cp949, gb18030 or utf-16-le.",
        ) from None


def _paths(split: str, names: object) -> tuple[str, ...]:
    listed = [names] if isinstance(names, str) else names
    if not isinstance(listed, list | tuple) or not all(isinstance(name, str) for name in listed):
        raise UserError(
            f"dataset.files.{split} is {shown(names)}; expected a list of paths.",
            "Write it as a list of file names.",
        )
    return tuple(listed)


@dataclass(frozen=True)
class SplitSpec:
    """How train is cut where validation or test are missing. Shares are 0..1 of train."""

    validation_share: float = setting(
        0.1, Number(0, 0.9, "Share of train used for validation.", whole=False)
    )
    test_share: float = setting(
        0.0, Number(0, 0.9, "Share of train used for the test.", whole=False)
    )
    seed: int = setting(42, Number(0, 2**32 - 1, "Same seed, same split."))
    stratify: bool = setting(True, Switch("Keep the label shares equal where possible."))
    group_by: str | None = setting(None, Text("Column whose values never straddle splits."))

    def __post_init__(self) -> None:
        check_settings(self)
        if self.validation_share + self.test_share > 0.9:
            raise UserError(
                "validation_share and test_share together take "
                f"{self.validation_share + self.test_share:g} of the rows; expected at most 0.9.",
                "Make one of them smaller.",
            )


@dataclass(frozen=True)
class RunSpec:
    """Everything a person decides about a run."""

    task: str
    checkpoint: str
    dataset: DatasetSpec
    version: int = VERSION
    name: str | None = None
    problem_type: str | None = None
    checkpoint_revision: str | None = None
    scratch: Mapping[str, Any] | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)
    cleaning: tuple[Mapping[str, Any], ...] = ()
    splits: SplitSpec = field(default_factory=SplitSpec)
    max_length: int = setting(128, Number(4, 1_000_000, "Tokens kept of a row; the rest is cut."))
    task_options: Mapping[str, Any] = field(default_factory=dict)
    method: str = "full"
    method_options: Mapping[str, Any] = field(default_factory=dict)
    hyperparameters: Hyperparameters = field(default_factory=Hyperparameters)
    device: str = setting("auto", Choice(DEVICES, "Where training runs."))
    devices: int = setting(1, Number(1, 1_024, "How many devices."))

    def __post_init__(self) -> None:
        check_settings(self)
        if self.version != VERSION:
            raise UserError(
                f"This spec has version {shown(self.version)}; expected version {VERSION}.",
                "Export the spec again with this program.",
            )
        if self.problem_type is not None and self.problem_type not in PROBLEM_TYPES:
            raise UserError(
                f"problem_type is {shown(self.problem_type)}; expected one of: "
                f"{', '.join(PROBLEM_TYPES)}.",
                "Change problem_type or leave it out.",
            )
        for name in ("task", "checkpoint", "method"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                raise UserError(f"{name} is empty.", f"Choose a {name}.")

    @classmethod
    def from_json(cls, data: object, base: Path | None = None) -> RunSpec:
        """Read the JSON form; relative file paths are taken from `base`, the spec file's folder."""
        values = _known(cls, "the spec", data)
        for name in ("task", "checkpoint", "dataset"):
            if name not in values:
                raise UserError(f"The spec has no {name}.", f"Add {name}; the README shows a spec.")
        values["dataset"] = _dataset(values["dataset"], base)
        values["checkpoint"] = _checkpoint(values["checkpoint"], base)
        values["splits"] = SplitSpec(**_known(SplitSpec, "splits", values.get("splits") or {}))
        values["hyperparameters"] = Hyperparameters(
            **_known(Hyperparameters, "hyperparameters", values.get("hyperparameters") or {})
        )
        for name in ("columns", "task_options", "method_options"):
            values[name] = _mapping(name, values.get(name) or {})
        values["cleaning"] = tuple(
            _mapping("cleaning", step) for step in values.get("cleaning") or ()
        )
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, every field written out."""
        data = dataclasses.asdict(self)
        data["cleaning"] = list(data["cleaning"])
        data["dataset"]["files"] = {k: list(v) for k, v in self.dataset.files.items()}
        order = ["version", "name", "task", "problem_type", "checkpoint", "checkpoint_revision"]
        order += ["scratch", "dataset", *data]
        return {name: data[name] for name in dict.fromkeys(order)}


def read_spec(path: Path, changes: Mapping[str, str] | None = None) -> RunSpec:
    """Read a spec file. `changes` maps dotted names (`hyperparameters.seed`) to JSON or text.

    Raises:
        UserError: the file cannot be read, is no JSON, or holds what RunSpec refuses.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.", "Check the path.") from None
    except ValueError as error:
        raise UserError(f"{path} is no JSON: {error}.", "Mend the file.") from None
    if not isinstance(data, dict):
        raise UserError(f"{path} holds no JSON object.", "The README shows a spec.")
    data.pop("resolved", None)  # what a run.json adds to its spec: any run can be trained again
    for name, text in (changes or {}).items():
        _change(data, name, text)
    return RunSpec.from_json(data, path.resolve().parent)


def _change(data: dict[str, Any], name: str, text: str) -> None:
    *parents, last = name.split(".")
    for parent in parents:
        inner = data.get(parent)
        data[parent] = data = dict(inner) if isinstance(inner, dict) else {}
    try:
        data[last] = json.loads(text)
    except ValueError:
        data[last] = text


def _checkpoint(name: Any, base: Path | None) -> Any:
    """Return the absolute path where the name is that of a folder beside the spec file."""
    if base is None or not isinstance(name, str) or not name.strip():
        return name
    folder = base / name
    is_ours = (folder / "config.json").is_file() or (folder / "run.json").is_file()
    return str(folder.resolve()) if is_ours else name


def _dataset(data: object, base: Path | None) -> DatasetSpec:
    values = _known(DatasetSpec, "dataset", data)
    files = _mapping("dataset.files", values.get("files") or {})
    if base is not None:
        files = {
            split: [str((base / name).resolve()) for name in _paths(split, names)]
            for split, names in files.items()
        }
    return DatasetSpec(**{**values, "files": files})


def _mapping(where: str, data: object) -> dict[str, Any]:
    if not isinstance(data, Mapping) or not all(isinstance(name, str) for name in data):
        raise UserError(f"{where} is {shown(data)}; expected an object.", "Mend the spec.")
    return dict(data)


def _known(part: type, where: str, data: object) -> dict[str, Any]:
    """Return the mapping, or raise a UserError that names the nearest known field."""
    values = _mapping(where, data)
    known = [item.name for item in dataclasses.fields(part)]
    for name in values:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            guess = f'Did you mean "{near[0]}"?' if near else f"Known: {', '.join(known)}."
            raise UserError(
                f'{where} has the unknown field "{name}". {guess}', "Rename or remove it."
            )
    return values


def options_from_json(part: type[Part], where: str, data: Mapping[str, Any]) -> Part:
    """Build a task's or method's options from JSON; unknown fields name the nearest known one."""
    return part(**_known(part, where, data))
