"""Rules of the house: which records break them, each once however many it breaks."""

from datetime import date

import pytest


def whole(rows, currency=None):
    (row,) = [row for row in rows if row["currency"] == currency and row["part"] == ""]
    return row


def by_rule(world, **asked):
    return {
        row["part"]: row["value"]
        for row in world.ask("business_rule_exceptions", by="rule", **asked)
        if row["currency"] is None
    }


def resource(world, **values):
    return world.record("biz.resource", "W", {"name": "Wren", "is_active": True}, values)


def contract(world, **values):
    return world.record("biz.contract", "K", {"kind": "fixed", "state": "signed"}, values)


def schedule(world, project, **values):
    row = {"project_ref": project, "period_from": date(2026, 6, 1), "period_to": date(2026, 6, 15)}
    world.record("biz.revenue_schedule", "S", row | {"planned": 500, "currency": "USD"}, values)


def test_nothing_to_check_is_nothing_to_say(world) -> None:
    assert whole(world.ask("business_rule_exceptions"))["value"] is None


def test_records_that_keep_the_rules_are_zero(world, at) -> None:
    world.project(at("2026-06-02"), source_id="P", contract_ref=contract(world))
    world.entry(project_ref="P", resource_ref=resource(world, ends_on=date(2026, 12, 31)))
    row = whole(world.ask("business_rule_exceptions"))
    assert (row["value"], row["checked"], row["unknown"]) == (0, 2, 0)


def case(name, broken):
    return pytest.param(name, broken, id=f"{name}, {'broken' if broken else 'kept'}")


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        case(name, broken)
        for name in (
            "project without contract",
            "time without project",
            "time of an inactive person",
            "time on a closed project",
            "work without a rate",
            "billed before it was approved",
            "project over budget",
            "won without customer or value",
            "invoice without tax",
            "duplicate account",
            "work without a billing code",
            "account without tax settings",
            "cost centre differs",
            "revenue schedule outside the books",
            "books closed late",
            "milestone billed by hand",
            "project set up wrong",
            "invoice does not add up",
        )
        for broken in (True, False)
    ],
)
def test_each_rule_is_broken_and_kept(world, at, rule, broken) -> None:
    if rule == "project without contract":
        signed = contract(world)
        world.project(at("2026-06-02"), contract_ref=contract(world, state="draft") if broken else signed)
    elif rule == "time without project":
        world.entry(project_ref=None if broken else "P")
    elif rule == "time of an inactive person":
        world.entry(
            resource_ref=resource(world, ends_on=date(2026, 5, 31 if broken else 1) if broken else None)
        )
    elif rule == "time on a closed project":
        ends = date(2026, 5, 20) if broken else date(2026, 6, 20)
        world.project(at("2026-01-02"), source_id="P", is_active=False, ends_on=ends)
        world.entry(project_ref="P")
    elif rule == "work without a rate":
        world.entry(rate=None if broken else 10)
    elif rule == "billed before it was approved":
        world.billed_entry(at("2026-06-02 11:00" if broken else "2026-06-02 13:00"))
    elif rule == "project over budget":
        world.project(at("2026-01-02"), source_id="P", budget_amount=150, currency="USD")
        for _ in range(2 if broken else 1):
            world.entry(project_ref="P")
    elif rule == "won without customer or value":
        world.account("Alder", world.crm_id, source_id="A")
        world.won(at("2026-06-03"), account_ref=None if broken else "A")
    elif rule == "invoice without tax":
        world.invoice("posted", at("2026-05-03"), tax=0)
        world.invoice("posted", at("2026-06-03"), tax=None if broken else 0)
    elif rule == "work without a billing code":
        world.entry(worked_on=date(2026, 5, 1), billing_code="B1")
        world.record("biz.task", "K", {"billing_code": "B2"}, {"source_id": "coded"})
        world.entry(project_ref="P", task_ref=None if broken else "coded")
    elif rule == "account without tax settings":
        world.account("Alder", source_id="A", tax_code=None if broken else "V20")
        world.account("Birch", tax_code="V20")
        world.invoice("posted", at("2026-06-03"), account_ref="A")
    elif rule == "cost centre differs":
        erp = world.system("erp")
        world.project(at("2026-06-02"), number="p7", cost_centre="north")
        world.project(
            at("2026-06-02"), number="P7", cost_centre="South" if broken else "North", system_id=erp
        )
    elif rule == "revenue schedule outside the books":
        schedule(world, world.project(at("2026-05-02"), number="P7"))
        erp = world.system("erp")
        there = world.project(at("2026-05-02"), number="P8" if broken else "P7", system_id=erp)
        schedule(world, there, system_id=erp)
        assert whole(world.ask("business_rule_exceptions"), "USD")["value"] == (500 if broken else 0)
    elif rule == "milestone billed by hand":
        line = world.line(world.invoice("posted", at("2026-06-03")), kind="milestone", net=10, currency="USD")
        row = {"amount": 10, "currency": "USD", "invoice_line_ref": "another" if broken else line}
        world.record("biz.milestone", "M", row, {})
    elif rule == "project set up wrong":
        world.project(at("2026-06-02"), billing_method="time")
        world.project(at("2026-06-02"), billing_method=None if broken else "fixed")
    elif rule == "invoice does not add up":
        bill = world.invoice("posted", at("2026-06-03"), net=100, tax=20, gross=120)
        for net in (60, 30 if broken else 40):
            world.line(bill, net=net, currency="USD")
    elif rule == "books closed late":
        closed = at("2026-06-06 09:00" if broken else "2026-06-05 19:00")
        row = {"period_from": date(2026, 5, 1), "period_to": date(2026, 5, 31), "due_on": date(2026, 6, 5)}
        world.record("biz.period_close", "C", row, {"closed_at": closed})
    else:
        for name in ("Alder", "Alder Ltd"):
            world.account(name, code="C1" if broken else name)
    assert by_rule(world)[rule] == (1 if broken else 0)


