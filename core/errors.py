"""The one exception that is meant for people, and how known exceptions of libraries become it."""

from __future__ import annotations

import errno
import os

NO_MEMORY = ("out of memory", "can't allocate memory", "cannot allocate memory")
NO_SPACE = os.strerror(errno.ENOSPC).lower()


class UserError(Exception):
    """Something the person can mend.

    Args:
        message: what is wrong and where (file, row, column, value), and what was expected.
        hint: the next click.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


def explain(exception: BaseException) -> UserError | None:
    """Say a known failure of library or machine in words; None: a defect of ours."""
    if isinstance(exception, UserError):
        return exception
    text = str(exception).lower()
    if isinstance(exception, MemoryError) or any(sign in text for sign in NO_MEMORY):
        return UserError(
            "The machine ran out of memory.",
            "Choose a smaller per_device_train_batch_size or max_length in steps 3 and 4.",
        )
    if NO_SPACE in text:  # safetensors raises no OSError
        name = getattr(exception, "filename", None) or "not named"
        return UserError(
            f"The disk is full; the last file written was {name}.",
            "Free some space, then resume the run.",
        )
    if isinstance(exception, OSError) and exception.errno in (errno.EACCES, errno.EROFS):
        return UserError(
            f"This machine does not allow writing to {exception.filename}.",
            "Start with --home and a folder you may write to.",
        )
    return None
