"""The review of a month: the reason beside each miss, and who may seal what."""

from typing import Any

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from app import review, review_reads
from app.auth import user
from app.report.verify import verify
from app.wording import Words
from metrics.catalogue import by_key
from metrics.sla import draft
from metrics.sla.draft import Parties
from metrics.sla.restate import Cause
from metrics.sla.statement import Change
from tests.app.conftest import Placed
from tests.app.drawing import Draw, html_of, session_of

WORDS = Words("en-GB", "Europe/London")
CREDITS = {
    "fee": "2400",
    "currency": "GBP",
    "owed_amount": "240.00",
    "least_amount": "240.00",
    "most_amount": "240.00",
}


def objective(verdict: str = "met", **more: Any) -> dict[str, Any]:
    numbers = {"k": 989, "n": 1000, "unknown": 0, "value": 989000, "low": 989000, "high": 989000}
    return {
        "key": "sync", "title": "Sync success rate", "unit": "percent", "better": "higher", "target": 995000,
        "verdict": verdict, "reason": "", "agreed": numbers, "gross": numbers, "excluded": [], "is_final": True,
        "budget": {"allowed": 5, "bad": 11, "left": -6}, "forecast": None,
    } | more  # fmt: skip


@pytest.mark.parametrize(
    ("verdicts", "state", "says"),
    [
        (["met", "met"], "ok", "All 2 promises are kept."),
        (["met"], "ok", "The promise is kept."),
        (["met", "missed"], "breach", "1 of 2 promises is missed: Sync success rate."),
        (
            ["missed", "missed"],
            "breach",
            "2 of 2 promises are missed: Sync success rate and Sync success rate.",
        ),
        (["met", "not_proven"], "unknown", "No promise is missed; Sync success rate is not proven."),
    ],
)
def test_the_month_is_answered_in_one_sentence(verdicts: list[str], state: str, says: str) -> None:
    held = {"objectives": [objective(verdict) for verdict in verdicts], "credits": CREDITS}
    assert review.answer(held, WORDS) == (state, says, "Credits: £240.00 of £2,400.00.")


@pytest.mark.parametrize(
    ("credits", "says"),
    [
        ({"fee": None}, "No fee is agreed, so no credit follows."),
        (
            {"owed_amount": None, "least_amount": "0"},
            "Credits are not decided: £0.00 to £240.00 of £2,400.00.",
        ),
    ],
)
def test_what_is_owed_is_a_range_until_it_is_decided(credits: dict[str, Any], says: str) -> None:
    assert review.owed(CREDITS | credits, WORDS) == says


@pytest.mark.parametrize(
    ("it", "why"),
    [
        (objective("missed"), "11 failed, 5 were allowed"),
        (objective("missed", budget=None), "11 of 1,000 were not done in time"),
        (
            objective("missed", budget=None, agreed={"k": None, "n": 10, "unknown": 0, "value": 163000}),
            "16.3% of 99.50% that were promised",
        ),
        (objective("not_proven", reason="nothing came due"), "Nothing came due"),
        (objective(is_final=False, budget={"allowed": 5, "bad": 2, "left": 3}), "3 more may fail"),
        (objective(forecast={"lost_on": "2026-10-24"}), "At this rate it is lost on 24 Oct 2026"),
        (objective(), ""),
    ],
)
def test_the_reason_stands_beside_each_miss(it: dict[str, Any], why: str) -> None:
    assert review.reason(it, WORDS) == why


def test_each_cause_stands_by_itself() -> None:
    found = [
        Cause("late_data", ("1 transactions received after the seal",), (Change("sync.n", 10, 11),)),
        Cause("terms", ("objectives.sync.target: 99 became 99.5",)),
    ]
    html = review.causes(found)
    assert "Data that came late" in html
    assert "The terms were changed" in html
    assert "sync.n" in html


@pytest.fixture
def review_page(draw: Draw, seeded: Placed, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The page of acme's October, as somebody sees it; of the catalogue one figure is sealed."""
    monkeypatch.setattr(draft, "METRICS", [by_key("A1")])

    def look(role: str) -> AppTest:
        review_reads.review.clear()
        test = draw("review", role)
        month = next(box for box in test.selectbox if box.label == "Month")
        october = next(option for option in month.options if "October" in option)
        return month.select(october).run()

    yield look
    with seeded.db.engine("owner").begin() as conn:
        conn.execute(text("TRUNCATE ops.statement"))


@pytest.mark.parametrize("role", ["partner_support", "customer_executive"])
def test_only_the_partners_manager_may_seal(review_page: Any, role: str) -> None:
    assert [button for button in review_page(role).button if "month" in button.label] == []


def test_a_sealed_month_says_who_sealed_it_and_shows_what_was_sealed(
    review_page: Any, seeded: Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = session_of(seeded.world, "partner_manager")
    monkeypatch.setattr(user, "current_user", lambda: manager)
    page = review_page("partner_manager")
    assert "Preliminary" in html_of(page)
    (seal,) = (button for button in page.button if button.label == "Seal the month")
    page = seal.click().run()
    html = html_of(page)
    assert not page.exception
    assert "Sealed as version 1." in html
    assert f"by {manager.email}" in html
    assert "What counted against it" in html
    view, sealed = page.session_state["what is looked at"], review_reads.review.__wrapped__
    found = sealed(view.scope, view.customer, view.period, view.as_of).sealed[0]
    parties = Parties(
        review_reads.subject(view.customer), view.customer.name, view.brand.key, view.brand.name
    )
    pdf = review_reads.pack(view.scope, view.customer, parties, view.period, view.brand, "pdf")
    assert verify(pdf) == found
    (again,) = (button for button in page.button if button.label == "Restate the month")
    assert "nothing to restate" in html_of(again.click().run())
    (compare,) = page.toggle
    assert "today the month would say what was sealed" in html_of(compare.set_value(True).run())
