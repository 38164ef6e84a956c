"""The model card: what the model is, how good it is, on what data, and how to use it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from core.sharing.facts import Base, Data, base_of, check_finished, data_of
from core.sharing.markdown import code, escape, table
from core.tasks import get_task

if TYPE_CHECKING:
    from core.runs.folder import Run

SCORES = ("precision", "recall", "f1", "accuracy")
SPLITS = ("validation", "test")
SHOWN_SETTINGS = (
    "learning_rate",
    "num_train_epochs",
    "per_device_train_batch_size",
    "gradient_accumulation_steps",
    "weight_decay",
    "warmup_steps",
    "lr_scheduler_type",
    "label_smoothing_factor",
    "bf16",
    "seed",
)
USAGE = """from transformers import pipeline

tagger = pipeline("token-classification", model={model}, aggregation_strategy="first")
print(tagger({text}))"""
EXAMPLE = "Anna Brown moved from Paris to Berlin."
LIMITS = """- It finds the labels above and no others, in texts like those it was trained on.
- Scores hold for the splits named above; other texts can do much better or much worse.
- Texts longer than {length} tokens were cut in training; cut a longer text before you use it.
- A fine-tuned model can repeat what its training texts and its base model hold, errors and
  prejudices too. Look at its answers before anybody relies on them."""


def model_card(
    run: Run, repo_id: str, licence: str | None = None, language: str | None = None
) -> str:
    """Return the README.md of a run's model.

    Args:
        run: a run with a model.
        repo_id: the repository, or the path by which `pipeline` finds the model.
        licence: the Hub's name of the licence; None: that of the base checkpoint.
        language: codes such as "en" or "en, de"; None: left open.

    Raises:
        UserError: the run has no model.
    """
    from huggingface_hub import ModelCard

    check_finished(run)
    base, data = base_of(run), data_of(run)
    head = _head(run, repo_id, (base, data), (licence or base.licence, language))
    body = "\n\n".join(_sections(run, repo_id, base, data))
    return str(ModelCard(f"---\n{head.to_yaml()}\n---\n\n{body}\n"))


def _head(
    run: Run, repo_id: str, origin: tuple[Base, Data], chosen: tuple[str | None, str | None]
) -> Any:
    from huggingface_hub import ModelCardData

    base, data = origin
    licence, language = chosen
    results = list(_results(run, data))
    languages = [part for part in re.split(r"[\s,;]+", language or "") if part]
    named = {
        "base_model": base.hub_id,
        "datasets": [data.hub_id] if data.hub_id else None,
        "language": languages or None,
        "library_name": "transformers",
        "license": licence,
        "pipeline_tag": run.spec().task,
        "tags": ["fitting-room"],
        "metrics": list(SCORES) if results else None,
        "model_name": repo_id.rpartition("/")[2],
        "eval_results": results or None,
    }
    return ModelCardData(**{key: value for key, value in named.items() if value is not None})


def _results(run: Run, data: Data) -> Iterator[Any]:
    from huggingface_hub import EvalResult

    for split, scores in _scored(run):
        for metric in SCORES:
            if isinstance(scores.get(metric), int | float):
                yield EvalResult(
                    task_type="token-classification",
                    task_name="Token Classification",
                    dataset_type=data.hub_id or "own-data",
                    dataset_name=data.name,
                    dataset_split=split,
                    metric_type=metric,
                    metric_name=metric.capitalize(),
                    metric_value=round(float(scores[metric]), 4),
                )


def _scored(run: Run) -> list[tuple[str, Mapping[str, Any]]]:
    metrics = run.metrics() or {}
    return [(split, metrics[split]) for split in SPLITS if metrics.get(split)]


def _sections(run: Run, repo_id: str, base: Base, data: Data) -> Iterator[str]:
    spec = run.spec()
    origin = code(base.hub_id) if base.hub_id else base.words
    name = escape(repo_id.rpartition("/")[2])
    yield f"# {name}\n\nA token classifier, fine-tuned from {origin} with Fitting Room."
    yield f"## How to use it\n\n```python\n{_usage(repo_id)}\n```"
    yield f"## Labels\n\n{_label_table(run, data)}"
    yield f"## Results\n\n{_score_table(run)}"
    yield f"## Data\n\n{_data_section(data, spec.max_length)}"
    yield f"## Training\n\n{_training_section(run)}"
    yield "## Limits\n\n" + LIMITS.format(length=spec.max_length)


def _usage(repo_id: str) -> str:
    return USAGE.format(model=json.dumps(repo_id), text=json.dumps(EXAMPLE))


def _label_table(run: Run, data: Data) -> str:
    scored = dict(_scored(run))
    best = scored.get("test") or scored.get("validation") or {}
    per_label = best.get("labels") or {}
    names = sorted({name for counts in data.label_counts.values() for name in counts})
    splits = [split for split in ("train", *SPLITS) if data.splits.get(split)]
    split = "test" if scored.get("test") else "validation"
    head = ["Label", *(f"in {name}" for name in splits), f"F1 ({split})"]
    rows = [
        [
            escape(name),
            *(f"{data.label_counts.get(part, {}).get(name, 0):,}" for part in splits),
            _share(per_label.get(name, {}).get("f1")),
        ]
        for name in names
    ]
    return table(head, rows)


def _score_table(run: Run) -> str:
    scored = _scored(run)
    if not scored:
        return "This model was not scored: the run had no other split, or it was stopped."
    rows = [[split, *(_share(scores.get(metric)) for metric in SCORES)] for split, scores in scored]
    note = (
        "Entities count as found where label and both ends are right (seqeval); words that were "
        "cut count as missed. Accuracy is by token."
    )
    return f"{table(['Split', *(name.capitalize() for name in SCORES)], rows)}\n\n{note}"


def _share(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, int | float) else "-"


def _data_section(data: Data, max_length: int) -> str:
    source = code(data.hub_id) if data.hub_id else escape(data.name)
    parts = [f"Dataset: {source}.", table(["Split", "Rows"], _counts(data.splits))]
    if data.rows_cut is not None:
        parts.append(f"Training rows cut at {max_length} tokens: {data.rows_cut:,}.")
    for title, counts in (("Repaired", data.repaired), ("Dropped", data.dropped)):
        if counts:
            listed = ", ".join(f"{escape(reason)}: {count:,}" for reason, count in counts.items())
            parts.append(f"{title}: {listed}.")
    return "\n\n".join(parts)


def _counts(counts: Mapping[str, int]) -> list[list[str]]:
    return [[escape(name), f"{count:,}"] for name, count in counts.items()]


def _training_section(run: Run) -> str:
    spec = run.spec()
    settings: dict[str, object] = {"method": spec.method, "max_length": spec.max_length}
    settings.update(asdict(get_task(spec.task).options(**spec.task_options)))
    settings.update({name: getattr(spec.hyperparameters, name) for name in SHOWN_SETTINGS})
    settings["bf16"] = run.started_with().get("bf16", settings["bf16"])  # as it was, not as wished
    rows = [[code(name), code(value)] for name, value in settings.items() if value is not None]
    versions = (run.details().get("resolved") or {}).get("versions") or {}
    listed = ", ".join(f"{escape(name)} {code(version)}" for name, version in versions.items())
    frame = f"\n\nVersions: {listed}." if listed else ""
    return table(["Setting", "Value"], rows) + frame


def proposed_licence(run: Run) -> str | None:
    """Return the licence of the base checkpoint, for the field of the publish form."""
    return base_of(run).licence
