"""Nothing about one customer reaches another: not by a rule for both, not by the database, not by a digest or a storm."""

import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.alerts import book
from metrics.alerts.findings import findings
from metrics.alerts.rules import read_rule
from sql.database import scope, viewer
from tests.metrics.builders import at

pytestmark = pytest.mark.slow

RULE = {
    "severity": {"at_least": 4},
    "customers": ["acme", "borealis"],
    "workflows": [],
    "channels": ["hook"],
    "escalate": [],
}
OF_ACME, OF_BOREALIS = ("Acme", "acme", "Walnut"), ("Borealis", "borealis", "Chestnut")


@pytest.fixture
def two(house):
    """Two customers of one partner under one rule, a cause each."""
    house.channel("hook", storm_limit=2, digest={"at": "08:00", "only": False})
    house.channel("desk", "mail", to=["desk@northwind.example"])
    house.rule(**RULE | {"channels": ["hook", "desk"]})
    ids = {key: house.customer(key) for key in ("acme", "borealis")}
    for key, name in (("acme", "Walnut"), ("borealis", "Chestnut")):
        for number in range(4):
            house.exception(ids[key], title=f"{name} {number}")
    return ids


def test_no_message_of_any_kind_names_two_customers(house, two) -> None:
    house.tick()
    house.now = at("2026-11-21 08:00")
    house.run("UPDATE ops.exception SET closed_at = now() WHERE title LIKE '% 0'")
    house.tick()
    said = [json.dumps(body) for _, _, body in house.endpoint.taken]
    said += [mail.as_string() for mail in house.box.messages]
    kinds = set(house.endpoint.kinds)
    assert {"fired", "storm", "digest"} <= kinds
    assert len(said) > 10
    for one in said:
        names = [any(word in one for word in words) for words in (OF_ACME, OF_BOREALIS)]
        assert sorted(names) == [False, True], one


def test_a_rule_asked_about_another_customer_than_the_scope_finds_nothing(house, two) -> None:
    rules = [
        read_rule("severe", RULE),
        read_rule("money", {"value": {"above": "0", "currency": "USD"}, "channels": ["hook"]}),
        read_rule("silent", {"silence": {"freshness": "1m", "runs": "1m"}, "channels": ["hook"]}),
        read_rule("late", {"deadline": {"due_within": "9h", "overdue": 1}, "channels": ["hook"]}),
    ]
    with viewer(house.db, [two["acme"]]) as conn:
        assert len(findings(conn, two["acme"], "UTC", rules[:1], house.now)) == 4
        assert findings(conn, two["borealis"], "UTC", rules, house.now) == []


@pytest.mark.parametrize("table", ["alert", "alert_message", "alert_link"])
def test_the_scope_of_one_customer_reads_and_writes_no_row_of_another(house, two, table) -> None:
    house.tick()
    with house.db.engine("triage").begin() as conn:
        scope(conn, [two["acme"]])
        found = conn.execute(text(f"SELECT DISTINCT customer_id FROM ops.{table}")).scalars().all()
        assert found == [two["acme"]]
        moved = {
            "alert": "closed_at = now()",
            "alert_message": "state = 'dead'",
            "alert_link": "used_at = now()",
        }[table]
        done = conn.execute(
            text(f"UPDATE ops.{table} SET {moved} WHERE customer_id = :other RETURNING 1"),
            {"other": two["borealis"]},
        )
        assert done.all() == []
        with pytest.raises(ProgrammingError, match="row-level security"):
            conn.execute(text(f"UPDATE ops.{table} SET customer_id = :other"), {"other": two["borealis"]})


def test_an_alert_cannot_be_put_into_another_customer_s_book(house, two) -> None:
    statement = "INSERT INTO ops.alert (customer_id, rule, cause, severity, title, opened_at) VALUES (:other, 'x', 'x', 1, 'x', now())"
    with house.db.engine("triage").begin() as conn:
        scope(conn, [two["acme"]])
        with pytest.raises(ProgrammingError, match="row-level security"):
            conn.execute(text(statement), {"other": two["borealis"]})


@pytest.mark.parametrize("role", ["viewer", "triage", "collector", "portal"])
def test_who_reads_for_one_customer_cannot_read_the_rules_that_name_the_others(house, two, role) -> None:
    with house.db.engine(role).begin() as conn, pytest.raises(ProgrammingError, match="permission denied"):
        conn.execute(text("SELECT document FROM ops.alert_rule"))


def test_a_customer_that_fails_does_not_keep_the_others_waiting(house, two, monkeypatch) -> None:
    seen = book.findings

    def breaks(conn, customer_id, *rest):
        if customer_id == two["acme"]:
            conn.execute(text("SELECT 1 / 0"))
        return seen(conn, customer_id, *rest)

    monkeypatch.setattr(book, "findings", breaks)
    with pytest.raises(Exception, match="division by zero"):
        book.look(house.db, house.now)
    house.courier().round()
    assert house.endpoint.taken
    assert {body["data"]["customer"]["key"] for _, _, body in house.endpoint.taken} == {"borealis"}
