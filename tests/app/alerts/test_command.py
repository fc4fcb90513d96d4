"""Alerts without a screen: what stands, what would be told, whether a channel works, and taking one."""

import json
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from app.cli import cli, ground


@pytest.fixture
def run(house, monkeypatch):
    """Runs `throughline alerts …` and answers its exit code and what it said."""

    @contextmanager
    def database():
        yield house.db

    monkeypatch.setattr(ground, "database", database)
    monkeypatch.setattr(ground, "now", lambda: house.now)

    def command(*words: str):
        done = CliRunner().invoke(cli, ["alerts", *words])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, json.loads(done.stdout) if "--json" in words and done.stdout else done.output

    return command


def test_a_dry_run_tells_what_would_be_told_and_tells_nobody(house, run) -> None:
    house.rule()
    customer = house.customer(f"{house.partner}-acme")
    house.exception(customer, title="The CRM says no")
    code, rows = run("dry-run", "--customer", f"{house.partner}-acme", "--json")
    assert code == 0
    assert [(row["title"], row["channels"], row["fires"]) for row in rows] == [
        ("Transfer failed: The CRM says no", "hook", True)
    ]
    house.courier().round()
    assert house.endpoint.taken == []
    assert house.run("SELECT FROM ops.alert") == []


def test_an_alert_is_listed_and_taken_once(house, run) -> None:
    house.rule()
    key = f"{house.partner}-acme"
    house.exception(house.customer(key))
    house.tick()
    _, (row,) = run("list", "--customer", key, "--json")
    assert (row["rule"], row["sent"], row["acknowledged_by"]) == ("severe", 1, None)
    taken = ("ack", str(row["alert_id"]), "--customer", key, "--as", "sam@northwind.example")
    assert run(*taken)[0] == 0
    code, said = run(*taken)
    assert (code, "somebody has it already" in said) == (1, True)
    _, (row,) = run("list", "--customer", key, "--json")
    assert row["acknowledged_by"] == "sam@northwind.example"


def test_a_channel_is_tried_at_once_and_says_what_came_of_it(house, run) -> None:
    key = f"{house.partner}-acme"
    house.customer(key)
    house.channel("desk", "mail", to=["desk@northwind.example", "nobody@northwind.example"])
    house.box.refuses["nobody@northwind.example"] = "550 no such box"
    code, rows = run("test", "desk", "--customer", key, "--json")
    assert code == 1
    assert [(row["addressee"], "550" in (row["error"] or "")) for row in rows] == [
        ("desk@northwind.example", False), ("nobody@northwind.example", True),
    ]  # fmt: skip
    assert run("test", "hook", "--customer", key)[0] == 0
    assert house.endpoint.titles == ["Test of a channel"]
    code, said = run("test", "hok", "--customer", key)
    assert (code, "there is no channel 'hok'; channels are desk, hook" in said) == (2, True)


def test_dead_letters_are_found_trouble(house, run) -> None:
    house.rule()
    key = f"{house.partner}-acme"
    house.exception(house.customer(key))
    assert run("list", "--dead", "--customer", key)[0] == 0
    house.endpoint.answers = [(410, {})]
    house.tick()
    code, (row,) = run("list", "--dead", "--customer", key, "--json")
    assert (code, row["error"], row["channel"]) == (1, "127.0.0.1 answered 410", "hook")
    number = str(row["message_id"])
    assert (
        run("release", number, "--arrived", "--customer", key)[0] == 1
    )  # it was refused: it cannot have arrived
    assert run("release", number, "--again", "--customer", key)[0] == 0
    house.now = house.messages("waiting")[0].not_before
    house.courier().round()
    assert house.endpoint.kinds == ["fired"]
    assert run("list", "--dead", "--customer", key)[0] == 0


def test_a_digest_over_customers_that_reached_nobody_is_found_trouble(house, run) -> None:
    house.customer(f"{house.partner}-acme")
    house.run(
        "INSERT INTO ops.staff_digest (partner_id, channel, addressee, day, since, until, not_before, state, error)"
        " SELECT partner_id, 'daily', 'lee@x.example', CAST(:now AS date), :now, :now, :now, 'dead', 'nobody'"
        " FROM ops.partner WHERE key = :key",
        now=house.now, key=house.partner,
    )  # fmt: skip
    code, rows = run("list", "--dead", "--json")
    house.run("TRUNCATE ops.staff_digest")
    assert code == 1
    assert [(row["kind"], row["addressee"], row["error"]) for row in rows] == [
        ("digest over customers", "lee@x.example", "nobody")
    ]
