"""The one Trainer: sealed checkpoints without pickle, scores against the rows, no silent NaN."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch.utils.data import DataLoader
from transformers import PrinterCallback, Trainer, TrainingArguments
from transformers.trainer_utils import EvalLoopOutput

from core.errors import UserError
from core.runs.files import read_json
from core.spec import RunSpec
from core.tasks.base import IGNORED, Features
from core.training.batching import TokenBudgetBatches
from core.training.devices import device_of
from core.training.model_folder import save_model
from core.training.reporter import EvaluationCutError, Reporter, greater_is_better
from core.training.sealed import checkpoint_folder, rotate, sealed_folder
from core.training.state import load_state, random_state, restore_random_state, save_state

STATE_FILE = "trainer_state.json"


class FeatureList:
    """Encoded rows as a dataset of torch: one mapping per feature."""

    def __init__(self, features: Features) -> None:
        self.columns = features.inputs

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), []))

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {name: values[index] for name, values in self.columns.items()}

    def lengths(self) -> list[int]:
        """Return how many tokens each feature has."""
        return [len(ids) for ids in self.columns["input_ids"]]


@dataclass(frozen=True)
class Keeping:
    """What is kept of a training, beyond what `TrainingArguments` say."""

    save_total_limit: int
    score_validation: Callable[[Sequence[Any]], Mapping[str, Any]]
    """Turns the logits of the validation features into the task's metrics."""


