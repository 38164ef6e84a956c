"""A byte-level BPE tokenizer for the tests of tasks."""

from pathlib import Path

import pytest

from tests.tasks.models import make_tiny_bpe


@pytest.fixture(scope="session")
def tiny_bpe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a byte-level BPE tokenizer that does not add a blank before the first word."""
    return make_tiny_bpe(tmp_path_factory.mktemp("bpe") / "tiny-bpe")
