"""The progress of a run or a download as lines on a terminal."""

from __future__ import annotations

from typing import TextIO

from core.runs.events import Event


class Progress:
    """Writes one line per event; on a terminal the line of a step replaces the one before."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._open = False  # a line that may be replaced stands on the terminal

    def show(self, event: Event) -> None:
        """Show one event."""
        if event.kind == "metrics" and "loss" in event.values:
            self._write(step_line(event), replace=True)
        else:
            line = event_line(event)
            if line:
                self._write(line, replace=False)

    def bytes_done(self, done: int, total: int) -> None:
        """Show how much of a download is here."""
        self._write(f"Checkpoint: {done / 1e6:.1f} of {total / 1e6:.1f} MB", replace=True)

    def close(self) -> None:
        """End the line that stands open."""
        if self._open:
            self._stream.write("\n")
        self._open = False

    def _write(self, line: str, *, replace: bool) -> None:
        if not self._stream.isatty():
            self._stream.write(line + "\n")
        else:
            self._stream.write("\r\x1b[K" + line + ("" if replace else "\n"))
            self._open = replace
        self._stream.flush()


def step_line(event: Event) -> str:
    """Say where the training stands.

    >>> step_line(
    ...     Event(0, 3, "metrics", 40, values={"loss": 0.5, "total_steps": 60, "seconds_left": 75})
    ... )
    'step 40 of 60 · loss 0.5000 · 1 min 15 s left'
    """
    values = event.values
    loss = values.get("loss")
    parts = [f"step {event.step} of {values.get('total_steps', '?')}"]
    parts.append("loss is not a number" if loss is None else f"loss {loss:.4f}")
    if values.get("rows_per_second"):
        parts.append(f"{values['rows_per_second']:.1f} rows/s")
    if values.get("seconds_left") is not None:
        parts.append(f"{duration(values['seconds_left'])} left")
    return " · ".join(parts)


def event_line(event: Event) -> str:
    """Say what happened, in one line; empty where there is nothing to say.

    >>> event_line(Event(0, 4, "metrics", 40, values={"eval_loss": 0.25, "eval_f1": 0.5}))
    'step 40 · validation: loss 0.2500, f1 0.5000'
    >>> event_line(Event(0, 5, "checkpoint", 40))
    ''
    """
    if event.kind == "metrics":
        scores = [
            f"{name.removeprefix('eval_')} {value:.4f}"
            for name, value in event.values.items()
            if name.startswith("eval_") and isinstance(value, float)
        ]
        return f"step {event.step} · validation: {', '.join(scores)}"
    if event.kind == "started":
        values = event.values
        return f"started on {values.get('device')} · {values.get('total_steps')} steps"
    return f"{event.kind}: {event.message}" if event.message else ""


def duration(seconds: float) -> str:
    """Say a duration.

    >>> duration(42.4), duration(75), duration(7380)
    ('42 s', '1 min 15 s', '2 h 3 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
