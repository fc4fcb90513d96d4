"""What runs claim of leads, quotes, bills, payrolls and tickets is held against what was made of them, in one record or in several."""

import pytest

from metrics.triage.advice import advise
from tests.metrics.business.conftest import at
from tests.metrics.verification.test_advice import FACT

pytestmark = pytest.mark.slow

WORTH = {"amount": 900, "currency": "USD"}
POSTED = {"state": "posted"} | WORTH
SOURCES = {
    "lead": {"state": "qualified"} | WORTH,
    "quote": {"state": "accepted"} | WORTH,
    "change_order": {"state": "accepted"} | WORTH,
    "supplier_bill": POSTED,
    "payroll_run": POSTED,
    "support_ticket": {"state": "open", "is_billable": True, "name": "Printer"},
    "budget": {"project_ref": "P"} | WORTH,
    "project_cost": {"project_ref": "P"} | WORTH,
    "billing_schedule": {"kind": "fixed", "due_on": "2026-06-30"} | WORTH,
}
NUMBERED = tuple(SOURCES)[:6]
# the workflow, what becomes what, and the field by which the target says so
BECOMES = [
    ("lead_to_opportunity", "lead", "opportunity", "lead_key"),
    ("support_ticket_sync", "support_ticket", "task", "ticket_key"),
    ("opportunity_to_project", "quote", "budget", "origin_key"),
    ("change_order", "change_order", "budget", "origin_key"),
    ("procurement_to_costing", "supplier_bill", "project_cost", "origin_key"),
    ("payroll_cost_allocation", "payroll_run", "project_cost", "origin_key"),
]


def put(world, kind, source_id, **values):
    """A record of a kind, in the CRM unless it says otherwise."""
    values = {"source_id": source_id, "system_id": world.crm_id} | values
    return world.record(f"biz.{kind}", "", SOURCES[kind], values)


def make(world, kind, origin, key_field, key, source_id=None, **values):
    """What the PSA made of a record, which it calls by a key."""
    defaults = {
        "opportunity": {"stage": "new", "is_won": False, "is_lost": False},
        "task": {},
    }.get(kind, {"project_ref": "P", "origin_type": origin} | WORTH)
    own = {} if source_id is None else {"source_id": source_id}
    return world.record(f"biz.{kind}", "M", defaults, {key_field: key} | own | values)


def claim(world, kind, key, flow, **values):
    world.written(key, object_type=kind, object_key=key, flow_id=flow, **values)


@pytest.fixture
def costs(world):
    """The flow that brings suppliers' bills onto projects; one that nobody asks for has its cost already."""
    make(world, "project_cost", "supplier_bill", "origin_key", "SB-0")
    return world.flow("procurement_to_costing", 3, runs_system_id=world.ipaas_id)


def test_what_was_made_is_found_by_the_key_that_it_holds(world) -> None:
    expected = {}
    for workflow, kind, target, field in BECOMES:
        flow = world.flow(workflow, 3, runs_system_id=world.ipaas_id)
        for number, key in enumerate(("{}", "crm:{}", "{}x")):
            name = f"{kind}-{number}"
            put(world, kind, f"{kind}{number}", number=name)
            claim(world, kind, name, flow)
            make(world, target, kind, field, key.format(name))
            expected[name] = "missing" if number == 2 else "confirmed"
    world.look()
    made = {key: verdict for key, verdict in world.verdicts().items() if key in expected}
    assert made == expected


# what was booked of 900 USD (amount, currency, taken back), and the verdict
BOOKED = [
    ([(900, "USD", False)], "confirmed"),
    ([(400, "USD", False), (500, "USD", False)], "confirmed"),
    ([(300.01, "USD", False), (300, "USD", False), (300, "USD", False)], "confirmed"),  # rounded one by one
    ([(700, "USD", True), (900, "USD", False)], "confirmed"),  # corrected
    ([(900, "USD", True)], "missing"),
    ([(600, "USD", False)], "different"),
    ([(900, "USD", False), (900, "USD", False)], "different"),  # booked twice
    ([(900, "EUR", False)], "different"),
    ([(400, "USD", False), (500, "EUR", False)], "not_checked no_value"),
    ([(400, "USD", False), (None, "USD", False)], "not_checked no_value"),
]


def test_what_is_booked_in_parts_has_to_add_up(world, costs) -> None:
    expected = {}
    for number, (parts, verdict) in enumerate(BOOKED):
        name = f"SB-{number + 1}"
        put(world, "supplier_bill", f"bill{number}", number=name)
        claim(world, "supplier_bill", name, costs)
        for amount, currency, gone in parts:
            taken = {"deleted_at": at("2026-06-20"), "deleted_how": "log"} if gone else {}
            make(world, "project_cost", "supplier_bill", "origin_key", name, amount=amount, currency=currency, **taken)  # fmt: skip
        expected[name] = verdict
    world.look()
    assert world.verdicts() == expected


