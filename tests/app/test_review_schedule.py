"""The schedule of the reviews: what comes next and how it stands, and who may change it, on the page and on the command line."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from app import review_actions, review_mailed, review_reads
from app.cli import cli, ground, review_mail, review_plan
from app.review_schedule import schedules
from sql.database import Database, scope
from tests.app.conftest import Placed
from tests.app.drawing import Draw, html_of, session_of
from tests.app.test_review_page import fill, labels, press

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
RULE = {"business_day": 3, "at": "08:00", "calendar": None, "to_partner": ["desk@northwind.example"], "to_customer": []}  # fmt: skip
MANAGER = ("--as", "manager@northwind.example")
Do = Callable[..., Any]


@pytest.fixture
def write(seeded: Placed) -> Iterator[Do]:
    """Runs one statement on the small world as its owner; schedules and mails are gone afterwards."""

    def run(statement: str, **given: Any) -> list[Any]:
        with seeded.db.engine("owner").begin() as conn:
            done = conn.execute(text(statement), given)
            return list(done) if done.returns_rows else []

    run("UPDATE ops.partner SET mail = '{\"sender\": \"reviews@northwind.example\"}' WHERE key = 'northwind'")
    yield run
    run("UPDATE ops.customer SET review = NULL")
    run("UPDATE ops.partner SET mail = NULL")
    run("TRUNCATE ops.review_mail")
    run("DELETE FROM ops.audit WHERE action = 'sla.schedule'")


def rule_of(write: Do, key: str = "acme") -> Any:
    ((found,),) = write("SELECT review FROM ops.customer WHERE key = :key", key=key)
    return found


@pytest.mark.parametrize(
    ("mails", "rule", "state", "of", "at", "last"),
    [
        ([], {}, "due", "2026-10", "2026-11-04T13:00", None),
        ([("2026-10", "waiting")], {}, "waiting", "2026-10", "2026-11-04T13:00", None),
        ([("2026-10", "given_up")], {}, "given up", "2026-10", "2026-11-04T13:00", None),
        ([("2026-10", "sent")], {}, "planned", "2026-11", "2026-12-03T13:00", "2026-10"),
        ([("2026-09", "sent"), ("2026-10", "sent")], {}, "planned", "2026-11", "2026-12-03T13:00", "2026-10"),
        ([], {"to_partner": []}, "kept", "2026-10", "2026-11-04T13:00", None),
        ([], {"calendar": "gone"}, "kept", "2026-10", None, None),
    ],
)
def test_what_comes_next_is_told_with_how_it_stands(
    seeded: Placed, write: Do, mails: Any, rule: Any, state: str, of: str, at: str | None, last: str | None
) -> None:
    acme = seeded.world.customers["acme"]
    review = json.dumps(RULE | rule)
    write("UPDATE ops.customer SET review = :review WHERE customer_id = :own", review=review, own=acme)
    for month, stands in mails:
        sent = f"{month[:5]}{int(month[5:]) + 1:02d}-05" if stands == "sent" else None
        write(
            "INSERT INTO ops.review_mail (customer_id, period, version, kind, state, due_at, next_try_at, sent_at)"
            " VALUES (:own, :month, 0, 'draft', :stands, :now, :now, :sent)",
            own=acme, month=month, stands=stands, now=NOW, sent=sent,
        )  # fmt: skip
    (it,) = schedules(seeded.db, [acme, seeded.world.customers["borealis"]], NOW)
    when = it.coming.at.astimezone(UTC).isoformat()[:16] if it.coming.at else None
    assert (it.state(NOW), it.coming.period.label, when) == (state, of, at)
    assert (it.last["period"] if it.last else None) == last


def test_a_desk_changes_the_schedule_of_its_own_customer_and_nothing_else_of_it(
    seeded: Placed, write: Do
) -> None:
    acme = seeded.world.customers["acme"]
    with seeded.db.engine("triage").begin() as conn:
        scope(conn, [acme])
        assert conn.execute(text("UPDATE ops.customer SET review = '{}'")).rowcount == 1
    assert [rule_of(write, key) for key in ("acme", "borealis", "aue")] == [{}, None, None]
    with seeded.db.engine("triage").connect() as conn, conn.begin():
        scope(conn, [acme])
        with pytest.raises(ProgrammingError, match="permission denied"):
            conn.execute(text("UPDATE ops.customer SET name = 'Acme'"))


@pytest.fixture
def page_of(draw: Draw, seeded: Placed, write: Do, monkeypatch: pytest.MonkeyPatch) -> Do:
    """The review of acme as somebody sees it who then writes."""

    def look(role: str) -> AppTest:
        review_reads.forget()
        review_mailed.read.clear()
        somebody = session_of(seeded.world, role)
        monkeypatch.setattr(review_actions, "current_user", lambda: somebody)
        return draw("review", role)

    return look


def test_the_manager_says_on_the_page_who_gets_what_when(page_of: Do, write: Do) -> None:
    page = page_of("partner_manager")
    assert "No review goes out by mail." in html_of(page)
    fill(page, "schedule acme day", 4)
    fill(page, "schedule acme at", time(9, 30))
    fill(page, "schedule acme partner", "desk@northwind.example\n")
    fill(page, "schedule acme customer", "Mira Acme <mira@acme.example>\nnobody at all")
    html = html_of(press(page, "Send it"))
    assert "To customer: " in html
    assert "nobody at all" in html
    assert rule_of(write) is None
    fill(page, "schedule acme customer", "Mira Acme <mira@acme.example>")
    html = html_of(press(page, "Send it"))
    assert "The draft goes out on business day 4, 09:30." in html
    assert "Mira Acme" in html
    assert "5 Nov 2026" in html
    said = {"business_day": 4, "at": "09:30", "to_customer": ["Mira Acme <mira@acme.example>"]}
    assert rule_of(write) == RULE | said
    ((detail,),) = write("SELECT detail FROM ops.audit WHERE action = 'sla.schedule'")
    assert detail == {"before": None, "after": RULE | said}
    assert "Nothing is sent by mail any more." in html_of(press(page, "Send nothing"))
    assert rule_of(write) is None


@pytest.mark.parametrize(
    ("role", "sees", "changes"),
    [("partner_support", True, False), ("customer_executive", False, False)],
)
def test_only_the_manager_changes_it_and_customers_do_not_see_it(
    page_of: Do, role: str, sees: bool, changes: bool
) -> None:
    page = page_of(role)
    assert ("Sent by mail" in html_of(page)) == sees
    assert ("Send it" in labels(page)) == changes


def test_the_portfolio_tells_of_every_customer(draw: Draw, write: Do) -> None:
    review_mailed.read.clear()
    write("UPDATE ops.customer SET review = :review WHERE key = 'acme'", review=json.dumps(RULE))
    html = html_of(draw("portfolio")).split("Sent by mail", 1)[1]
    assert "business day 3, 08:00" in html
    assert "desk@northwind.example" in html
    assert "Not sent" in html


@pytest.fixture
def run(seeded: Placed, write: Do, monkeypatch: pytest.MonkeyPatch) -> Do:
    @contextmanager
    def database() -> Iterator[Database]:
        yield seeded.db

    for module in (ground, review_mail, review_plan):
        monkeypatch.setattr(module, "database", database)
        monkeypatch.setattr(module, "now", lambda: NOW)

    def invoke(*words: Any) -> Result:
        return CliRunner().invoke(cli, ["review", *map(str, words)])

    return invoke


def test_the_command_says_and_changes_it_too(run: Do, write: Do) -> None:
    new = ("--business-day", 3, "--to-partner", "desk@northwind.example")
    assert run("change", "acme", *new, *MANAGER).stdout == "The draft goes out on business day 3 at 08:00.\n"
    assert rule_of(write) == RULE
    assert run("change", "acme", "--to-customer", "mira@acme.example", *MANAGER).exit_code == 0
    assert rule_of(write) == RULE | {"to_customer": ["mira@acme.example"]}
    (told,) = json.loads(run("schedule", "--json").stdout)
    assert (told["customer"], told["draft to"], told["sealed to"], told["state"], told["of"]) == (
        "northwind/acme", "desk@northwind.example", "mira@acme.example", "due", "2026-10",
    )  # fmt: skip
    assert run("change", "acme", "--nothing", *MANAGER).stdout == "Nothing is sent any more.\n"
    assert run("schedule").stdout.startswith("No review is sent")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("acme", "--business-day", 40, *MANAGER), 1, "business day: input should be less than or equal to 23"),
        (("acme", "--business-day", 3, "--to-partner", "nobody", *MANAGER), 1, "to partner: 'nobody'"),
        (("acme", "--at", "09:00", *MANAGER), 1, "business day: field required"),
        (("acme", *MANAGER), 2, "say what changes, or --nothing alone"),
        (("acme", "--nothing", "--as", "manager@helix.example"), 1, "manager@helix.example does not see acme"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_schedule_is_one_clear_line(run: Do, words: Any, code: int, says: str) -> None:
    result = run("change", *words)
    assert (result.exit_code, says in result.output) == (code, True), result.output


def test_who_saw_an_older_schedule_changes_nothing(
    run: Do, write: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("UPDATE ops.customer SET review = :review WHERE key = 'acme'", review=json.dumps(RULE))
    seen = review_plan.review_schedule.schedules

    def changed_meanwhile(*asked: Any) -> Any:
        found = seen(*asked)
        write("UPDATE ops.customer SET review = review || '{\"business_day\": 5}' WHERE key = 'acme'")
        return found

    monkeypatch.setattr(review_plan.review_schedule, "schedules", changed_meanwhile)
    result = run("change", "acme", "--business-day", 9, *MANAGER)
    assert (result.exit_code, "somebody has changed the schedule since" in result.output) == (1, True)
    assert rule_of(write)["business_day"] == 5
