"""A rule of alerting as it is kept: what fires it, for whom, through which channels, and who is next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, Literal

Kind = Literal["value", "severity", "burn", "deadline", "silence"]
KINDS: tuple[Kind, ...] = ("value", "severity", "burn", "deadline", "silence")


@dataclass(frozen=True)
class Next:
    """Who is told when nobody has taken an alert for so long, in the open time of a calendar (None: elapsed)."""

    after: timedelta
    calendar: str | None
    to: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """One rule at one customer. `terms` are those of its kind, as the estate file has them.

    value     above, currency: the customer's value at risk (metric D5)
    severity  at_least, value and currency or neither: causes in the exception queue
    burn      calls (page, ticket): the error budget burns so fast that it calls somebody (metric B4)
    deadline  due_within, overdue: expectations that are due soon, or so many that are overdue
    silence   runs, calendar, freshness: no run for so long; nothing read for so long (metric A8)
    """

    key: str
    kind: Kind
    terms: Mapping[str, Any]
    workflows: tuple[str, ...]
    channels: tuple[str, ...]
    escalate: tuple[Next, ...]

    def span(self, name: str) -> timedelta | None:
        """A span of time among the terms; None where it is not said."""
        said = self.terms.get(name)
        return None if said is None else _span(said)

    def amount(self, name: str) -> Decimal | None:
        """An amount of money among the terms; None where it is not said."""
        said = self.terms.get(name)
        return None if said is None else Decimal(str(said))


def read_rule(key: str, document: Mapping[str, Any]) -> Rule:
    """The rule of a row of ops.alert_rule. Raises ValueError for a document that names no kind of rule."""
    kinds = [kind for kind in KINDS if document.get(kind) is not None]
    if len(kinds) != 1:
        raise ValueError(f"the rule {key} must say one of {', '.join(KINDS)}")
    return Rule(
        key=key,
        kind=kinds[0],
        terms=document[kinds[0]],
        workflows=tuple(document.get("workflows", ())),
        channels=tuple(document["channels"]),
        escalate=tuple(
            Next(_span(step["after"]), step.get("calendar"), tuple(step["to"]))
            for step in document.get("escalate", ())
        ),
    )


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _span(text: str) -> timedelta:
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})
