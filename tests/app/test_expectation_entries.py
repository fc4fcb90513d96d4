"""Expectations in the estate file: switched on, changed from now on, switched off, and refused when they cannot be watched."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from app import configuration, estate_file
from app.export import export

NOW = datetime.fromisoformat("2026-11-20T14:20+00:00")
ESTATE = """
partner: {key: northwind, name: Northwind Integration, hosts: [n.localhost], time_zone: Europe/London, locale: en-GB, brand: {name: N}}
customers:
  - key: acme
    name: Acme Consulting
    time_zone: America/New_York
    currency: USD
    systems: [{key: crm, role: crm, kind: tryton}, {key: psa, role: psa, kind: tryton}]
    calendars: [{key: office, hours: {mon-fri: "09:00-17:00"}}]
    expectations:
      - ENTRY
"""


@pytest.fixture
def apply(conn: Connection, tmp_path: Path):
    """Applies an estate with one entry, or none, and answers the lines of what changed."""

    def run(entry: str | None, at: datetime = NOW) -> list[str]:
        path = tmp_path / "estate.yaml"
        path.write_text(
            ESTATE.replace("ENTRY", entry) if entry else ESTATE[: ESTATE.index("    expectations:")]
        )
        changes = configuration.plan(conn, estate_file.load([path]), at)
        configuration.apply(conn, changes, at, actor="test")
        return [change.line() for change in changes]

    return run


@pytest.mark.parametrize(
    ("entry", "deadline"),
    [
        ("{key: a, rule: won-to-project, calendar: office}", (14400, None, "office")),
        ("{key: a, rule: won-to-project, within: {hours: 6}}", (21600, None, None)),
        ("{key: a, rule: won-to-project, within: {minutes: 90, calendar: office}}", (5400, None, "office")),
        ("{key: a, rule: time-to-billable-line, calendar: office}", (None, 1, "office")),
        (
            "{key: a, rule: draft-to-issued, within: {business_days: 2, calendar: office}}",
            (None, 2, "office"),
        ),
        ("{key: a, rule: milestone-to-trigger}", (172800, None, None)),
    ],
)
def test_a_deadline_is_the_entrys_or_the_librarys(conn, apply, entry, deadline):
    apply(entry)
    row = conn.execute(
        text(
            "SELECT r.deadline_seconds, r.business_days, k.key FROM ops.expectation_rule r"
            " LEFT JOIN ops.calendar k ON k.customer_id = r.customer_id AND k.calendar_id = r.calendar_id"
        )
    ).one()
    assert tuple(row) == deadline


def test_a_changed_deadline_holds_from_now_and_switching_off_leaves_the_past(conn, apply):
    held = text(
        "SELECT deadline_seconds, valid_from, CAST(valid_to AS text) FROM ops.expectation_rule ORDER BY valid_from"
    )
    apply("{key: a, rule: won-to-project, within: {hours: 4}, valid_from: 2026-01-01}")
    later = NOW + timedelta(days=1)
    assert apply("{key: a, rule: won-to-project, within: {hours: 8}}", later) == [
        "change  expectation northwind/acme/a: deadline_seconds: 14400 → 28800"
    ]
    first, second = conn.execute(held).all()
    assert first.deadline_seconds == 14400
    assert first.valid_from == datetime.fromisoformat("2026-01-01T00:00-05:00")  # midnight in New York
    assert (second.deadline_seconds, second.valid_from) == (28800, later)
    assert apply(None, later + timedelta(days=1)) == ["retire  expectation northwind/acme/a"]
    assert (
        conn.execute(text("SELECT count(*) FROM ops.expectation_rule WHERE valid_to = 'infinity'")).scalar()
        == 0
    )
    again = later + timedelta(days=2)
    apply("{key: a, rule: won-to-project, within: {hours: 8}}", again)
    assert [row.valid_from for row in conn.execute(held).all()][-1] == again
    assert apply("{key: a, rule: won-to-project, within: {hours: 8}}", again) == []


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{key: a, rule: won-to-invoice}", "no expectation is called 'won-to-invoice'; there are: lead-to-opportunity, won-to-project"),
        ("{key: a, rule: change-order}", "'change-order' counts business time: name its calendar"),
        ("{key: a, rule: won-to-project}", "counts business time: name its calendar"),
        ("{key: a, rule: won-to-project, calendar: night}", "there is no calendar 'night'; calendars are office"),
        ("{key: a, rule: won-to-project, calendar: office, to: erp}", "there is no system 'erp'; systems are crm, psa"),
        ("{key: a, rule: won-to-project, calendar: office, flow: x}", "there is no flow 'x'; flows are none"),
        ("{key: a, rule: won-to-project, within: {business_days: 1}}", "business_days need a calendar"),
        ("{key: a, rule: won-to-project, within: {hours: 1, business_days: 1, calendar: office}}", "say either"),
        ("{key: a, rule: won-to-project, calendar: office, stage: honeymoon}", "presales"),
    ],
)  # fmt: skip
def test_what_cannot_be_watched_is_refused_with_the_reason(apply, entry, said):
    with pytest.raises(estate_file.EstateError, match=said):
        apply(entry)


def test_the_exported_file_applies_without_a_change(conn, apply, tmp_path):
    apply("{key: a, rule: issued-to-sent, from: psa, to: psa, stage: expansion, calendar: office}")
    path = tmp_path / "exported.yaml"
    path.write_text(export(conn))
    assert "business_days: 1" in path.read_text()
    assert configuration.plan(conn, estate_file.load([path]), NOW) == []
