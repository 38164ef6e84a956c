from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from core.errors import UserError
from core.training.devices import check_device, device_choices, likely_devices
from tests.conftest import ROOT


def test_the_guess_without_torch_agrees_with_torch() -> None:
    likely = likely_devices()
    assert likely["cpu"]
    assert likely["cuda"] or not torch.cuda.is_available()
    assert likely["mps"] or not torch.backends.mps.is_available()


def test_the_choices_begin_with_auto_and_have_the_cpu() -> None:
    choices = device_choices()
    assert [choice["device"] for choice in choices][:2] == ["auto", "cpu"]
    assert all(choice["name"] for choice in choices)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_a_device_that_torch_cannot_use_is_named() -> None:
    check_device("auto")
    check_device("cpu")
    with pytest.raises(UserError) as caught:
        check_device("cuda")
    assert caught.value.message == 'The device "cuda" is not available on this machine.'
    assert caught.value.hint == "Choose auto or cpu as the device in step 4."


def test_runs_can_be_made_and_watched_without_torch() -> None:
    code = (
        "import sys, core.runs.launcher, core.runs.folder, core.training.checks, core.findings\n"
        "from core.training.devices import likely_bf16, likely_devices\n"
        "likely_devices(), likely_bf16('auto')\n"
        "heavy = {'torch', 'transformers', 'datasets', 'evaluate', 'pandas', 'pyarrow'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
