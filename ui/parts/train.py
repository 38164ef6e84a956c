"""The components of step 4 and where they stand."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ui.components.live_chart import live_chart, run_head, run_papers
from ui.components.start_progress import start_progress
from ui.forms import widget
from ui.markup import heading, html
from ui.presets import NAMES, OWN
from ui.texts import t

MAIN = ("learning_rate", "num_train_epochs", "per_device_train_batch_size")
FOLDS = {
    "schedule": (
        "lr_scheduler_type",
        "warmup_steps",
        "weight_decay",
        "max_grad_norm",
        "label_smoothing_factor",
        "max_steps",
    ),
    "evaluation": (
        "eval_strategy",
        "eval_steps",
        "load_best_model_at_end",
        "metric_for_best_model",
        "logging_steps",
        "save_strategy",
        "save_steps",
        "save_total_limit",
    ),
    "machine": (
        "device",
        "per_device_eval_batch_size",
        "gradient_accumulation_steps",
        "bf16",
        "seed",
    ),
}
SETTINGS = (*MAIN, *(name for names in FOLDS.values() for name in names))
Parts = dict[str, Any]
"""Components by name; settings by their own, folded groups as `fold_<name>`."""


def dotted(name: str) -> str:
    """Return where a setting lies in the spec."""
    return name if name == "device" else f"hyperparameters.{name}"


def layout() -> Parts:
    """Place the step: the set-up, and the watched run."""
    made: Parts = {}
    made["view"] = gr.Radio(
        [(t("train_setup"), "setup")],
        value="setup",
        show_label=False,
        label=t("train_view"),
        container=False,
        elem_id="train-view",
        elem_classes="fr-seg fr-view",
        visible=False,
        interactive=True,
    )
    # Shown by the first refresh: what is not filled yet must not be taken for an answer.
    with gr.Column(visible=False, elem_id="train-setup") as made["setup"]:
        made |= _setup()
    with gr.Column(visible=False, elem_id="train-watch") as made["watch"]:
        made |= _watch()
    return made


def _setup() -> Parts:
    """Place the form at the left, the check before the start at the right."""
    made: Parts = {}
    with gr.Row(elem_classes="fr-cols"):
        with gr.Column(scale=6, min_width=320):
            heading("train_heading")
            made["method"] = gr.Radio(
                [(t("method_full"), "full")],
                value="full",
                label=t("train_method"),
                elem_id="train-method",
                elem_classes="fr-list",
                interactive=True,
            )
            made["preset"] = gr.Radio(
                [(t(f"preset_{name}"), name) for name in (*NAMES, OWN)],
                value="balanced",
                label=t("train_preset"),
                elem_id="train-preset",
                elem_classes="fr-seg",
                interactive=True,
            )
            made |= _settings()
        with gr.Column(scale=5, min_width=300, elem_classes="fr-panel"):
            made["checks"] = html("", elem_id="train-checks")
            made["name"] = gr.Textbox(
                label=t("train_name"), elem_id="train-name", max_length=80, interactive=True
            )
            made["start"] = gr.Button(t("train_start"), variant="primary", elem_id="train-start")
            made["starting"] = start_progress("train-starting")
    return made


def _settings() -> Parts:
    """Place the fields of the form and their folded groups."""
    made: Parts = {}
    with gr.Row():
        for name, scale in zip(MAIN, (2, 2, 3), strict=True):
            made[name] = widget("train", dotted(name), scale=scale, min_width=130)
    for fold, names in FOLDS.items():
        label = t(f"fold_{fold}")
        with gr.Accordion(label, open=False, elem_id=f"train-{fold}") as made[f"fold_{fold}"]:
            for at in range(0, len(names), 2):
                with gr.Row():
                    for name in names[at : at + 2]:
                        made[name] = widget("train", dotted(name), min_width=150)
    return made


def _watch() -> Parts:
    """Place the watched run: head, chart, papers."""
    made: Parts = {}
    with gr.Row(elem_classes="fr-runhead"):
        made["head"] = run_head("train-progress")
        with gr.Row(scale=0, elem_classes="fr-actions"):
            made["stop"] = gr.Button(
                t("train_stop"), variant="stop", elem_id="train-stop", size="md", min_width=160
            )
            made["resume"] = gr.Button(
                t("train_resume"), elem_id="train-resume", size="md", min_width=120
            )
            gr.Button(
                t("next_share"), variant="primary", elem_id="train-next", size="md", min_width=160
            )
    with gr.Column(elem_classes="fr-panel"):
        made["chart"] = live_chart("train-chart")
    made["papers"] = run_papers("train-papers")
    return made