class RunTrainer(Trainer):  # type: ignore[misc]  # transformers is not followed by mypy
    """`transformers.Trainer` with our checkpoints and our evaluation.

    The overridden methods are those of transformers 5.23 that would write or read a pickle.
    """

    def __init__(self, *, reporter: Reporter, keeping: Keeping, **named: Any) -> None:
        self.control: Any
        super().__init__(callbacks=[reporter], **named)
        self.remove_callback(PrinterCallback)  # the reporter logs
        self.reporter = reporter
        self._keeping = keeping
        self._evaluation_due = False
        # encoders return the mean over their batch, whatever their `forward` would accept: without
        # this, accumulated gradients are summed instead of averaged
        self.model_accepts_loss_kwargs = False

    # Batches

    def get_train_dataloader(self) -> Any:
        """Return the batches of an epoch; see `batching`."""
        features: FeatureList = self.train_dataset
        batches = TokenBudgetBatches(features.lengths(), self._train_batch_size, self.args.seed)
        collate = self._get_collator_with_removed_columns(self.data_collator, "Training")
        loader = DataLoader(
            features,
            batch_sampler=batches,
            collate_fn=collate,
            pin_memory=self.args.dataloader_pin_memory,
        )
        return self.accelerator.prepare(loader)

    # Checkpoints

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        self.store_flos()
        step = self.state.global_step
        checkpoints = Path(self.args.output_dir)
        target = checkpoint_folder(checkpoints, step)
        best = self.state.best_global_step
        best_folder = checkpoint_folder(checkpoints, best) if best else None
        with sealed_folder(target) as draft:
            save_model(self.model, self.processing_class, draft)
            save_state(draft, "optimizer", self.optimizer.state_dict())
            save_state(draft, "scheduler", self.lr_scheduler.state_dict())
            save_state(draft, "random", random_state())
            save_state(draft, "progress", self._progress())
            self.state.best_model_checkpoint = best_folder.name if best_folder else None
            self.state.save_to_json(str(draft / STATE_FILE))
        # names in files, so that a run folder may move; paths in memory, as the Trainer wants them
        self._find_best_folder()
        rotate(checkpoints, self._keeping.save_total_limit, best)

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        save_model(self.model, self.processing_class, Path(output_dir or self.args.output_dir))

    def _progress(self) -> dict[str, Any]:
        """Return what the loop keeps: the loss since the last log line, a due evaluation."""
        return {
            "loss_sum": self._tr_loss.item(),
            "total_loss": self._total_loss_scalar,
            "last_logged_step": self._globalstep_last_logged,
            "evaluation_due": self._evaluation_due,
        }

    def _init_training_state(self, *args: Any, **named: Any) -> Any:
        begun = super()._init_training_state(*args, **named)
        self._find_best_folder()
        return begun

    def _find_best_folder(self) -> None:
        best = self.state.best_global_step
        folder = checkpoint_folder(Path(self.args.output_dir), best) if best else None
        exists = folder is not None and folder.is_dir()
        self.state.best_model_checkpoint = str(folder) if exists else None

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        if checkpoint is None:
            return
        self.optimizer.load_state_dict(load_state(Path(checkpoint), "optimizer"))
        self.lr_scheduler.load_state_dict(load_state(Path(checkpoint), "scheduler"))

    def _load_rng_state(self, checkpoint: str | None) -> None:
        """Restore random and loop state; the Trainer calls this right before the first new step."""
        if checkpoint is None:
            return
        restore_random_state(load_state(Path(checkpoint), "random"))
        progress = load_state(Path(checkpoint), "progress")
        self._tr_loss.fill_(progress["loss_sum"])
        self._total_loss_scalar = progress["total_loss"]
        self._globalstep_last_logged = progress["last_logged_step"]
        if progress["evaluation_due"]:
            self.control.should_evaluate = self.control.should_save = True
            super()._maybe_log_save_evaluate(self._tr_loss, None, self.model, None, 0, None, 0.0)

    def _run_epoch(self, *args: Any, **named: Any) -> None:
        if self.state.global_step < self.state.max_steps:  # resumed after the last step: none left
            super()._run_epoch(*args, **named)

    def _maybe_log_save_evaluate(self, *args: Any, **named: Any) -> None:
        try:
            super()._maybe_log_save_evaluate(*args, **named)
        except EvaluationCutError:
            self._evaluation_due = True
            self.control.should_evaluate = False
            self.control.should_training_stop = True
            self._save_checkpoint(self.model, None)
            self.control = self.callback_handler.on_save(self.args, self.state, self.control)

    def load_best(self) -> None:
        """Load the best checkpoint if there is one and it is wanted."""
        if self.args.load_best_model_at_end and self.state.best_model_checkpoint is not None:
            self._load_best_model()

    # NaN

    def _get_grad_norm(self, model: Any, grad_norm: Any = None) -> Any:
        """Return the gradient norm; a step with a gradient that is no number is never made."""
        norm = super()._get_grad_norm(model, grad_norm)
        if not math.isfinite(float(norm)):
            loss = float(self._tr_loss)
            what = "loss" if not math.isfinite(loss) else "gradient"
            values = {"loss": None if what == "loss" else loss, "grad_norm": None}
            self.reporter.write_metrics(self.state, values)
            raise self._diverged(what, self.state.global_step + 1)
        return norm

    def _diverged(self, what: str, step: int) -> UserError:
        return UserError(
            f"The {what} is not a number any more at step {step} (learning_rate "
            f"{self.args.learning_rate:g}).",
            "Choose a smaller learning_rate or more warmup_steps in step 4 and start again; the "
            "last sound checkpoint is kept.",
        )

    # Evaluation

    def evaluation_loop(
        self,
        dataloader: Any,
        description: str,
        prediction_loss_only: bool | None = None,
        ignore_keys: list[str] | None = None,
        metric_key_prefix: str = "eval",
    ) -> EvalLoopOutput:
        """Score the validation features against their rows; draws no random numbers."""
        features: FeatureList = dataloader.dataset
        logits, loss = self.logits_of(features)
        if not math.isfinite(loss):
            raise self._diverged("validation loss", self.state.global_step)
        scores = self._keeping.score_validation(logits)
        metrics = {f"{metric_key_prefix}_loss": loss}
        metrics |= {f"{metric_key_prefix}_{name}": value for name, value in scores.items()}
        return EvalLoopOutput(None, None, metrics, len(features))

    def _determine_best_metric(self, metrics: dict[str, Any], trial: Any) -> bool:
        known = {
            name: math.nan if value is None else value  # undefined is never the best
            for name, value in metrics.items()
        }
        return bool(super()._determine_best_metric(known, trial))

    def logits_of(self, features: FeatureList) -> tuple[list[Any], float]:
        """Return the logits of each feature, shape (tokens, labels), and the mean loss.

        Features of similar length share a batch; the order of the result is that of the features.
        """
        self.model.train(False)
        lengths = features.lengths()
        order = sorted(range(len(features)), key=lengths.__getitem__)
        logits: list[Any] = [None] * len(order)
        loss_sum, count = 0.0, 0
        for start in range(0, len(order), self.args.eval_batch_size):
            indices = order[start : start + self.args.eval_batch_size]
            batch = self.data_collator([features[index] for index in indices])
            loss, outputs, labels = self.prediction_step(self.model, batch, False)
            counted = int((labels != IGNORED).sum())
            loss_sum, count = loss_sum + float(loss) * counted, count + counted
            for index, values in zip(indices, outputs.float().cpu().numpy(), strict=True):
                logits[index] = values[: lengths[index]]
            self.control = self.callback_handler.on_prediction_step(
                self.args, self.state, self.control
            )
        return logits, loss_sum / max(count, 1)


