"""The order of a refresh: what needs nothing of each other is done side by side, and what fails stands in nobody's way."""

from datetime import UTC, datetime
from threading import Barrier
from unittest.mock import Mock

import pytest
from sqlalchemy.exc import SQLAlchemyError

from metrics import apart, refresh

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "AT_ONCE", 2)


def test_the_lines_of_a_stage_are_done_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    met = Barrier(2)

    def meet(**told: int) -> refresh.Step:
        def step(*_: object) -> dict[str, int]:
            met.wait(timeout=10)
            return told

        return step

    monkeypatch.setattr(
        refresh, "_STAGES", (((meet(windows=1),), (meet(cells=2, customers=1), lambda *_: {"links": 3})),)
    )
    assert refresh.refresh(Mock(), NOW) == refresh.Refreshed(windows=1, cells=2, customers=1, links=3)


def test_a_step_that_fails_keeps_neither_the_later_ones_from_their_turn_nor_those_beside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = []

    def step(name: str) -> refresh.Step:
        return lambda *_: done.append(name) or {}

    def failing(*_: object) -> dict[str, int]:
        raise SQLAlchemyError("bad data")

    monkeypatch.setattr(
        refresh, "_STAGES", (((failing, step("after")), (step("beside"),)), ((step("later"),),))
    )
    with pytest.raises(SQLAlchemyError, match="bad data"):
        refresh.refresh(Mock(), NOW)
    assert sorted(done[:2]) == ["after", "beside"]
    assert done[2:] == ["later"]
