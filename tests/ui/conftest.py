"""A visitor without a browser: real services, a real home, the steps' own handlers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from ui.server import create_services
from ui.services import Services, Visit

VISITOR = "0123456789abcdef" * 2
Shown = dict[Any, Any]


@pytest.fixture
def services(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """Services on an empty home, on a machine without a starter."""
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "nothing"))
    made = create_services(home)
    yield made
    made.close()


@pytest.fixture
def visit(services: Services) -> Visit:
    """A visitor who reads English."""
    return Visit(services, VISITOR, "en")


@pytest.fixture
def lay() -> Callable[[Callable[[], Any]], Any]:
    """Lay out the parts of a step."""

    def laid(layout: Callable[[], Any]) -> Any:
        with gr.Blocks():
            return layout()

    return laid


def last(shown: Any) -> Shown:
    """Return everything that a handler showed in the end."""
    together: Shown = {}
    for part in [shown] if isinstance(shown, dict) else shown:
        together.update(part)
    return together


def text_of(update: Any) -> str:
    """Return the markup of an update, whether given plainly or as a component."""
    return str(update.value if hasattr(update, "value") else update)
