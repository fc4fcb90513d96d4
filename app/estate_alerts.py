"""Alerting in an estate file: channels through which people are told, and the rules that say when."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from app.estate_words import STRICT, Currency, Key, Secret, Span, shaped
from metrics.alerts.rules import KINDS

MailAddress = Annotated[
    str,
    shaped(
        r"[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\".]+",
        "'{}' is no mail address; write it like desk@partner.example",
    ),
    AfterValidator(str.lower),
]
Address = Annotated[
    str,
    shaped(
        r"https?://[^\s/@?#]+(/[^\s]*)?",
        "'{}' is no address; write it like https://host/path, without a password",
    ),
]
Clock = Annotated[str, shaped(r"([01]\d|2[0-3]):[0-5]\d", "'{}' is no time of day; write it like 08:00")]
Severity = Annotated[int, Field(ge=1, le=4)]


class _Entry(BaseModel):
    model_config = STRICT


class Hours(_Entry):
    """Quiet hours: told only while the customer's calendar is open, but what is this severe at any time (0: nothing)."""

    calendar: Key
    urgent: int = Field(default=0, ge=0, le=4)


class Digest(_Entry):
    """One message a day at that time of the customer's zone, on days when the calendar is open; `only`: nothing else.

    `over: customers`: one over all customers that the addressee sees, at that time of the partner's zone.
    """

    at: Clock
    calendar: Key | None = None
    only: bool = False
    over: Literal["customers"] | None = None


class Channel(_Entry):
    """A way to tell somebody; where the address is the secret, it is a reference."""

    key: Key
    kind: Literal["mail", "slack", "teams", "webhook", "pagerduty", "page"]
    to: list[MailAddress] = []
    url: Address | None = None
    secret: Secret | None = None
    hours: Hours | None = None
    digest: Digest | None = None
    storm_limit: int = Field(default=20, ge=1, le=1000)
    allow_private: bool = False
    link: Address | None = None
    room: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{4,}$")] | None = None
    repeat: Literal["say", "ask"] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Channel:
        said = {
            name for name, field in Channel.model_fields.items() if getattr(self, name) != field.get_default()
        }
        if self.room is not None and self.kind != "slack":
            raise ValueError("only a slack channel has a room: the id of its conversation")
        if self.repeat is not None and (self.kind not in ("slack", "teams") or self.room is not None):
            raise ValueError("repeat is for slack and teams webhooks: the others know a repeat by its key")
        if self.kind == "page":
            if said - {"key", "kind"}:
                raise ValueError("a page channel is the page Alerts: it has a key and nothing else")
        elif self.kind == "mail":
            if not self.to or self.url or self.secret:
                raise ValueError("a mail channel needs `to`, and neither url nor secret")
        elif self.to:
            raise ValueError("only a mail channel has `to`")
        elif self.secret is None:
            needs = {
                "webhook": "the key that signs",
                "slack": "the webhook's address, or with a room to the app's token",
                "teams": "the webhook's address",
                "pagerduty": "the routing key",
            }
            raise ValueError(f"a {self.kind} channel needs `secret`: a reference to {needs[self.kind]}")
        elif self.kind == "webhook" and self.url is None:
            raise ValueError("a webhook channel needs `url`")
        elif self.kind in ("slack", "teams") and self.url is not None and self.room is None:
            raise ValueError(f"the address of a {self.kind} channel is its secret; write secret: env:NAME")
        if self.digest is not None and self.digest.over is not None:
            if self.kind != "mail":
                raise ValueError(
                    "a digest over customers goes by mail, to people of the partner's who sign in"
                )
            if self.digest.calendar is not None:
                raise ValueError("a digest over customers follows no customer's calendar")
        if self.kind == "pagerduty" and self.digest is not None:
            raise ValueError("a digest cannot go to pagerduty: it is no incident")
        return self


class Value(_Entry):
    """The customer's value at risk is above so much."""

    above: Decimal = Field(ge=0)
    currency: Currency


class Severe(_Entry):
    """A cause in the queue is at least this severe (1 is the most), and worth at least so much."""

    at_least: Severity
    value: Decimal | None = Field(default=None, gt=0)
    currency: Currency | None = None

    @model_validator(mode="after")
    def _money(self) -> Severe:
        if (self.value is None) != (self.currency is None):
            raise ValueError("severity: value and currency belong together")
        return self


class Burn(_Entry):
    """The error budget burns so fast that it pages somebody; `ticket`: or opens a ticket."""

    calls: Literal["page", "ticket"] = "page"


class Due(_Entry):
    """Expectations are due within so long, or so many are overdue."""

    due_within: Span | None = None
    overdue: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one(self) -> Due:
        if self.due_within is None and self.overdue is None:
            raise ValueError("deadline: say due_within, overdue or both")
        return self


