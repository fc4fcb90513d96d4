"""Leads, quotes, schedules, bills, change orders, tickets and payrolls: overdue at the minute, met in time, not missing while unread."""

from datetime import timedelta

import pytest

from metrics import expectations
from metrics.expectation_library import by_key
from metrics.news import News
from tests.metrics.business.conftest import at

pytestmark = pytest.mark.slow

FRIDAY = at("2026-10-02 15:00")
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
WORTH = {"amount": 900, "currency": "USD"}


def _lead(world):
    row = {"number": "LD-7", "state": "qualified", "qualified_at": FRIDAY, "system_id": world.crm_id}
    lead = world.record("biz.lead", "LEAD", row | WORTH, {})
    deal = {"is_won": False, "stage": "new", "lead_key": "ld-7"}
    return lead, lambda moment, **more: world.won(moment, **deal | {"created_at": moment} | more)


def _quote(world):
    row = {"number": "Q-7", "state": "accepted", "accepted_at": FRIDAY, "system_id": world.crm_id}
    return world.record("biz.quote", "QUOTE", row | WORTH, {}), _grants(world, "quote", "Q-7")


def _change_order(world):
    row = {"number": "CO-7", "state": "accepted", "accepted_at": FRIDAY}
    change = world.record("biz.change_order", "CHANGE", row | WORTH, {})
    return change, _grants(world, "change_order", "CO-7")


def _grants(world, origin, key):
    row = {"project_ref": "P1", "origin_type": origin, "origin_key": key} | WORTH
    return lambda moment, **more: world.record("biz.budget", "BUDGET", row | {"created_at": moment}, more)


def _schedule(world):
    row = {"kind": "retainer", "due_on": "2026-10-02", "period_from": "2026-09-01", "period_to": "2026-09-30"}
    schedule = world.record("biz.billing_schedule", "DATE", row | {"contract_ref": "C1"} | WORTH, {})

    def follow(moment, **more):
        line = {"contract_ref": "C1", "billed_for": "2026-09-30", "kind": "other"} | more
        return world.line(world.invoice("draft", created_at=moment), **line)

    return schedule, follow


def _bill(world):
    row = {"number": "SB-7", "state": "posted", "posted_at": FRIDAY, "project_ref": "P1"}
    return world.record("biz.supplier_bill", "BILL", row | WORTH, {}), _costs(world, "supplier_bill", "SB-7")


def _payroll(world):
    row = {"number": "2026-09", "state": "posted", "posted_at": FRIDAY}
    return world.record("biz.payroll_run", "PAY", row | WORTH, {}), _costs(world, "payroll_run", "2026-09")


def _costs(world, origin, key):
    row = {"project_ref": "P1", "origin_type": origin, "origin_key": key} | WORTH
    return lambda moment, **more: world.record("biz.project_cost", "COST", row | {"posted_at": moment}, more)


def _ticket(world):
    row = {
        "number": "T-7",
        "state": "open",
        "is_billable": True,
        "created_at": FRIDAY,
        "system_id": world.crm_id,
    }
    row_of_task = {"project_ref": "P1", "ticket_key": "T-7"}
    ticket = world.record("biz.support_ticket", "TICKET", row, {})
    return ticket, lambda moment, **more: world.record(
        "biz.task", "K", row_of_task | {"created_at": moment}, more
    )


# the rule, its records, and when it is due by the library's own deadline in an office that is closed at weekends
STORIES = {
    "lead-to-opportunity": (_lead, "2026-10-05 17:00"),
    "quote-to-project": (_quote, "2026-10-05 17:00"),
    "schedule-to-billing": (_schedule, "2026-10-06 17:00"),
    "procurement-to-costing": (_bill, "2026-10-07 17:00"),
    "change-order": (_change_order, "2026-10-06 17:00"),
    "support-ticket": (_ticket, "2026-10-05 15:00"),
    "payroll-cost": (_payroll, "2026-10-07 17:00"),
}


def _begin(world, rule, calendar=None):
    """The rule switched on with the library's deadline, and what begins it."""
    story, due = STORIES[rule]
    library = by_key(rule)
    hours = library.seconds / 3600 if library.seconds else None
    world.rule(rule, hours, business_days=library.business_days, calendar_id=calendar or world.calendar())
    return *story(world), at(due)


def _read(world, until, *rules):
    for name in {name for rule in rules for name in by_key(rule).reads}:
        for system in (world.system_id, world.crm_id):
            world.read(name, until, system)


@pytest.fixture
def begun(world):
    """Every story in one world: the subject, what makes its effect, and the deadline, by rule."""
    calendar = world.calendar()
    return {rule: _begin(world, rule, calendar) for rule in STORIES}


def _at_each(world, begun, before=timedelta()):
    """What each is at its own deadline, or so long before it."""
    seen = {due: world.outcomes(due - before) for _, _, due in begun.values()}
    return {rule: seen[due][subject] for rule, (subject, _, due) in begun.items()}


