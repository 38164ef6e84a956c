"""What training tells the run: events from the Trainer's callbacks, and the wish to stop."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

import psutil
from transformers import TrainerCallback

from core.runs.events import EventWriter
from core.training.stopping import StopRequest

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 2.0
NOT_SHOWN = ("eval_runtime", "eval_samples_per_second", "eval_steps_per_second", "epoch")


class EvaluationCutError(Exception):
    """An evaluation was given up because the run shall stop; it is made up for on resume."""


class Reporter(TrainerCallback):  # type: ignore[misc]  # transformers is not followed by mypy
    """Writes events and stops the Trainer after the step in which that was asked.

    Args:
        events: the run's event log.
        stop: the wish to stop.
        best_metric_name: `eval_f1`, ...: what says which checkpoint is best.
        facts: what the first event says beyond steps: rows by split, device, parameters, threads.
        save_steps: save every so many steps besides the Trainer's own saving, or None.
    """

    def __init__(
        self,
        events: EventWriter,
        stop: StopRequest,
        best_metric_name: str,
        facts: Mapping[str, Any],
        save_steps: int | None,
    ) -> None:
        self._events = events
        self._stop = stop
        self._best_name = best_metric_name
        self._best: float | None = None
        self._facts = dict(facts)
        self._save_steps = save_steps
        self._process = psutil.Process()
        self._step_began = self._step_seconds = 0.0
        self._window_seconds = self._window_steps = 0.0
        self._evaluation_seconds = 0.0
        self._told = 0.0
        self._save_with_epoch = False
        self.resumed_from: int | None = None
        self.resume_message: str | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Say that training begins, or goes on."""
        self._best = self._best_of(state.log_history)
        values = {**self._facts, "total_steps": state.max_steps, **self._best_values()}
        if self.resumed_from is None:
            self._events.write("started", step=0, epoch=0.0, values=values)
        else:
            self._events.write(
                "resumed",
                step=self.resumed_from,
                epoch=state.epoch,
                values=values,
                message=self.resume_message,
            )

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Start the clock of a step."""
        self._step_began = time.perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Stop the clock; save and stop where that was asked."""
        self._window_seconds += time.perf_counter() - self._step_began
        self._window_steps += 1
        if self._save_steps and state.global_step % self._save_steps == 0:
            control.should_save = True
        if self._stop.requested:
            control.should_training_stop = control.should_save = True
        if _at_epoch_end(state):  # the evaluation of the epoch comes first: it belongs to the step
            self._save_with_epoch, control.should_save = control.should_save, False

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Save what was put off; keep the Trainer from evaluating after a stop amid an epoch."""
        control.should_save = control.should_save or self._save_with_epoch
        self._save_with_epoch = False
        if self._stop.requested and not _at_epoch_end(state):
            control.should_save = control.should_evaluate = False

    def on_prediction_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Say that an evaluation goes on; give it up where a stop was asked amid training."""
        if self._stop.requested and state.global_step < state.max_steps:
            raise EvaluationCutError
        if time.monotonic() - self._told > PROGRESS_SECONDS:
            self._told = time.monotonic()
            self._events.write("evaluating", step=state.global_step, epoch=state.epoch)

    def on_log(
        self, args: Any, state: Any, control: Any, logs: Mapping[str, Any], **_: Any
    ) -> None:
        """Turn what the Trainer logs into a metrics event."""
        if "loss" in logs:
            values = {**logs, **self._speed(args, state)}
        elif any(name.startswith("eval_") for name in logs):
            self._evaluation_seconds = float(logs.get("eval_runtime", 0.0))
            self._best = self._best_of(state.log_history)
            values = {name: value for name, value in logs.items() if name != "eval_labels"}
            values["eval_labels"] = label_f1(logs.get("eval_labels") or {})
        else:
            return
        self.write_metrics(state, values)

    def write_metrics(self, state: Any, values: Mapping[str, Any]) -> None:
        """Write a metrics event with what every one of them carries."""
        shown = {name: value for name, value in values.items() if name not in NOT_SHOWN}
        shown |= {"total_steps": state.max_steps, "memory_bytes": self._memory()}
        shown |= self._best_values()
        self._events.write("metrics", step=state.global_step, epoch=state.epoch, values=shown)
        numbers = {name: value for name, value in shown.items() if isinstance(value, float)}
        log.info("step %d: %s", state.global_step, numbers)

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Say that a checkpoint is sealed."""
        self._events.write("checkpoint", step=state.global_step, epoch=state.epoch)

    def totals(self, state: Any) -> dict[str, Any]:
        """Return what the last event of a run says."""
        return {"total_steps": state.max_steps, **self._best_values()}

    def _speed(self, args: Any, state: Any) -> dict[str, float | None]:
        if not self._window_steps or not self._window_seconds:
            return {}
        self._step_seconds = self._window_seconds / self._window_steps
        self._window_seconds = self._window_steps = 0.0
        rows = args.train_batch_size * args.gradient_accumulation_steps
        left: float = (state.max_steps - state.global_step) * self._step_seconds
        return {
            "rows_per_second": round(rows / self._step_seconds, 2),
            "seconds_left": round(left + self._evaluations_left(args, state), 1),
        }

    def _evaluations_left(self, args: Any, state: Any) -> float:
        """Return the seconds of the evaluations to come, the last one over all splits included."""
        if args.eval_strategy == "steps" and state.eval_steps:
            count = (state.max_steps - state.global_step) // int(state.eval_steps)
        elif args.eval_strategy == "epoch":
            count = max(0, round(state.num_train_epochs - (state.epoch or 0.0)))
        else:
            count = 0
        return float(count + 1) * self._evaluation_seconds

    def _memory(self) -> int:
        import torch

        if torch.cuda.is_available() and torch.cuda.is_initialized():
            return int(torch.cuda.max_memory_reserved())
        return int(self._process.memory_info().rss)

    def _best_of(self, history: list[dict[str, Any]]) -> float | None:
        scores = [entry[self._best_name] for entry in history if self._best_name in entry]
        known = [float(score) for score in scores if score is not None and score == score]
        if not known:
            return None
        return max(known) if greater_is_better(self._best_name) else min(known)

    def _best_values(self) -> dict[str, Any]:
        return {"best_metric_name": self._best_name, "best_metric": self._best}


def greater_is_better(metric: str) -> bool:
    """Say whether more of a metric is better.

    >>> greater_is_better("eval_f1"), greater_is_better("eval_loss")
    (True, False)
    """
    return not metric.endswith(("loss", "perplexity", "mse"))


def label_f1(labels: Mapping[str, Any]) -> dict[str, float | None]:
    """Return the F1 of each label from a task's scores.

    >>> label_f1({"PER": {"precision": 1.0, "recall": 0.5, "f1": 0.67, "support": 2}})
    {'PER': 0.67}
    """
    return {name: score.get("f1") for name, score in labels.items()}


def _at_epoch_end(state: Any) -> bool:
    return state.epoch is not None and float(state.epoch).is_integer()
