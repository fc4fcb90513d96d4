"""G9: two ways to end, from Therneau's survival package for R (tests/testci.R), worked out there by hand."""

import pytest
from sqlalchemy import Connection

from metrics.survival import Ended, Item, curve

TIME = (1, 2, 2, 3, 3, 3, 5, 6)
CAUSE = (0, 1, 0, 2, 0, 2, 0, 2)


@pytest.mark.parametrize(
    ("at", "open_share", "reached", "otherwise"),
    [(2, 6 / 7, 1 / 7, 0), (3, 18 / 35, 1 / 7, 12 / 35), (6, 0, 1 / 7, 6 / 7)],
)
def test_the_states_after_each_time(
    conn: Connection, at: int, open_share: float, reached: float, otherwise: float
) -> None:
    items = [Item(t=t, ended=Ended(cause)) for t, cause in zip(TIME, CAUSE, strict=True)]
    step = curve(conn, items).set_index("at").loc[at]
    assert [step.survival, step.incidence, step.lost_incidence] == pytest.approx(
        [open_share, reached, otherwise], abs=1e-12
    )
