"""Work on many customers: side by side, and one that fails stands in nobody's way."""

import threading

import pytest
from sqlalchemy.exc import SQLAlchemyError

from metrics import apart

WAYS = [apart.each, apart.side_by_side]


@pytest.mark.parametrize("way", WAYS)
def test_answers_come_in_the_order_of_what_was_asked(way) -> None:
    assert way([3, 1, 2], lambda n: n * 10) == [30, 10, 20]
    assert way([], lambda n: n) == []


@pytest.mark.parametrize("way", WAYS)
def test_the_others_are_done_before_the_error_is_raised(way) -> None:
    done = []

    def do(number: int) -> None:
        if number == 1:
            raise SQLAlchemyError("one is broken")
        done.append(number)

    with pytest.raises(SQLAlchemyError, match="one is broken"):
        way([1, 2, 3], do)
    assert sorted(done) == [2, 3]


@pytest.mark.skipif(apart.AT_ONCE < 2, reason="one processor works on one customer at a time")
def test_two_customers_are_worked_on_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=10)
    assert len(apart.side_by_side([1, 2], lambda _: both.wait())) == 2
