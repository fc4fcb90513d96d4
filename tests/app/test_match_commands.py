"""Matches by command: what the rules suggest is listed, a person decides it, and it shows who did."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli import cli, ground
from metrics import matching
from metrics.news import News
from sql.database import Database
from tests.app import world as worlds
from tests.app.world import World
from tests.metrics.builders import a_system

SAM, HELIX = "support@northwind.example", "support@helix.example"
Run = Callable[..., Result]
RECORDS = (
    (
        "INSERT INTO biz.account (customer_id, system_id, source_id, name, code, first_seen_at, last_seen_at)"
        " VALUES (:c, :crm, 'a1', 'Alder', 'A-7', :at, :at), (:c, :psa, 'b1', 'Alder', 'A-7', :at, :at)"
    ),
    (
        "INSERT INTO biz.opportunity (customer_id, system_id, source_id, account_ref, number, stage, is_won, is_lost, amount, currency, won_at,"
        " first_seen_at, last_seen_at) VALUES (:c, :crm, 'o1', 'a1', 'OPP-1', 'won', true, false, 1000, 'GBP', :at, :at, :at)"
    ),
    (
        "INSERT INTO biz.project (customer_id, system_id, source_id, account_ref, number, budget_amount, currency, created_at, first_seen_at,"
        " last_seen_at) SELECT :c, :psa, 'p' || n, 'b1', 'P-' || n, 1000, 'GBP', :at, :at, :at FROM generate_series(1, 2) n"
    ),
)


@pytest.fixture(scope="module")
def placed(module_database: Database, now: datetime) -> World:
    """At Acme, a deal and two projects of its account, without a key."""
    made = worlds.partners(module_database, now)
    acme = made.customers["acme"]
    with module_database.engine("owner").begin() as conn:
        at = now - timedelta(days=3)
        given = {"c": acme, "crm": a_system(conn, acme, "crm"), "psa": a_system(conn, acme, "psa"), "at": at}
        for statement in RECORDS:
            prepared = text(statement)
            conn.execute(prepared, {name: given[name] for name in prepared.compile().params})
        matching.match_customer(conn, News(acme, None, 0, ()), now - timedelta(hours=1))
    return made


@pytest.fixture
def run(placed: World, module_database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Run:
    @contextmanager
    def database() -> Iterator[Database]:
        yield module_database

    monkeypatch.setattr(ground, "database", database)
    monkeypatch.setattr(ground, "now", lambda: now)
    return lambda *given, who=SAM: CliRunner().invoke(
        cli, ["matches", *given, "--customer", "acme"], env={"THROUGHLINE_AS": who}
    )


def listed(run: Run, *states: str) -> list[dict[str, Any]]:
    asked = [word for state in states for word in ("--state", state)]
    result = run("list", *asked, "--json")
    assert result.exit_code == 0, result.output
    return [row for row in json.loads(result.stdout) if row["kind"] == "project"]


def test_a_suggestion_is_decided_by_a_person_and_the_word_can_be_taken_back(
    run: Run, placed: World, module_database: Database
) -> None:
    waiting = listed(run)
    assert [row["rivals"] for row in waiting] == [1, 1]
    left, right = waiting[0]["left"], waiting[0]["right"]
    said = run("accept", "project", left, right)
    assert said.exit_code == 0, said.output
    assert SAM in said.output
    (row,) = listed(run, "manual")
    assert (row["right"], row["by"], row["rule"]) == (right, SAM, "person")
    assert listed(run) == []  # what said otherwise has ended
    assert run("reject", "project", left, right).exit_code == 0
    assert [row["state"] for row in listed(run, "manual", "apart")] == ["apart"]
    assert run("undo", "project", left, right).exit_code == 0
    assert listed(run, "manual", "apart") == []
    with module_database.engine("owner").connect() as conn:
        acts = conn.execute(
            text("SELECT action FROM ops.audit WHERE action LIKE 'match %' ORDER BY action")
        ).scalars()
        assert list(acts) == ["match apart", "match together", "match undecided"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("accept", "deal", "crm:o1", "psa:p1"), "kinds are project"),
        (("accept", "project", "o1", "psa:p1"), "SYSTEM:ID"),
        (("accept", "project", "crm:o9", "psa:p1"), "no opportunity 'o9'"),
        (("accept", "account", "crm:a1", "crm:a1"), "one system"),
        (("list", "--state", "sure"), "states are suggested"),
    ],
)
def test_what_cannot_be_decided_is_one_clear_line(run: Run, given: tuple[str, ...], said: str) -> None:
    result = run(*given)
    assert result.exit_code == 2
    assert said in result.output


def test_nobody_decides_for_a_customer_that_he_does_not_see(run: Run) -> None:
    for who, said in ((HELIX, "does not see acme"), ("", "who decides?")):
        result = run("accept", "project", "crm:o1", "psa:p1", who=who)
        assert result.exit_code == 2
        assert said in result.output
