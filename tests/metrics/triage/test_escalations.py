"""Escalations: what a person made more urgent, once each; what was taken back or eased is none."""

import pytest

from metrics.read import figures, rows
from tests.metrics.builders import at
from tests.metrics.conftest import LATER, OCTOBER


@pytest.fixture
def ask(desk):
    """The figures by part, and the rows."""

    def read(by=None, as_of=LATER):
        with desk.as_viewer([desk.customer], as_of, staff=True) as conn:
            found = figures(conn, "D6", [desk.customer], OCTOBER, by=by, as_of=as_of)
            return {each.part: each.value for each in found}, rows(
                conn, "D6", [desk.customer], OCTOBER, as_of=as_of
            )

    return read


def test_raised_is_escalated_and_each_exception_counts_once(desk, ask) -> None:
    first, eased, other = desk.opened(), desk.opened(), desk.opened(rule="unbilled_time")
    desk.do("prioritise", first, severity=2)
    desk.do("prioritise", first, severity=1, when=at("2026-10-06"))
    desk.do("prioritise", eased, severity=4)
    desk.do("prioritise", other, severity=1, when=at("2026-11-02"))  # another month's
    values, frame = ask()
    assert (values, frame["in_numerator"].sum()) == ({"": 1}, 1)
    assert frame["outcome"].tolist() == ["severity 2 to 1"]
    assert ask(by="rule")[0] == {"run_failed": 1}


def test_what_was_taken_back_is_none_but_was_one_until_then(desk, ask) -> None:
    own = desk.opened()
    desk.do("prioritise", own, severity=1)
    desk.undo(own, when=at("2026-10-08"))
    assert ask()[0] == {"": 0}
    assert ask(as_of=at("2026-10-07"))[0] == {"": 1}


def test_where_nothing_was_ever_read_nobody_knows(desk, ask) -> None:
    assert ask()[0] == {"": None}
