"""The review of a month in words: the answer, the reason beside each miss, causes by money."""

import re
from collections import Counter
from datetime import date
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest

from app import present, review, review_beside, review_reads
from app.lists_review import outlook
from app.report.outcomes import became, of_missed
from app.report.said import Said
from app.report.sentences import sentences
from app.scope import Scope
from app.wording import Words
from metrics.sla.restate import Cause
from metrics.sla.statement import Change

WORDS = Words("en-GB", "Europe/London")
VIEW = SimpleNamespace(words=WORDS, scope=Scope(1, (1,), "partner_manager", 1))
CREDITS = {
    "fee": "2400", "currency": "GBP", "stacking": "highest", "owed": 100_000, "least": 100_000, "most": 100_000,
    "owed_amount": "240.00", "least_amount": "240.00", "most_amount": "240.00",
}  # fmt: skip


def objective(verdict: str = "met", **more: Any) -> dict[str, Any]:
    numbers = {"k": 989, "n": 1000, "unknown": 0, "value": 989000, "low": 989000, "high": 989000}
    return {
        "key": "sync", "title": "Sync success rate", "unit": "percent", "better": "higher", "target": 995000,
        "verdict": verdict, "reason": "", "doubt": "", "agreed": numbers, "gross": numbers, "net": numbers, "excluded": [],
        "is_final": True, "budget": {"allowed": 5, "bad": 11, "left": -6}, "forecast": None,
    } | more  # fmt: skip


def said_of(*objectives: dict[str, Any], credits: dict[str, Any] = CREDITS, missed: Any = ()) -> Said:
    counts = Counter(each["verdict"] for each in objectives)
    verdicts = {name: counts[name] for name in ("met", "missed", "not_proven")}
    terms: Any = {"objectives": []}
    evaluation = {
        "objectives": list(objectives),
        "composites": [],
        "credits": credits,
        "terms": terms,
    } | verdicts
    partner, period = {"key": "northwind", "name": "Northwind"}, {"name": "2026-10"}
    body = {
        "partner": partner,
        "period": period,
        "evaluation": evaluation,
        "missed": list(missed),
        "agreed": [],
    }
    return Said(body, WORDS)


@pytest.mark.parametrize(
    ("verdicts", "state", "says"),
    [
        (["met", "met"], "ok", "In October 2026, 2 of 2 objectives were met."),
        (["met", "missed"], "breach", "In October 2026, 1 of 2 objectives was met; 1 missed."),
        (["met", "not_proven"], "unknown", "In October 2026, 1 of 2 objectives was met; 1 not proven."),
    ],
)
def test_the_month_is_answered_as_the_pack_answers_it(verdicts: list[str], state: str, says: str) -> None:
    said = said_of(*(objective(verdict, doubt="nothing") for verdict in verdicts))
    told = [unescape(re.sub(r"<[^>]*>", "", each)) for each in review.answer(said)]
    assert told == [state, says, " ".join(sentences(said)[1:])]
    assert "A credit of £240 is owed" in told[2]


def test_a_target_keeps_the_digits_it_was_promised_with() -> None:
    assert said_of().target(objective(target=999_900)) == "at least 99.99%"
    assert said_of().target(objective(target=995_000)) == "at least 99.5%"
    assert said_of().value(objective(), 999_999) == "99.99%"


def a_miss(number: int, party: str | None = None) -> dict[str, Any]:
    return {
        "objective": "sync", "item": f"deal-{number}", "label": f"Deal {number}", "party": party, "count": [0, 1, 0],
        "flow": "deals", "at": "2026-10-05T12:00:00+00:00", "outcome": "F", "evidence": None, "decided_by": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("it", "misses", "why"),
    [
        (objective("missed"), [], "11 counted against it; nobody has said whose doing"),
        (
            objective("missed", gross={"k": 987, "n": 1000}, agreed={"k": 987, "n": 998, "value": 988977}),
            [a_miss(n, "saas_vendor" if n < 3 else "partner") for n in range(13)],
            "11 counted against it, of 13 before what is left out: Northwind 10, Software vendor 3",
        ),
        (objective("not_proven", doubt="nothing"), [], "Nothing came due"),
        (objective(is_final=False, budget={"allowed": 5, "bad": 2, "left": 3}), [], "3 more may fail"),
        (objective(forecast={"lost_on": "2026-10-24"}), [], "At this rate it is lost on 24 Oct 2026"),
        (objective(), [], ""),
    ],
)
def test_the_reason_stands_beside_each_miss(it: dict[str, Any], misses: Any, why: str) -> None:
    assert review.reason(it, said_of(it, missed=misses)) == why


