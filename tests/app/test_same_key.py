"""Customers of two partners that have the same key: a command names one of them, or is refused with both names."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli import cli, collecting, ground
from sql.database import Database
from tests.app import world as worlds
from tests.metrics.builders import an_exception

Run = Callable[..., Result]
NOT_A_FILE = """
INSERT INTO ops.system (customer_id, key, role, kind, options)
SELECT customer_id, 'ipaas', 'ipaas', 'file', '{"path": "/nowhere", "streams": {}}' FROM ops.customer WHERE key = 'acme'
"""
HELD = """
INSERT INTO ops.quarantine (customer_id, system_id, stream, record_key, reason, place, payload, payload_sha256, poll_id, first_seen_at, last_seen_at)
SELECT customer_id, system_id, 'deal', 'D-1', 'no amount', 'page 1', '{}', sha256('{}'), 0, :now, :now FROM ops.system WHERE key = 'ipaas'
"""


@pytest.fixture(scope="module")
def helix(module_database: Database, now: datetime) -> int:
    """Northwind and Helix have a customer acme each, with a system and a held record: the id of Helix's."""
    own = worlds.partners(module_database, now).customers["aue"]
    with module_database.engine("owner").begin() as conn:
        conn.execute(text("UPDATE ops.customer SET key = 'acme' WHERE key = 'aue'"))
        conn.execute(text(NOT_A_FILE))
        conn.execute(text(HELD), {"now": now})
        an_exception(conn, own, now, title="Helix's own")
    return own


@pytest.fixture
def run(helix: int, module_database: Database, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command where they are."""

    @contextmanager
    def database() -> Iterator[Database]:
        yield module_database

    monkeypatch.setattr(ground, "database", database)
    monkeypatch.setattr(collecting, "database", database)
    return lambda *words: CliRunner().invoke(cli, words)


@pytest.mark.parametrize(
    "command", [("collect",), ("check",), ("quarantine", "list"), ("quarantine", "replay")]
)
def test_a_key_that_two_customers_have_is_refused_with_both_names(run: Run, command: tuple[str, ...]) -> None:
    result = run(*command, "--customer", "acme", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "customer 'acme' is not unique; write helix/acme or northwind/acme" in result.stderr


def test_the_partner_before_it_names_one(run: Run, module_database: Database, helix: int) -> None:
    found = json.loads(run("quarantine", "list", "--customer", "helix/acme", "--json").stdout)
    assert [entry["record_key"] for entry in found] == ["D-1"]
    run("collect", "--customer", "helix/acme", "--json")
    with module_database.engine("owner").connect() as conn:
        assert set(conn.execute(text("SELECT customer_id FROM ops.poll")).scalars()) == {helix}


def test_in_the_queue_a_key_is_looked_for_among_one_s_own_customers(run: Run) -> None:
    found = run("queue", "list", "--customer", "acme", "--as", "support@helix.example", "--json")
    assert [row["title"] for row in json.loads(found.stdout)] == ["Helix's own"]
    assert (
        "is not one of yours"
        in run("queue", "list", "--customer", "northwind/acme", "--as", "support@helix.example").stderr
    )
    assert "is not unique" in run("queue", "list", "--customer", "acme").stderr
