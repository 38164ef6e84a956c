"""What a step hands to the page: how to refresh it and what that refreshes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Step:
    """One built step."""

    refresh: Callable[..., Any]
    """`refresh(visit)` returns updates of `outputs`; called when the step is opened."""
    outputs: Sequence[Any]
    details: Callable[..., Any] | None = None
    """What takes longer: called after `refresh`, with its own outputs."""
    details_outputs: Sequence[Any] = ()
