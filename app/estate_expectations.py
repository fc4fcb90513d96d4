"""Expectations in an estate file: rules of the library that a customer has switched on, and the stages in which they hold."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field, model_validator

from app.estate_words import STRICT, Key
from metrics import expectation_library

LifeStage = Literal["presales", "implementation", "stabilisation", "optimisation", "expansion"]


class _Entry(BaseModel):
    model_config = STRICT


class Within(_Entry):
    """By when an expectation is due: elapsed or open time, or the end of that many business days after the event's own."""

    minutes: int = Field(default=0, ge=0)
    hours: int = Field(default=0, ge=0)
    days: int = Field(default=0, ge=0)
    business_days: int | None = Field(default=None, gt=0)
    calendar: Key | None = None

    @model_validator(mode="after")
    def _one_clock(self) -> Within:
        if (self.seconds > 0) == (self.business_days is not None):
            raise ValueError("within: say either minutes, hours or days above zero, or business_days")
        if self.business_days is not None and self.calendar is None:
            raise ValueError("within: business_days need a calendar")
        return self

    @property
    def seconds(self) -> int:
        """The allowed seconds, open ones with a calendar; 0 where business days are meant."""
        return self.minutes * 60 + self.hours * 3600 + self.days * 86400


class Expectation(_Entry):
    """A rule of the library that is switched on; what it does not say is the library's default."""

    key: Key
    rule: str
    flow: Key | None = None
    from_system: Key | None = Field(None, alias="from")
    to_system: Key | None = Field(None, alias="to")
    stage: LifeStage | None = None
    within: Within | None = None
    calendar: Key | None = None
    valid_from: date | None = None

    @model_validator(mode="after")
    def _usable(self) -> Expectation:
        try:
            rule = expectation_library.by_key(self.rule)
        except LookupError as error:
            raise ValueError(str(error)) from None
        if self.within is None and rule.is_business and self.calendar is None:
            raise ValueError(
                f"'{self.rule}' counts business time: name its calendar, or say within: {{hours: …}}"
            )
        return self

    @property
    def due(self) -> Within:
        """The deadline in force: its own, else the library's in the calendar it names."""
        rule = expectation_library.by_key(self.rule)
        calendar = self.calendar if rule.is_business else None
        if self.within is not None:
            return self.within
        if rule.business_days is not None:
            return Within(business_days=rule.business_days, calendar=calendar)
        return Within(minutes=(rule.seconds or 0) // 60, calendar=calendar)


class Stage(_Entry):
    """Since when the customer is in a stage of its life with the service."""

    stage: LifeStage
    valid_from: date
