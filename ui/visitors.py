"""Who is asking: a signed cookie per browser. No names, no accounts."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from itsdangerous import BadSignature, Signer

LANGUAGES = ("en", "ja", "ko")
LANGUAGE_COOKIE = "fr_language"


class Visitors:
    """Signs and checks the visitor's cookie with this installation's secret."""

    def __init__(self, home: Path) -> None:
        secret = _secret(home)
        # Cookies know no ports: two installations on one host must not overwrite each other's.
        self.cookie = "fr_visitor_" + hashlib.sha256(secret.encode()).hexdigest()[:8]
        self._signer = Signer(secret, salt="visitor")

    def new(self) -> str:
        """Return the cookie value of a new visitor."""
        return self._signer.sign(secrets.token_hex(16)).decode()

    def read(self, cookies: Mapping[str, str]) -> str | None:
        """Return the visitor of a request's cookies, or None where there is none we signed."""
        try:
            visitor = self._signer.unsign(cookies.get(self.cookie, "")).decode()
        except BadSignature:
            return None
        return visitor if re.fullmatch("[0-9a-f]{32}", visitor) else None


def language_of(cookies: Mapping[str, str], accept: str) -> str:
    """Return the page's language: the chosen one, else the browser's first that we speak.

    >>> language_of({}, "fr-FR,ko;q=0.8,en;q=0.7")
    'ko'
    """
    wanted = [cookies.get(LANGUAGE_COOKIE, "")]
    wanted += [part.split(";")[0].strip() for part in accept.split(",")]
    for tag in wanted:
        language = tag.split("-")[0].lower()
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]


def _secret(home: Path) -> str:
    """Read this installation's secret, made at the first start and readable by its owner only."""
    path = home / "secret"
    home.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii")
    with os.fdopen(handle, "w", encoding="ascii") as file:
        secret = secrets.token_hex(32)
        file.write(secret)
    return secret