def training_arguments(
    spec: RunSpec, checkpoints: Path, metric: str, evaluates: bool, bf16: bool
) -> Any:
    """Translate a spec into `TrainingArguments`; no hub, no tracker, no token, nothing outside."""
    chosen = spec.hyperparameters
    eval_strategy = chosen.eval_strategy if evaluates else "no"
    keeps_best = chosen.load_best_model_at_end and eval_strategy != "no"
    eval_steps = chosen.eval_steps or chosen.logging_steps
    return TrainingArguments(
        output_dir=str(checkpoints),
        learning_rate=chosen.learning_rate,
        num_train_epochs=chosen.num_train_epochs,
        max_steps=chosen.max_steps,
        per_device_train_batch_size=chosen.per_device_train_batch_size,
        per_device_eval_batch_size=chosen.per_device_eval_batch_size,
        gradient_accumulation_steps=chosen.gradient_accumulation_steps,
        weight_decay=chosen.weight_decay,
        warmup_steps=chosen.warmup_steps,
        lr_scheduler_type=chosen.lr_scheduler_type,
        max_grad_norm=chosen.max_grad_norm,
        label_smoothing_factor=chosen.label_smoothing_factor,
        bf16=bf16,
        seed=chosen.seed,
        logging_steps=chosen.logging_steps,
        logging_nan_inf_filter=False,
        eval_strategy=eval_strategy,
        eval_steps=eval_steps if eval_strategy == "steps" else None,
        # the best can only be kept if it is saved when it is found; Reporter saves besides
        save_strategy=eval_strategy if keeps_best else chosen.save_strategy,
        save_steps=eval_steps if keeps_best else chosen.save_steps,
        load_best_model_at_end=keeps_best,
        metric_for_best_model=metric if keeps_best else None,
        greater_is_better=greater_is_better(metric) if keeps_best else None,
        use_cpu=device_of(spec.device) == "cpu",
        report_to="none",
        push_to_hub=False,
        disable_tqdm=True,
    )


def extra_save_steps(spec: RunSpec, arguments: Any) -> int | None:
    """Return the spec's own saving interval where the Trainer follows that of the evaluation."""
    chosen = spec.hyperparameters
    own = chosen.save_strategy == "steps" and arguments.load_best_model_at_end
    return chosen.save_steps if own else None


def saved_step(checkpoint: Path) -> int:
    """Return the step at which a sealed checkpoint was saved."""
    return int(read_json(checkpoint / STATE_FILE)["global_step"])
