"""Step: train."""

from __future__ import annotations

from typing import Any

from ui.markup import heading, html, quiet
from ui.services import Services, Visit
from ui.step import Step


def build(services: Services) -> Step:
    """Build the step."""
    heading("train_heading", "train_lead")
    note = html()

    def refresh(visit: Visit) -> Any:
        """Show what the draft holds."""
        return quiet(visit.spec.checkpoint)

    return Step(refresh, [note])
