"""Foreign text in Markdown: labels, file names and column names must stay text."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence

LONGEST = 80
SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~$:.@])")


def escape(text: object) -> str:
    r"""Return text that Markdown and HTML show as it is, in one line of at most 80 characters.

    >>> escape("B|<img src=x> [a](http://b)")
    'B\\|&lt;img src=x&gt; \\[a\\]\\(http\\://b\\)'
    """
    plain = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in str(text))
    plain = plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"
    return SPECIAL.sub(r"\\\1", html.escape(plain, quote=False))


def code(text: object) -> str:
    r"""Return text as inline code, whatever backticks are in it.

    >>> code("a`b")
    '`` a`b ``'
    """
    plain = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in str(text))[:LONGEST]
    longest = max((len(run) for run in re.findall(r"`+", plain)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {plain} {fence}" if longest else f"{fence}{plain}{fence}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; the cells are Markdown already. All columns but the first are numbers."""
    aligned = "|".join(["---", *["---:"] * (len(head) - 1)])
    lines = [f"| {' | '.join(head)} |", f"|{aligned}|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
