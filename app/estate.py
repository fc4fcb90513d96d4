"""The estate as checked models: partners, customers, systems, flows, calendars and terms."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, Field, model_validator

from app.estate_agreed import Agreed, as_agreed
from app.estate_alerts import Alerts
from app.estate_calendar import Calendar
from app.estate_cost import HourlyCosts, OwnWork
from app.estate_expectations import Expectation, Stage
from app.estate_mail import MailSettings, ReviewSettings
from app.estate_rules import RuleEntry, keyed
from app.estate_terms import Terms, refer
from app.estate_words import STRICT, Colour, Currency, Host, Key, Locale, Secret, Span, Zone, seconds
from app.source_links import LinkTemplate

__all__ = ["Customer", "Estate", "Flow", "Partner", "seconds"]


class _Entry(BaseModel):
    model_config = STRICT


class Brand(_Entry):
    """How a partner looks; `logo` is a path beside the estate file, read into SVG text."""

    name: str
    logo: str | None = None
    primary: Colour = "#0B5FFF"
    mode: Literal["light", "dark"] = "light"
    font: Literal["Inter", "Plus Jakarta Sans"] = "Inter"
    background: Colour | None = None
    surface: Colour | None = None
    text: Colour | None = None
    radius: str | None = None
    footer: str = ""


class Partner(_Entry):
    """Who sells the service, under which name and host."""

    key: Key
    name: str
    hosts: list[Host]
    time_zone: Zone
    locale: Locale
    brand: Brand
    mail: MailSettings | None = None
    hourly_cost: HourlyCosts | None = None
    alert_days: int | None = Field(None, ge=30, le=3660)


class System(_Entry):
    """One instance of a business system or integration platform at one customer."""

    key: Key
    role: str
    kind: str
    url: str | None = None
    secret: Secret | None = None
    options: dict[str, Any] = {}
    links: dict[str, LinkTemplate] = {}


class Runs(_Entry):
    """Which of a platform's workflows are the runs of a flow: a glob over their names."""

    system: Key
    match: str


class Deadline(_Entry):
    """By when work is due: elapsed time, or open time of a calendar."""

    minutes: int = Field(0, ge=0)
    hours: int = Field(0, ge=0)
    days: int = Field(0, ge=0)
    calendar: Key | None = None

    @model_validator(mode="after")
    def _positive(self) -> Deadline:
        if self.seconds <= 0:
            raise ValueError("a deadline needs minutes, hours or days above zero")
        return self

    @property
    def seconds(self) -> int:
        """The allowed seconds; with a calendar, open seconds."""
        return self.minutes * 60 + self.hours * 3600 + self.days * 86400


class Latency(_Entry):
    """The latency that the contract calls on time."""

    seconds: int = Field(0, ge=0)
    minutes: int = Field(0, ge=0)

    @property
    def total(self) -> int:
        """The threshold in seconds."""
        return self.seconds + self.minutes * 60


class Flow(_Entry):
    """An integration between two systems, what its runs are called, and what was promised."""

    key: Key
    name: str | None = None
    workflow: Key
    from_system: Key | None = Field(None, alias="from")
    to_system: Key | None = Field(None, alias="to")
    runs: Runs
    deadline: Deadline
    latency: Latency | None = None
    every: Span | None = None
    agreed: list[Agreed] | None = None
    valid_from: date | None = None

    @property
    def agreed_fields(self) -> list[str | dict[str, Any]] | None:
        """What its records must agree in, as it is kept; None: as the library has it. Raises ValueError for what cannot be compared."""
        return None if self.agreed is None else as_agreed(self.workflow, self.agreed)


