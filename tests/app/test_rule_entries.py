"""Exception rules in the estate file: set for a partner or a customer, changed from now on, taken away, tried, and refused with the reason."""

import json
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from typer.testing import CliRunner

from app import configuration, estate_file
from app.cli import cli, ground
from app.cli import rules as commands
from app.export import export

pytestmark = pytest.mark.slow

NOW = datetime.fromisoformat("2026-11-20T14:20+00:00")
ESTATE = """
partner: {key: northwind, name: Northwind Integration, hosts: [n.localhost], time_zone: Europe/London, locale: en-GB, brand: {name: N}}
rules: [PARTNER]
customers:
  - key: acme
    name: Acme Consulting
    time_zone: America/New_York
    currency: USD
    systems: [{key: psa, role: psa, kind: tryton}]
    rules: [CUSTOMER]
  - {key: zenith, name: Zenith, time_zone: UTC, currency: USD}
"""
LONG = "{key: long-day, on: time_entry, when: '$.minutes > 960', title: A long day}"
HELD = "SELECT c.key, r.key, r.setting, r.valid_from FROM ops.exception_rule r JOIN ops.customer c USING (customer_id) ORDER BY 1, 2, 4"


def written(tmp_path: Path, partner: str = "", customer: str = "") -> Path:
    path = tmp_path / "estate.yaml"
    path.write_text(ESTATE.replace("PARTNER", partner).replace("CUSTOMER", customer))
    return path


@pytest.fixture
def apply(conn: Connection, tmp_path: Path):
    """Applies an estate with these rules and answers the lines of what changed."""

    def run(partner: str = "", customer: str = "", at: datetime = NOW) -> list[str]:
        changes = configuration.plan(conn, estate_file.load([written(tmp_path, partner, customer)]), at)
        configuration.apply(conn, changes, at, actor="test")
        return [change.line() for change in changes]

    return run


def held(conn: Connection) -> list[tuple]:
    return [tuple(row) for row in conn.execute(text(HELD))]


def test_a_partners_rule_holds_for_all_its_customers_where_none_says_otherwise(conn, apply):
    apply("{key: unbilled_time, days: 30}", "{key: unbilled_time, days: 60}")
    assert [row[:3] for row in held(conn)] == [
        ("acme", "unbilled_time", {"days": 60}),
        ("zenith", "unbilled_time", {"days": 30}),
    ]


def test_a_rule_of_ones_own_holds_from_the_beginning_and_switching_off_from_now_on(conn, apply):
    apply()
    apply(customer=f"{LONG}, {{key: missed_slot, enabled: false}}")
    assert [row[3] for row in held(conn)] == [configuration.ALWAYS, NOW]


def test_what_is_switched_off_at_a_new_customer_never_held_there(conn, apply):
    apply("{key: missed_slot, enabled: false}")
    assert {row[3] for row in held(conn)} == {configuration.ALWAYS}


def test_a_change_holds_from_when_it_says_or_from_now_and_what_is_taken_away_leaves_the_past(conn, apply):
    apply(customer="{key: unbilled_time, days: 30, valid_from: 2026-01-01}")
    later = NOW + timedelta(days=1)
    assert apply(customer="{key: unbilled_time, days: 60}", at=later) == [
        "change  exception_rule northwind/acme/unbilled_time: days: 30 → 60"
    ]
    assert [row[3] for row in held(conn)] == [datetime.fromisoformat("2026-01-01T00:00-05:00"), later]
    assert apply(at=later + timedelta(days=1)) == ["retire  exception_rule northwind/acme/unbilled_time"]
    assert len(held(conn)) == 2


def test_changed_rules_are_looked_at_over_the_whole_history(conn, apply):
    apply()
    customer = conn.execute(text("SELECT customer_id FROM ops.customer WHERE key = 'acme'")).scalar_one()
    cell = "INSERT INTO kpi.detected_cell (customer_id, flow_id, hour, counts) VALUES (:c, 1, :now, '1 0')"
    conn.execute(text(cell), {"c": customer, "now": NOW})
    apply(customer="{key: run_failed, severity: 2}")
    assert conn.execute(text("SELECT counts FROM kpi.detected_cell")).scalar_one() == "again"


