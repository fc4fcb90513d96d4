"""Exception rules in an estate file: what is set otherwise than the library has it, and rules that a customer adds."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import BaseModel, Field, model_validator

from app.estate_words import STRICT
from metrics import conditions, rule_library, unusual

_KEPT = (
    "enabled",
    "severity",
    "days",
    "quarter_end",
    "owner",
    "runbook",
    "on",
    "when",
    "title",
    "sentence",
    "began",
    "amount",
    "cause",
)


class RuleEntry(BaseModel):
    """A rule of the library with what is to be otherwise, or, with `on` and `when`, one of the customer's own."""

    model_config = STRICT

    key: str = Field(pattern=r"^[a-z][a-z0-9_-]*$")
    enabled: bool | None = None
    severity: int | None = Field(default=None, ge=1, le=4)
    days: int | None = Field(default=None, gt=0, le=400)
    quarter_end: float | None = Field(default=None, gt=0, le=100)
    owner: str | None = Field(default=None, pattern=r"^[^@\s]+@[^@\s]+$")
    runbook: str | None = None
    on: str | None = None
    when: str | None = None
    title: str | None = Field(default=None, min_length=3, max_length=120)
    sentence: str | None = None
    began: str | None = None
    amount: str | None = None
    cause: str | None = None
    valid_from: date | None = None

    @model_validator(mode="after")
    def _usable(self) -> RuleEntry:
        if self.on is None and self.when is None:
            self._of_the_library()
        elif self.on is None or self.when is None or self.title is None:
            raise ValueError("a rule of your own needs on (a kind of record), when (a condition) and title")
        else:
            self._own(self.on, self.when)
        return self

    @property
    def is_own(self) -> bool:
        """Whether it is the customer's own."""
        return self.when is not None

    @property
    def value(self) -> dict[str, Any]:
        """What is kept of it: only what it says."""
        return {name: said for name in _KEPT if (said := getattr(self, name)) is not None}

    def _of_the_library(self) -> None:
        try:
            rule = rule_library.by_key(self.key)
        except LookupError as error:
            raise ValueError(f"{error}; one of your own needs on, when and title") from None
        for name in ("title", "sentence", "began", "amount", "cause"):
            if getattr(self, name) is not None:
                raise ValueError(f"{name}: only a rule of your own can say it")
        if self.days is not None and rule.days is None:
            raise ValueError(f"days: '{self.key}' has no threshold")
        if self.quarter_end is not None and self.key != unusual.RULE:
            raise ValueError(f"quarter_end: only '{unusual.RULE}' compares days")
        if not self.value:
            raise ValueError("says nothing: set enabled, severity, days, quarter_end, owner or runbook")

    def _own(self, kind: str, when: str) -> None:
        if any(self.key == rule.key for rule in rule_library.LIBRARY):
            raise ValueError(f"'{self.key}' is a rule of the library; give yours another key")
        if self.days is not None:
            raise ValueError("days: say it in when, as $.approved_at_days > 30")
        if self.quarter_end is not None:
            raise ValueError(f"quarter_end: only '{unusual.RULE}' compares days")
        try:
            known = conditions.fields(kind)
        except LookupError as error:
            raise ValueError(f"on: {error}") from None
        try:
            conditions.parse(kind, when)
        except ValueError as error:
            raise ValueError(f"when: {error}") from None
        for name, types, what in (
            ("began", ("date", "timestamp with time zone"), "a date or an instant"),
            ("amount", ("numeric",), "an amount, of a record that has a currency"),
            ("cause", ("text",), "a text"),
        ):
            field = getattr(self, name)
            if field is not None and not known.get(field, "").startswith(types):
                fit = ", ".join(each for each, type_ in known.items() if type_.startswith(types))
                raise ValueError(f"{name}: '{field}' is not {what} of this record; there are {fit or 'none'}")
        if self.amount is not None and "currency" not in known:
            raise ValueError("amount: such a record has no currency")


def keyed(entries: list[RuleEntry]) -> dict[str, RuleEntry]:
    """The entries by key. Raises ValueError for a key that stands twice."""
    found: dict[str, RuleEntry] = {}
    for entry in entries:
        if entry.key in found:
            raise ValueError(f"rules: the key '{entry.key}' stands twice; give each its own")
        found[entry.key] = entry
    return found
