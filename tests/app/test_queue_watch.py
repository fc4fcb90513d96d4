"""What others do while somebody looks: which rows are found changed, and that only those are read again and nothing moves."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from app import data, queue_length, queue_reads, queue_watch
from app.scope import Scope
from tests.app.conftest import Placed
from tests.app.drawing import Draw, html_of
from tests.metrics.builders import an_exception

pytestmark = pytest.mark.slow


@pytest.fixture
def own(draw: Draw, seeded: Placed, now: datetime) -> Iterator[Callable[[str], int]]:
    """Opens an exception of a customer; all are gone afterwards."""
    made: list[int] = []

    def opened(customer: str) -> int:
        with seeded.db.engine("owner").begin() as conn:
            made.append(
                an_exception(conn, seeded.world.customers[customer], now, title=f"Watched {len(made)}")
            )
        return made[-1]

    yield opened
    with seeded.db.engine("owner").begin() as conn:
        for table in ("exception_event", "exception_occurrence", "exception"):
            conn.execute(text(f"DELETE FROM ops.{table} WHERE exception_id = ANY (:made)"), {"made": made})


def run(seeded: Placed, sql: str, own: int) -> None:
    with seeded.db.engine("owner").begin() as conn:
        conn.execute(text(sql), {"own": own})


MOVED = "UPDATE ops.exception SET version = version + 1 WHERE exception_id = :own"
AGAIN = "UPDATE ops.exception SET occurrences = occurrences + 1 WHERE exception_id = :own"
NOTED = (
    "INSERT INTO ops.exception_event (customer_id, exception_id, kind, from_state, left_version, at, actor, note)"
    " SELECT customer_id, exception_id, 'noted', state, version, now(), 'kim', 'Called' FROM ops.exception WHERE exception_id = :own"
)
CLOSED = "UPDATE ops.exception SET version = version + 1, state = 'waived', closed_at = now() WHERE exception_id = :own"


@pytest.mark.parametrize(
    ("what", "whose", "read_history", "noticed"),
    [
        (None, "acme", True, False),
        (MOVED, "acme", False, True),
        (AGAIN, "acme", False, True),
        (NOTED, "acme", True, True),
        (NOTED, "acme", False, False),
        (MOVED, "aue", False, False),  # outside the person's customers
    ],
)
def test_a_row_is_noticed_when_it_is_no_longer_as_it_was_seen(
    own: Callable[[str], int],
    seeded: Placed,
    what: str | None,
    whose: str,
    read_history: bool,
    noticed: bool,
) -> None:
    number, beside = own(whose), own(whose)
    of = seeded.world.customers
    with seeded.db.engine("owner").connect() as conn:
        last = conn.execute(text("SELECT coalesce(max(event_id), 0) FROM ops.exception_event")).scalar_one()
        often = conn.execute(
            text("SELECT occurrences FROM ops.exception WHERE exception_id = :own"), {"own": number}
        ).scalar_one()
    seen = [(of[whose], each, 1, often, last if read_history else None) for each in (number, beside)]
    if what:
        run(seeded, what, number)
    scope = Scope(1, (of["acme"], of["borealis"]), "partner_support", 1)
    assert [found[0] for found in queue_watch.changed(scope, seen)] == ([number] if noticed else [])


def test_what_was_opened_makes_the_list_longer(own: Callable[[str], int], seeded: Placed) -> None:
    of = seeded.world.customers
    scope = Scope(1, (of["acme"], of["borealis"]), "partner_support", 1)
    before = queue_watch.opened(scope)
    own("aue")
    assert queue_watch.opened(scope) == before
    own("borealis")
    assert queue_watch.opened(scope) != before


def rows(page: AppTest) -> list[tuple[int, int, bool]]:
    held = page.session_state[queue_length.HELD].rows
    return [(row["exception_id"], row["version"], "has_left" in row) for row in held]


def test_only_what_others_changed_is_read_again_and_all_rows_stay_where_they_stood(
    own: Callable[[str], int], seeded: Placed, draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = own("acme"), own("acme")
    page = draw("exceptions", "partner_support")
    before, total = rows(page), page.session_state[queue_length.HELD].rows[0]["total"]
    asked: list[Any] = []
    rows_of = data.rows_of

    def counted(scope: Scope, name: str, given: Any, *more: Any, **named: Any) -> Any:
        if name == "screen/exceptions":
            asked.append(given["exception_ids"])
        return rows_of(scope, name, given, *more, **named)

    monkeypatch.setattr(queue_reads, "rows_of", counted)
    for what, number, left in ((MOVED, first, False), (MOVED, first, False), (CLOSED, second, True)):
        run(seeded, what, number)
        _, seen = page.session_state[queue_watch.SEEN]
        view = page.session_state["what is looked at"]
        page.session_state[queue_watch.NOTICED] = queue_watch.changed(view.scope, seen)
        page.run()
        assert {each[0] for each in asked} == {number}
        asked.clear()
        before = [
            (one, version + (one == number), gone or (left and one == number))
            for one, version, gone in before
        ]
        assert rows(page) == before
    assert page.session_state[queue_length.HELD].rows[0]["total"] == total - 1
    assert html_of(page).count('<div class="row left"') == 1
    assert "Waived · no longer here" in html_of(page)
