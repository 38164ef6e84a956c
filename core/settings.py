"""The rules of settings: ranges, choices and explanations, declared once beside the default.

Dataclasses declare a field with `setting(default, rule)`; the dataclass checks itself with
`check_settings`, forms read label, range and help from the field's metadata.
"""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass, field
from typing import Any

from core.errors import UserError


@dataclass(frozen=True)
class Number:
    """The range of a numeric setting, and its explanation for forms and messages."""

    minimum: float
    maximum: float
    help: str
    whole: bool = True
    above: bool = False  # the minimum itself is not allowed
    optional: bool = False

    def words(self) -> str:
        """Say the range.

        >>> Number(0, 1, "", whole=False, above=True).words()
        'a number above 0 and at most 1'
        """
        kind = "a whole number" if self.whole else "a number"
        low, high = (_plain(bound) for bound in (self.minimum, self.maximum))
        return (
            f"{kind} above {low} and at most {high}"
            if self.above
            else f"{kind} from {low} to {high}"
        )

    def parse(self, name: str, value: object) -> float | int | None:
        """Return the number, or raise a UserError that names setting, value and range."""
        if value is None and self.optional:
            return None
        number = _as_number(value)
        fits = number is not None and math.isfinite(number) and self._within(number)
        if number is None or not fits or (self.whole and number != int(number)):
            raise UserError(
                f"{name} is {shown(value)}; expected {self.words()}.",
                f"Change {name} and try again.",
            )
        return int(number) if self.whole else float(number)

    def _within(self, number: float) -> bool:
        low = number > self.minimum if self.above else number >= self.minimum
        return low and number <= self.maximum


@dataclass(frozen=True)
class Choice:
    """The allowed values of a setting, and its explanation."""

    choices: tuple[str, ...]
    help: str
    optional: bool = False

    def parse(self, name: str, value: object) -> str | None:
        """Return the value, or raise a UserError that names the choices."""
        if value is None and self.optional:
            return None
        if value not in self.choices:
            raise UserError(
                f"{name} is {shown(value)}; expected one of: {', '.join(self.choices)}.",
                f"Change {name} and try again.",
            )
        return str(value)


@dataclass(frozen=True)
class Switch:
    """A setting that is on or off, and its explanation."""

    help: str

    def parse(self, name: str, value: object) -> bool:
        """Return the value, or raise a UserError."""
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise UserError(
                f"{name} is {shown(value)}; expected true or false.",
                f"Change {name} and try again.",
            )
        return value


@dataclass(frozen=True)
class Text:
    """A free text setting, and its explanation."""

    help: str

    def parse(self, name: str, value: object) -> str | None:
        """Return the text, or None where it is empty."""
        if value is not None and not isinstance(value, str):
            raise UserError(f"{name} is {shown(value)}; expected text.", f"Change {name}.")
        return value or None


def setting(default: Any, rule: Number | Choice | Switch | Text) -> Any:
    """Declare a dataclass field with its rule; forms read the rule from the field's metadata."""
    return field(default=default, metadata={"rule": rule})


def check_settings(part: Any) -> None:
    """Check and convert every field of a frozen dataclass that was declared with `setting`."""
    for item in dataclasses.fields(part):
        rule = item.metadata.get("rule")
        if rule is not None:
            object.__setattr__(part, item.name, rule.parse(item.name, getattr(part, item.name)))


def _plain(bound: float) -> str:
    """Write a bound without an exponent.

    >>> _plain(1_000_000), _plain(0.99)
    ('1,000,000', '0.99')
    """
    return f"{bound:,.0f}" if bound == int(bound) else f"{bound:g}"


def _as_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def shown(value: object) -> str:
    """Return a value as messages show it, at most 80 characters.

    >>> shown("abc")
    '"abc"'
    """
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:79] + "…"
