"""One objective of the terms, or several taken together: what is asked of which part of a customer, and what a miss costs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from metrics.metric import Better
from metrics.sla.indicators import EXCEPTION_CLOCKS, LATENCIES, SLICED, WITHIN_DAYS, Indicator, indicator
from metrics.sla.words import Entry, Key, Number, Percent, Reason, Span, Window, ppm
from metrics.sla.words import span_seconds as _seconds

Unit = Literal["percent", "count", "seconds", "minutes", "hours", "days"]
Severity = Annotated[int, Field(ge=1, le=4)]
Method = Literal["occurrences", "timeslices", "ratio_timeslices"]
IN_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


class Population(Entry):
    """The part of a customer that an objective is about: some of its flows, kinds of work or systems."""

    flows: tuple[Key, ...] = ()
    workflows: tuple[Key, ...] = ()
    systems: tuple[Key, ...] = ()

    @model_validator(mode="after")
    def _one(self) -> Population:
        if sum(map(bool, (self.flows, self.workflows, self.systems))) != 1:
            raise ValueError("name either flows, workflows or systems")
        return self

    @property
    def by(self) -> str:
        """What figures are split by to find it: flow, workflow or system."""
        return "flow" if self.flows else "workflow" if self.workflows else "system"

    @property
    def parts(self) -> tuple[str, ...]:
        """The keys of the parts."""
        return self.flows or self.workflows or self.systems


class Tier(Entry):
    """A step of the credits: what is owed below, or above, a bound. The bound itself is not below it."""

    below: Number | None = None
    above: Number | None = None
    percent: Percent

    @model_validator(mode="after")
    def _one(self) -> Tier:
        if (self.below is None) == (self.above is None):
            raise ValueError("a tier has either a bound 'below' or a bound 'above'")
        return self


class Exclusions(Entry):
    """What may be left out by agreement: whose doing, maintenance announced how long before, and how much of it."""

    allowed: tuple[Reason, ...] = ()
    notice_hours: int = Field(default=0, ge=0)
    cap_hours: int | None = Field(default=None, ge=0)
    cap_percent: Percent | None = None


class Objective(Entry):
    """One thing the terms ask of one metric."""

    key: Key
    metric: str
    title: str | None = None
    target: Number = Field(ge=0)
    unit: Unit = "percent"
    window: Window = "calendar-month"
    method: Method = "occurrences"
    population: Population | None = None
    calendar: Key | None = None
    minimum_sample: int = Field(default=0, ge=0)
    minimum_coverage: Percent = Decimal(95)
    threshold: Span | None = None
    within: Span | None = None
    within_days: int | None = None
    severity: tuple[Severity, ...] = ()
    slice: Span | None = None
    slice_target: Percent | None = None
    service_time: Key | None = None
    quiet: Literal["up", "left_out"] | None = None
    grace_seconds: int | None = Field(default=None, ge=0)
    exclusions: Exclusions | None = None
    credits: tuple[Tier, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        """An objective without a key is called after its metric."""
        if isinstance(given, Mapping) and "key" not in given and isinstance(given.get("metric"), str):
            return {"key": given["metric"].lower().replace("_", "-"), **given}
        return given

    @model_validator(mode="after")
    def _sound(self) -> Objective:
        it = indicator(self.metric)
        self._unit_fits(it)
        self._options_fit(it)
        if self.population is not None and self.population.by not in it.by:
            raise ValueError(
                f"'{it.key}' cannot be told for a {self.population.by}; leave out the population"
            )
        bound = "above" if self.better == "lower" else "below"
        if any(getattr(tier, bound) is None for tier in self.credits):
            raise ValueError(f"the tiers of its credits need a bound '{bound}'")
        if any(self.is_kept_at(tier) for tier in self.credits):
            raise ValueError("a tier of its credits begins where the target is still kept")
        return self

    def _unit_fits(self, it: Indicator) -> None:
        share = it.unit == "ratio" or it.key in LATENCIES or self.within_days is not None
        if self.unit == "percent":
            if not share:
                raise ValueError(f"'{it.key}' is no share; its unit is {it.unit}")
            if self.target > 100:
                raise ValueError(f"{self.target} is more than 100 percent")
        elif self.unit == "count" and it.unit != "count":
            raise ValueError(f"'{it.key}' is no count; its unit is {it.unit}")
        elif self.unit in IN_SECONDS and it.unit != "seconds":
            raise ValueError(f"'{it.key}' is no length of time; its unit is {it.unit}")

    def _options_fit(self, it: Indicator) -> None:
        clock, sliced = it.key in EXCEPTION_CLOCKS, self.method != "occurrences"
        if sliced and it.key not in SLICED:
            raise ValueError(f"the method {self.method} is for {', '.join(SLICED)}")
        if (self.method == "timeslices") != (self.slice_target is not None):
            raise ValueError("slice_target belongs to the method timeslices, which needs one")
        if clock != (self.within is not None):
            raise ValueError(f"within belongs to {' and '.join(EXCEPTION_CLOCKS)}, which need one")
        if it.key == "availability" and self.service_time is None:
            raise ValueError("availability needs its service_time: always, or a calendar")
        if self.within_days is not None and (it.unit != "seconds" or self.within_days not in WITHIN_DAYS):
            raise ValueError("within_days is 7, 14 or 30, for a metric that is a length of time")
        for name, has, fits in (
            ("threshold", self.threshold, it.key in LATENCIES),
            ("severity", self.severity, clock),
            ("slice", self.slice, sliced),
            ("calendar", self.calendar, clock or sliced),
            ("service_time", self.service_time, it.key == "availability"),
            ("grace_seconds", self.grace_seconds is not None, it.key == "schedule_adherence"),
            ("quiet", self.quiet, it.key == "availability" or sliced),
        ):
            if has and not fits:
                raise ValueError(f"{name} does not belong to '{it.key}' by {self.method}")

    @property
    def indicator(self) -> Indicator:
        """What it is about."""
        return indicator(self.metric)

    @property
    def better(self) -> Better:
        """Which way is better: a share within a threshold is better when higher, whatever the metric itself is."""
        it = self.indicator
        share_of_time = self.unit == "percent" and it.unit == "seconds"
        return "higher" if share_of_time or it.better == "higher" else "lower"

    @property
    def target_ppm(self) -> int:
        """The target in millionths of its natural unit: of the whole, of one, of a second."""
        return (
            ppm(self.target)
            if self.unit == "percent"
            else int(self.target * IN_SECONDS.get(self.unit, 1) * 10**6)
        )

    @property
    def is_by_slices(self) -> bool:
        """Whether it counts stretches of time, and not what came due in them."""
        return self.method != "occurrences" or self.indicator.key == "availability"

    @property
    def is_measured(self) -> bool:
        """Whether it is a length of time, or a share that a curve tells: nothing can be left out of it item by item."""
        return self.within_days is not None or self.unit in IN_SECONDS

    @property
    def slice_seconds(self) -> int:
        """How long a slice is."""
        return _seconds(self.slice or "5m")

    def is_kept_at(self, tier: Tier) -> bool:
        """Whether the tier would be owed for a value with which the target is kept."""
        if tier.below is not None:
            return tier.below > self.target
        return tier.above is not None and tier.above < self.target


class Composite(Entry):
    """An objective made of others: all of them kept, or the worst of them at least its own target."""

    key: Key
    title: str | None = None
    all_of: tuple[Key, ...] = ()
    worst_of: tuple[Key, ...] = ()
    target: Percent | None = None
    credits: tuple[Tier, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> Composite:
        if bool(self.all_of) == bool(self.worst_of):
            raise ValueError("name the objectives either as all_of or as worst_of")
        if bool(self.worst_of) != (self.target is not None):
            raise ValueError("target belongs to worst_of, which needs one")
        if self.credits and self.target is None:
            raise ValueError("credits need a value: give them to worst_of, or to its objectives")
        if any(tier.below is None or tier.below > (self.target or 0) for tier in self.credits):
            raise ValueError("its credits need bounds 'below' that are not above the target")
        return self

    @property
    def members(self) -> tuple[str, ...]:
        """The keys of its objectives."""
        return self.all_of or self.worst_of
