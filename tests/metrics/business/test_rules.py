"""Rules as configuration: what is set otherwise, rules of a customer's own, and a try that writes nothing."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from metrics.conditions import OBJECTS, parse
from metrics.detect import detect_customers, would
from metrics.rule_library import CHECKS, LIBRARY, by_key
from metrics.rules import Setting, of_customers, refused, runbook
from sql import query
from tests.metrics.business.conftest import T0, at
from tests.metrics.business.detecting import Queue

pytestmark = pytest.mark.slow

NOW = at("2026-07-10 12:00")


@pytest.fixture
def queue(world) -> Queue:
    return Queue(world)


def is_set(world, key, since=T0, until=None, **said):
    world.conn.execute(
        text(
            "INSERT INTO ops.exception_rule (customer_id, key, setting, valid_from, valid_to)"
            " VALUES (:customer, :key, :said, :since, coalesce(CAST(:until AS timestamptz), 'infinity'))"
        ),
        {"customer": world.customer_id, "key": key, "said": json.dumps(said), "since": since, "until": until},
    )


def own(**said):
    return {"on": "time_entry", "when": "$.minutes > 960", "title": "more than a day's work"} | said


def found(world, now=NOW, everything=True):
    world.work_out()
    world._stale = True
    detect_customers(world.conn, [world.customer_id], [world.customer_id] if everything else [], now)
    rows = text(
        "SELECT rule, title, occurrences, value_at_risk, severity, state FROM ops.exception"
        " WHERE customer_id = :c ORDER BY exception_id"
    )
    return [tuple(row) for row in world.conn.execute(rows, {"c": world.customer_id})]


def test_every_rule_of_the_house_is_in_the_library_and_each_rule_says_all_it_must():
    said = query("viewer/business_rule_exceptions")
    checks = {key for key in CHECKS if f"'{key.replace('_', ' ')}'" in said}
    assert checks == set(CHECKS)
    assert len({rule.key for rule in LIBRARY}) == len(LIBRARY)
    assert [
        rule.key for rule in LIBRARY if not (rule.sentence.endswith(".") and rule.runbook[:3] == "1. ")
    ] == []


def test_work_may_wait_as_long_as_the_customer_says_since_it_says_so(world):
    project = world.project(at("2026-01-05"), name="Alpha")
    for day in ("2026-05-20", "2026-06-05"):
        world.entry(project_ref=project, minutes=60, rate=100, currency="USD", approved_at=at(day))
    assert found(world)[0][1:4] == ("Approved work on Alpha is not billed after 45 days", 1, Decimal(100))
    is_set(world, "unbilled_time", days=30, since=at("2026-06-01"))
    assert found(world)[0][2:4] == (2, Decimal(200))


def test_what_is_switched_off_opens_nothing_from_then_on_and_what_began_before_stays(world):
    project = world.project(at("2026-01-05"))
    world.entry(project_ref=project, minutes=60, rate=100, currency="USD", approved_at=at("2026-03-01"))
    is_set(world, "unbilled_time", enabled=False, since=at("2026-05-01"))
    world.entry(project_ref=project, minutes=60, rate=100, currency="USD", approved_at=at("2026-04-01"))
    assert [row[2] for row in found(world)] == [1]


def test_the_severity_and_the_owner_are_the_rules(world):
    person = world.conn.execute(
        text(
            "INSERT INTO ops.person (partner_id, email, name, role, all_customers) SELECT partner_id, 'sam@n.example', 'Sam',"
            " 'partner_support', true FROM ops.customer WHERE customer_id = :c RETURNING person_id"
        ),
        {"c": world.customer_id},
    ).scalar_one()
    project = world.project(at("2026-01-05"))
    world.entry(project_ref=project, minutes=60, rate=100, currency="USD", approved_at=at("2026-03-01"))
    is_set(world, "unbilled_time", severity=1, owner="Sam@n.example")
    assert found(world)[0][4] == 1
    held = text("SELECT owner_person_id, version FROM ops.exception WHERE customer_id = :c")
    assert world.conn.execute(held, {"c": world.customer_id}).one() == (person, 2)
    found(world, NOW + timedelta(hours=1))
    assert world.conn.execute(held, {"c": world.customer_id}).one() == (person, 2)


def test_a_rule_of_the_house_opens_what_can_be_mended_unless_it_is_switched_off(world):
    world.entry(project_ref=None, minutes=60, rate=90, currency="USD", worked_on=at("2026-07-01").date())
    row = ("time_without_project", "No project: time without project", 1, Decimal(90), 3, "new")
    assert found(world) == [row]
    assert found(world, NOW + timedelta(days=1)) == [row]
    world.conn.execute(text("UPDATE biz.time_entry SET project_ref = 'P'"))
    assert [each[-1] for each in found(world, NOW + timedelta(days=2))] == ["verified_closed"]
    is_set(world, "time_without_project", enabled=False, since=at("2026-07-02"))
    for day in (
        "2026-07-01",
        "2026-07-03",
    ):  # what began before it was switched off comes on top of the first
        world.entry(project_ref=None, source_id=day, worked_on=at(day).date())
    assert [row[2] for row in found(world, NOW + timedelta(days=3)) if row[0] == "time_without_project"] == [
        2
    ]


@pytest.mark.parametrize(
    "rule", ["books_closed_late", "billed_before_it_was_approved", "project_over_budget"]
)
def test_what_nobody_can_mend_any_more_is_not_in_the_queue(world, rule):
    project = world.project(at("2026-01-02"), budget_amount=150, currency="USD")
    if rule == "books_closed_late":
        row = {"period_from": at("2026-05-01"), "period_to": at("2026-05-31"), "due_on": at("2026-06-05")}
        mend = ("biz.period_close", world.record("biz.period_close", "C", row, {}), {"closed_at": NOW})
    elif rule == "billed_before_it_was_approved":
        bill = world.line(world.invoice("posted", at("2026-06-20")))
        entry = world.entry(
            project_ref=project, approved_at=None, approval_state="submitted", invoice_line_ref=bill
        )
        mend = ("biz.time_entry", entry, {"approved_at": NOW, "approval_state": "approved"})
    else:
        world.entry(project_ref=project, minutes=600, worked_on=at("2026-07-01").date())
        mend = ("biz.project", project, {"is_active": False})
    assert [row[-1] for row in found(world) if row[0] == rule] == ["new"]
    table, key, values = mend
    world.change(table, key, **values)
    assert [row[-1] for row in found(world, NOW + timedelta(hours=1)) if row[0] == rule] == [
        "verified_closed"
    ]


def test_a_day_without_time_is_told_until_it_is_entered(world):
    person = world.record(
        "biz.resource",
        "R",
        {"capacity_hours": 40, "starts_on": at("2026-06-29"), "is_active": True, "name": "Wren"},
        {},
    )
    entries = [
        {"resource_ref": person, "project_ref": "P", "worked_on": at(f"2026-06-{day}").date()}
        for day in (29, 30)
    ]
    world.entry(**entries[0])
    assert found(world) == []  # nobody tells of leave
    leave = {
        "resource_ref": person,
        "starts_on": at("2026-07-01"),
        "ends_on": at("2026-07-09"),
        "state": "approved",
    }
    world.record("biz.leave", "V", leave, {})
    row = ("missing_time", f"Person {person}: time not entered", 1, None, 4, "new")
    assert found(world) == [row]
    world.entry(**entries[1])
    assert found(world, NOW + timedelta(hours=1)) == [(*row[:-1], "verified_closed")]


def test_a_rule_of_ones_own_opens_follows_and_closes_like_the_others(world):
    world.entry(source_id="T", project_ref="P", minutes=1000, rate=60, currency="USD")
    world.entry(project_ref="P", minutes=960, rate=60, currency="USD")
    is_set(world, "long-day", **own())
    row = ("own:long-day", "time entry T: more than a day's work", 1, Decimal(1000), 3, "new")
    assert found(world) == [row]
    assert found(world, NOW + timedelta(hours=1), everything=False) == [row]
    world.change("biz.time_entry", "T", minutes=400)
    assert found(world, NOW + timedelta(hours=2), everything=False)[0][-1] == "verified_closed"
    world.change("biz.time_entry", "T", minutes=1200)
    assert found(world, NOW + timedelta(hours=3), everything=False)[0][-1] == "reopened"


def test_the_cause_of_ones_own_rule_may_be_the_project_and_it_may_ask_for_ages(world):
    project = world.project(at("2026-01-05"), name="Alpha", status="paused")
    for minutes in (60, 120):
        world.entry(
            project_ref=project, minutes=minutes, rate=60, currency="USD", approved_at=NOW - timedelta(days=3)
        )
    rule = own(
        when='$.project.status == "paused" && $.approved_at_days >= 3',
        cause="project_ref",
        began="approved_at",
    )
    is_set(world, "paused", **rule)
    assert [row[1:4] for row in found(world)] == [("Alpha: more than a day's work", 2, Decimal(180))]
    is_set(world, "later", **rule | {"when": "$.approved_at_days >= 4"})
    assert [row[0] for row in found(world, NOW + timedelta(hours=2))] == ["own:paused"]


def test_a_rule_that_cannot_be_evaluated_says_so_closes_nothing_and_leaves_the_others_alone(
    world, monkeypatch
):
    world.entry(project_ref="P", minutes=1000, rate=60, currency="USD")
    is_set(world, "a", **own())
    is_set(world, "b", **own(title="another"))
    assert len(found(world)) == 2
    world.conn.execute(
        text(
            """UPDATE ops.exception_rule SET setting = setting || '{"when": "$.minutes >"}' WHERE key = 'a'"""
        )
    )
    assert [row[-1] for row in found(world, NOW + timedelta(hours=1))] == ["new", "new"]
    said = world.conn.execute(text("SELECT rule, said FROM kpi.rule_trouble")).all()
    assert [(row.rule, "syntax error" in row.said) for row in said] == [("own:a", True)]
    world.conn.execute(
        text("UPDATE ops.exception_rule SET setting = :own WHERE key = 'a'"), {"own": json.dumps(own())}
    )
    found(world, NOW + timedelta(hours=2))
    assert world.conn.execute(text("SELECT count(*) FROM kpi.rule_trouble")).scalar_one() == 0


def test_a_try_tells_what_would_open_and_writes_nothing(world):
    for day, minutes in (("2026-06-20", 1000), ("2026-02-01", 2000)):
        world.entry(minutes=minutes, rate=60, currency="USD", worked_on=at(day).date(), entered_at=at(day))
    world.work_out()
    tried = [Setting(world.customer_id, "long-day", own(began="worked_on"), T0)]
    before = _all_of(world)
    with world.conn.begin_nested() as undone:
        rows, troubles = would(
            world.conn, tried, ["own:long-day"], [world.customer_id], NOW, NOW - timedelta(days=90)
        )
        with pytest.raises(Exception, match="read-only transaction"), world.conn.begin_nested():
            world.conn.execute(text("DELETE FROM ops.exception"))
        undone.rollback()
    assert troubles == []
    assert [(row["became"], row["rule"], row["records"], row["amount"]) for row in rows] == [
        ("opens", "own:long-day", 1, Decimal(1000))
    ]
    assert _all_of(world) == before


def test_a_try_tells_what_is_there_and_what_would_not_be(world, queue):
    project = world.project(at("2026-01-05"))
    world.entry(project_ref=project, minutes=60, rate=100, currency="USD", approved_at=at("2026-05-01"))
    found(world)
    asked = (["unbilled_time"], [world.customer_id], NOW, NOW - timedelta(days=90))
    became = {}
    for days in (40, 100):
        with world.conn.begin_nested() as undone:
            rows, _ = would(
                world.conn, [Setting(world.customer_id, "unbilled_time", {"days": days}, T0)], *asked
            )
            became[days] = [row["became"] for row in rows]
            undone.rollback()
    assert became == {40: ["known"], 100: ["not told"]}


def _all_of(world):
    tables = (
        "ops.exception",
        "ops.exception_occurrence",
        "ops.exception_event",
        "ops.exception_rule",
        "kpi.rule_trouble",
    )
    return [world.conn.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables]


@pytest.mark.parametrize("kind", OBJECTS)
def test_every_kind_of_record_can_be_looked_at(world, kind):
    is_set(world, "any", **own(on=kind, when='$.source_id == "none"', title="any of them"))
    found(world)
    assert world.conn.execute(text("SELECT said FROM kpi.rule_trouble")).all() == []


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("$.minute > 5", "no field 'minute'"),
        ("minutes > 5", "names no field"),
        ("$.project.nmae == 1", "no field 'nmae'"),
        ("$.task.name == 1", "no field 'task'|only"),
        ("$.*", "write fields as"),
        ("$ == 1", "write fields as"),
        ("$.minutes > 5; DROP TABLE ops.exception", "write fields as"),
        ("$.minutes > pg_sleep(5)", "'pg_sleep' is not known"),
        ("$.customer_id == 2", "no field 'customer_id'"),
        ('$."customer_id" == 2', "names no field"),
        ("$.minutes > " + "1" * 500, "longer than"),
    ],
)
def test_a_condition_that_names_what_is_not_there_is_refused_in_one_line(when, said):
    with pytest.raises(ValueError, match=said):
        parse("time_entry", when)


@pytest.mark.parametrize(
    ("when", "is_taken"),
    [
        ("$.minutes > 5", True),
        ("$.minutes", False),
        ("$.minutes + 1", False),
        ("$.minutes > ", False),
        ("$.a > 1 &&", False),
    ],
)
def test_the_database_takes_only_what_answers_yes_or_no(conn, when, is_taken):
    assert (refused(conn, when) is None) == is_taken


def test_the_runbook_is_the_customers_where_it_has_one(world):
    is_set(world, "run_failed", runbook="1. Call Kim.", until=NOW)
    is_set(world, "own-one", **own(runbook="1. Ask."))
    asked = [("run_failed", T0), ("run_failed", NOW), ("own:own-one", NOW), ("own:gone", NOW)]
    told = [runbook(world.conn, world.customer_id, rule, when) for rule, when in asked]
    assert (told[0], told[2:]) == ("1. Call Kim.", ["1. Ask.", None])
    assert told[1] == by_key("run_failed").runbook


def test_settings_are_read_by_customer(world):
    is_set(world, "run_failed", severity=2, until=NOW)
    (held,) = of_customers(world.conn, [world.customer_id])
    assert (held.rule, held.is_own, held.is_enabled, held.until) == ("run_failed", False, True, NOW)
    assert of_customers(world.conn, []) == []