def test_a_part_that_is_moved_to_another_bill_is_seen(world, costs) -> None:
    put(world, "supplier_bill", "bill", number="SB-1")
    claim(world, "supplier_bill", "SB-1", costs)
    for own, amount in (("c1", 400), ("c2", 500)):
        make(world, "project_cost", "supplier_bill", "origin_key", "SB-1", own, amount=amount)
    world.look()
    assert world.verdicts() == {"SB-1": "confirmed"}
    moved = at("2026-07-10 10:00")
    world.change("biz.project_cost", "c2", origin_key="SB-9", last_seen_at=moved)
    world.look(since=moved)
    assert world.verdicts() == {"SB-1": "different"}


def test_a_key_counts_for_its_kind_and_an_id_at_home_only(world, costs) -> None:
    payroll = world.flow("payroll_cost_allocation", 3, runs_system_id=world.ipaas_id)
    inside = world.flow(
        "procurement_to_costing", 3, from_system_id=world.system_id, runs_system_id=world.ipaas_id
    )
    for kind, flow in (("supplier_bill", costs), ("payroll_run", payroll)):
        put(world, kind, f"{kind}-id", number="2026-09")
        claim(world, kind, f"{kind}-id", flow)
    make(world, "project_cost", "payroll_run", "origin_key", "2026-09")
    put(world, "supplier_bill", "7", number="SB-7")
    claim(world, "supplier_bill", "7", costs)
    put(world, "supplier_bill", "8", number="SB-8", system_id=world.system_id)
    claim(world, "supplier_bill", "8", inside)
    put(world, "supplier_bill", "9", number="9")
    claim(world, "supplier_bill", "9", costs)
    for key in ("7", "8", "9"):
        make(world, "project_cost", "supplier_bill", "origin_key", key)
    world.look()
    assert world.verdicts() == {
        "payroll_run-id": "confirmed", "supplier_bill-id": "missing", "7": "missing", "8": "confirmed", "9": "confirmed",
    }  # fmt: skip


def test_a_date_of_a_schedule_is_billed_by_the_line_that_it_names(world) -> None:
    bills = world.flow(
        "schedule_to_invoice", 3, from_system_id=world.system_id, runs_system_id=world.ipaas_id
    )
    for own, line in (("d1", "L1"), ("d2", "L2"), ("d3", None), ("d4", "gone")):
        put(world, "billing_schedule", own, system_id=world.system_id, invoice_line_ref=line)
        claim(world, "billing_schedule", own, bills)
    world.line("I1", source_id="L1", net=900, currency="USD")
    world.line("I1", source_id="L2", net=450, currency="USD")
    world.look()
    assert world.verdicts() == {
        "d1": "confirmed", "d2": "different", "d3": "not_checked no_key", "d4": "missing",
    }  # fmt: skip


def test_each_is_held_against_itself_in_another_system(world) -> None:
    verdicts, cells = {}, {}
    for kind in SOURCES:
        flow = world.flow(f"{kind}_to_erp", 3, runs_system_id=world.ipaas_id)
        worth = {"name": "Plotter"} if kind == "support_ticket" else {"amount": 800}
        for number, other in ((1, {}), (2, worth), (3, None)):
            own, named = f"{kind}{number}", {"number": f"{kind}-{number}"} if kind in NUMBERED else {}
            put(world, kind, own, **named)
            # what has no number is found by the target that the log names
            claim(world, kind, own, flow, target_key=None if kind in NUMBERED else f"{own}-copy")
            if other is not None:
                put(world, kind, f"{own}-copy", system_id=world.system_id, **named | other)
            verdicts[own] = ("confirmed", "different", "missing")[number - 1]
            if kind in NUMBERED:
                cells[own] = ("equal", "different", "source_only")[number - 1]
    world.reconcile()
    assert world.verdicts() == verdicts
    assert world.cells() == cells


def test_two_bookings_of_one_bill_are_no_duplicate() -> None:
    held = {"verdict": "different", "target_id": "c1", "other_ids": ["c2"], "is_there": True, "differing": {"amount": [9, 8]}}  # fmt: skip
    assert advise(FACT | held | {"target_type": "project_cost"}).kind == "there"
    assert advise(FACT | held | {"target_type": "invoice"}).kind == "duplicate"
