"""From a spec to a run folder: import the data, find the checkpoint, check, create."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from core.errors import UserError
from core.findings import Finding, bad_ones
from core.runs.folder import Run, create_run, list_runs
from core.runs.process import locked
from core.spec import RunSpec

if TYPE_CHECKING:
    from core.checkpoints.card import Checkpoint
    from core.data.imports import Imported
    from core.data.prepare import Prepared

PACKAGES = ("torch", "transformers", "tokenizers", "accelerate", "safetensors", "numpy")
STEPS = {"checkpoint": "step 1", "data": "step 2", "preview": "step 3", "train": "step 4"}
CREATE_SECONDS = 60.0  # making a folder of links takes far less
RECENT_RUNS = 50  # how many are looked at for the same click


def prepare_run(
    spec: RunSpec, home: Path, runs: Path, token: str | None = None, key: str | None = None
) -> Run:
    """Import the data, check everything that could fail, and make the run folder.

    Args:
        spec: what the person decided.
        home: where imported data and the starter lie.
        runs: folder of the runs.
        token: for a gated or private Hub dataset; it goes nowhere else.
        key: calls with the same key make one run (a second click on Start).

    Raises:
        UserError: something that the person can mend, before any training.
    """
    from core.data.imports import import_dataset

    if spec.dataset.is_empty:
        raise UserError("No dataset is chosen.", "Choose a dataset in step 2.")
    imported = import_dataset(spec.dataset, home, token=token)
    prepared, checkpoint = _checked(spec, imported, home)
    chosen = dataclasses.replace(spec, columns={**prepared.report.columns, **spec.columns})
    resolved = {**_resolved(spec, imported, checkpoint), "key": key}
    runs.mkdir(parents=True, exist_ok=True)
    with locked(runs / ".creating", CREATE_SECONDS):
        known = _run_of(key, runs)
        return known or create_run(chosen, imported.folder, runs, prepared.indices, resolved)


def fetch_checkpoint(
    spec: RunSpec, home: Path, on_progress: Callable[[int, int], None] | None = None
) -> None:
    """Download the checkpoint if it is not on this machine; the token is this machine's login."""
    from core.checkpoints.find import inspect_checkpoint

    found = inspect_checkpoint(spec.checkpoint, home, revision=spec.checkpoint_revision)
    if found.folder is None:
        from core.checkpoints.hub import download

        download(spec.checkpoint, revision=spec.checkpoint_revision, on_progress=on_progress)


def findings_of(spec: RunSpec, home: Path) -> list[Finding]:
    """Check a spec whose dataset is imported, without making a run."""
    from core.data.imports import import_dataset

    imported = import_dataset(spec.dataset, home)
    return _check(spec, imported, home)[0]


def _run_of(key: str | None, runs: Path) -> Run | None:
    if key is None:
        return None
    for run in list_runs(runs)[:RECENT_RUNS]:
        if run.details()["resolved"].get("key") == key:
            return run
    return None


def _checked(spec: RunSpec, imported: Imported, home: Path) -> tuple[Prepared, Checkpoint]:
    findings, prepared, checkpoint = _check(spec, imported, home)
    bad = bad_ones(findings)
    if bad:
        where = STEPS.get(bad[0].step or "", "the spec")
        raise UserError(" ".join(finding.text for finding in bad), f"Mend it in {where}.")
    return prepared, checkpoint


def _check(
    spec: RunSpec, imported: Imported, home: Path
) -> tuple[list[Finding], Prepared, Checkpoint]:
    from core.checkpoints.find import inspect_checkpoint
    from core.data.prepare import prepare
    from core.training.checks import check

    checkpoint = inspect_checkpoint(spec.checkpoint, home, revision=spec.checkpoint_revision)
    prepared = prepare(imported, spec)
    return check(spec, imported, prepared.report, checkpoint, home), prepared, checkpoint


def _resolved(spec: RunSpec, imported: Imported, checkpoint: Checkpoint) -> dict[str, Any]:
    """Return what decides the result beyond the spec."""
    folder = checkpoint.folder
    if folder is None:
        raise UserError(
            f"The checkpoint {spec.checkpoint} is not on this machine.", "Download it in step 1."
        )
    return {
        "dataset": dataset_name(spec, imported),
        "data_hash": imported.hash,
        "checkpoint_folder": str(folder),
        "checkpoint_revision": checkpoint.revision,
        "weights_sha256": {
            path.name: _sha256(path) for path in sorted(folder.glob("*.safetensors"))
        },
        "max_positions": checkpoint.max_length,
        "threads": threads(),
        "versions": {"python": platform.python_version(), **_versions()},
    }


def dataset_name(spec: RunSpec, imported: Imported) -> str:
    """Return what the list of runs calls the dataset: the Hub id, else the first file."""
    if spec.dataset.hub_id:
        return spec.dataset.hub_id
    names = [Path(source).name for source in imported.sources]
    return names[0] if names else imported.hash[:12]


def threads() -> int:
    """Return how many threads training uses: `OMP_NUM_THREADS`, else the physical cores we have."""
    wish = os.environ.get("OMP_NUM_THREADS", "")
    if wish.isdigit() and int(wish) > 0:
        return int(wish)
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(allowed or 1, psutil.cpu_count(logical=False) or allowed or 1))


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
