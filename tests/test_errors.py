from __future__ import annotations

import errno
import os

import pytest

from core.errors import UserError, explain


@pytest.mark.parametrize(
    ("exception", "message"),
    [
        (MemoryError(), "The machine ran out of memory."),
        (
            RuntimeError("CUDA out of memory. Tried to allocate 2 GiB."),
            "The machine ran out of memory.",
        ),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 9 bytes"),
            "The machine ran out of memory.",
        ),
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "events.jsonl"),
            "The disk is full; the last file written was events.jsonl.",
        ),
        (
            RuntimeError("Error while serializing: No space left on device (os error 28)"),
            "The disk is full; the last file written was not named.",
        ),
        (
            PermissionError(errno.EACCES, "no", "/home/x"),
            "This machine does not allow writing to /home/x.",
        ),
    ],
)
def test_known_failures_are_said_in_words(exception: Exception, message: str) -> None:
    known = explain(exception)
    assert known is not None
    assert known.message == message
    assert known.hint


def test_a_user_error_stays_and_a_defect_stays_unknown() -> None:
    error = UserError("What.", "Click.")
    assert explain(error) is error
    assert str(error) == "What. Click."
    assert explain(KeyError("x")) is None
