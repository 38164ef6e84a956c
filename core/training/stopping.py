"""The wish to stop; light, because the worker listens before its heavy imports."""

from __future__ import annotations


class StopRequest:
    """Whether someone asked the worker to stop; set by a signal, read between steps."""

    def __init__(self) -> None:
        self.requested = False

    def ask(self, *_signal: object) -> None:
        """Ask to stop; a signal handler."""
        self.requested = True
