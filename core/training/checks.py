"""The check before the start: everything that could fail, each with the step where it is mended."""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import UserError
from core.findings import Finding
from core.spec import RunSpec, options_from_json
from core.tasks import get_task
from core.tasks.base import Task
from core.training.devices import likely_bf16, likely_devices, missing_device
from core.training.memory import estimate_bytes, machine_memory

if TYPE_CHECKING:
    from core.checkpoints.card import Checkpoint
    from core.data.imports import Imported
    from core.data.report import Report

RARE_ENTITIES = 10
STATE_FACTOR = 3  # weights and the two moments of Adam, in a checkpoint to resume from
FLOAT_BYTES = 4
SPECIALS = 2  # tokens that most tokenizers add to a row


@dataclass(frozen=True)
class Situation:
    """What the checks look at."""

    spec: RunSpec
    imported: Imported
    report: Report
    checkpoint: Checkpoint
    home: Path


def check(
    spec: RunSpec, imported: Imported, prepared_report: Report, checkpoint: Checkpoint, home: Path
) -> list[Finding]:
    """Return what stands well, what deserves a look, and what forbids the start."""
    situation = Situation(spec, imported, prepared_report, checkpoint, home)
    return [finding for look in LOOKS for finding in look(situation)]


def _task(at: Situation) -> Iterator[Finding]:
    try:
        task = get_task(at.spec.task)
        _check_method(at.spec, task)
        options_from_json(task.options, "task_options", at.spec.task_options)
    except UserError as error:
        yield Finding("bad", "Task", str(error), "train")
        return
    yield Finding("ok", "Task", f"{task.title}, method {at.spec.method}.", None)


def _check_method(spec: RunSpec, task: Task) -> None:
    if spec.method not in task.methods:
        near = difflib.get_close_matches(spec.method, task.methods, n=1)
        guess = f'Did you mean "{near[0]}"?' if near else f"Offered: {', '.join(task.methods)}."
        raise UserError(f'{task.title} has no method "{spec.method}". {guess}')
    if spec.method_options:
        name = next(iter(spec.method_options))
        raise UserError(f'The method {spec.method} has no option "{name}"; it has none at all.')
    if spec.devices > 1:
        raise UserError(f"devices is {spec.devices}; expected 1: training uses one device.")


def _rows(at: Situation) -> Iterator[Finding]:
    splits = at.report.splits
    if not splits.get("train"):
        yield Finding("bad", "Rows", "The split 'train' has no rows.", "data")
        return
    counts = ", ".join(f"{name} {rows:,}" for name, rows in splits.items() if rows)
    yield Finding("ok", "Rows", f"Rows by split: {counts}.", None)
    if not splits.get("validation"):
        text = (
            "There is no validation split, so nothing says which checkpoint is best: the last one "
            "is kept."
        )
        yield Finding("warn", "Validation", text, "data")


def _labels(at: Situation) -> Iterator[Finding]:
    counts = at.report.label_counts
    train = counts.get("train") or {}
    if not at.report.labels or not any(train.values()):
        yield Finding("bad", "Labels", "No entity at all: no training row has a label.", "data")
        return
    yield Finding("ok", "Labels", f"{len(train)} labels: {', '.join(sorted(train))}.", None)
    for split in ("validation", "test"):
        yield from _labels_of(split, counts.get(split) or {}, train, at.report.splits)
    rare = [f"{name} ({count})" for name, count in sorted(train.items()) if count < RARE_ENTITIES]
    if rare:
        text = f"Fewer than {RARE_ENTITIES} in train: {', '.join(rare)}; they are hardly learned."
        yield Finding("warn", "Rare labels", text, "data")


def _labels_of(
    split: str, counts: Mapping[str, int], train: Mapping[str, int], splits: Mapping[str, int]
) -> Iterator[Finding]:
    if not splits.get(split):
        return
    names = sorted(name for name, count in counts.items() if count)
    unknown = [name for name in names if not train.get(name)]
    if unknown:
        text = (
            f"The split '{split}' has labels that no training row has: {', '.join(unknown)}. The "
            f"training rows have: {', '.join(sorted(train))}."
        )
        yield Finding("bad", "Label sets", text, "data")
    if not names:
        text = f"The split '{split}' has no entity at all; its scores say nothing."
        yield Finding("warn", "Label sets", text, "data")
    elif len(names) == 1 and len(train) > 1:
        text = (
            f"The split '{split}' has one label only, {names[0]}; train has {len(train)}. Its "
            "scores say nothing of the others."
        )
        yield Finding("warn", "Label sets", text, "data")


