"""The queue as one list: a hundred rows, a hundred more as one comes near their end, and where one stands in it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app import data, queue, queue_acts, queue_length, queue_reads
from app.wording import Words
from tests.app.drawing import Draw, html_of

pytestmark = pytest.mark.slow

OPEN = "all~open~anybody~any~dear~"


class Reader:
    """The page of a person who sees two customers, five rows at a time; `asked`: how many were read, and whether after a place."""

    def __init__(self, draw: Draw, asked: list[tuple[int, bool]]) -> None:
        self.page: AppTest = draw("exceptions", "partner_support")
        self.asked = asked

    @property
    def rows(self) -> list[str]:
        return re.findall(r'role="option" id="row-([^"]+)"', html_of(self.page))

    def go_on(self, filtered: str = OPEN) -> None:
        """The browser asks for the next rows, as it does near the end of the list."""
        self.page.session_state[queue_length.LENGTH] = (filtered, len(self.rows) + 5)
        self.page.run()


@pytest.fixture
def reader(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> Reader:
    exceptions: Callable[..., Any] = queue_reads.exceptions
    asked: list[tuple[int, bool]] = []

    def counted(*given: Any, limit: int, **more: Any) -> Any:
        asked.append((limit, "after" in more))
        return exceptions(*given, limit=limit, **more)

    monkeypatch.setattr(queue_length, "SIZE", 5)
    monkeypatch.setattr(queue_reads, "exceptions", counted)
    return Reader(draw, asked)


def test_five_rows_are_read_and_then_only_those_after_the_last(reader: Reader) -> None:
    first, grown = reader.rows, []
    assert (len(first), reader.asked) == (5, [(5, False)])
    while len(reader.rows) > len(grown):
        grown = reader.rows
        reader.go_on()
    assert grown[:5] == first
    assert len(set(grown)) == len(grown) == reader.page.session_state[queue_length.HELD].rows[0]["total"]
    assert set(reader.asked[1:]) == {(5, True)}


def test_a_list_of_three_times_as_many_rows_is_read_again_a_third_as_often(
    reader: Reader, moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.go_on()
    reader.go_on()
    grown, read = reader.rows, len(reader.asked)
    monkeypatch.setattr(data, "now", lambda: moment + timedelta(seconds=89))
    reader.page.run()
    assert len(reader.asked) == read
    monkeypatch.setattr(data, "now", lambda: moment + timedelta(seconds=90))
    reader.page.run()
    assert reader.asked[read:] == [(15, False)]
    assert reader.rows == grown
    # one's own act is seen at once
    view = reader.page.session_state["what is looked at"]
    with queue_acts.acting(view.scope, view.scope.customer_ids, "take"):
        pass
    reader.page.run()
    assert reader.asked[read + 1 :] == [(15, False)]
    # of an act that leaves everything else where it stands only its own row is read
    number = int(grown[7].partition("-")[2])
    with queue_acts.acting(view.scope, view.scope.customer_ids, "take", (number,)):
        pass
    reader.page.run()
    assert reader.asked[read + 2 :] == [(1, False)]
    assert reader.rows == grown


def test_another_filter_begins_with_its_first_rows(reader: Reader) -> None:
    reader.go_on()
    assert len(reader.rows) == 10
    reader.page.selectbox(key="kind").select("business").run()
    assert len(reader.rows) == 5


def test_where_the_row_that_is_looked_at_leaves_the_list_the_next_is_looked_at(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, follows = reader.rows[2:4]
    monkeypatch.setattr(queue, "_said", lambda key: gone if key == "here" else "")
    assert f'class="pane" data-id="{gone}"' in html_of(reader.page.run())
    held = reader.page.session_state[queue_length.HELD]
    held.rows[:] = [row for row in held.rows if queue.identity(row) != gone]
    for _ in range(2):  # until the browser has gone there, too
        assert f'class="pane" data-id="{follows}"' in html_of(reader.page.run())


@pytest.mark.parametrize(
    ("before", "known", "now"),
    [
        ("abcd", "abd", "d"),
        ("abcd", "ad", "d"),
        ("abcd", "ab", "b"),
        ("abcd", "xy", None),
        ("xy", "ab", None),
    ],
)
def test_what_takes_the_place_of_a_row_that_left(before: str, known: str, now: str | None) -> None:
    assert queue.beside("c", before, known) == now


@pytest.mark.parametrize(
    ("shown", "total", "said"),
    [
        (80, 80, ""),
        (100, 300, "100 of 300, the next ones come as you go on"),
        (300, 300, "All 300"),
        (1100, 80012, "1,100 of 80,012, the next ones come as you go on"),
    ],
)
def test_the_list_says_how_much_of_it_is_there(shown: int, total: int, said: str) -> None:
    assert queue_length.told(shown, total, Words("en-GB", "Europe/London")) == said


def test_the_browser_asks_on_from_the_list_that_it_shows_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state: dict[str, Any] = {"queue": {}}
    monkeypatch.setattr(queue_length.st, "session_state", state)
    first = queue_length.token("f", 5000)
    queue_length.more(first)
    assert queue_length.token("f", 5000) == "200~f"
    for late in (first, "200~other", "x", ""):  # asked twice, of another list, made up
        queue_length.more(late)
    assert queue_length.token("f", 5000) == "200~f"
    assert queue_length.token("f", 180) == ""
    for _ in range(60):
        queue_length.more(queue_length.token("f", 5050))
    assert (queue_length.token("f", 5050), queue_length._length("f")) == ("", 5100)
    del state["queue"]  # elsewhere meanwhile: it begins anew
    assert queue_length.token("f", 5000) == first
