"""Many exceptions at once on the page: what is chosen belongs to its list, and what became of them is said."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import text

from app import queue_actions, queue_bulk, queue_forms
from app.auth.sessions import Session
from metrics.triage.act import Target
from tests.app.conftest import Placed
from tests.app.drawing import Draw, html_of, session_of
from tests.metrics.builders import a_system, an_exception

pytestmark = pytest.mark.slow


class Chosen:
    """A list of three of which some are chosen, as the browser tells it."""

    def __init__(self, state: dict, customer: int, ids: list[int]) -> None:
        self.state, self.customer, self.ids = state, customer, ids

    def say(self, *rows: str, filtered: str = "f") -> None:
        self.state["queue"] = {"chosen": {"round": queue_bulk.round_of(filtered), "rows": list(rows)}}

    def row(self, at: int, version: int = 1) -> str:
        return f"{self.customer}-{self.ids[at]}|{version}"

    @property
    def said(self) -> tuple:
        return self.state[queue_actions.SAID]


@pytest.fixture
def queue(seeded: Placed, draw: Draw, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chosen]:
    customer = seeded.world.customers["acme"]
    with seeded.db.engine("owner").begin() as conn:
        key = {"own": customer}
        if not conn.execute(
            text("SELECT FROM ops.system WHERE customer_id = :own AND key = 'ipaas'"), key
        ).all():
            a_system(conn, customer, "ipaas")
        ids = [an_exception(conn, customer, now, title=f"Many {n}") for n in range(3)]
    state: dict = {}
    monkeypatch.setattr(queue_actions.st, "session_state", state)
    monkeypatch.setattr(queue_actions, "current_user", lambda: _sam(seeded))
    yield Chosen(state, customer, ids)
    with seeded.db.engine("owner").begin() as conn:
        for table in ("exception_event", "exception_occurrence", "exception"):
            conn.execute(text(f"DELETE FROM ops.{table} WHERE exception_id = ANY (:ids)"), {"ids": ids})


def _sam(seeded: Placed, role: str = "partner_support") -> Session:
    return session_of(seeded.world, role)


def test_what_is_chosen_is_done_and_taken_back_together(queue: Chosen) -> None:
    queue.say(queue.row(0), queue.row(2))
    queue_bulk.do("f", "take")
    assert queue.said == ("ok", "2 exceptions done (take).", [])
    assert queue_bulk.chosen("f") == ()
    queue_bulk.undo()
    assert queue.said == ("ok", "2 exceptions taken back.", [])
    queue_bulk.undo()
    assert queue.said == ("risk", "Nothing is chosen.")


def test_what_was_moved_meanwhile_is_named_with_the_reason(queue: Chosen) -> None:
    queue_actions.do(Target(queue.customer, queue.ids[1], 1), "take")
    queue.say(queue.row(0), queue.row(1))
    queue_bulk.do("f", "claim")
    state, words, lines = queue.said
    assert (state, words.startswith("1 exception done (claim). 1 refused: ")) == ("risk", True)
    assert len(lines) == 1
    assert f"{queue.ids[1]} Many 1: " in lines[0]
    assert "was faster" in lines[0]


def test_a_choice_ends_with_the_filter_it_was_made_under(queue: Chosen) -> None:
    queue.say(queue.row(0))
    assert queue_bulk.chosen("f") == (Target(queue.customer, queue.ids[0], 1),)
    assert queue_bulk.chosen("another") == ()


def test_all_that_match_are_chosen_as_they_stood_and_one_more_choice_replaces_them(queue: Chosen) -> None:
    rows = [{"customer_id": queue.customer, "exception_id": each, "version": 1} for each in queue.ids]
    queue_bulk.choose_all("f", lambda: rows)
    assert queue_bulk.is_everything("f")
    assert [target.exception_id for target in queue_bulk.chosen("f")] == queue.ids
    queue.say(queue.row(1))
    assert not queue_bulk.is_everything("f")
    assert [target.exception_id for target in queue_bulk.chosen("f")] == [queue.ids[1]]
    queue.say()
    assert queue_bulk.chosen("f") == ()


def test_a_key_acts_on_the_round_it_was_pressed_in_and_on_no_later_one(queue: Chosen) -> None:
    queue.say(queue.row(0))
    pressed = f"chosen|{queue_bulk.round_of('f')}|take"
    queue_bulk.by_key(pressed)
    assert queue.said == ("ok", "1 exception done (take).", [])
    del queue.state[queue_actions.SAID]
    queue_bulk.by_key(pressed)
    queue_bulk.by_key(pressed.replace("take", "waive"))
    assert queue_actions.SAID not in queue.state


def test_a_cut_off_that_one_customer_lacks_is_a_reason(queue: Chosen) -> None:
    queue.say(queue.row(0))
    queue_bulk.do("f", "snooze", lambda: {"cut_off": True})
    assert queue.said[1] == (
        "0 exceptions done (snooze). 1 refused: no billing cut-off is agreed with this customer."
    )


def test_a_customer_s_person_works_none_of_them(
    queue: Chosen, seeded: Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_actions, "current_user", lambda: _sam(seeded, "customer_executive"))
    queue.say(queue.row(0))
    queue_bulk.do("f", "take")
    assert queue.said == ("risk", "You may look at exceptions, not work them.")


def test_one_is_merged_and_split_with_what_a_form_says(queue: Chosen) -> None:
    first, second = (Target(queue.customer, each, 1) for each in queue.ids[:2])
    queue_actions.do(first, "merge", lambda: {"into": second.exception_id, "note": "the same"})
    assert queue.said == ("ok", "Put into the other one.")
    queue_actions.do(first, "undo")
    again = Target(queue.customer, second.exception_id)
    queue_actions.do(again, "split", lambda: {"subjects": ("transaction NONE",), "title": None})
    assert "None of these is a record" in queue.said[1]


def test_tags_are_words_between_commas() -> None:
    assert queue_forms._words(" ERP, tax code ,, ") == ("ERP", "tax code")


def test_staff_choose_and_customers_have_nothing_to_choose_with(draw: Draw) -> None:
    page = draw("exceptions", "partner_support")
    assert 'class="pick"' in html_of(page)
    assert any(button.label.startswith("Choose all ") for button in page.button)
    shown = draw("exceptions", "customer_executive")
    assert 'class="pick"' not in html_of(shown)
    assert not any("hoose" in button.label for button in shown.button)
    words = " ".join(html_of(shown).split())
    for hidden in ("Similar past cases", "Named me", "<kbd>x</kbd>"):
        assert hidden not in words


def test_what_became_of_an_act_is_said_again_when_the_page_is_drawn_again_at_once(
    queue: Chosen, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(queue_actions.time, "monotonic", lambda: clock[0])
    queue_actions.do(Target(queue.customer, queue.ids[0], 1), "take")
    assert "It is yours." in queue_actions.outcome()
    clock[0] += 3
    assert "It is yours." in queue_actions.outcome()
    clock[0] += 3
    assert (queue_actions.outcome(), queue_actions.outcome()) == ("", "")
    queue_actions.do(Target(queue.customer, queue.ids[0], 1), "take")
    assert "was faster" in queue_actions.outcome() or "have it already" in queue_actions.outcome()