def _lengths(at: Situation) -> Iterator[Finding]:
    wish, limit = at.spec.max_length, at.checkpoint.max_length
    if wish > limit:
        text = (
            f"max_length is {wish}, but {at.checkpoint.name} has positions for {limit} tokens; "
            f"expected at most {limit}."
        )
        yield Finding("bad", "Length", text, "preview")
        return
    cut = surely_cut(at.report.lengths, wish - SPECIALS)
    rows = sum(at.report.lengths.get("counts") or [])
    if cut:
        text = (
            f"At least {cut:,} of {rows:,} training rows have more words than fit into max_length "
            f"{wish}; what is cut counts as missed."
        )
        yield Finding("warn", "Length", text, "preview")
    else:
        yield Finding("ok", "Length", f"max_length {wish} of {limit} possible tokens.", None)


def surely_cut(lengths: Mapping[str, Any], words: int) -> int:
    """Count the rows that have more words than `words`, from a histogram: a lower bound.

    >>> surely_cut({"bin_width": 10, "counts": [5, 4, 3]}, 12)
    3
    """
    width = int(lengths.get("bin_width") or 1)
    counts = lengths.get("counts") or []
    return sum(count for index, count in enumerate(counts) if index * width > words)


def _memory(at: Situation) -> Iterator[Finding]:
    chosen = at.spec.hyperparameters
    if at.spec.device == "cuda" or (at.spec.device == "auto" and likely_devices()["cuda"]):
        return  # this machine's memory is not what limits it
    batch = max(chosen.per_device_train_batch_size, 1)
    need = estimate_bytes(
        at.checkpoint,
        batch,
        at.spec.max_length,
        method=at.spec.method,
        bf16=chosen.bf16 and likely_bf16(at.spec.device),
    )
    available, total = machine_memory()
    text = f"about {need / 1e9:.1f} GB; {available / 1e9:.1f} of {total / 1e9:.1f} GB are free"
    if need > available:
        text = f"Training may take {text}. Choose a smaller per_device_train_batch_size."
        yield Finding("warn", "Memory", text, "train")
    else:
        yield Finding("ok", "Memory", f"At most {text}.", None)


def _disk(at: Situation) -> Iterator[Finding]:
    weights = FLOAT_BYTES * (at.checkpoint.parameters or 0)
    kept = at.spec.hyperparameters.save_total_limit + 2  # one being written, and the best
    need = weights * (1 + STATE_FACTOR * kept)
    folder = next(path for path in (at.home, *at.home.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    text = f"{need / 1e9:.1f} GB for checkpoints and model; {free / 1e9:.1f} GB are free"
    if need > free:
        text = f"The run may take {text}. Choose a smaller save_total_limit or free some space."
        yield Finding("bad", "Disk", text, "train")
    else:
        yield Finding("ok", "Disk", f"At most {text}.", None)


def _device(at: Situation) -> Iterator[Finding]:
    devices = likely_devices()
    wish = at.spec.device
    if wish != "auto" and not devices[wish]:
        yield Finding("bad", "Device", str(missing_device(wish)), "train")
        return
    if at.spec.hyperparameters.bf16 and not likely_bf16(wish):
        text = "This CPU has no native bf16: training uses full precision."
        yield Finding("ok", "bf16", text, None)
    chosen = (
        wish if wish != "auto" else max(devices, key=lambda name: (devices[name], name != "cpu"))
    )
    yield Finding("ok", "Device", f"Training runs on {chosen}.", None)


def _keeping(at: Situation) -> Iterator[Finding]:
    chosen = at.spec.hyperparameters
    if chosen.save_strategy == "no" and chosen.eval_strategy == "no":
        text = "save_strategy is no: a run that is killed cannot be resumed."
        yield Finding("warn", "Checkpoints", text, "train")


LOOKS: tuple[Callable[[Situation], Iterator[Finding]], ...] = (
    _task,
    _rows,
    _labels,
    _lengths,
    _memory,
    _disk,
    _device,
    _keeping,
)
