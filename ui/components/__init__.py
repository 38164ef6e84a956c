"""Custom pieces of the page: a function that places each, its script and its styles beside it."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def script(name: str) -> str:
    """Return a component's script."""
    return (FOLDER / f"{name}.js").read_text("utf-8")
