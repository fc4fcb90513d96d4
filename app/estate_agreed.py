"""What the records of a flow must agree in, where its contract says otherwise than the library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from app.estate_words import STRICT
from metrics.verification import agreeable


class AgreedField(BaseModel):
    """One field, and by how much amounts may differ in it; without a tolerance, as the library has it."""

    model_config = STRICT

    field: str
    tolerance: float | None = Field(None, ge=0, allow_inf_nan=False)


def _entry(said: Any) -> Any:
    return {"field": said} if isinstance(said, str) else said


Agreed = Annotated[AgreedField, BeforeValidator(_entry)]


def as_agreed(workflow: str, entries: Sequence[AgreedField]) -> list[str | dict[str, Any]]:
    """The entries as they are kept and exported: a name, or a field with its tolerance.

    Raises ValueError for a field that the two records of this workflow do not both hold, one that stands twice, and a
    tolerance of what is no number.
    """
    known = agreeable(workflow)
    kept: list[str | dict[str, Any]] = []
    for place, entry in enumerate(entries):
        if entry.field not in known:
            raise ValueError(
                f"'{entry.field}' is not held by both records; fields are {', '.join(sorted(known))}"
            )
        if entry.field in [other.field for other in entries[:place]]:
            raise ValueError(f"'{entry.field}' stands twice")
        if entry.tolerance is not None and known[entry.field].kind != "amount":
            raise ValueError(f"'{entry.field}' is no amount and takes no tolerance")
        kept.append(
            entry.field if entry.tolerance is None else {"field": entry.field, "tolerance": entry.tolerance}
        )
    return kept
