"""The process that trains one run: `python -m core.training.worker RUN [--resume]`.

It reads the run folder and nothing else of ours, writes events, and ends with exit code 0 (finished
or stopped), 2 (failed, the person can mend it) or 1 (failed, a defect of ours).
"""

from __future__ import annotations

import argparse
import logging
import secrets
import signal
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import UserError, explain
from core.runs.events import EventWriter
from core.runs.files import whole_folder, write_json
from core.runs.folder import Run
from core.runs.process import AlreadyLockedError, locked
from core.spec import RunSpec, options_from_json
from core.tasks.base import Features, Rows, Task
from core.training.stopping import StopRequest

if TYPE_CHECKING:
    from core.training.trainer import RunTrainer

log = logging.getLogger(__name__)

DRY_ROWS = 4  # enough to see which metrics a task gives


@dataclass(frozen=True)
class Split:
    """The rows of a split and what the model sees of them."""

    rows: Rows
    features: Features


@dataclass(frozen=True)
class Prepared:
    """All that a training needs, loaded."""

    spec: RunSpec
    task: Task
    options: Any
    labels: list[str]
    splits: dict[str, Split]
    tokenizer: Any
    model: Any
    left_out_parameters: int
    """Embeddings that no row uses and that are not in memory while training."""

    def score(self, split: str, logits: Any) -> dict[str, Any]:
        """Turn the logits of a split into the task's metrics against its rows."""
        rows, features = self.splits[split].rows, self.splits[split].features
        predictions = self.task.decode(logits, features, rows, self.labels, self.options)
        return self.task.score(predictions, rows)


def train(run: Run, events: EventWriter, stop: StopRequest, resume: bool) -> None:
    """Train the run of a folder from its start or its newest sound checkpoint, and score it."""
    import torch
    from transformers.utils import logging as transformers_logging

    from core.training.reporter import EvaluationCutError

    transformers_logging.set_verbosity_warning()
    transformers_logging.disable_progress_bar()
    torch.set_num_threads(run.details()["resolved"]["threads"])
    checkpoint, passed_over = _where_to_go_on(run) if resume else (None, [])
    prepared = _prepare(run, checkpoint)
    use_cache = getattr(prepared.model.config, "use_cache", None)
    trainer = _trainer(run, prepared, events, stop)
    if resume:
        _tell_resumed(trainer, checkpoint, passed_over)
    try:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    except EvaluationCutError:  # a due evaluation was cut again: nothing new to save
        trainer.load_best()
    if use_cache is not None:
        prepared.model.config.use_cache = use_cache  # the Trainer turned it off
    _finish(run, prepared, trainer, events, stop)


def _where_to_go_on(run: Run) -> tuple[Path | None, list[str]]:
    """Return the newest sound checkpoint; what is not sound is removed, and said."""
    import shutil

    from core.training.sealed import newest_sound, remove_drafts

    checkpoints = run.path / "checkpoints"
    remove_drafts(checkpoints, "checkpoint-*")
    remove_drafts(run.path, "model.*")
    checkpoint, passed_over = newest_sound(checkpoints)
    for reason in passed_over:
        log.warning("passed over %s", reason)
        shutil.rmtree(checkpoints / reason.partition(":")[0], ignore_errors=True)
    return checkpoint, passed_over


def _prepare(run: Run, checkpoint: Path | None) -> Prepared:
    """Load data, tokenizer and model; encode every split."""
    from transformers import set_seed

    from core.data.imports import Imported
    from core.data.prepare import prepare
    from core.tasks import get_task
    from core.training.devices import check_device
    from core.training.model_folder import plain_tokenizer
    from core.training.vocabulary import leave_out

    spec, resolved = run.spec(), run.details()["resolved"]
    check_device(spec.device)
    task = get_task(spec.task)
    options: Any = options_from_json(task.options, "task_options", spec.task_options)
    rows = prepare(Imported.open(run.path / "data"), spec).splits
    labels = task.labels(rows["train"])
    set_seed(spec.hyperparameters.seed)  # before the new head draws its weights
    base = _base_folder(spec, Path(resolved["checkpoint_folder"]), checkpoint)
    tokenizer = task.load_tokenizer(base)
    model = task.load_model(base, labels)
    encode = partial(
        task.encode, tokenizer=tokenizer, labels=labels, max_length=spec.max_length, options=options
    )
    splits = {name: Split(part, encode(part)) for name, part in rows.items() if _count(part)}
    plain_tokenizer(tokenizer, resolved["max_positions"])
    inputs = [split.features.inputs for split in splits.values()]
    left_out = leave_out(run, model, inputs, tokenizer.pad_token_id)
    prepared = Prepared(spec, task, options, labels, splits, tokenizer, model, left_out)
    _check_metric(prepared)
    return prepared


