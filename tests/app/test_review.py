"""The review of a month: the reason beside each miss, and who may seal what."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from app import data, present, review, review_actions, review_beside, review_reads
from app.lists_review import outlook
from app.report.outcomes import became, of_missed
from app.report.said import Said
from app.report.sentences import sentences
from app.report.verify import verify
from app.scope import Scope
from app.wording import Words
from metrics.catalogue import by_key
from metrics.sla import draft
from metrics.sla.restate import Cause
from metrics.sla.statement import Change
from tests.app.conftest import Placed
from tests.app.drawing import Draw, html_of, session_of

pytestmark = pytest.mark.slow

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


@pytest.fixture
def settled(seeded: Placed) -> Iterator[None]:
    """Whatever is written on the month is gone afterwards."""
    yield
    names = ("statement", "exclusion", "exclusion_item", "exclusion_event", "attribution", "maintenance")
    kept = ("review_action", "review_commentary", "review_sign_off")
    with seeded.db.engine("owner").begin() as conn:
        conn.execute(text("TRUNCATE " + ", ".join(f"ops.{name}" for name in names + kept)))


@pytest.fixture
def review_page(draw: Draw, seeded: Placed, settled: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The page of acme's October, as somebody sees it who then writes; of the catalogue one figure is sealed."""
    monkeypatch.setattr(draft, "METRICS", [by_key("A1")])

    def look(role: str) -> AppTest:
        review_reads.forget()
        somebody = session_of(seeded.world, role)
        monkeypatch.setattr(review_actions, "current_user", lambda: somebody)
        test = draw("review", role)
        month = next(box for box in test.selectbox if box.label == "Month")
        october = next(option for option in month.options if "October" in option)
        return month.select(october).run()

    return look


def labels(page: AppTest) -> set[str]:
    return {button.label for button in page.button} - {"Present", "What if"}


def press(page: AppTest, label: str) -> AppTest:
    (button,) = (button for button in page.button if button.label == label)
    page = button.click().run()
    assert not page.exception
    return page


def fill(page: AppTest, key: str, value: Any) -> None:
    kinds = (
        page.selectbox,
        page.multiselect,
        page.text_input,
        page.text_area,
        page.date_input,
        page.time_input,
        page.datetime_input,
        page.number_input,
    )
    (found,) = (each for kind in kinds for each in kind if each.key == key)
    found.set_value(value)


@pytest.mark.parametrize(
    ("role", "can"),
    [
        ("partner_support", set()),
        ("customer_finance", set()),
        ("customer_executive", {"Propose", "Propose it"}),
        (
            "partner_manager",
            {
                "Seal the month",
                "Say so",
                "Propose",
                "Propose it",
                "Announce",
                "Open it",
                "Keep it",
                "Send it",
            },
        ),
    ],
)
def test_who_may_write_what(review_page: Any, role: str, can: set[str]) -> None:
    assert labels(review_page(role)) == can


def test_a_miss_is_settled_between_both_sides(review_page: Any) -> None:
    page = review_page("partner_manager")
    item = next(box for box in page.multiselect if box.key == "out items")
    fill(page, "out items", item.options[:1])
    fill(page, "out comment", "They had sent no project code")
    page = press(page, "Propose")
    assert "1 proposed to be left out." in html_of(page)
    assert "1 to settle" in html_of(page)
    assert "Take it back" in labels(page)
    assert "Accept" not in labels(page), "nobody accepts what he proposed himself"
    page = review_page("customer_executive")
    assert labels(page) == {"Propose", "Propose it", "Accept", "Dispute"}
    page = press(page, "Dispute")
    assert "Say why it is disputed." in html_of(page)
    page = press(page, "Accept")
    html = html_of(page)
    assert "is accepted." in html
    assert "for Acme Consulting" in html
    assert "They had sent no project code" not in html, "the last word is the customer's"
    assert "gross 9" in html


def test_what_the_customer_proposes_the_partner_answers(review_page: Any, seeded: Placed) -> None:
    page = review_page("customer_executive")
    items = next(box for box in page.multiselect if box.key == "out items").options
    assert "Say which items." in html_of(press(page, "Propose"))
    fill(page, "out items", items[:1])
    fill(page, "out comment", "Our own export was late")
    page = press(page, "Propose")
    assert "1 proposed to be left out." in html_of(page)
    assert labels(page) == {"Propose", "Propose it", "Take it back"}, (
        "nobody accepts what he proposed himself"
    )
    page = review_page("partner_manager")
    assert "Our own export was late" in html_of(page)
    html = html_of(press(page, "Accept"))
    assert "is accepted." in html
    assert "gross 9" in html
    with seeded.db.engine("owner").connect() as conn:
        said = conn.execute(text("SELECT state, side FROM ops.exclusion_event ORDER BY event_id")).all()
    assert [tuple(each) for each in said] == [("proposed", "customer"), ("accepted", "partner")]


def test_a_month_is_counted_from_the_instant_of_the_page(draw: Draw) -> None:
    view = draw("review").session_state["what is looked at"]
    earlier = replace(view, as_of=view.as_of - timedelta(days=2))
    counted = []
    for own in (earlier, view):
        asked = data.Asked("A1", own.period)
        (figure,) = data.figures(own.one, (asked,), own.as_of)[asked]
        found = review_reads.review(own.scope, review_reads.parties(own), own.period, own.as_of)
        gross = next(each["gross"] for each in found.objectives if each["key"] == "sync")
        assert (gross["k"], gross["n"], gross["unknown"]) == (
            figure.numerator,
            figure.denominator,
            figure.unknown,
        )
        counted.append(gross["n"])
    assert counted[0] < counted[1]


