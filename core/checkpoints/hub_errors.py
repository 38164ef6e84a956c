"""What the Hub's client raises, in words. Shared by search, download and publishing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from core.checkpoints.names import endpoint
from core.errors import UserError, explain

ELSEWHERE = "Everything on this machine goes on working; try again later."
SERVER_ERRORS = 500


def no_network() -> UserError:
    """Return the error for a Hub out of reach."""
    return UserError("The Hub cannot be reached: no network, or it is switched off.", ELSEWHERE)


@contextmanager
def hub_errors(repo_id: str = "", kind: str = "checkpoint") -> Iterator[None]:
    """Turn what the Hub's client raises into a UserError; other exceptions pass.

    Args:
        repo_id: the repository that is asked for; empty in a search.
        kind: what the person wanted, for the message ("checkpoint", "dataset", "repository").
    """
    import httpx2
    from huggingface_hub import errors

    known = (
        RuntimeError,  # around what went wrong in an upload
        httpx2.HTTPError,
        OSError,
        errors.EntryNotFoundError,
        errors.HFValidationError,
        errors.SafetensorsParsingError,
        errors.NotASafetensorsRepoError,
    )
    try:
        yield
    except known as error:
        found = explain_hub(error, repo_id, kind)
        if found is None:
            raise
        raise found from error


def explain_hub(error: BaseException, repo_id: str, kind: str = "checkpoint") -> UserError | None:
    """Say an exception of the Hub's client in words; None: it is none of them."""
    from huggingface_hub import errors

    cause = error.__cause__
    if isinstance(error, RuntimeError):
        return None if cause is None else explain_hub(cause, repo_id, kind)
    if isinstance(error, errors.LocalEntryNotFoundError):
        return no_network() if cause is None else explain_hub(cause, repo_id, kind)
    if isinstance(error, errors.HFValidationError):
        return UserError(f'"{repo_id[:100]}" is no id of a repository.', "Check the spelling.")
    if isinstance(error, errors.SafetensorsParsingError | errors.NotASafetensorsRepoError):
        return UserError(
            f"The safetensors files of {repo_id} cannot be read.", "Choose another checkpoint."
        )
    return (
        _access_error(error, repo_id, kind)
        or _connection_error(error)
        or _status_error(error, repo_id)
        or explain(error)
    )


def _access_error(error: BaseException, repo_id: str, kind: str) -> UserError | None:
    from huggingface_hub import errors

    page = f"{endpoint()}/{'datasets/' if kind == 'dataset' else ''}{repo_id}"
    if isinstance(error, errors.GatedRepoError):  # before its base class
        return UserError(
            f"{repo_id} is gated: its authors ask you to accept their terms first.",
            f"Accept them at {page}, then give a token of that account.",
        )
    if isinstance(error, errors.DisabledRepoError):
        return UserError(f"{repo_id} was disabled by the Hub.", f"Choose another {kind}.")
    if isinstance(error, errors.RepositoryNotFoundError):
        return UserError(
            f"There is no {kind} {repo_id} on the Hub, or it is private.",
            "Check the spelling, or give a token that may read it.",
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return UserError(
            f"{repo_id} has no such revision.", "Leave the revision empty to take the newest one."
        )
    if isinstance(error, errors.EntryNotFoundError):
        return UserError(f"{repo_id} lacks a file that is needed.", f"Choose another {kind}.")
    return None


def _connection_error(error: BaseException) -> UserError | None:
    import httpx2

    if isinstance(error, httpx2.TimeoutException):
        return UserError("The Hub did not answer in time.", ELSEWHERE)
    if isinstance(error, httpx2.TransportError | ConnectionError):
        return no_network()
    return None


def _status_error(error: BaseException, repo_id: str) -> UserError | None:
    import httpx2

    if not isinstance(error, httpx2.HTTPStatusError) and not hasattr(error, "response"):
        return None
    status = getattr(getattr(error, "response", None), "status_code", 0)
    if status == 401:
        return UserError(
            "The Hub does not know this token: it is mistyped, expired or withdrawn.",
            f"Make a new one at {endpoint()}/settings/tokens.",
        )
    if status == 403:
        return UserError(
            f"The token may not do this{f' with {repo_id}' if repo_id else ''}.",
            f"Make a token with that permission at {endpoint()}/settings/tokens.",
        )
    if status == 429:
        return UserError(
            "The Hub asks to wait: too many requests from here.", "Try again in a few minutes."
        )
    if status >= SERVER_ERRORS:
        return UserError(f"The Hub has a problem of its own (status {status}).", ELSEWHERE)
    return UserError(f"The Hub refused the request (status {status}).", "Try again later.")
