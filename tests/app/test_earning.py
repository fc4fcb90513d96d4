"""What serving earns stands on the partner's Portfolio, every number of it opens into rows that add up, and no customer gets there."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from html import unescape

import pytest
import streamlit as st
from sqlalchemy import text
from typer.testing import CliRunner

from app import earning, house
from app.cli import cli, reading
from app.lists import LISTS
from app.settings import Settings
from app.target import read_target
from sql.database import Database
from tests.app import world as worlds
from tests.app.conftest import Placed
from tests.app.drawing import Draw, drawer, html_of

pytestmark = pytest.mark.slow

TERMS = (
    ("acme", "2025-01-01", {"amount": 2000, "currency": "USD"}),
    ("acme", "2026-11-05", {"amount": 2400, "currency": "USD"}),
    ("borealis", "2025-01-01", {"amount": 900, "currency": "GBP"}),
    ("borealis", "2026-06-01", {"amount": 750, "currency": "GBP"}),
)
MINUTES = {"acme": 90, "borealis": 30}


@pytest.fixture(scope="module")
def agreed(module_database: Database, now: datetime) -> Placed:
    """Two customers with fees since 2025, logged minutes, a sealed month and what an hour costs; nothing was read of them."""
    db = module_database
    made = worlds.partners(db, now)
    with db.engine("owner").begin() as conn:
        for key, day, fee in TERMS:
            given = {"own": made.customers[key], "day": day, "said": json.dumps({"fee": fee})}
            conn.execute(
                text(
                    "INSERT INTO ops.terms (customer_id, valid_from, tier, document)"
                    " VALUES (:own, CAST(:day AS date), 'gold', CAST(:said AS jsonb))"
                ),
                given,
            )
        for key, minutes in MINUTES.items():
            for month in (10, 11):
                _logged(conn, made.customers[key], minutes, datetime.fromisoformat(f"2026-{month}-06T12:00Z"))
        credits_ = {"owed": 50000, "owed_amount": "100.00", "currency": "USD"}
        conn.execute(
            text(
                "INSERT INTO ops.statement (customer_id, period, version, document, sha256, sealed_at, sealed_by)"
                " SELECT :own, '2026-10', 1, d, sha256(d), '2026-11-03', 'P' FROM (SELECT convert_to(:said, 'UTF8') AS d) x"
            ),
            {"own": made.customers["acme"], "said": json.dumps({"evaluation": {"credits": credits_}})},
        )
        conn.execute(
            text(
                "INSERT INTO ops.hourly_cost (partner_id, rates) SELECT partner_id, CAST(:said AS jsonb) FROM ops.partner"
                " WHERE key = 'northwind'"
            ),
            {"said": json.dumps([{"currency": "USD", "valid_from": "2026-01-01", "amount": "60"}])},
        )
    return Placed(db, made)


def _logged(conn, own: int, minutes: int, at: datetime) -> None:
    given = {"own": own, "minutes": minutes, "at": at, "name": f"cause {at}"}
    conn.execute(
        text(
            "WITH e AS (INSERT INTO ops.exception (customer_id, rule, class, fingerprint, fingerprint_version, title, opened_at,"
            " last_occurred_at, first_seen_at, last_seen_at) VALUES (:own, 'run_failed', 'technical', :name, 1, 'Target says no',"
            " :at, :at, :at, :at) RETURNING exception_id)"
            " INSERT INTO ops.exception_event (customer_id, exception_id, kind, at, actor, minutes)"
            " SELECT :own, exception_id, 'worked', :at, 'sam', :minutes FROM e"
        ),
        given,
    )


@pytest.fixture
def shown(agreed: Placed, moment: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Draw]:
    """Draws a page over it."""
    house.open_house(house.build(agreed.db, Settings()))
    st.cache_data.clear()
    yield drawer(agreed.world, moment, monkeypatch)
    st.cache_data.clear()


def _section(html: str) -> str:
    return html[html.index("What serving earns") :]


def test_every_number_opens_into_rows_that_add_up(shown: Draw) -> None:
    test = shown("portfolio")
    html, view = _section(html_of(test)), test.session_state["what is looked at"]
    found = dict(re.findall(r'data-open="([^"]+)"[^>]*>(.*?)</button>', html, re.DOTALL))
    assert len(found) > 8
    for said, value in found.items():
        it = LISTS["earns"][1](view, read_target(unescape(said)))
        assert it.fits, (said, it.summed, it.figure)
        assert it.value == unescape(value), said
        assert len(it.rows) or it.figure == (0,)
    cells = re.findall(r'<td class="n[^"]*">(.*?)</td>', html, re.DOTALL)
    shut = [cell for cell in cells if re.search(r"\d", cell) and "data-open" not in cell]
    assert shut == []


def test_it_says_what_was_agreed_paid_and_worked(shown: Draw) -> None:
    said = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", _section(html_of(shown("portfolio"))))))
    for wanted in ("US$2,400", "US$400", "£750", "120%", "83%", "1 customer", "0 of 2"):
        assert wanted in said, said
    assert "somewhere between 0% and 6" in said
    assert "90 min" in said
    assert "month is not over" in said


def test_the_margin_of_a_sealed_month(shown: Draw) -> None:
    view = shown("portfolio").session_state["what is looked at"]
    october = replace(view, month="2026-10")
    it = LISTS["earns"][1](october, read_target("earns|D2/acme|USD"))
    assert (it.value, it.fits) == ("90.5%", True)  # (2,000 − 100 − 1.5 h at 60) ÷ 2,000
    assert "month not sealed" in earning.section(october)


def test_without_fees_and_minutes_it_says_so(draw: Draw) -> None:
    assert "The terms of no customer name a fee" in _section(html_of(draw("portfolio")))


@pytest.mark.parametrize("role", ["customer_executive", "customer_finance"])
@pytest.mark.parametrize("slug", ["portfolio", "overview", "definitions"])
def test_no_customer_is_shown_any_of_it(shown: Draw, role: str, slug: str) -> None:
    html = html_of(shown(slug, role))
    for said in ("What serving earns", "2,400", "earns|", "Cost to serve", "Service margin"):
        assert said not in html


def test_a_customer_who_names_the_list_is_refused(shown: Draw) -> None:
    view = shown("overview", "customer_executive").session_state["what is looked at"]
    for key in ("D1", "D2", "D3", "D4"):
        with pytest.raises(PermissionError):
            LISTS["earns"][1](view, read_target(f"earns|{key}/|USD"))


def test_the_command_line_says_the_same(agreed: Placed, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def database() -> Iterator[Database]:
        yield agreed.db

    monkeypatch.setattr(reading, "database", database)
    asked = ("D2", "--customer", "acme", "--period", "2026-10", "--json")
    shown, listed = (CliRunner().invoke(cli, ("kpi", verb, *asked)) for verb in ("show", "rows"))
    said, rows = json.loads(shown.stdout), json.loads(listed.stdout)
    assert (said["value"], said["currency"], said["detail"]["minutes"]) == (0.905, "USD", 90)
    assert sum(Decimal(str(row["amount"])) for row in rows) == 1810
    fees = CliRunner().invoke(
        cli, ("kpi", "show", "D1", "--partner", "northwind", "--period", "2026-10", "--json")
    )
    assert {one["customer"]: Decimal(one["value"]) for one in json.loads(fees.stdout)} == {
        "acme": 2000,
        "borealis": 750,
    }