class Customer(_Entry):
    """A tenant: a professional-services firm with its systems, flows and promises."""

    key: Key
    name: str
    time_zone: Zone
    country: str | None = None
    locale: Locale | None = None
    currency: Currency
    billing_cut_off: dict[str, Any] | None = None
    review: ReviewSettings | None = None
    own_work: OwnWork | None = None
    retention_months: int = Field(36, gt=0)
    systems: list[System] = []
    flows: list[Flow] = []
    calendars: list[Calendar] = []
    terms: list[Terms] = []
    lifecycle: list[Stage] = []
    expectations: list[Expectation] = []
    rules: list[RuleEntry] = []

    @model_validator(mode="after")
    def _joined(self) -> Customer:
        for kind, entries in (
            ("systems", self.systems),
            ("flows", self.flows),
            ("calendars", self.calendars),
            ("expectations", self.expectations),
        ):
            keys = [entry.key for entry in entries]
            if twice := sorted({key for key in keys if keys.count(key) > 1}):
                raise ValueError(f"{kind}: the key '{twice[0]}' stands twice; give each its own")
        keyed(self.rules)
        systems, calendars = {s.key for s in self.systems}, {c.key for c in self.calendars}
        flows = {flow.key for flow in self.flows}
        if self.review and self.review.calendar and self.review.calendar not in calendars:
            known = ", ".join(sorted(calendars)) or "none"
            raise ValueError(f"review: there is no calendar '{self.review.calendar}'; calendars are {known}")
        for entry in self.expectations:
            for what, key, known_keys in (
                ("system", entry.from_system, systems),
                ("system", entry.to_system, systems),
                ("flow", entry.flow, flows),
                ("calendar", entry.due.calendar, calendars),
            ):
                if key is not None and key not in known_keys:
                    known = ", ".join(sorted(known_keys)) or "none"
                    raise ValueError(
                        f"expectations.{entry.key}: there is no {what} '{key}'; {what}s are {known}"
                    )
        for flow in self.flows:
            try:
                _ = flow.agreed_fields
            except ValueError as error:
                raise ValueError(f"flows.{flow.key}.agreed: {error}") from error
            for key in (flow.from_system, flow.to_system, flow.runs.system):
                if key is not None and key not in systems:
                    raise ValueError(
                        f"flows.{flow.key}: there is no system '{key}'; systems are {', '.join(sorted(systems))}"
                    )
            if flow.deadline.calendar is not None and flow.deadline.calendar not in calendars:
                known = ", ".join(sorted(calendars)) or "none"
                raise ValueError(
                    f"flows.{flow.key}: there is no calendar '{flow.deadline.calendar}'; calendars are {known}"
                )
        begin = [terms.valid_from for terms in self.terms]
        if again := [day for day in begin if begin.count(day) > 1]:
            raise ValueError(f"terms: two sets of terms begin on {again[0]}; give each a day of its own")
        for terms in self.terms:
            refer(terms.agreed, flows, {flow.workflow for flow in self.flows}, systems, calendars)
        return self


class FxRate(_Entry):
    """One unit of `currency` cost `rate` units of `base` on a day."""

    on: date
    currency: Currency
    base: Currency
    rate: Decimal = Field(gt=0)
    source: str


class Estate(_Entry):
    """One partner with its customers: one document of an estate file."""

    partner: Partner
    customers: list[Customer] = []
    fx: list[FxRate] = []
    alerts: Alerts = Alerts()
    rules: list[RuleEntry] = []

    @model_validator(mode="after")
    def _distinct(self) -> Estate:
        keyed(self.rules)
        keys = [customer.key for customer in self.customers]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise ValueError(f"customers: the key '{twice[0]}' stands twice; give each its own")
        self.alerts.refer(
            {
                customer.key: (
                    {c.key for c in customer.calendars},
                    {flow.workflow for flow in customer.flows},
                )
                for customer in self.customers
            }
        )
        return self

    def rules_of(self, customer: Customer) -> list[RuleEntry]:
        """The partner's rules for all of its customers, where this one does not say otherwise, and its own."""
        return list((keyed(self.rules) | keyed(customer.rules)).values())
