"""Names of repositories and revisions, checked by rule before any network."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

from core.errors import UserError

HOSTS = ("huggingface.co", "www.huggingface.co", "hf.co")
PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
TOKEN = re.compile(r"hf_[A-Za-z0-9]{16,}|(?:api_org_)[A-Za-z0-9]{16,}")
REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")
LONGEST = 96
OTHER_KINDS = {"datasets": "a dataset", "spaces": "a Space", "papers": "a paper"}
RULE = "an id like google-bert/bert-base-cased: letters, digits, - _ . and at most one /"
HINT = "Copy the id from the repository's page, or search for it in step 1."


def endpoint() -> str:
    """Return the address of the Hub."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"


def repository_id(text: str) -> str:
    """Return the id that a person typed or pasted, without blanks around it and without a URL.

    >>> repository_id("  google-bert/bert-base-cased ")
    'google-bert/bert-base-cased'
    >>> repository_id("https://huggingface.co/google-bert/bert-base-cased/tree/main")
    'google-bert/bert-base-cased'

    Raises:
        UserError: it cannot be the id of a model's repository.
    """
    name = text.strip()
    if TOKEN.search(name):
        raise UserError(
            "This looks like an access token, not like the id of a repository. It was not kept.",
            "Put tokens only into the token field; withdraw this one if others could see it.",
        )
    if "://" in name:
        name = _from_url(name)
    problem = _problem(name)
    if problem:
        raise UserError(
            f'"{name[:100]}" is no id of a repository: {problem}; expected {RULE}.', HINT
        )
    return name


def _from_url(url: str) -> str:
    parts = urlsplit(url)
    known = {*HOSTS, urlsplit(endpoint()).hostname}
    if parts.scheme not in ("http", "https") or parts.hostname not in known or parts.username:
        raise UserError(f'"{url[:100]}" is no address of the Hub; expected {RULE}.', HINT)
    path = [part for part in parts.path.split("/") if part]
    if path and path[0] in OTHER_KINDS:
        raise UserError(
            f'"{url[:100]}" is {OTHER_KINDS[path[0]]}; expected a model.',
            "Choose a model in step 1; datasets are chosen in step 2.",
        )
    if path[2:3] in ([], ["tree"], ["blob"], ["resolve"], ["commits"], ["discussions"]):
        return "/".join(path[:2])
    return "/".join(path)


def _problem(name: str) -> str:
    """Say what is wrong with an id; empty if nothing is."""
    parts = name.split("/")
    if not name:
        return "it is empty"
    if re.search(r"\s", name):
        return "it has a blank"
    if name.startswith(("/", "~", ".")) or "\\" in name:
        return "it looks like a path"
    if len(parts) > 2:
        return f"it has {len(parts)} parts"
    if len(name) > LONGEST:
        return f"it has {len(name)} characters, at most {LONGEST} are allowed"
    if ".." in name or "--" in name or name.endswith(".git"):
        return '"..", "--" and ".git" are not allowed'
    if not all(PART.fullmatch(part) for part in parts):
        return "a part is empty, starts or ends with - or ., or has another character"
    return ""


def check_revision(revision: str | None) -> str | None:
    """Return the revision without blanks around it, or None for the newest one.

    Raises:
        UserError: it cannot be a branch, a tag or a commit.
    """
    name = (revision or "").strip()
    if not name:
        return None
    if not REVISION.fullmatch(name) or ".." in name:
        raise UserError(
            f'"{name[:100]}" is no revision; expected a branch, a tag or a commit.',
            "Leave the revision empty to take the newest one.",
        )
    return name
