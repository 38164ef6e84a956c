from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.checkpoints.card import read_folder
from core.data.imports import import_dataset
from core.data.prepare import prepare
from core.findings import Finding
from core.spec import DatasetSpec, RunSpec, SplitSpec
from core.training.checks import check
from core.training.devices import likely_bf16, likely_devices


@pytest.fixture
def found(base_spec: RunSpec, lasting: Path, tiny_checkpoint: Path) -> Any:
    """Check the base spec with some changes."""

    def look(spec: RunSpec = base_spec, **changes: Any) -> list[Finding]:
        home = lasting / "home"
        spec = replace(spec, **changes)
        imported = import_dataset(spec.dataset, home)
        report = prepare(imported, spec).report
        card = read_folder(tiny_checkpoint, "tiny", "folder")
        return check(spec, imported, report, card, home)

    return look


def texts(findings: list[Finding], state: str) -> list[str]:
    return [finding.text for finding in findings if finding.state == state]


def test_a_sound_spec_has_nothing_bad(found: Any) -> None:
    findings = found()
    assert texts(findings, "bad") == []
    assert texts(findings, "warn") == []
    assert {finding.title for finding in findings} >= {"Task", "Rows", "Labels", "Length", "Memory"}


def test_max_length_above_the_positions_names_the_limit(found: Any) -> None:
    findings = found(max_length=65)
    assert texts(findings, "bad") == [
        "max_length is 65, but tiny has positions for 64 tokens; expected at most 64."
    ]
    assert [f.step for f in findings if f.state == "bad"] == ["preview"]


def test_rows_that_are_surely_cut_are_counted(found: Any) -> None:
    warned = texts(found(max_length=8), "warn")
    assert warned == [
        "At least 56 of 80 training rows have more words than fit into max_length 8; what is cut "
        "counts as missed."
    ]


def test_an_unknown_method_names_those_offered(found: Any) -> None:
    assert texts(found(method="lora"), "bad") == [
        'Token classification has no method "lora". Offered: full.'
    ]


def test_unknown_options_are_named(found: Any) -> None:
    [text] = texts(found(task_options={"label_rul": "first"}), "bad")
    assert 'task_options has the unknown field "label_rul". Did you mean "label_rule"?' in text
    [text] = texts(found(method_options={"rank": 8}), "bad")
    assert text == 'The method full has no option "rank"; it has none at all.'
    [text] = texts(found(devices=2), "bad")
    assert text == "devices is 2; expected 1: training uses one device."


@pytest.mark.skipif(likely_devices()["mps"], reason="this machine has MPS")
def test_a_device_that_is_not_here_is_refused(found: Any) -> None:
    assert texts(found(device="mps"), "bad") == [
        'The device "mps" is not available on this machine. Choose auto or cpu as the device in '
        "step 4."
    ]


def test_bf16_is_told_only_where_it_is_not_native(found: Any, base_spec: RunSpec) -> None:
    half = replace(base_spec.hyperparameters, bf16=True)
    told = "This CPU has no native bf16: training uses full precision."
    assert (told in texts(found(hyperparameters=half), "ok")) != likely_bf16("cpu")
    full = replace(base_spec.hyperparameters, bf16=False)
    assert told not in texts(found(hyperparameters=full), "ok")


def test_no_validation_split_is_a_warning(found: Any, lasting: Path) -> None:
    findings = found(
        dataset=DatasetSpec({"train": (str(lasting / "train.conll"),)}),
        splits=SplitSpec(validation_share=0.0),
    )
    assert texts(findings, "warn") == [
        "There is no validation split, so nothing says which checkpoint is best: the last one is "
        "kept."
    ]


def test_one_label_only_in_validation_is_a_warning(
    found: Any, lasting: Path, tmp_path: Path
) -> None:
    path = tmp_path / "validation.conll"
    path.write_text("paris\tB-LOC\nis\tO\n")
    files = {"train": (str(lasting / "train.conll"),), "validation": (str(path),)}
    assert (
        "The split 'validation' has one label only, LOC; train has 2. Its scores say nothing of "
        "the others."
    ) in texts(found(dataset=DatasetSpec(files)), "warn")


def test_memory_and_disk_are_compared_with_this_machine(found: Any, base_spec: RunSpec) -> None:
    huge = replace(base_spec.hyperparameters, per_device_train_batch_size=65_536)
    [memory] = [f for f in found(hyperparameters=huge) if f.title == "Memory"]
    assert memory.text.startswith("Training may take about ") or memory.state == "ok"
    many = replace(base_spec.hyperparameters, save_total_limit=1000)
    [disk] = [f for f in found(hyperparameters=many) if f.title == "Disk"]
    assert disk.text.endswith("GB are free.")


def test_a_run_that_saves_nothing_says_so(found: Any, base_spec: RunSpec) -> None:
    nothing = replace(base_spec.hyperparameters, save_strategy="no", eval_strategy="no")
    assert texts(found(hyperparameters=nothing), "warn") == [
        "save_strategy is no: a run that is killed cannot be resumed."
    ]