class Silence(_Entry):
    """No run for so long, in elapsed time or the open time of a calendar; nothing read of a system for so long."""

    runs: Span | None = None
    calendar: Key | None = None
    freshness: Span | None = None

    @model_validator(mode="after")
    def _one(self) -> Silence:
        if self.runs is None and self.freshness is None:
            raise ValueError("silence: say runs, freshness or both")
        if self.calendar is not None and self.runs is None:
            raise ValueError("silence: a calendar counts for runs; say runs")
        return self


class Step(_Entry):
    """Who is told when nobody has taken it for so long, in the open time of a calendar."""

    after: Span
    calendar: Key | None = None
    to: list[Key] = Field(min_length=1)


class AlertRule(_Entry):
    """When to tell whom; without customers it is for all of the partner's, without workflows for all of theirs."""

    key: Key
    value: Value | None = None
    severity: Severe | None = None
    burn: Burn | None = None
    deadline: Due | None = None
    silence: Silence | None = None
    customers: list[Key] = []
    workflows: list[Key] = []
    channels: list[Key] = Field(min_length=1)
    escalate: list[Step] = []

    @model_validator(mode="after")
    def _one_kind(self) -> AlertRule:
        said = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(said) != 1:
            raise ValueError(f"a rule says one of {', '.join(KINDS)}; this one says {len(said)}")
        if self.value is not None and self.workflows:
            raise ValueError("value at risk is the customer's; it cannot be narrowed to workflows")
        if self.silence is not None and self.silence.freshness is not None and self.workflows:
            raise ValueError("freshness is a system's; it cannot be narrowed to workflows")
        return self

    def calendars(self) -> set[str]:
        """The calendars it counts by."""
        own = {self.silence.calendar} if self.silence else set()
        return {key for key in own | {step.calendar for step in self.escalate} if key is not None}

    def all_channels(self) -> set[str]:
        """Every channel it may use, escalation included."""
        return set(self.channels) | {key for step in self.escalate for key in step.to}


class Alerts(_Entry):
    """The channels and rules of one partner."""

    channels: list[Channel] = []
    rules: list[AlertRule] = []

    @model_validator(mode="after")
    def _joined(self) -> Alerts:
        for kind, entries in (("channels", self.channels), ("rules", self.rules)):
            keys = [entry.key for entry in entries]
            if twice := sorted({key for key in keys if keys.count(key) > 1}):
                raise ValueError(f"{kind}: the key '{twice[0]}' stands twice; give each its own")
        known = {channel.key for channel in self.channels}
        for rule in self.rules:
            if missing := sorted(rule.all_channels() - known):
                said = ", ".join(sorted(known)) or "none"
                raise ValueError(f"rules.{rule.key}: there is no channel '{missing[0]}'; channels are {said}")
        return self

    def refer(self, customers: dict[str, tuple[set[str], set[str]]]) -> None:
        """Raise ValueError for a rule that names what is not there; by customer: its calendars and its workflows."""
        channels = {channel.key: channel for channel in self.channels}
        for number, rule in enumerate(self.rules):
            if missing := sorted(set(rule.customers) - set(customers)):
                said = ", ".join(sorted(customers)) or "none"
                raise _mistake(number, f"there is no customer '{missing[0]}'; customers are {said}")
            mine = rule.customers or sorted(customers)
            workflows = {name for key in mine for name in customers[key][1]}
            if missing := sorted(set(rule.workflows) - workflows):
                said = ", ".join(sorted(workflows)) or "none"
                raise _mistake(number, f"there is no workflow '{missing[0]}'; workflows are {said}")
            needed = dict.fromkeys(rule.calendars(), "")
            for channel in (channels[name] for name in sorted(rule.all_channels())):
                for part in (channel.hours, channel.digest):
                    if part is not None and part.calendar is not None:
                        needed.setdefault(part.calendar, f"channel '{channel.key}': ")
            for name, who in sorted(needed.items()):
                for key in mine:
                    if name not in customers[key][0]:
                        raise _mistake(number, f"{who}customer '{key}' has no calendar '{name}'; give it one")


def _mistake(rule: int, reason: str) -> PydanticCustomError:
    """The place travels beside the words, so that the line can be found."""
    return PydanticCustomError("alerts", "{reason}", {"reason": reason, "place": ("alerts", "rules", rule)})


def kept(entry: Channel | AlertRule) -> dict[str, Any]:
    """An entry as it is kept: what it does not say is left out."""
    return entry.model_dump(mode="json", exclude={"key"}, exclude_none=True)