@pytest.mark.parametrize(
    ("outcome", "count", "said"),
    [
        ("S1", [0, 1, 0], "done, later than promised"),
        ("S1", [0, 0, 1], "nobody can tell"),
        ("F", [0, 1, 0], "failed"),
        ("billed", [0, 1, 0], "billed, later than promised"),
        ("without task, budget", [0, 1, 0], "without task, budget"),
    ],
)
def test_what_became_of_an_item_is_said_in_one_way(outcome: str, count: list[int], said: str) -> None:
    item = a_miss(1) | {"outcome": outcome, "count": count}
    assert of_missed(item) == said
    assert said in review.missed(review_reads.Review(said_of(objective(), missed=[item]).body), VIEW)  # type: ignore[arg-type]


def test_of_many_misses_a_few_stand_open_and_flows_are_named() -> None:
    missed = [a_miss(n) | {"flow": "time", "label": "time"} for n in range(review.OPEN + 3)]
    html = review.missed(
        review_reads.Review(said_of(objective(), missed=missed).body),
        VIEW,  # type: ignore[arg-type]
        names={"time": "Approved time to billing"},
    )
    opened, folded = html.split("<details>")
    assert [part.count("Approved time to billing") for part in (opened, folded)] == [review.OPEN, 3]
    assert "3 more of them" in folded
    assert ">time<" not in html


def test_what_kept_its_promise_is_not_said_to_be_late() -> None:
    assert [became(word, is_good=True) for word in ("S1", "billed", "good")] == [
        "done in time", "billed in time", "in time",
    ]  # fmt: skip


def test_promises_taken_together_name_the_member_for_which_one_is_missed() -> None:
    said = said_of(objective("missed"), objective(key="fast", title="Fast enough"))
    assert review.together(said) == ""
    one = {
        "key": "all",
        "title": "Everything",
        "rule": "all_of",
        "members": ["sync", "fast"],
        "target": None,
        "value": None,
    }
    worst = one | {"title": "Worst", "rule": "worst_of", "target": 995_000, "value": 989_000}
    said.body["evaluation"]["composites"] = [
        each | {"verdict": "missed", "reason": "sync"} for each in (one, worst)
    ]
    html = review.together(said)
    assert "all of them: Sync success rate, Fast enough" in html
    assert "at least 99.5%" in html
    assert html.count('<td class="wide">Sync success rate</td>') == 2
    assert "98.9%" in html


def test_the_card_says_what_a_promise_bears_and_what_its_forecast_assumes() -> None:
    budget = {"allowed": 5, "bad": 11, "seconds": 3600, "used_seconds": 7200}
    burn = {"severity": "page", "why": "burning for 1 h and still"}
    ahead = {"lost_on": "2026-10-24", "assumptions": ["the window goes on as it began: 900 items"]}
    assert outlook(objective(budget=budget, burn=burn, forecast=ahead), said_of()) == {
        "Error budget": "5 items or 1 h; 11 and 2 h are used",
        "Burn rate": "page: burning for 1 h and still",
        "At this rate": "lost on 24 Oct 2026, if the window goes on as it began: 900 items",
    }
    assert outlook(objective(budget=None, burn=None, forecast=None), said_of()) == {}


def test_causes_by_money_lead_to_their_exceptions_and_risks_stand_beside_them() -> None:
    cause = {"key": "exception 12 GBP", "title": "No code <x>", "rule": "r", "flow": None, "records": 3, "open": 1, "amount": "90.5", "currency": "GBP"}  # fmt: skip
    late = {"key": "drafts-issued", "pending": 2, "overdue": 1}
    risks = {
        "month": "2026-11",
        "objectives": [],
        "expectations": [late],
        "value_at_risk": [],
        "cut_off": None,
    }
    body = said_of(objective(metric="time_to_bill")).body
    body["evaluation"]["as_of"] = "2026-11-05T12:00:00Z"
    told = review_reads.Review(body | {"context": {"causes": [cause], "risks": risks}})
    view: Any = SimpleNamespace(words=WORDS, customer=SimpleNamespace(customer_id=7, name="Acme"), month="2026-10", is_running=False)  # fmt: skip
    html = review_beside.causes(told, view)
    assert '<a href="/exceptions?open=7-12" target="_self">No code &lt;x&gt;</a>' in html
    assert "£90.50" in html
    assert "1 overdue and 2 not due yet" in review_beside.risks(told, view)
    screens = present.screens(told, view, date(2026, 11, 5))
    assert [title for title in ("Causes by money", "Risks of November 2026", "Value recovered") if f"<h2>{title}</h2>" in screens] == [
        "Causes by money", "Risks of November 2026",
    ], "what has no row has no screen"  # fmt: skip
    assert "The statement of this month does not tell of it." in review_beside.causes(
        review_reads.Review(body), view
    )


def test_each_cause_stands_by_itself() -> None:
    found = [
        Cause("late_data", ("1 transactions received after the seal",), (Change("sync.n", 10, 11),)),
        Cause("terms", ("objectives.sync.target: 99 became 99.5",)),
    ]
    html = review.causes(found)
    assert "Late data" in html
    assert "Changed terms" in html
    assert "sync.n" in html
