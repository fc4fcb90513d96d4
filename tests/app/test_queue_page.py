"""The queue on the page: what staff can do there, and what a customer never reads."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from app import queue_actions
from app.auth.sessions import Session
from metrics.triage.act import Target
from tests.app.conftest import Placed
from tests.app.drawing import Draw, html_of
from tests.metrics.builders import a_system, an_event, an_exception

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def own(seeded: Placed, now: datetime) -> Target:
    """An exception with words of the partner's people in its history, one of them for the customer; gone afterwards."""
    customer = seeded.world.customers["acme"]
    with seeded.db.engine("owner").begin() as conn:
        if not conn.execute(
            text("SELECT 1 FROM ops.system WHERE customer_id = :own AND key = 'ipaas'"), {"own": customer}
        ).all():
            a_system(conn, customer, "ipaas")
        number = an_exception(conn, customer, now, title="Only for the page")
        for words, shared in (("they never answer", False), ("We wait for your new tax code", True)):
            an_event(
                conn, customer, number, "noted", now, "sam@northwind.example", note=words, for_customer=shared
            )
        an_event(conn, customer, number, "logged", now, "sam@northwind.example", minutes=77)
    yield Target(customer, number, 1)
    with seeded.db.engine("owner").begin() as conn:
        for table in ("exception_event", "exception_occurrence", "exception"):
            conn.execute(text(f"DELETE FROM ops.{table} WHERE exception_id = :own"), {"own": number})


@pytest.fixture
def pane(draw: Draw, own: Target, monkeypatch: pytest.MonkeyPatch):
    """The page with the exception in its pane, as a person of a role sees it."""

    def show(role: str):
        monkeypatch.setattr(
            "app.queue.choose",
            lambda rows, wanted, view, **more: f"{own.customer_id}-{own.exception_id}",
        )
        return draw("exceptions", role)

    return show


@pytest.fixture
def as_person(seeded: Placed, monkeypatch: pytest.MonkeyPatch):
    """Lets somebody of a role act, and answers what the page would say."""

    def act(role: str, target: Target, verb: str, **given):
        with seeded.db.engine("owner").connect() as conn:
            who = conn.execute(
                text("SELECT * FROM ops.person WHERE role = :role ORDER BY person_id"), {"role": role}
            ).first()
        mine = (seeded.world.customers["acme"],)
        seen = datetime.now(UTC)
        session = Session(
            b"x", who.person_id, who.partner_id, who.name, who.email, role, "password", True, mine, seen, seen
        )
        monkeypatch.setattr(queue_actions, "current_user", lambda: session)
        said: dict = {}
        monkeypatch.setattr(queue_actions.st, "session_state", said)
        queue_actions.do(target, verb, lambda: given)
        return said[queue_actions.SAID]

    return act


def test_staff_read_and_work_what_a_customer_never_sees(pane) -> None:
    page = pane("partner_support")
    html = html_of(page)
    for words in (
        "they never answer",
        "We wait for your new tax code",
        "Minutes logged: 77",
        "nobody yet",
        "Place in the queue",
        "First answer",
        "nobody has it yet",
    ):
        assert words in html
    assert {"Take", "Claim fixed", "Undo"} <= {button.label for button in page.button}
    (what_to_do,) = (each for each in page.expander if each.label == "What to do")
    assert what_to_do.markdown[0].value.startswith("1. Read the error")
    assert "throughline" not in what_to_do.markdown[0].value


def test_the_dearest_causes_say_who_has_them(
    draw: Draw, seeded: Placed, own: Target, as_person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with seeded.db.engine("owner").connect() as conn:
        first = conn.execute(
            text(
                "SELECT exception_id, version FROM ops.exception WHERE customer_id = :own AND fingerprint = 'seed-1'"
            ),
            {"own": own.customer_id},
        ).one()
    dearest = Target(own.customer_id, first.exception_id, first.version)
    assert as_person("partner_support", dearest, "take") == ("ok", "It is yours.")
    monkeypatch.undo()
    try:
        assert "Sam Okoye has it" in html_of(draw("exceptions", "partner_support"))
        assert "Sam Okoye" not in html_of(draw("exceptions", "customer_executive"))
    finally:
        with seeded.db.engine("owner").begin() as conn:
            number = {"own": first.exception_id}
            conn.execute(
                text(
                    "UPDATE ops.exception SET owner_person_id = NULL, state = 'new' WHERE exception_id = :own"
                ),
                number,
            )
            conn.execute(
                text("DELETE FROM ops.exception_event WHERE exception_id = :own AND kind = 'assigned'"),
                number,
            )


@pytest.mark.parametrize(("role", "times"), [("partner_support", 1), ("customer_executive", 0)])
def test_staff_have_a_way_to_the_record_in_its_system(
    pane, own: Target, seeded: Placed, role: str, times: int
) -> None:
    with seeded.db.engine("owner").begin() as conn:
        conn.execute(
            text("UPDATE ops.system SET links = CAST(:links AS jsonb) WHERE customer_id = :own"),
            {"links": '{"transaction": "https://runs.example/<\'{id}"}', "own": own.customer_id},
        )
        conn.execute(
            text("UPDATE ops.exception_occurrence SET subject_id = 'a/\"1' WHERE exception_id = :own"),
            {"own": own.exception_id},
        )
    assert (
        html_of(pane(role)).count('href="https://runs.example/&lt;&#x27;a%2F%221" target="_blank"') == times
    )
    with seeded.db.engine("owner").begin() as conn:
        conn.execute(text("UPDATE ops.system SET links = '{}'"))


def test_a_customer_reads_only_what_is_marked_for_it(pane) -> None:
    page = pane("customer_executive")
    html = html_of(page)
    assert "We wait for your new tax code" in html
    for words in (
        "they never answer",
        "77",
        "sam@northwind",
        "nobody yet",
        "Place in the queue",
        "First answer",
        "nobody has it yet",
        "<kbd>t</kbd>",
    ):
        assert words not in html
    assert {button.label for button in page.button}.isdisjoint({"Take", "Claim fixed", "Undo"})
    assert "What to do" not in [each.label for each in page.expander]


def test_what_a_person_does_is_done_once_and_the_next_is_told(draw: Draw, own: Target, as_person) -> None:
    assert as_person("partner_support", own, "take") == ("ok", "It is yours.")
    state, words = as_person("partner_manager", own, "take")
    assert (state, "was faster" in words) == ("risk", True)
    assert as_person("partner_support", own, "undo") == ("ok", "Taken back.")


def test_a_customer_s_person_cannot_act_whatever_the_page_sends(draw: Draw, own: Target, as_person) -> None:
    assert as_person("customer_executive", own, "take") == (
        "risk",
        "You may look at exceptions, not work them.",
    )


def test_a_customer_without_a_cut_off_is_said_to_have_none(draw: Draw, own: Target, as_person) -> None:
    target = Target(own.customer_id, own.exception_id)
    assert (
        as_person("partner_support", target, "snooze", cut_off=True)[1]
        == "No billing cut-off is agreed with this customer."
    )


@pytest.mark.parametrize("said", ["", "x", "1-2|3|waive", "1-2|x|take", "1|2|take", "1-2|3|take|more|y"])
def test_what_a_browser_makes_up_does_nothing(draw: Draw, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done = []
    monkeypatch.setattr(queue_actions, "do", lambda *what: done.append(what))
    queue_actions.by_key(said)
    assert done == ([(Target(1, 2, 3), "take")] if said.startswith("1-2|3|take") else [])