def test_whose_doing_a_miss_is_shows_at_once(review_page: Any) -> None:
    page = review_page("partner_manager")
    item = next(box for box in page.multiselect if box.key == "doing items")
    fill(page, "doing items", item.options[:2])
    page = press(page, "Say so")
    assert "Say what shows it" in html_of(page)
    fill(page, "doing items", item.options[:2])
    fill(page, "doing party", "Software vendor")
    fill(page, "doing evidence", "their status page")
    html = html_of(press(page, "Say so"))
    assert "2 said to be Software vendor." in html
    assert html.count("their status page") == 2


def test_a_stretch_of_time_is_proposed_and_taken_back(review_page: Any, seeded: Placed) -> None:
    page = review_page("partner_manager")
    fill(page, "stretch from", datetime.fromisoformat("2026-10-05 09:00"))
    fill(page, "stretch until", datetime.fromisoformat("2026-10-05 08:00"))
    fill(page, "stretch comment", "their provider was down")
    assert "must end after it begins" in html_of(press(page, "Propose it"))
    fill(page, "stretch until", datetime.fromisoformat("2026-10-12 08:00"))
    page = press(page, "Propose it")
    html = html_of(page)
    assert "5 Oct 2026, 09:00 to 12 Oct 2026, 08:00" in html
    assert "their provider was down" in html
    with seeded.db.engine("owner").connect() as conn:
        (span,) = conn.execute(text("SELECT from_at, to_at FROM ops.exclusion"))
    # the customer's own hours, of New York
    assert [each.isoformat() for each in span] == ["2026-10-05T13:00:00+00:00", "2026-10-12T12:00:00+00:00"]
    assert "is withdrawn." in html_of(press(page, "Take it back"))


def test_announced_work_is_announced_anew_and_withdrawn(review_page: Any) -> None:
    page = review_page("partner_manager")
    assert "Announce anew" not in labels(page), "there is nothing to change"
    for form in ("work", "anew"):
        if form == "work":
            flows = next(box for box in page.multiselect if box.key == "work flows")
            fill(page, "work flows", flows.options[:1])
        fill(
            page, f"{form} from", datetime.fromisoformat(f"2026-10-05 {'20' if form == 'work' else '21'}:00")
        )
        fill(page, f"{form} until", datetime.fromisoformat("2026-10-06 02:00"))
        fill(page, f"{form} what", "upgrade of the vendor")
        page = press(page, "Announce" if form == "work" else "Announce anew")
    html = html_of(page)
    assert "takes the place of" in html
    assert "5 Oct 2026, 21:00 to 6 Oct 2026, 02:00" in html
    assert "5 Oct 2026, 20:00" not in html
    assert "Say why it does not take place." in html_of(press(page, "It does not take place"))
    fill(page, "anew what", "the vendor is not ready")
    html = html_of(press(page, "It does not take place"))
    assert "does not take place." in html
    assert "Maintenance: upgrade" not in html


def test_the_next_month_opens_with_what_is_open(review_page: Any) -> None:
    page = review_page("partner_manager")
    fill(page, "action what", "Agree on project codes")
    fill(page, "action who", "Dana")
    page = press(page, "Open it")
    assert "is open." in html_of(page)
    month = next(box for box in page.selectbox if box.label == "Month")
    page = month.select(next(option for option in month.options if "November" in option)).run()
    html = html_of(page)
    assert "Agree on project codes" in html
    assert "October 2026, carried over" in html
    fill(page, "commentary 2026-11", "A good month.\n\nAnother one follows.")
    assert "<p>Another one follows.</p>" in html_of(press(page, "Keep it"))


def test_a_person_of_another_customer_writes_nothing(
    review_page: Any, seeded: Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = review_page("partner_manager")
    stranger = session_of(seeded.world, "partner_manager", "helix")
    monkeypatch.setattr(review_actions, "current_user", lambda: stranger)
    fill(page, "action what", "Send us their numbers")
    fill(page, "action who", "Eve")
    html = html_of(press(page, "Open it"))
    assert "does not see acme" in html
    with seeded.db.engine("owner").connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM ops.review_action")).scalar() == 0


def test_a_sealed_month_is_signed_by_both_and_stays_the_same_bytes(review_page: Any, seeded: Placed) -> None:
    page = review_page("partner_manager")
    assert "Preliminary" in html_of(page)
    page = press(page, "Seal the month")
    html = html_of(page)
    assert "Sealed as version 1." in html
    assert "What counted against it" in html
    view, read = page.session_state["what is looked at"], review_reads.review.__wrapped__
    between = review_reads.parties(view)
    sealed = read(view.scope, between, view.period, view.as_of).sealed[0]
    pdf = review_reads.pack(view.scope, between, view.period, view.brand, view.customer.locale, "pdf")
    assert verify(pdf) == sealed
    page = press(page, "Sign it")
    assert "not signed yet" in html_of(page)
    assert "Sign it" not in labels(page)
    page = press(review_page("customer_executive"), "Sign it")
    assert "not signed yet" not in html_of(page)
    page = review_page("partner_manager")
    assert read(view.scope, between, view.period, view.as_of).sealed == (sealed,)
    assert "nothing to restate" in html_of(press(page, "Restate the month"))
    (compare,) = page.toggle
    assert "today the month would say what was sealed" in html_of(compare.set_value(True).run())
