"""Terms in estate files: kept as they were written, and refused when they cannot be understood."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from metrics.sla.terms import Terms as Agreed
from metrics.sla.terms import TermsError, read


class Terms(BaseModel):
    """Service-level terms from a date on, as a file has them."""

    model_config = ConfigDict(extra="allow", frozen=True)
    valid_from: date
    tier: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _understood(cls, given: Any) -> Any:
        try:
            read(given)
        except TermsError as error:
            raise _mistake(error.place, error.reason) from None
        return given

    @property
    def agreed(self) -> Agreed:
        """What they mean."""
        return read(self.model_dump(mode="json"))


def refer(
    terms: Agreed,
    flows: Collection[str],
    workflows: Collection[str],
    systems: Collection[str],
    calendars: Collection[str],
) -> None:
    """Raises ValueError for a flow, kind of work, system or calendar that the customer does not have."""
    for objective in terms.objectives:
        place = f"terms.{terms.valid_from}.objectives.{objective.key}"
        named: list[tuple[str, str, Collection[str]]] = []
        if objective.population is not None:
            named += [("flow", key, flows) for key in objective.population.flows]
            named += [("workflow", key, workflows) for key in objective.population.workflows]
            named += [("system", key, systems) for key in objective.population.systems]
        named += [("calendar", key, calendars) for key in (objective.calendar,) if key is not None]
        if objective.service_time not in (None, "always"):
            named.append(("calendar", str(objective.service_time), calendars))
        for what, key, known in named:
            if key not in known:
                raise ValueError(
                    f"{place}: there is no {what} '{key}'; {what}s are {', '.join(sorted(known)) or 'none'}"
                )


def _mistake(place: tuple[int | str, ...], reason: str) -> PydanticCustomError:
    """The place travels beside the words, so that the line can be found."""
    return PydanticCustomError("terms", "{reason}", {"reason": reason, "place": place})
