"""Figures in words: counts, sizes, durations."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.services import Visit


def count(number: float) -> str:
    """Shorten a count.

    >>> count(22_713_216), count(134_700), count(950), count(7.2e9)
    ('22.7 M', '135 k', '950', '7.2 B')
    """
    for unit, size in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if number >= size:
            scaled = number / size
            return f"{scaled:.0f} {unit}" if scaled >= 100 else f"{scaled:.1f} {unit}"
    return f"{number:.0f}"


def size(number: float) -> str:
    """Say a number of bytes.

    >>> size(91_000_000), size(1_240_000_000), size(412_000)
    ('91 MB', '1.2 GB', '412 kB')
    """
    if number >= 1e9:
        return f"{number / 1e9:.1f} GB"
    if number >= 1e6:
        return f"{number / 1e6:.0f} MB"
    return f"{max(number, 1000) / 1e3:.0f} kB"


def duration(visit: Visit, seconds: float) -> str:
    """Say how long something took or will take."""
    if seconds < 60:
        return visit.say("time_seconds", seconds=round(seconds))
    if seconds < 3600:
        return visit.say("time_minutes", minutes=round(seconds / 60))
    return visit.say("time_hours", hours=seconds / 3600)


def duration_left(visit: Visit, seconds: float) -> str:
    """Say how long it still takes."""
    if seconds < 60:
        return visit.say("time_seconds_left", seconds=round(seconds))
    if seconds < 3600:
        return visit.say("time_minutes_left", minutes=round(seconds / 60))
    return visit.say("time_hours_left", hours=seconds / 3600)


def ago(visit: Visit, moment: float | None) -> str:
    """Say how long ago a moment (seconds since 1970) was."""
    if not moment:
        return ""
    seconds = max(time.time() - moment, 0)
    if seconds < 60:
        return visit.say("time_now")
    if seconds < 3600:
        return visit.say("time_minutes_ago", minutes=round(seconds / 60))
    if seconds < 86_400:
        return visit.say("time_hours_ago", hours=round(seconds / 3600))
    return visit.say("time_days_ago", days=round(seconds / 86_400))
