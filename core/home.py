"""Where everything the app keeps lies: imported data, runs, drafts, the starter."""

from __future__ import annotations

import os
from pathlib import Path

SPACE_VOLUME = Path("/data")  # the persistent volume of a Hugging Face Space, where it has one


def user_folder() -> Path:
    """Return the user's data folder of this system, whether or not it exists."""
    import platformdirs

    return Path(platformdirs.user_data_dir("fitting-room", appauthor=False))


def home_folder(flag: str | Path | None = None) -> Path:
    """Return the home folder: `--home`, else `FITTING_ROOM_HOME`, else volume or user folder."""
    chosen = flag or os.environ.get("FITTING_ROOM_HOME")
    if chosen:
        return Path(chosen).expanduser().resolve()
    if os.environ.get("SPACE_ID") and os.access(SPACE_VOLUME, os.W_OK):
        return SPACE_VOLUME / "fitting-room"
    return user_folder()
