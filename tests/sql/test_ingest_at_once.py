"""The write path when two collectors bring the same new runs at once: the later waits, and nothing is lost or refused."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from sql.database import Database
from sql.ingest import Written, write

T0 = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)
SEEN = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


@pytest.fixture
def db(fresh_database: Callable[[], Database]) -> Database:
    """One customer with one platform and one flow."""
    made = fresh_database()
    with made.engine("owner").begin() as conn:
        for statement in (
            "INSERT INTO ops.partner (key, name, time_zone, locale) VALUES ('p', 'P', 'UTC', 'en')",
            (
                "INSERT INTO ops.customer (partner_id, key, name, time_zone, currency)"
                " SELECT partner_id, 'acme', 'Acme', 'UTC', 'EUR' FROM ops.partner"
            ),
            "INSERT INTO ops.system (customer_id, key, role, kind) SELECT customer_id, 'runs', 'ipaas', 'http' FROM ops.customer",
            (
                "INSERT INTO ops.flow (customer_id, key, name, workflow, runs_system_id, runs_match)"
                " SELECT customer_id, 'won', 'Won', 'w', system_id, 'won-*' FROM ops.system"
            ),
        ):
            conn.execute(text(statement))
    return made


def runs(db: Database, *numbers: int, status: str = "success") -> list[dict[str, Any]]:
    """Runs an hour apart."""
    with db.engine("owner").begin() as conn:
        customer, system = conn.execute(text("SELECT customer_id, system_id FROM ops.system")).one()
    return [
        {
            "customer_id": customer,
            "system_id": system,
            "external_id": f"run-{number}",
            "due_at": T0 + timedelta(hours=number),
            "workflow_name": "won-to-project",
            "status": status,
            "source_status": status.upper(),
        }
        for number in numbers
    ]


@pytest.mark.parametrize(
    ("first", "commits", "becomes"),
    [
        ("success", True, Written(new=1, unchanged=1)),
        ("running", True, Written(new=1, changed=1)),
        ("success", False, Written(new=2)),
    ],
)
def test_the_later_of_two_sees_what_the_first_has_written(
    db: Database, first: str, commits: bool, becomes: Written
):
    early, late = runs(db, 1, status=first), runs(db, 1, 2)

    def follow() -> Written:
        with db.engine("collector").begin() as conn:
            return write(conn, "raw.run", late, SEEN)

    with db.engine("collector").connect() as conn, ThreadPoolExecutor(1) as pool:
        write(conn, "raw.run", early, SEEN)
        later = pool.submit(follow)
        _until_somebody_waits(db)
        if commits:
            conn.commit()
        else:
            conn.rollback()
        assert later.result(timeout=20) == becomes
    with db.engine("owner").begin() as conn:
        stored = conn.execute(text("SELECT external_id, status FROM raw.run ORDER BY external_id")).all()
        assert [tuple(row) for row in stored] == [("run-1", "success"), ("run-2", "success")]
        assert conn.execute(text("SELECT count(*) FROM ops.dirty_cell")).scalar_one() == 2


def _until_somebody_waits(db: Database) -> None:
    deadline = time.monotonic() + 20
    with db.connect_as_administrator() as conn:
        while conn.execute(WAITING).fetchone() == (0,):
            assert time.monotonic() < deadline, "nobody waits"
            time.sleep(0.01)