def _base_folder(spec: RunSpec, base: Path, checkpoint: Path | None) -> Path:
    """Return what to load; a resumed run whose base is gone has all it needs in its checkpoint."""
    if base.is_dir():
        return base
    if checkpoint is not None:
        return checkpoint
    raise UserError(
        f"The checkpoint {spec.checkpoint} is not at {base} any more.",
        "Get it again in step 1 and start a new run.",
    )


def _count(rows: Rows) -> int:
    return len(next(iter(rows.values()), []))


def _metric(prepared: Prepared) -> str:
    return prepared.spec.hyperparameters.metric_for_best_model or prepared.task.best_metric


def _check_metric(prepared: Prepared) -> None:
    """Score a few rows without a model: an unknown metric must not fail after an epoch."""
    import numpy as np

    if "validation" not in prepared.splits:
        return
    whole = prepared.splits["validation"]
    rows: Rows = {name: values[:DRY_ROWS] for name, values in whole.rows.items()}
    kept = [index for index, row in enumerate(whole.features.row) if row < _count(rows)]
    features = Features(
        {name: [values[i] for i in kept] for name, values in whole.features.inputs.items()},
        [whole.features.row[i] for i in kept],
        {name: [values[i] for i in kept] for name, values in whole.features.bookkeeping.items()},
    )
    zeros = [
        np.zeros((len(ids), len(prepared.labels)), np.float32)
        for ids in features.inputs["input_ids"]
    ]
    predictions = prepared.task.decode(zeros, features, rows, prepared.labels, prepared.options)
    scores = prepared.task.score(predictions, rows)
    known = ["loss", *(name for name, value in scores.items() if not isinstance(value, dict))]
    wanted = _metric(prepared).removeprefix("eval_")
    if wanted not in known:
        raise UserError(
            f'metric_for_best_model is "{wanted}"; expected one of: {", ".join(known)}.',
            "Change metric_for_best_model in step 4.",
        )


def _trainer(run: Run, prepared: Prepared, events: EventWriter, stop: StopRequest) -> RunTrainer:
    from core.training.devices import device_of
    from core.training.precision import trains_in_bf16
    from core.training.reporter import Reporter
    from core.training.trainer import (
        FeatureList,
        Keeping,
        RunTrainer,
        extra_save_steps,
        training_arguments,
    )

    spec, splits = prepared.spec, prepared.splits
    metric = "eval_" + _metric(prepared).removeprefix("eval_")
    evaluates = "validation" in splits
    bf16 = trains_in_bf16(spec.hyperparameters.bf16, run.started_with(), device_of(spec.device))
    arguments = training_arguments(spec, run.path / "checkpoints", metric, evaluates, bf16)
    reporter = Reporter(
        events, stop, metric, _facts(run, prepared, arguments), extra_save_steps(spec, arguments)
    )
    trainer = RunTrainer(
        reporter=reporter,
        keeping=Keeping(
            spec.hyperparameters.save_total_limit, partial(prepared.score, "validation")
        ),
        model=prepared.model,
        args=arguments,
        train_dataset=FeatureList(splits["train"].features),
        eval_dataset=FeatureList(splits["validation"].features) if evaluates else None,
        data_collator=prepared.task.collator(prepared.tokenizer),
        processing_class=prepared.tokenizer,
    )
    return trainer


