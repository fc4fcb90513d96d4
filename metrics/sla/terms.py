"""Service-level terms as strict models: objectives, credits, exclusions, and the day they hold from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from metrics.sla.objective import Composite, Exclusions, Objective, Tier
from metrics.sla.words import Currency, Entry, Key, Number, Percent, Stage, plain

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class TermsError(ValueError):
    """Terms that cannot be used: one line with the place in them and the reason. `place` is the way to it."""

    def __init__(self, place: tuple[int | str, ...], said: str) -> None:
        self.place = place
        self.reason = said
        super().__init__(f"{'.'.join(str(step) for step in place)}: {said}" if place else said)


class Fee(Entry):
    """What the service costs."""

    amount: Number = Field(ge=0)
    currency: Currency
    per: Literal["month", "quarter", "year"] = "month"

    @property
    def months(self) -> int:
        """The months that the amount pays for."""
        return _MONTHS[self.per]


class Credits(Entry):
    """What is owed when objectives are missed: tiers, for which objectives, how they stack, and the most there can be."""

    tiers: tuple[Tier, ...] = ()
    objectives: tuple[Key, ...] | None = None
    cap: Percent = Decimal(100)
    stacking: Literal["highest", "sum"] = "highest"


class Terms(Entry):
    """What was agreed from a day on, whole days of the customer's zone."""

    valid_from: date
    tier: str | None = None
    stage: Stage | None = None
    fee: Fee | None = None
    objectives: tuple[Objective, ...] = ()
    composites: tuple[Composite, ...] = ()
    exclusions: Exclusions = Exclusions()
    credits: Credits = Credits()

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        """Credits as a mere list are their tiers."""
        if isinstance(given, Mapping) and isinstance(given.get("credits"), list | tuple):
            return {**given, "credits": {"tiers": given["credits"]}}
        return given

    @model_validator(mode="after")
    def _joined(self) -> Terms:
        keys = [*(o.key for o in self.objectives), *(c.key for c in self.composites)]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise ValueError(f"the key '{twice[0]}' stands twice; give each objective its own")
        known = {o.key: o for o in self.objectives}
        named = [(f"composites.{c.key}", key) for c in self.composites for key in c.members]
        named += [("credits.objectives", key) for key in self.credits.objectives or ()]
        for place, key in named:
            if key not in known:
                raise ValueError(
                    f"{place}: there is no objective '{key}'; objectives are {', '.join(known) or 'none'}"
                )
        for c in self.composites:
            if c.credits and len({known[key].window == "quarter" for key in c.members}) > 1:
                raise ValueError(
                    f"composites.{c.key}: with credits, all of its objectives are by the quarter or none is"
                )
            for key in c.worst_of:
                if known[key].unit != "percent" or known[key].better != "higher":
                    raise ValueError(f"composites.{c.key}: '{key}' is no share that is better when higher")
        for key in self.credits.objectives or ():
            if any(known[key].is_kept_at(tier) for tier in self.credits.tiers):
                raise ValueError(f"credits: a tier begins where the target of '{key}' is still kept")
        return self

    @property
    def quarterly(self) -> frozenset[str]:
        """The objectives, and those made of them, that cost something in the last month of a quarter only."""
        keys = {o.key for o in self.objectives if o.window == "quarter"}
        return frozenset(keys | {c.key for c in self.composites if keys.issuperset(c.members)})

    def tiers_of(self, objective: Objective) -> tuple[Tier, ...]:
        """The tiers of its own, else the common ones: for the objectives they name, or for those they fit.

        Common tiers fit an objective when none of them begins where its target is still kept.
        """
        common = self.credits
        if objective.credits:
            return objective.credits
        if common.objectives is not None:
            return common.tiers if objective.key in common.objectives else ()
        bound = "above" if objective.better == "lower" else "below"
        fits = all(getattr(t, bound) is not None and not objective.is_kept_at(t) for t in common.tiers)
        return common.tiers if fits and (bound == "above" or objective.unit == "percent") else ()

    def document(self) -> dict[str, Any]:
        """The terms as an estate file has them, without what is a default; `read` makes the same of it."""
        said: dict[str, Any] = _said(self.model_dump(exclude_defaults=True))
        for objective, written in zip(self.objectives, said.get("objectives", ()), strict=True):
            written |= {"unit": objective.unit, "window": objective.window}
        return said


def read(document: Any) -> Terms:
    """Terms of an estate file or of the database; raises TermsError for the first thing that cannot be used."""
    try:
        return Terms.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise TermsError(tuple(first["loc"]), _reason(first)) from None


def _reason(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "is not known here; take it out or correct its spelling"
    if error["type"] == "missing":
        return "is missing"
    return str(error["msg"]).removeprefix("Value error, ")


def _said(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _said(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_said(item) for item in value]
    return value
