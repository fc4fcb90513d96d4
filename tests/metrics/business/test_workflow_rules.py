"""Rules of a customer's own over leads, quotes, schedules, bills, payrolls and tickets: tried, opened, led to and closed like the others."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import text

from metrics.conditions import OBJECTS
from metrics.detect import would
from metrics.rules import Setting
from sql import query
from tests.metrics.business.conftest import T0, at
from tests.metrics.business.test_rules import NOW, found, is_set

AGO = NOW - timedelta(days=3)
WORTH = {"amount": 900, "currency": "USD"}
TICKET = {"state": "open", "is_billable": True, "created_at": AGO}
# the record, the condition that holds for it, and how the exception calls it
OWN = {
    "lead": (
        {"number": "LD-1", "state": "qualified", "qualified_at": AGO, "account_ref": "A"} | WORTH,
        '$.state == "qualified" && $.qualified_at_days >= 3 && $.account.name == "Alder"',
        "LD-1",
    ),
    "quote": ({"name": "Portal", "state": "sent", "created_at": AGO} | WORTH, "$.created_at_days >= 3", "Portal"),
    "change_order": ({"number": "CO-1", "state": "accepted"} | WORTH, "$.accepted_at == null && $.amount > 500", "CO-1"),
    "budget": ({"project_ref": "P", "origin_type": "quote"} | WORTH, '$.project.status == "paused"', "budget R"),
    "billing_schedule": (
        {"kind": "usage", "due_on": AGO.date()} | WORTH,
        "$.due_on_days > 2 && $.invoice_line_ref == null",
        "billing schedule R",
    ),
    "supplier_bill": ({"number": "SB-1", "state": "posted", "posted_at": AGO} | WORTH, "$.posted_at_days >= 3", "SB-1"),
    "payroll_run": ({"number": "2026-06", "state": "draft", "period_to": AGO.date()} | WORTH, "$.period_to_days >= 3", "2026-06"),
    "project_cost": ({"project_ref": "P", "posted_at": AGO} | WORTH, "$.origin_key == null", "project cost R"),
    "support_ticket": (TICKET | {"number": "T-1"}, "$.is_billable == true && $.created_at_days >= 3", "T-1"),
}  # fmt: skip


def said(kind):
    amount = {} if kind == "support_ticket" else {"amount": "amount"}
    return {"on": kind, "when": OWN[kind][1], "title": "so it is"} | amount


def test_the_records_of_workflows_have_rules_like_the_others(world):
    world.account("Alder", source_id="A")
    world.project(at("2026-01-05"), source_id="P", name="Alpha", status="paused")
    for kind, (row, _, _) in OWN.items():
        world.record(f"biz.{kind}", "", row, {"source_id": "R", "first_seen_at": AGO})
    opened = {
        (f"own:{kind}", f"{name}: so it is", None if kind == "support_ticket" else Decimal(900))
        for kind, (_, _, name) in OWN.items()
    }
    world.work_out()
    with world.conn.begin_nested() as undone:
        tried = [Setting(world.customer_id, kind, said(kind), T0) for kind in OWN]
        rules = [each.rule for each in tried]
        rows, troubles = would(world.conn, tried, rules, [world.customer_id], NOW, NOW - timedelta(days=90))
        undone.rollback()
    assert troubles == []
    assert {(row["rule"], row["became"], row["amount"]) for row in rows} == {
        (rule, "opens", amount) for rule, _, amount in opened
    }

    for kind in OWN:
        is_set(world, kind, **said(kind))
    assert {(row[0], row[1], row[3]) for row in found(world) if row[0].startswith("own:")} == opened

    world.conn.execute(
        text("UPDATE ops.system SET links = :links WHERE system_id = :own"),
        {"links": '{"lead": "https://psa.example/leads/{id}"}', "own": world.system_id},
    )
    (lead,) = world.conn.execute(
        text("SELECT exception_id FROM ops.exception WHERE customer_id = :c AND rule = 'own:lead'"),
        {"c": world.customer_id},
    ).scalars()
    asked = {"customer_ids": [world.customer_id], "exception_id": lead, "row_limit": 5}
    (told,) = world.conn.execute(text(query("screen/exception_occurrences")), asked).mappings()
    assert (told["subject_type"], told["subject_id"], told["link"]) == (
        "lead", "R", "https://psa.example/leads/{id}"
    )  # fmt: skip

    later = NOW + timedelta(hours=1)
    for kind in OWN:
        world.change(f"biz.{kind}", "R", deleted_at=later, deleted_how="log", last_seen_at=later)
    closed = {row[0]: row[-1] for row in found(world, later) if row[0].startswith("own:")}
    assert closed == {f"own:{kind}": "verified_closed" for kind in OWN}


def test_no_kind_of_them_is_left_out():
    assert set(OWN) < set(OBJECTS)
