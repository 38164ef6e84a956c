"""What a check found: shown in the page, in the publish dialog and before a run starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

State = Literal["ok", "warn", "bad"]
Step = Literal["checkpoint", "data", "preview", "train"]


@dataclass(frozen=True)
class Finding:
    """One line of a check: how it stands, what it is about, and the step where to mend it."""

    state: State
    title: str
    text: str
    step: Step | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)


def bad_ones(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings that forbid a start.

    >>> bad_ones([Finding("ok", "Disk", "12 GB free."), Finding("bad", "Labels", "None.", "data")])
    [Finding(state='bad', title='Labels', text='None.', step='data')]
    """
    return [finding for finding in findings if finding.state == "bad"]