def test_each_is_overdue_at_the_minute_and_late_when_its_effect_comes_after(world, begun):
    _read(world, at("2026-10-09"), *STORIES)
    world.sweep()
    assert _at_each(world, begun, SECOND) == dict.fromkeys(STORIES, "pending")
    assert _at_each(world, begun) == dict.fromkeys(STORIES, "overdue")
    for _, follow, due in begun.values():
        follow(due + HOUR)
    world.sweep()
    assert _at_each(world, begun, SECOND - HOUR) == dict.fromkeys(STORIES, "overdue")
    assert _at_each(world, begun, -HOUR) == dict.fromkeys(STORIES, "late")


def test_each_is_met_when_its_effect_comes_in_time(world, begun):
    _read(world, at("2026-10-09"), *STORIES)
    for _, follow, due in begun.values():
        follow(due - HOUR)
    world.sweep()
    assert _at_each(world, begun) == dict.fromkeys(STORIES, "met")


def test_none_is_missing_while_the_system_with_its_effect_was_not_read(world, begun):
    first, late = min(due for _, _, due in begun.values()), at("2026-10-08 08:00")
    _read(world, first - SECOND, *STORIES)
    assert world.detect(late).opened == 0
    assert set(world.outcomes(late).values()) == {"not read"}
    _read(world, late, *STORIES)
    assert set(world.outcomes(late).values()) == {"overdue"}
    assert world.detect(late).opened == len(STORIES)
    assert {(one.rule, one.object_type, one.opened_at) for one in world.queue()} == {
        ("expectation_overdue", by_key(rule).subject, due) for rule, (_, _, due) in begun.items()
    }


def test_piece_by_piece_is_what_a_rebuild_finds(world):
    """Effects come, are taken back, come back and are changed; subjects are deleted; after each step both ways agree."""
    now = at("2026-10-01 08:00")
    world.poll("all", now)
    calendar = world.calendar()
    begun = {rule: _begin(world, rule, calendar) for rule in STORIES}
    world.sweep(now)
    effects, seen = {}, set()
    for number, step in enumerate(("come", "go", "back", "other", "again", "subject"), 1):
        moment = FRIDAY + number * HOUR
        for rule, (subject, follow, _) in begun.items():
            if step in ("come", "again"):
                effects[rule] = follow(moment, first_seen_at=moment, last_seen_at=moment)
                continue
            table = _table_of(effects[rule])
            name, key, values = {
                "go": (table, effects[rule], {"deleted_at": moment, "deleted_how": "log"}),
                "back": (table, effects[rule], {"deleted_at": None, "deleted_how": None}),
                "other": (table, effects[rule], {_KEYS[table]: "nobody"}),
                "subject": (
                    "biz." + by_key(rule).subject,
                    subject,
                    {"deleted_at": moment, "deleted_how": "log"},
                ),
            }[step]
            world.change(name, key, last_seen_at=moment, **values)
        world.poll("all", moment)
        world.sweep(moment)
        piecewise = world.stored()
        with world.conn.begin_nested() as aside:  # the place in the news stays where it was
            expectations.work_out(world.conn, world.customer_id, News(world.customer_id, None, 0, ()))
            assert piecewise == world.stored(), step
            aside.rollback()
        assert len(piecewise) == len(STORIES)
        seen |= set(piecewise)
    assert len(seen) == 5 * len(STORIES), (
        "what came back is as it was, all else told each expectation something"
    )


_KEYS = {
    "biz.opportunity": "lead_key",
    "biz.budget": "origin_key",
    "biz.project_cost": "origin_key",
    "biz.task": "ticket_key",
    "biz.invoice_line": "contract_ref",
}


def _table_of(source_id):
    prefix = source_id.partition("-")[0]
    return {"O": "biz.opportunity", "BUDGET": "biz.budget", "COST": "biz.project_cost", "K": "biz.task", "L": "biz.invoice_line"}[prefix]  # fmt: skip


IN_TIME = at("2026-10-02 16:00")
# what was booked of 900 USD: (amount, currency, hours until it was taken back), and what that is once it is due
BOOKED = [
    ([(900, "USD", None)], "met"),
    ([(400, "USD", None), (500, "USD", None)], "met"),
    ([(300.01, "USD", None), (300, "USD", None), (300, "USD", None)], "met"),  # rounded one by one
    ([(899.98, "USD", None)], "overdue"),
    ([(600, "USD", None)], "overdue"),
    ([(900, "USD", None), (900, "USD", None)], "overdue"),  # booked twice
    ([(900, "USD", None), (900, "USD", 1)], "met"),  # and one of them taken back
    ([(700, "USD", 1), (900, "USD", None)], "met"),  # corrected
    ([(900, "USD", 1)], "overdue"),
    ([(900, "EUR", None)], "unsure"),
    ([(None, None, None)], "unsure"),
]


