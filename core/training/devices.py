"""Which devices this machine can train on."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
from pathlib import Path
from typing import Any

from core.errors import UserError

NATIVE_BF16_FLAGS = ("avx512_bf16", "amx_bf16", "bf16")  # x86 and Arm names in /proc/cpuinfo
AMPERE = 8  # compute capability of the first CUDA devices with native bf16


def likely_devices() -> dict[str, bool]:
    """Say which devices are probably usable, without importing torch."""
    driver = Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None
    apple = platform.system() == "Darwin" and platform.machine() == "arm64"
    return {"cpu": True, "cuda": driver and _torch_has_cuda(), "mps": apple}


def _torch_has_cuda() -> bool:
    """Read the version file of torch: its import takes seconds."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return False
    try:
        text = (Path(spec.origin).parent / "version.py").read_text("utf-8")
    except OSError:
        return False
    return re.search(r"^cuda\b[^=]*= *['\"]", text, re.MULTILINE) is not None


def likely_bf16(device: str) -> bool:
    """Say whether bf16 is probably native on a device, without importing torch."""
    devices = likely_devices()
    if device in ("cuda", "mps") or (device == "auto" and (devices["cuda"] or devices["mps"])):
        return True
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return False
    flags = re.search(r"^(?:flags|Features)\s*:(.*)$", text, re.MULTILINE)
    return flags is not None and any(name in flags[1].split() for name in NATIVE_BF16_FLAGS)


def device_choices() -> list[dict[str, Any]]:
    """Return the devices with their names and memory; imports torch, so a child calls it."""
    import torch

    choices = [{"device": "cpu", "name": f"CPU, {os.cpu_count()} cores", "memory_bytes": None}]
    if torch.cuda.is_available():
        known = torch.cuda.get_device_properties(0)
        choices.append({"device": "cuda", "name": known.name, "memory_bytes": known.total_memory})
    if torch.backends.mps.is_available():
        choices.append({"device": "mps", "name": "Apple GPU (MPS)", "memory_bytes": None})
    automatic = {**choices[-1], "device": "auto"}
    return [automatic, *choices]


def device_of(device: str) -> str:
    """Return the device that a choice means: cpu, cuda or mps."""
    import torch

    if device != "auto":
        return device
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def check_device(device: str) -> None:
    """Raise a UserError where torch cannot use the device."""
    import torch

    usable = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}
    if device in usable and not usable[device]():
        raise missing_device(device)


def missing_device(device: str) -> UserError:
    """Return the error for a device that is not there."""
    return UserError(
        f'The device "{device}" is not available on this machine.',
        "Choose auto or cpu as the device in step 4.",
    )
