"""Retrying from the pane: what may be sent is sent once, and what may not says why."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from app import house, queue_actions
from app.retrying import Answer, carry_out
from app.settings import Settings
from metrics.triage.act import Actor, Faster, Target
from tests.app.conftest import Placed
from tests.app.drawing import Draw, html_of, session_of
from tests.metrics.builders import a_flow, a_run, an_exception, an_occurrence, system_of

pytestmark = pytest.mark.slow


@dataclass
class Platform:
    """A platform that is switched on or says why not, and answers as it is told."""

    off: str | None = None
    answer: Answer = field(default_factory=lambda: Answer("accepted", "", "new-1"))
    asked: list[str] = field(default_factory=list)

    def barred(self, chosen) -> str | None:
        return self.off

    def steps(self, chosen) -> tuple[str, ...]:
        return (f"Open <b>{chosen.run_id}</b> on the platform.",)

    def ask(self, chosen, key: str, now: datetime) -> Answer:
        self.asked.append(chosen.run_id)
        return self.answer


@dataclass
class Failed:
    """An exception with one failed run, and the page that shows it."""

    target: Target
    run: str
    platform: Platform
    show: Callable[[str], AppTest]


@pytest.fixture
def failed(seeded: Placed, draw: Draw, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Failed]:
    customer, since, platform = seeded.world.customers["acme"], now - timedelta(hours=2), Platform()
    with seeded.db.engine("owner").begin() as conn:
        flow = a_flow(conn, customer, "accounts", promise=False, workflow="account_sync")
        run = a_run(conn, customer, flow, since, "failed", workflow_name="accounts")
        own = an_exception(conn, customer, since, system_id=system_of(conn, customer), flow_id=flow)
        conn.execute(
            text("UPDATE ops.exception_occurrence SET subject_id = :run WHERE exception_id = :own"),
            {"run": run, "own": own},
        )
    house.open_house(house.build(seeded.db, Settings(), platform))
    monkeypatch.setattr("app.queue.choose", lambda rows, wanted, view, **more: f"{customer}-{own}")
    monkeypatch.setattr(queue_actions, "current_user", lambda: session_of(seeded.world, "partner_support"))
    yield Failed(Target(customer, own, 1), run, platform, lambda role: draw("exceptions", role))
    with seeded.db.engine("owner").begin() as conn:
        for table in ("retry", "exception_event", "exception_occurrence", "exception"):
            conn.execute(text(f"DELETE FROM ops.{table} WHERE exception_id = :own"), {"own": own})
        conn.execute(text("DELETE FROM ops.audit WHERE action = 'retry'"))
        conn.execute(text("DELETE FROM raw.run WHERE external_id = :run"), {"run": run})
        conn.execute(text("DELETE FROM ops.flow WHERE flow_id = :flow"), {"flow": flow})


def test_what_may_be_sent_is_sent_once_and_its_lineage_is_shown(failed: Failed) -> None:
    page = failed.show("partner_support")
    assert f"{failed.run}, attempt 1: Cannot tell" in html_of(page)
    (send,) = (button for button in page.button if button.key == "retry it")
    assert (send.label, send.disabled) == ("Ask the platform to run 1 run again", False)
    page = send.click().run()
    html = html_of(page)
    assert failed.platform.asked == [failed.run]
    for words in ("1 retry accepted by the platform.", f"run {failed.run} became run new-1, not read yet"):
        assert words in html
    assert "a retry was asked for, and it has not failed since".capitalize() in html
    (again,) = (button for button in page.button if button.key == "retry it")
    assert (again.label, again.disabled) == ("Nothing may be sent", True)


def test_what_is_switched_off_says_so_with_the_steps_and_sends_nothing(failed: Failed) -> None:
    failed.platform.off = "retries are off for acme/ipaas"
    page = failed.show("partner_support")
    for words in (
        "Retries are off for acme/ipaas.",
        f"Open &lt;b&gt;{failed.run}&lt;/b&gt; on the platform.",
    ):
        assert words in html_of(page)
    (send,) = (button for button in page.button if button.key == "retry it")
    assert send.disabled
    assert failed.platform.asked == []


def test_of_what_is_not_sent_only_a_few_are_named(failed: Failed, seeded: Placed, now: datetime) -> None:
    with seeded.db.engine("owner").begin() as conn:
        for _ in range(9):
            an_occurrence(conn, failed.target.customer_id, failed.target.exception_id, now)
    html = html_of(failed.show("partner_support"))
    assert "There is no run of it that could be retried." in html
    assert (html.count(", attempt 1</li>"), "and 4 more" in html) == (5, True)
    assert f"{failed.run}, attempt 1: Cannot tell" in html


def test_a_customer_neither_sees_nor_does_it(failed: Failed) -> None:
    page = failed.show("customer_executive")
    assert "retry it" not in [button.key for button in page.button]
    assert "attempt 1" not in html_of(page)


def test_what_the_platform_refuses_is_told_with_its_reason(failed: Failed) -> None:
    failed.platform.answer = Answer("refused", "the execution is gone", None)
    page = failed.show("partner_support")
    next(button for button in page.button if button.key == "retry it").click().run()
    html = html_of(page)
    for words in ("0 retries accepted by the platform. 1 not done.", "refused: the execution is gone"):
        assert words in html


def test_who_saw_an_older_version_sends_nothing(failed: Failed, seeded: Placed, now: datetime) -> None:
    with seeded.db.engine("owner").begin() as conn:
        conn.execute(
            text("UPDATE ops.exception SET version = 2 WHERE exception_id = :own"),
            {"own": failed.target.exception_id},
        )
    with pytest.raises(Faster):
        carry_out(seeded.db, [failed.target.customer_id], Actor(1, "x"), failed.target, failed.platform, now)
    assert failed.platform.asked == []
