"""Publish the model of a run to the Hub: checked before anything is sent, then in one commit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.checkpoints.hub_errors import hub_errors
from core.checkpoints.names import endpoint, repository_id
from core.checkpoints.request import get_json
from core.errors import UserError
from core.findings import Finding
from core.sharing.card import model_card
from core.sharing.export import model_files
from core.sharing.facts import clean_details

if TYPE_CHECKING:
    from core.runs.folder import Run

Progress = Callable[[int, int], None]
MAY_WRITE = ("admin", "write", "contributor")
WRITING = ("write", "admin", "fineGrained")
MESSAGE = "Publish a model trained with Fitting Room"


@dataclass(frozen=True)
class _Account:
    """Who a token belongs to and what it may do."""

    name: str
    organisations: Mapping[str, str]  # name to the role in it
    role: str
    scopes: tuple[Mapping[str, Any], ...]  # of a fine-grained token

    def may_write(self, namespace: str) -> bool:
        """Whether the token covers the namespace; only fine-grained tokens are narrower."""
        if self.role != "fineGrained":
            return True
        return any(
            (scope.get("entity") or {}).get("name") == namespace
            and "repo.write" in (scope.get("permissions") or ())
            for scope in self.scopes
        )


def whoami(token: str | None) -> dict[str, Any]:
    """Return `name`, `organisations` where the account may write, and the token's `role`.

    Raises:
        UserError: there is no token, the Hub does not know it, or cannot be reached.
    """
    account = _account(_token(token))
    writable = [name for name, role in account.organisations.items() if role in MAY_WRITE]
    return {"name": account.name, "organisations": sorted(writable), "role": account.role}


def _token(token: str | None) -> str:
    """Return the person's token, or that of this machine's login."""
    from huggingface_hub import get_token

    found = (token or get_token() or "").strip()
    if not found:
        raise UserError(
            "There is no token, and this machine is not logged in to the Hub.",
            f"Make a token with write permission at {endpoint()}/settings/tokens and paste it.",
        )
    if not found.isascii() or not found.isprintable() or len(found) > 1_000 or " " in found:
        raise UserError(
            "This is no token: it has blanks or other characters that tokens do not have.",
            f"Copy the token again from {endpoint()}/settings/tokens.",
        )
    return found


def _account(token: str) -> _Account:
    with hub_errors():
        answer = get_json("/api/whoami-v2", token)
    access = (answer.get("auth") or {}).get("accessToken") or {}
    fine = access.get("fineGrained") or {}
    return _Account(
        name=answer["name"],
        organisations={
            item["name"]: item.get("roleInOrg") or "write" for item in answer.get("orgs") or ()
        },
        role=access.get("role") or "write",
        scopes=tuple(fine.get("scoped") or ()),
    )


@dataclass(frozen=True)
class _Target:
    """Where a run is published."""

    repo_id: str  # with its namespace
    exists: bool
    private: bool  # as it is, or as it will be


def check_publish(repo_id: str, *, private: bool, token: str | None) -> list[Finding]:
    """Check token, name and place before anything is sent.

    Raises:
        UserError: publishing there cannot work.
    """
    target = _check(repo_id, private, _token(token))
    findings = [Finding("ok", "Token", "It is valid and may write.")]
    if not target.exists:
        seen = "only you and whom you let in can" if private else "everybody can"
        text = f"{target.repo_id} is free; {seen} see it."
        return [*findings, Finding("ok", "Repository", text)]
    text = f"{target.repo_id} exists and you may write to it: publishing updates it."
    findings.append(Finding("warn", "Repository", text))
    if target.private != private:
        now = "private" if target.private else "public"
        text = f"It is {now} and stays so; change that in the repository's settings on the Hub."
        findings.append(Finding("warn", "Visibility", text))
    return findings


def _check(repo_id: str, private: bool, token: str) -> _Target:
    name = repository_id(repo_id)
    account = _account(token)
    if account.role not in WRITING:
        raise UserError(
            f"This token may only read (its role is {account.role}).",
            f"Make a token with write permission at {endpoint()}/settings/tokens.",
        )
    full = name if "/" in name else f"{account.name}/{name}"
    _check_namespace(account, full.partition("/")[0])
    return _look_up(full, private, token)


def _check_namespace(account: _Account, namespace: str) -> None:
    allowed = [account.name, *(n for n, role in account.organisations.items() if role in MAY_WRITE)]
    if namespace in account.organisations and namespace not in allowed:
        raise UserError(
            f"You may only read in the organisation {namespace}.",
            f"Choose another place: {', '.join(allowed)}.",
        )
    if namespace not in allowed:
        raise UserError(
            f'"{namespace}" is neither you ({account.name}) nor an organisation of yours.',
            f"Choose one of: {', '.join(allowed)}.",
        )
    if not account.may_write(namespace):
        raise UserError(
            f"This token may not write to repositories of {namespace}.",
            f"Let it write there at {endpoint()}/settings/tokens, or take another token.",
        )


def _look_up(repo_id: str, private: bool, token: str) -> _Target:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    api = HfApi(token=token)
    with hub_errors(repo_id, "repository"):
        try:
            info = api.model_info(repo_id)
        except GatedRepoError:
            raise
        except RepositoryNotFoundError:
            return _Target(repo_id, exists=False, private=private)
        api.auth_check(repo_id, write=True)
    return _Target(repo_id, exists=True, private=bool(info.private))


def publish_run(
    run: Run,
    repo_id: str,
    *,
    private: bool,
    token: str | None = None,
    on_progress: Progress | None = None,
    card: str | None = None,
) -> str:
    """Publish a run's model with its card in one commit; return the repository's address.

    Publishing again updates the repository. If anything fails, a repository made here is removed.

    Args:
        run: a run with a model.
        repo_id: name, with or without the namespace of the account or an organisation.
        private: whether a new repository is private.
        token: the person's token; None: this machine's login.
        on_progress: called with the bytes sent and the bytes in all; a UserError that it raises
            stops the upload, and nothing is published.
        card: what `model_card` returned; None: it is made with its defaults.

    Raises:
        UserError: it cannot be published, or the upload failed.
    """
    from huggingface_hub import HfApi

    from core.sharing.upload import limit_silence

    secret = _token(token)
    files = model_files(run)
    target = _check(repo_id, private, secret)
    text = card or model_card(run, target.repo_id)
    api = HfApi(token=secret)
    limit_silence()
    with hub_errors(target.repo_id, "repository"), _card_errors():
        operations = _operations(run, text, on_progress)
        with _repository(api, target):
            api.preupload_lfs_files(target.repo_id, operations)
            _say_sent(files, on_progress)  # the last chance to stop: what follows is one request
            if target.exists:
                operations += _removals(api, target.repo_id, {op.path_in_repo for op in operations})
            api.create_commit(target.repo_id, operations, commit_message=MESSAGE)
    return f"{endpoint()}/{target.repo_id}"


@contextmanager
def _repository(api: Any, target: _Target) -> Iterator[None]:
    """Make the repository if it is new, and take it back if what follows fails."""
    if target.exists:
        yield
        return
    api.create_repo(target.repo_id, private=target.private)
    done = False
    try:
        yield
        done = True
    finally:
        if not done:
            with suppress(OSError):
                api.delete_repo(target.repo_id)


@contextmanager
def _card_errors() -> Iterator[None]:
    """Say in words what the Hub's check of the card refuses, such as an unknown licence."""
    try:
        yield
    except ValueError as error:
        if "Invalid metadata" not in str(error):
            raise
        reason = " ".join(str(error).split())[:300]
        raise UserError(
            f"The Hub refuses the model card: {reason}", "Choose another licence or language."
        ) from error


def _operations(run: Run, card: str, on_progress: Progress | None) -> list[Any]:
    from core.sharing.upload import counted_files

    details = json.dumps(clean_details(run), ensure_ascii=False, indent=1) + "\n"
    texts = {"README.md": card.encode("utf-8"), "run.json": details.encode("utf-8")}
    return counted_files(model_files(run), texts, on_progress)


def _say_sent(files: Sequence[Path], on_progress: Progress | None) -> None:
    """Say that all weights are there: what the Hub had already was not counted."""
    from core.sharing.upload import bytes_to_send

    if on_progress is not None:
        total = bytes_to_send(files)
        on_progress(total, total)


def _removals(api: Any, repo_id: str, kept: set[str]) -> list[Any]:
    """Return the deletion of weights of an earlier model that the new one does not replace."""
    from huggingface_hub import CommitOperationDelete

    stale = [
        name
        for name in api.list_repo_files(repo_id)
        if "/" not in name
        and name.endswith((".safetensors", ".safetensors.index.json"))
        and name not in kept
    ]
    return [CommitOperationDelete(path_in_repo=name) for name in stale]
