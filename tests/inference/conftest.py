"""A run with a model of random weights, as the playground finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.data.imports import import_dataset
from core.data.prepare import prepare
from core.runs.folder import Run, create_run
from core.spec import read_spec
from tests.tasks.models import MODEL_LABELS, make_tiny_model


@pytest.fixture
def run(tiny_spec: Path, tiny_checkpoint: Path, home: Path) -> Run:
    """A run folder on the small CoNLL files, with a model/ that was never trained."""
    spec = read_spec(tiny_spec)
    imported = import_dataset(spec.dataset, home)
    indices = prepare(imported, spec).indices
    made = create_run(spec, imported.folder, home / "runs", indices, {})
    make_tiny_model(tiny_checkpoint, made.model, MODEL_LABELS)
    return made