def test_a_record_that_breaks_two_rules_counts_once_and_once_in_each(world) -> None:
    item = world.entry(rate=None)
    row = whole(world.ask("business_rule_exceptions"))
    assert (row["value"], row["checked"], row["without_value"]) == (1, 1, 1)
    assert by_rule(world) == {"time without project": 1, "work without a rate": 1}
    (behind,) = world.ask("business_rule_exceptions_rows")
    assert (behind["item_id"], behind["outcome"]) == (item, "time without project, work without a rate")


@pytest.mark.parametrize(
    ("given", "lines", "off"),
    [
        ({"tax": 20, "gross": 120}, [], 0),
        ({"tax": 20, "gross": 125}, [], 5),
        ({"tax": 20, "gross": None}, [90], 10),
        ({"tax": 20, "gross": 120.01}, [33.33, 33.33, 33.33], 0),  # a cent a line is rounding
        ({"tax": None, "gross": 100}, [None, 90], None),  # nobody can tell
        ({"tax": 20, "gross": 125, "voided_at": "2026-06-20"}, [], None),
        (
            {"tax": 20, "gross": 125, "posted_at": "2026-06-30 12:00"},
            [],
            None,
        ),  # its lines may not be read yet
    ],
)
def test_an_invoice_is_what_its_lines_net_and_tax_come_to(world, at, given, lines, off) -> None:
    instants = {name: at(given[name]) for name in ("posted_at", "voided_at") if name in given}
    bill = world.invoice(
        **{"posted_at": at("2026-06-03"), "net": 100, "created_at": at("2026-06-01")} | given | instants
    )
    for net in lines:
        world.line(bill, net=net, currency="USD")
    rule = "invoice does not add up"
    found = [row for row in world.ask("business_rule_exceptions", by="rule") if row["part"] == rule]
    assert [row["value"] for row in found if row["currency"] is None] == ([] if off is None else [off > 0])
    assert [row["value"] for row in found if row["currency"]] == ([] if off is None else [off])


def test_closed_and_nobody_knows_since_when_is_unknown(world) -> None:
    world.entry(project_ref="P", resource_ref=resource(world, is_active=False))
    row = whole(world.ask("business_rule_exceptions"))
    assert (row["value"], row["unknown"], row["low"], row["high"]) == (0, 1, 0, 1)
    (behind,) = world.ask("business_rule_exceptions_rows")
    assert behind["outcome"] == "unknown: time of an inactive person"


def test_the_budget_counts_what_was_worked_by_the_end_of_the_period(world, at) -> None:
    world.project(at("2026-01-02"), source_id="P", budget_amount=150, currency="USD")
    world.entry(project_ref="P", worked_on=date(2026, 5, 30))
    world.entry(project_ref="P")
    world.entry(project_ref="P", worked_on=date(2026, 7, 2))
    assert whole(world.ask("business_rule_exceptions"), "USD")["value"] == 50
    assert by_rule(world, since="2026-05-01", until="2026-06-01")["project over budget"] == 0


def test_rows_add_up_by_count_and_by_money(world) -> None:
    world.entry()
    world.entry(currency="EUR", rate=12)
    world.entry(rate=None)
    figures, behind = world.ask("business_rule_exceptions"), world.ask("business_rule_exceptions_rows")
    assert sum(row["in_numerator"] for row in behind) == whole(figures)["numerator"] == 3
    for currency, amount in (("USD", 100), ("EUR", 12)):
        mine = [row["amount"] for row in behind if row["currency"] == currency and row["in_numerator"]]
        assert sum(each for each in mine if each) == whole(figures, currency)["numerator"] == amount


def test_where_the_books_schedules_are_not_read_nobody_knows(world, at) -> None:
    schedule(world, world.project(at("2026-05-02"), number="P7"))
    assert by_rule(world)["revenue schedule outside the books"] == 0  # the PSA is all there is
    world.system("erp")
    row = whole(world.ask("business_rule_exceptions"))
    assert (row["value"], row["unknown"]) == (0, 1)