def test_the_exported_file_applies_without_a_change(conn, apply, tmp_path):
    apply("{key: run_failed, severity: 2, runbook: 1. Call us.}", LONG)
    path = tmp_path / "exported.yaml"
    path.write_text(export(conn))
    assert configuration.plan(conn, estate_file.load([path]), NOW) == []


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{key: unbiled_time, days: 30}", "there is no rule 'unbiled_time'; rules are account_without"),
        ("{key: run_failed, days: 3}", "'run_failed' has no threshold"),
        ("{key: run_failed}", "says nothing"),
        ("{key: run_failed, quarter_end: 3}", "only 'unusual_day' compares days"),
        ("{key: run_failed, severity: 5}", "less than or equal to 4"),
        ("{key: run_failed, title: Broken}", "title: only a rule of your own can say it"),
        ("{key: run_failed, owner: sam}", "owner"),
        ("{key: run_failed, on: invoice, when: '$.net > 1', title: Big}", "is a rule of the library"),
        ("{key: a, on: invoice, title: Big}", "needs on .*, when .* and title"),
        ("{key: a, on: bill, when: '$.net > 1', title: Big}", "there is no record 'bill'; a rule looks at one of account"),
        ("{key: a, on: invoice, when: '$.nett > 1', title: Big}", "when: invoice has no field 'nett'"),
        ("{key: a, on: invoice, when: '$.net > 1', title: Big, amount: number}", "amount: 'number' is not an amount"),
        ("{key: a, on: invoice, when: '$.net > 1', title: Big, began: net}", "began: 'net' is not a date"),
        ("{key: a, on: task, when: '$.progress > 1', title: Big, cause: rate}", "cause: 'rate' is not a text"),
        ("{key: a, on: lead, when: '$.stage == 1', title: Big}", "when: lead has no field 'stage'; fields are system_id"),
        ("{key: a, on: payroll_run, when: '$.person == 1', title: Big}", "when: payroll run has no field 'person'"),
        ("{key: a, on: support_ticket, when: '$.is_billable == true', title: Big, amount: number}", "amount: 'number' is not an amount"),
        ("{key: a, on: invoice, when: '$.net > 1', title: Big, until: 3}", "until"),
        (f"{LONG}, {LONG}", "the key 'long-day' stands twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_rule_is_refused_with_the_reason(apply, entry, said):
    with pytest.raises(estate_file.EstateError, match=said):
        apply(customer=entry)


class _One:
    """Stands for the database: every engine is the test's own connection, whose work is undone."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn

    def engine(self, role: str) -> "_One":
        return self

    @contextmanager
    def connect(self):
        with self.conn.begin_nested() as undone:
            yield _Reader(self.conn)
            undone.is_active and undone.rollback()


class _Reader:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def __getattr__(self, name: str):
        return (lambda: None) if name == "rollback" else getattr(self._conn, name)


@pytest.fixture
def run(conn, monkeypatch):
    @contextmanager
    def database():
        yield _One(conn)

    for module in (ground, commands):
        monkeypatch.setattr(module, "database", database)
        monkeypatch.setattr(module, "now", lambda: NOW)
    return lambda *words: CliRunner().invoke(cli, ["rules", *words])


def test_the_list_tells_what_holds_for_a_customer(apply, run):
    apply(customer=f"{LONG}, {{key: unbilled_time, days: 30, owner: sam@n.example}}")
    lines = run("list", "--customer", "acme").output.splitlines()
    (unbilled,) = (line for line in lines if line.startswith("unbilled_time"))
    assert [word for word in ("30", "sam@n.example", "by the estate") if word not in unbilled] == []
    (own,) = (line for line in lines if line.startswith("own:long-day"))
    assert "$.minutes > 960" in own
    assert "45" in next(line for line in run("list").output.splitlines() if line.startswith("unbilled_time"))
    assert "1. " in run("show", "run_failed").output
    assert run("show", "long-day", "--customer", "acme").exit_code == 0
    assert run("show", "long-day").exit_code == 2


def test_a_try_tells_what_would_open_and_leaves_the_rules_as_they_are(conn, apply, run, tmp_path):
    apply()
    conn.execute(
        text(
            "INSERT INTO biz.time_entry (customer_id, system_id, source_id, worked_on, minutes, billable, approval_state, bill_state, first_seen_at, last_seen_at)"
            " SELECT s.customer_id, s.system_id, 'T9', '2026-11-02', 1000, true, 'approved', 'open', :now, :now FROM ops.system s"
        ),
        {"now": NOW},
    )
    path = str(written(tmp_path, customer=LONG.replace("title", "began: worked_on, title")))
    told = run("try", path, "--days", "90")
    assert told.exit_code == 0, told.output
    assert "time entry T9: A long day" in told.output
    assert "own:long-day: 1 would be opened." in told.output
    assert "own:long-day: Records are looked at as they stand now" in told.stderr
    (row,) = json.loads(run("try", path, "--json").stdout)
    assert (row["became"], "as they stand now" in row["untold"]) == ("opens", True)
    assert held(conn) == []
    assert "nothing would be other" in run("try", path, "--days", "5").output
    bad = run("try", str(written(tmp_path, customer=LONG.replace("> 960", ">"))))
    assert (bad.exit_code, "syntax error" in bad.output) == (2, True)
