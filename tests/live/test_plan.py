"""What will happen is decided once, from a seed."""

from decimal import Decimal

import pytest

from app.live import plan
from app.live.firms import FIRMS, HARROW, Firm
from app.live.truth import CENT


@pytest.mark.parametrize("firm", FIRMS, ids=lambda firm: firm.key)
@pytest.mark.parametrize("size", ["small", "large"])
def test_the_same_plan_comes_out_twice(firm: Firm, size: str) -> None:
    assert plan.make(firm, size) == plan.make(firm, size)


def test_the_small_plan_has_every_way_to_fail() -> None:
    fates = {deal.fate for deal in plan.make(HARROW, "small").deals}
    assert fates >= {"retried", "recovered", "refused", "lost", "timed_out", "killed", "never", "by_hand"}
    assert fates >= {"twice", "deleted", "express", "plain"}


def test_the_large_plan_has_twelve_accounts_and_two_currencies() -> None:
    made = plan.make(HARROW, "large")
    assert len(made.accounts) == 12
    assert sum(deal.outcome == "won" for deal in made.deals) >= 16
    assert sum(deal.outcome == "lost" for deal in made.deals) == 4
    assert {deal.currency for deal in made.deals} == {"USD", "EUR"}


@pytest.mark.parametrize("firm", FIRMS, ids=lambda firm: firm.key)
def test_every_duration_is_worth_whole_cents_at_every_price(firm: Firm) -> None:
    prices = [item.psa_price for item in firm.products if item.psa_price is not None]
    values = [Decimal(minutes) * price / 60 for minutes in plan.MINUTES for price in prices]
    assert [value for value in values if value != value.quantize(CENT)] == []
