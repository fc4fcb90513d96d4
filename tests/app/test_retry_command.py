"""queue retry: asked of a real HTTP server once for each transaction and attempt, by whom may, and never of what may be there already."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from app import retrying
from app.cli import cli, ground
from collectors.retry import Asked
from sql.database import Database
from tests.app import world as worlds
from tests.app.world import World
from tests.collectors.conftest import Site, _serving
from tests.metrics.builders import a_flow, a_retry, a_run, a_system, an_exception, insert, system_of

pytestmark = pytest.mark.slow

SAM, HELIX = "support@northwind.example", "support@helix.example"
SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def placed(module_database: Database, now: datetime) -> World:
    made = worlds.partners(module_database, now)
    with module_database.engine("owner").begin() as conn:
        a_system(conn, made.customers["acme"], "ipaas")
        for workflow in ("account_sync", "time_to_invoice", "anything"):
            a_flow(conn, made.customers["acme"], workflow, workflow=workflow)
    return made


@pytest.fixture
def site() -> Iterator[Site]:
    """The platform, as far as a retry is concerned."""
    with _serving() as made:
        yield made


class Desk:
    """A customer with a platform that listens here, and its queue."""

    def __init__(self, placed: World, db: Database, site: Site, now: datetime) -> None:
        self.customer, self.db, self.site, self.now = placed.customers["acme"], db, site, now
        self.answered = 0
        site.answer = self._answer
        self.allow(retry=True)

    def _answer(self, asked: Any) -> dict[str, Any]:
        self.answered += 1
        return {"id": f"new-{self.answered}", "mode": "retry", "status": "success"}

    def allow(self, **options: Any) -> None:
        self.do(
            "UPDATE ops.system SET kind = 'n8n', url = :url, secret = 'env:N8N_KEY', options = :options WHERE customer_id = :c",
            url=self.site.url,
            options=json.dumps(options | {"allow_private": True}),
        )

    def do(self, statement: str, **values: Any) -> list[Any]:
        with self.db.engine("owner").begin() as conn:
            done = conn.execute(text(statement), {"c": self.customer} | values)
            return list(done.all()) if done.returns_rows else []

    def failed(self, workflow: str = "account_sync", status: str = "failed") -> tuple[int, str]:
        """An exception with one run in trouble: its number and the run's id."""
        (row,) = self.do("SELECT flow_id FROM ops.flow WHERE customer_id = :c AND key = :key", key=workflow)
        since = self.now - timedelta(hours=2)
        with self.db.engine("owner").begin() as conn:
            run = a_run(conn, self.customer, row.flow_id, since, status, workflow_name=workflow)
            own = an_exception(conn, self.customer, since, system_id=system_of(conn, self.customer))
            conn.execute(
                text(
                    "UPDATE ops.exception_occurrence SET subject_id = :run, flow_id = :flow WHERE exception_id = :own"
                ),
                {"run": run, "flow": row.flow_id, "own": own},
            )
        return own, run


@pytest.fixture
def desk(placed: World, module_database: Database, site: Site, now: datetime, monkeypatch) -> Desk:
    @contextmanager
    def database() -> Iterator[Database]:
        yield module_database

    monkeypatch.setenv("N8N_KEY", "k3y")
    monkeypatch.setattr(ground, "database", database)
    monkeypatch.setattr(ground, "now", lambda: now)
    return Desk(placed, module_database, site, now)


def run(*words: Any, who: str = SAM) -> Result:
    return CliRunner().invoke(cli, ["queue", *map(str, words)], env={"THROUGHLINE_AS": who})


def one(result: Result, code: int = 0) -> dict[str, Any]:
    assert result.exit_code == code, result.output
    (entry,) = json.loads(result.stdout)
    return dict(entry)


def test_a_failed_run_is_retried_once_and_it_stands_in_the_history_and_in_the_audit(desk: Desk) -> None:
    own, failed = desk.failed()
    said = one(run("retry", own, "--json"))
    assert (said["done"], said["answer"], said["run"], said["new run"]) == (True, "accepted", failed, "new-1")
    again = one(run("retry", own, "--json"), 1)
    assert (again["done"], "has not failed since" in again["why"]) == (False, True)
    assert len(desk.site.asked) == 1
    shown = json.loads(run("show", own, "--json").stdout)
    (told,) = shown["retries"]
    assert (told["state"], told["run_id"], told["new_run_id"], told["actor"]) == (
        "accepted",
        failed,
        "new-1",
        SAM,
    )
    assert [event["kind"] for event in shown["events"]].count("retried") == 1
    (audit,) = desk.do(
        "SELECT actor, detail FROM ops.audit WHERE action = 'retry' AND subject = :s", s=f"ipaas run {failed}"
    )
    assert (audit.actor, audit.detail["new_run"], audit.detail["exception_id"]) == (SAM, "new-1", own)


def test_what_fails_again_may_be_retried_again_and_the_lineage_is_told(desk: Desk) -> None:
    own, failed = desk.failed()
    one(run("retry", own, "--json"))
    (row,) = desk.do("SELECT flow_id, due_at FROM raw.run WHERE external_id = :run", run=failed)
    with desk.db.engine("owner").begin() as conn:
        a_retry(
            conn,
            desk.customer,
            row.flow_id,
            failed,
            row.due_at,
            desk.now + SECOND,
            status="failed",
            external_id="new-1",
        )
    (told,) = json.loads(run("show", own, "--json").stdout)["retries"]
    assert (told["new_run_id"], told["became"]) == ("new-1", "failed")
    second = one(run("retry", own, "--json"))
    assert (second["attempt"], second["run"], second["done"]) == (2, "new-1", True)