def test_what_is_booked_has_to_add_up(world):
    world.rule("procurement-to-costing", 8)
    _read(world, at("2026-10-09"), "procurement-to-costing")
    expected = {}
    for number, (parts, outcome) in enumerate(BOOKED):
        key = {"number": f"SB-{number}", "state": "posted", "posted_at": FRIDAY, "project_ref": "P1"}
        expected[world.record("biz.supplier_bill", "BILL", key | WORTH, {})] = outcome
        for amount, currency, hours in parts:
            gone = {} if hours is None else {"deleted_at": IN_TIME + hours * HOUR, "deleted_how": "log"}
            cost = _costs(world, "supplier_bill", key["number"])
            cost(IN_TIME, amount=amount, currency=currency, **gone)
    world.sweep()
    assert world.outcomes(FRIDAY + 8 * HOUR) == expected


def test_what_nobody_gives_an_amount_for_is_booked_by_its_first_booking(world):
    subject, follow, due = _begin(world, "payroll-cost")
    world.change("biz.payroll_run", subject, amount=None)
    _read(world, due + 30 * HOUR, "payroll-cost")
    for hours in (1, 2):
        follow(due + hours * HOUR, amount=10)
    world.sweep()
    assert world.outcomes(due + HOUR - SECOND) == {subject: "overdue"}
    assert world.outcomes(due + HOUR) == {subject: "late"}


def test_an_id_is_a_proof_in_its_own_system_only(world):
    world.rule("support-ticket", 8)
    _read(world, at("2026-10-09"), "support-ticket")
    expected = {}
    for number, (key, elsewhere, outcome) in enumerate(
        [
            ("T-{}", True, "met"),  # the number says who it is in every system
            ("t-{} ", True, "met"),
            ("TICKET-{}", False, "met"),  # the id does in its own
            ("TICKET-{}", True, "overdue"),
            ("T-9{}", True, "overdue"),
        ]
    ):
        row = {"number": f"T-{number}", "state": "open", "is_billable": True, "created_at": FRIDAY}
        ticket = world.record("biz.support_ticket", "TICKET", row, {"source_id": f"TICKET-{number}"})
        system = world.crm_id if elsewhere else world.system_id
        task = {"project_ref": "P1", "ticket_key": key.format(number), "created_at": FRIDAY + HOUR}
        world.record("biz.task", "K", task, {"system_id": system})
        expected[ticket] = outcome
    world.sweep()
    assert world.outcomes(FRIDAY + 8 * HOUR) == expected


def test_two_dates_of_a_contract_in_one_period_are_told_apart_by_the_line_they_name_only(world):
    subject, follow, due = _begin(world, "schedule-to-billing")
    _read(world, due, "schedule-to-billing")
    row = {"kind": "usage", "due_on": "2026-10-02", "period_from": "2026-09-01", "period_to": "2026-09-30"}
    other = world.record("biz.billing_schedule", "DATE", row | {"contract_ref": "C1"}, {})
    line = follow(IN_TIME)
    world.sweep()
    assert world.outcomes(due) == {subject: "unsure", other: "unsure"}
    world.change("biz.billing_schedule", subject, invoice_line_ref=line)
    world.sweep()
    assert world.outcomes(due) == {subject: "met", other: "unsure"}


TAKEN_BACK = {
    "lead-to-opportunity": {"state": "disqualified", "disqualified_at": IN_TIME},
    "quote-to-project": {"state": "rejected", "source_updated_at": IN_TIME},
    "change-order": {"state": "cancelled", "source_updated_at": IN_TIME},
    "procurement-to-costing": {"state": "void", "source_updated_at": IN_TIME},
    "support-ticket": {"state": "cancelled", "source_updated_at": IN_TIME},
    "payroll-cost": {"state": "void", "source_updated_at": IN_TIME},
    "schedule-to-billing": {"deleted_at": IN_TIME, "deleted_how": "log"},
}


def test_what_was_taken_back_before_it_was_due_is_expected_no_more(world, begun):
    _read(world, at("2026-10-09"), *STORIES)
    for rule, values in TAKEN_BACK.items():
        world.change("biz." + by_key(rule).subject, begun[rule][0], **values)
    world.sweep()
    assert _at_each(world, begun) == dict.fromkeys(STORIES, "withdrawn")


def test_what_nobody_pays_for_is_not_expected(world):
    world.rule("support-ticket", 8)
    world.rule("procurement-to-costing", 8)
    world.record("biz.support_ticket", "T", {"state": "open", "is_billable": False, "created_at": FRIDAY}, {})
    world.record("biz.supplier_bill", "B", {"state": "posted", "posted_at": FRIDAY}, {})  # for no project
    world.sweep()
    assert world.outcomes("2026-11-01") == {}
