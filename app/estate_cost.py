"""What an hour of a partner's people costs, and how a customer's own people log what they do by hand, as an estate file says it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from app.estate_words import STRICT, Currency


class HourlyCost(BaseModel):
    """What an hour costs from a day on, in one currency: a partner that is paid in several says it in each, nothing is converted."""

    model_config = STRICT
    valid_from: date
    amount: Decimal = Field(gt=0, max_digits=12, decimal_places=4)
    currency: Currency


def _once(costs: list[HourlyCost]) -> list[HourlyCost]:
    keys = [(cost.currency, cost.valid_from) for cost in costs]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise ValueError(f"{twice[0][0]} from {twice[0][1]} on stands twice; give it once")
    return costs


HourlyCosts = Annotated[list[HourlyCost], AfterValidator(_once)]


Names = Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=100)]


class OwnWork(BaseModel):
    """Under which tasks, projects, project numbers or billing codes a customer's own people log some work; * stands for anything."""

    model_config = STRICT
    manual_entry: Names = []
    rework: Names = []
    finance: Names = []