@pytest.mark.parametrize(
    ("workflow", "status", "says"),
    [
        ("time_to_invoice", "failed", "it writes invoice lines, and nobody can tell"),
        ("anything", "failed", "what it writes is not known"),
        ("account_sync", "running", "its latest run is running"),
        ("account_sync", "success", "its latest run is success"),
    ],
)
def test_what_may_not_be_sent_is_not_sent(desk: Desk, workflow: str, status: str, says: str) -> None:
    own, _ = desk.failed(workflow, status)
    said = one(run("retry", own, "--json"), 1)
    assert (said["done"], says in said["why"]) == (False, True)
    assert desk.site.asked == []
    assert desk.do("SELECT FROM ops.retry WHERE exception_id = :own", own=own) == []


@pytest.mark.parametrize(("verdict", "sent"), [("missing", 1), ("duplicate", 0), ("not_checked", 0)])
def test_of_money_the_comparison_decides(desk: Desk, verdict: str, sent: int) -> None:
    own, failed = desk.failed("time_to_invoice")
    (row,) = desk.do("SELECT flow_id, due_at, system_id FROM raw.run WHERE external_id = :run", run=failed)
    with desk.db.engine("owner").begin() as conn:
        shared = {
            "customer_id": desk.customer,
            "flow_id": row.flow_id,
            "object_type": "time_entry",
            "target_type": "invoice_line",
        }
        claim = {
            "run_system_id": row.system_id,
            "transaction_key": failed,
            "due_at": row.due_at,
            "claimed_at": row.due_at,
        }
        names = dict.fromkeys(("source_key", "external_id", "record_key", "target_key"), failed)
        _put(conn, "kpi.verification", desk.now, verdict=verdict, **shared, **claim, **names)
        conn.execute(text("DELETE FROM kpi.verified_flow"))
        _put(conn, "kpi.verified_flow", desk.now, read_until=desk.now, **shared)
    run("retry", own, "--json")
    assert len(desk.site.asked) == sent


def _put(conn: Any, table: str, now: datetime, **values: Any) -> None:
    """A row with something in every other column that must hold a value."""
    rows = conn.execute(
        text(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema || '.' || table_name = :t"
            " AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'"
        ),
        {"t": table},
    )
    fill = {"integer": 1, "text": "x", "boolean": False, "timestamp with time zone": now, "bigint": 1}
    insert(conn, table, **{name: fill[kind] for name, kind in rows if name not in values} | values)


def test_off_is_off_and_the_steps_are_told(desk: Desk) -> None:
    desk.allow()
    own, failed = desk.failed()
    said = one(run("retry", own, "--json"), 1)
    assert "options: {retry: true}" in said["why"]
    assert failed in said["steps"][0]
    assert "By hand" in run("retry", own).output
    assert desk.site.asked == []


def test_a_plan_sends_nothing(desk: Desk) -> None:
    own, _ = desk.failed()
    assert one(run("retry", own, "--plan", "--json"))["done"] is None
    assert desk.site.asked == []
    assert desk.do("SELECT FROM ops.retry WHERE exception_id = :own", own=own) == []


def test_who_does_not_see_the_customer_cannot_retry_and_nobody_without_a_name(desk: Desk) -> None:
    own, _ = desk.failed()
    assert run("retry", own, who=HELIX).exit_code == 2
    assert CliRunner().invoke(cli, ["queue", "retry", str(own)], env={"THROUGHLINE_AS": ""}).exit_code == 2
    assert run("retry", own, "--record", "another").exit_code == 2
    assert desk.site.asked == []


@pytest.mark.parametrize("trouble", ["killed", "doubtful"])
def test_what_nobody_knows_is_never_sent_again(desk: Desk, monkeypatch, trouble: str) -> None:
    own, _ = desk.failed()
    if trouble == "killed":  # between the word that it is begun and the answer
        with monkeypatch.context() as patched:
            patched.setattr("collectors.retry.retry", _killed)
            assert isinstance(run("retry", own).exception, KeyboardInterrupt | SystemExit)
    else:
        desk.site.answer = lambda asked: (500, {}, {"message": "oops"})
        assert one(run("retry", own, "--json"), 1)["answer"] == "unsure"
    sent = len(desk.site.asked)
    assert "nobody knows whether it was done" in one(run("retry", own, "--json"), 1)["why"]
    assert len(desk.site.asked) == sent


def _killed(*_: Any) -> Asked:
    raise KeyboardInterrupt


def test_of_two_who_begin_at_once_one_sends(desk: Desk, monkeypatch) -> None:
    own, _ = desk.failed()
    real: Callable[..., bool] = retrying.begin

    def late(conn: Any, actor: Any, chosen: Any, at: datetime) -> bool:
        with desk.db.engine("owner").begin() as other:  # somebody else was faster, after we looked
            assert real(other, actor, chosen, at)
        return real(conn, actor, chosen, at)

    monkeypatch.setattr(retrying, "begin", late)
    said = one(run("retry", own, "--json"), 1)
    assert said["why"] == "somebody has begun it this moment"
    assert desk.site.asked == []
