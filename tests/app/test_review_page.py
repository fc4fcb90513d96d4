"""The page of a review: who may settle, seal and sign what, and what stands there afterwards."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from app import data, review_actions, review_reads
from app.report.verify import verify
from metrics.catalogue import by_key
from metrics.sla import draft
from sql.database import Database
from tests.app.conftest import Placed
from tests.app.drawing import Draw, html_of, session_of

pytestmark = pytest.mark.slow


def unsay(db: Database) -> None:
    """Whatever was written on any month is gone."""
    names = ("statement", "exclusion", "exclusion_item", "exclusion_event", "attribution", "maintenance")
    kept = ("review_action", "review_commentary", "review_sign_off")
    with db.engine("owner").begin() as conn:
        conn.execute(text("TRUNCATE " + ", ".join(f"ops.{name}" for name in names + kept)))


@pytest.fixture
def settled(seeded: Placed) -> Iterator[None]:
    yield
    unsay(seeded.db)


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
