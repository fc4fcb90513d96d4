"""What is remembered of the queue: one's own act is seen at once, and nobody asks anew for what it did not change."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import streamlit as st

from app import components, queue_actions, queue_acts, queue_reads
from app.scope import Scope
from metrics.triage.moves import NotAllowed
from tests.app.conftest import Placed
from tests.app.drawing import Draw

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
SAM, KIM, CLIENT = 1, 2, 3


def eyes(person: int, *customers: int) -> Scope:
    role = "customer_executive" if person == CLIENT else "partner_support"
    return Scope(1, customers, role, person)


@pytest.fixture
def asks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Scope], bool]]:
    """Whether a look at the queue asks the database, or is answered from what is remembered."""
    told: list[Scope] = []
    monkeypatch.setattr(queue_reads, "rows_of", lambda scope, *asked, **more: told.append(scope) or [])
    st.cache_data.clear()

    def look(scope: Scope) -> bool:
        before = len(told)
        queue_reads.exceptions(scope, NOW, "open", None, None, limit=100)
        return len(told) > before

    yield look
    st.cache_data.clear()


@pytest.mark.parametrize(
    ("who", "looks_at", "verb", "anew"),
    [
        (SAM, (1, 2), "take", True),
        (SAM, (2,), "note", True),
        (KIM, (1, 2), "take", False),
        (KIM, (1,), "take", True),
        (KIM, (2,), "take", False),
        (KIM, (1, 2), "waive", True),
        (KIM, (1, 2), "undo", True),
        (KIM, (2, 3), "waive", False),
        (CLIENT, (1,), "note", True),
        (CLIENT, (2,), "waive", False),
    ],
)
def test_after_sam_s_act_at_customer_1_a_look_asks_anew_where_it_shows(
    asks: Callable[[Scope], bool], who: int, looks_at: tuple[int, ...], verb: str, anew: bool
) -> None:
    scope = eyes(who, *looks_at)
    assert (asks(scope), asks(scope)) == (True, False)
    with queue_acts.acting(eyes(SAM, 1, 2), (1,), verb):
        pass
    assert (asks(scope), asks(scope)) == (anew, False)


@pytest.mark.parametrize(
    ("looks_at", "acts", "alone"),
    [
        ((1, 2), [(SAM, 1, "take", (7,))], {7}),
        ((1,), [(SAM, 1, "take", (7,)), (SAM, 1, "note", (8, 9))], {7, 8, 9}),
        ((1, 2), [(SAM, 1, "snooze", (7,))], None),
        ((1, 2), [(SAM, 1, "take", (7,)), (KIM, 1, "waive", (8,))], None),
        ((1,), [(SAM, 1, "take", (7,)), (KIM, 1, "take", (8,))], None),
        ((1, 2), [(SAM, 1, "take", (7,)), (KIM, 1, "take", (8,))], {7}),
        ((1, 2), [(SAM, 1, "take", ())], None),
        ((1, 2), [(KIM, 1, "waive", (7,))], None),
    ],
)  # fmt: skip
def test_after_acts_that_leave_the_order_only_their_rows_are_read(
    looks_at: tuple[int, ...], acts: list[tuple[int, int, str, tuple[int, ...]]], alone: set[int] | None
) -> None:
    scope = eyes(SAM, *looks_at)
    before = queue_acts.stand(scope)
    for who, customer, verb, numbers in acts:
        with queue_acts.acting(eyes(who, 1, 2), (customer,), verb, numbers):
            pass
    assert queue_acts.changed(scope, before) == alone


def test_a_refusal_has_everything_read_again() -> None:
    scope = eyes(SAM, 1, 2)
    before = queue_acts.stand(scope)
    with pytest.raises(NotAllowed), queue_acts.acting(scope, (1,), "take", (7,)):
        raise NotAllowed("kim was faster")
    assert queue_acts.changed(scope, before) is None


def test_whoever_was_refused_looks_anew(asks: Callable[[Scope], bool]) -> None:
    own = eyes(SAM, 1, 2)
    asks(own)
    with pytest.raises(NotAllowed), queue_acts.acting(own, (1,), "take"):
        raise NotAllowed("kim was faster")
    assert asks(own)


def test_what_was_asked_before_an_act_ended_is_not_remembered_beyond_it(
    asks: Callable[[Scope], bool],
) -> None:
    own = eyes(SAM, 1, 2)
    with queue_acts.acting(own, (1,), "take"):
        assert asks(own)
    assert asks(own)


def test_a_browser_that_names_another_s_customer_makes_nothing_of_theirs_old(
    asks: Callable[[Scope], bool],
) -> None:
    theirs = eyes(KIM, 9)
    asks(theirs)
    with queue_acts.acting(eyes(SAM, 1, 2), (9,), "waive"):
        pass
    assert not asks(theirs)


def test_nobody_is_offered_from_a_customer_outside_the_scope(draw: Draw, seeded: Placed) -> None:
    own, theirs = (seeded.world.customers[key] for key in ("acme", "aue"))
    mine = Scope(1, (own,), "partner_support", SAM)
    assert queue_reads.assignable(mine, (theirs,)) == {}
    assert queue_reads.assignable(mine, (own, theirs)) == queue_reads.assignable(mine, (own,)) != {}


def test_what_was_done_is_said_before_the_list_is_read(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    page = draw("exceptions", "partner_support")
    page.session_state[queue_actions.SAID] = ("ok", "It is yours.")
    order: list[str] = []
    show, counts, rows = components.show, queue_reads.exception_counts, queue_reads.exceptions

    def shown(html: str, *more: Any, **named: Any) -> Any:
        if "It is yours." in html:
            order.append("said")
        return show(html, *more, **named)

    def read(reader: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *asked, **named: (order.append("read"), reader(*asked, **named))[1]

    monkeypatch.setattr(components, "show", shown)
    monkeypatch.setattr(queue_reads, "exception_counts", read(counts))
    monkeypatch.setattr(queue_reads, "exceptions", read(rows))
    page.run()
    assert order[:2] == ["said", "read"]