def _facts(run: Run, prepared: Prepared, arguments: Any) -> dict[str, Any]:
    import torch

    parameters, left_out = list(prepared.model.parameters()), prepared.left_out_parameters
    return {
        "rows": {name: _count(split.rows) for name, split in prepared.splits.items()},
        "features": {name: len(split.features.row) for name, split in prepared.splits.items()},
        "labels": prepared.labels,
        "device": str(arguments.device),
        "parameters": sum(w.numel() for w in parameters) + left_out,
        "trainable_parameters": sum(w.numel() for w in parameters if w.requires_grad) + left_out,
        "left_out_parameters": left_out,
        "threads": torch.get_num_threads(),
        "bf16": bool(arguments.bf16),
    }


def _tell_resumed(trainer: RunTrainer, checkpoint: Path | None, passed_over: list[str]) -> None:
    from core.training.trainer import saved_step

    step = saved_step(checkpoint) if checkpoint else 0
    origin = f"Resumed from step {step}." if checkpoint else "No sound checkpoint: from the start."
    damaged = f" Passed over: {'; '.join(passed_over)}." if passed_over else ""
    trainer.reporter.resumed_from = step
    trainer.reporter.resume_message = origin + damaged


def _finish(
    run: Run, prepared: Prepared, trainer: RunTrainer, events: EventWriter, stop: StopRequest
) -> None:
    """Keep the model, score every split with it, and say so; a stop skips what takes time."""
    from core.training.evaluation import undefined
    from core.training.model_folder import save_model
    from core.training.trainer import FeatureList

    with whole_folder(run.model) as draft:
        save_model(prepared.model, prepared.tokenizer, draft)
    state = trainer.state
    facts = {
        "step": state.global_step,
        "epoch": state.epoch,
        "values": trainer.reporter.totals(state),
    }
    if stop.requested:
        message = (
            f"Stopped at step {state.global_step} of {state.max_steps}; the run can be resumed."
        )
        events.write("stopped", message=message, **facts)
        return
    metrics: dict[str, Any] = {"validation": None, "test": None}
    for name in metrics:
        if name in prepared.splits:
            logits, _loss = trainer.logits_of(FeatureList(prepared.splits[name].features))
            metrics[name] = prepared.score(name, logits)
            for text in undefined(metrics[name]):
                events.write("warning", step=state.global_step, message=f"{name}: {text}")
    write_json(run.path / "metrics.json", metrics, indent=1)
    events.write("finished", message=None, **facts)


def work(run: Run, resume: bool, stop: StopRequest) -> int:
    """Train and return the exit code; whatever happens ends in an event."""
    events = EventWriter(run.events_path)
    try:
        train(run, events, stop, resume)
    except BaseException as error:  # native code panics past Exception; all is told
        log.exception("failed")
        return _tell_failure(error, events)
    finally:
        events.close()
    return 0


def _tell_failure(error: BaseException, events: EventWriter) -> int:
    known = explain(error)
    if known is not None:
        events.write("failed", message=known.message, hint=known.hint)
        return 2
    incident = secrets.token_hex(4)
    log.error("incident %s", incident)
    events.write(
        "failed",
        message=f"Training ended by a defect of this program (incident {incident}).",
        hint="The log of the run says more; please report it with the incident number.",
        values={"incident": incident},
    )
    return 1


def main(arguments: list[str] | None = None) -> int:
    """Train the run of a folder; a second worker of the same run ends at once."""
    parser = argparse.ArgumentParser(prog="python -m core.training.worker", description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--resume", action="store_true")
    flags = parser.parse_args(arguments)
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s"
    )
    run = Run(flags.run.resolve())
    stop = _stop_on_signal()
    try:
        with locked(run.path / ".worker"):
            return work(run, flags.resume, stop)
    except AlreadyLockedError:
        log.error("another worker trains this run")
        return 2


def _stop_on_signal() -> StopRequest:
    stop = StopRequest()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop.ask)
    return stop


if __name__ == "__main__":
    sys.exit(main())
