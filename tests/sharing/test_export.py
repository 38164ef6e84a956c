"""The zip holds the model, its card and nothing private, and loads."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import pytest

from core.errors import UserError
from core.runs.folder import Run
from core.sharing.export import zip_model, zip_name


def test_zip_holds_a_model_that_loads(finished_run: Run, tmp_path: Path) -> None:
    content = b"".join(zip_model(finished_run))

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    stem = zip_name(finished_run).removesuffix(".zip")
    assert stem == f"Mail-firms-{finished_run.id}"
    from transformers import pipeline

    tagger = pipeline(
        "token-classification", model=str(tmp_path / stem), aggregation_strategy="first"
    )
    assert {entity["entity_group"] for entity in tagger("anna was in paris")} >= {"PER", "LOC"}


def test_zip_leaves_private_files_out(finished_run: Run, tmp_path: Path) -> None:
    run = Run(shutil.copytree(finished_run.path, tmp_path / finished_run.id))
    for name in ("training_args.bin", "optimizer.safetensors", "scheduler.json", ".secret.json"):
        (run.model / name).write_bytes(b"x")

    with zipfile.ZipFile(io.BytesIO(b"".join(zip_model(run)))) as archive:
        names = {Path(name).name for name in archive.namelist()}

    assert names == {
        "README.md",
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }


def test_run_without_model_is_refused(finished_run: Run, tmp_path: Path) -> None:
    run = Run(shutil.copytree(finished_run.path, tmp_path / finished_run.id))
    shutil.rmtree(run.model)

    with pytest.raises(UserError) as caught:
        zip_model(run)

    assert (
        caught.value.message == f"The run {run.id} has no trained model to share: it is finished."
    )
