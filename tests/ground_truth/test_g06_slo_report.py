"""G6: a report on 3,556 good and 3,556 bad events, from slo-generator's own tests (github.com/google/slo-generator, Apache-2.0)."""

from decimal import Decimal

import pytest
from sqlalchemy import Connection, text

from metrics.proportions import ratio

WINDOW = 43_200


def test_half_of_the_events_bad_at_90_percent(conn: Connection) -> None:
    assert ratio(3556, 3556 + 3556) == 0.5
    asked = text(
        """
        SELECT kpi.burn_rate(3556, kpi.budget(7112, 0.9)) AS burn, kpi.budget(:window, 0.9) / 60 AS budget_minutes,
               kpi.budget_left(3556, kpi.budget(7112, 0.9)) * kpi.budget(:window, 0.9) / 60 AS minutes_left
        """
    )
    burn, minutes, left = conn.execute(asked, {"window": WINDOW}).one()
    assert (burn, minutes, left) == (5, 72, -288)
    assert Decimal("0.5") * WINDOW / 60 == 360
    assert minutes - left == 360  # the minutes of error are what was allowed and what is overspent


@pytest.mark.parametrize("function", ["kpi.burn_rate", "kpi.budget_left"])
def test_no_events_are_neither_met_nor_missed(conn: Connection, function: str) -> None:
    assert conn.execute(text(f"SELECT {function}(0, kpi.budget(0, 0.9))")).scalar_one() is None
