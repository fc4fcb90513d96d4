"""What an expectation is at an instant: met, late, overdue, pending, withdrawn, or not known, and which rule decides."""

from datetime import timedelta

import pytest

HOUR = timedelta(hours=1)


@pytest.fixture
def won(world, at):
    """A deal won at nine, whose project is expected by one o'clock; the PSA has been read for weeks afterwards."""
    world.rule("won-to-project", 4)
    world.read("project", at("2026-11-20 14:20"))
    return world.won(at("2026-10-05 09:00"))


def test_met_late_and_overdue(world, at, won):
    timely = won
    late = world.won(at("2026-10-05 09:00"))
    silent = world.won(at("2026-10-05 09:00"))
    world.project(at("2026-10-05 13:00"), opportunity_key=timely)
    world.project(at("2026-10-05 13:00:01"), opportunity_key=late)
    world.sweep()
    assert world.outcomes("2026-10-05 12:00") == {timely: "pending", late: "pending", silent: "pending"}
    assert world.outcomes("2026-10-05 13:00") == {timely: "met", late: "overdue", silent: "overdue"}
    assert world.outcomes("2026-10-06") == {timely: "met", late: "late", silent: "overdue"}
    figure = world.figure(at("2026-10-06"))["", None]
    assert (figure.value, figure.numerator, figure.denominator, figure.unknown) == (1 / 3, 1, 3, 0)
    assert (figure.detail["late"], figure.detail["overdue"]) == (1, 1)


def test_before_it_happened_nothing_is_expected(world, at, won):
    world.sweep()
    assert world.outcomes("2026-10-05 08:59") == {}
    assert world.figure(at("2026-10-05 08:59"))["", None].value is None


def test_what_was_not_read_up_to_the_deadline_is_not_known(world, at):
    world.rule("won-to-project", 4)
    deal = world.won(at("2026-10-05 09:00"))
    world.read("project", at("2026-10-05 12:59"))
    world.sweep()
    assert world.outcomes("2026-10-06") == {deal: "not read"}
    figure = world.figure(at("2026-10-06"))["", None]
    assert (figure.value, figure.unknown, figure.low, figure.high) == (None, 1, 0, 1)
    assert world.detect(at("2026-10-06")).opened == 0
    world.read("project", at("2026-10-05 13:00"))
    assert world.outcomes("2026-10-06") == {deal: "overdue"}
    assert world.detect(at("2026-10-06")).opened == 1


def test_a_hole_in_what_was_read_is_not_known_either(world, at):
    world.rule("won-to-project", 4)
    deal = world.won(at("2026-10-05 09:00"))
    world.read("project", at("2026-10-05 10:00"))
    world.read("project", at("2026-10-07"), since=at("2026-10-05 11:00"))
    world.sweep()
    assert world.outcomes("2026-10-06") == {deal: "not read"}
    world.read("project", at("2026-10-05 11:00"), since=at("2026-10-05 10:00"))
    assert world.outcomes("2026-10-06") == {deal: "overdue"}


def test_every_system_that_may_hold_the_effect_must_have_been_read(world, at):
    world.rule("won-to-project", 4)
    world.read("project", at("2026-10-06"))
    other = world.system("second-psa")
    world.read("project", at("2026-10-05 10:00"), other)
    deal = world.won(at("2026-10-05 09:00"))
    world.sweep()
    assert world.outcomes("2026-10-06") == {deal: "not read"}


def test_a_rule_that_names_its_systems_looks_nowhere_else(world, at):
    other = world.system("second-psa")
    world.rule("won-to-project", 4, from_system_id=world.crm_id, to_system_id=world.system_id)
    world.read("project", at("2026-10-06"))
    world.read("project", at("2026-10-05 10:00"), other)
    deal = world.won(at("2026-10-05 09:00"))
    elsewhere = world.won(at("2026-10-05 09:00"), system_id=other)
    world.project(at("2026-10-05 10:00"), opportunity_key=deal, system_id=other)
    world.sweep()
    assert world.outcomes("2026-10-06") == {deal: "overdue"}
    assert elsewhere not in world.outcomes("2026-10-06")


@pytest.mark.parametrize(
    ("lost_at", "expected"), [("2026-10-05 12:00", "withdrawn"), ("2026-10-05 14:00", "overdue")]
)
def test_a_deal_lost_before_the_deadline_owes_nothing(world, at, won, lost_at, expected):
    world.change("biz.opportunity", won, is_won=False, is_lost=True, lost_at=at(lost_at))
    world.sweep()
    assert world.outcomes("2026-10-06") == {won: expected}


def test_a_project_deleted_after_the_deadline_was_there_in_time(world, at, won):
    project = world.project(at("2026-10-05 10:00"), opportunity_key=won)
    world.change("biz.project", project, deleted_at=at("2026-10-05 14:00"), deleted_how="log")
    world.sweep()
    assert world.outcomes("2026-10-06") == {won: "met"}


def test_a_project_deleted_before_the_deadline_was_none(world, at, won):
    project = world.project(at("2026-10-05 10:00"), opportunity_key=won)
    world.change("biz.project", project, deleted_at=at("2026-10-05 12:00"), deleted_how="log")
    world.sweep()
    assert world.outcomes("2026-10-05 11:00") == {won: "met"}
    assert world.outcomes("2026-10-06") == {won: "overdue"}


def test_the_best_of_several_projects_counts(world, at, won):
    first = world.project(at("2026-10-05 10:00"), opportunity_key=won)
    world.change("biz.project", first, deleted_at=at("2026-10-05 11:00"), deleted_how="log")
    world.project(at("2026-10-05 12:30"), opportunity_key=won)
    world.project(at("2026-10-05 18:00"), opportunity_key=won)
    world.sweep()
    assert world.outcomes("2026-10-06") == {won: "met"}


def test_a_project_that_may_be_its_own_makes_it_unsure(world, at):
    world.rule("won-to-project", 4)
    world.read("project", at("2026-11-20 14:20"))
    world.account("Harbor Foods", world.crm_id, source_id="A1", tax_id="X1")
    world.account("Harbor Foods", source_id="A2", tax_id="X1")
    deal = world.won(at("2026-10-05 09:00"), account_ref="A1")
    world.project(at("2026-10-05 10:00"), account_ref="A2")
    world.sweep()
    assert world.outcomes("2026-10-06") == {deal: "unsure"}
    assert {row.rule for row in world.queue()} == set()


def test_a_win_without_a_time_starts_no_clock(world, at):
    world.rule("won-to-project", 4)
    deal = world.won(at("2026-10-05 09:00"))
    world.change("biz.opportunity", deal, won_at=None, source_updated_at=at("2026-10-05 09:00"))
    world.sweep()
    assert world.outcomes("2026-10-06") == {deal: "no clock"}


def test_the_rule_in_force_when_it_happened_decides(world, at):
    world.rule("won-to-project", 4, since="2026-01-01", valid_to=at("2026-10-05 12:00"))
    world.rule("won-to-project", 1, since="2026-10-05 12:00")
    world.read("project", at("2026-11-20"))
    old, new = world.won(at("2026-10-05 11:59")), world.won(at("2026-10-05 12:00"))
    world.sweep()
    assert world.outcomes("2026-10-05 13:30") == {old: "pending", new: "overdue"}
    assert world.outcomes("2026-10-05 15:59") == {old: "overdue", new: "overdue"}


def test_before_a_rule_was_switched_on_nothing_was_expected(world, at):
    world.rule("won-to-project", 4, since="2026-10-05")
    world.won(at("2026-10-04 23:59:59"))
    world.sweep()
    assert world.outcomes("2026-10-06") == {}


def test_a_rule_for_the_stage_goes_before_one_for_every_stage(world, at):
    world.rule("won-to-project", 4)
    world.rule("won-to-project", 24, stage="implementation")
    world.rule("won-to-project", 1, stage="expansion")
    world.stage("2026-09-01", "implementation")
    world.stage("2026-10-06", "stabilisation")
    world.read("project", at("2026-11-20"))
    early, later = world.won(at("2026-10-05 23:59")), world.won(at("2026-10-06 00:00"))
    world.sweep()
    assert world.outcomes("2026-10-06 12:00") == {early: "pending", later: "overdue"}
    assert world.outcomes("2026-10-06 23:59") == {early: "overdue", later: "overdue"}


def test_work_on_a_draft_in_time_is_met_and_a_cancelled_draft_opens_it_again(world, at):
    world.rule("time-to-billable-line", business_days=1, calendar_id=world.calendar())
    for name in ("invoice", "invoice_line"):
        world.read(name, at("2026-11-20"))
    kept = world.entry(invoice_line_ref=world.line(world.invoice("draft", created_at=at("2026-06-03 09:00"))))
    gone = world.entry(
        invoice_line_ref=world.line(
            world.invoice(
                "draft",
                created_at=at("2026-06-03 09:00"),
                deleted_at=at("2026-06-03 12:00"),
                deleted_how="log",
            )
        )
    )
    never = world.entry()
    internal = world.entry(billable=False)
    world.sweep()
    assert world.outcomes("2026-06-03 16:59") == {kept: "met", gone: "pending", never: "pending"}
    assert world.outcomes("2026-06-03 17:00") == {kept: "met", gone: "overdue", never: "overdue"}
    assert internal not in world.outcomes("2026-06-04")
    assert world.figure(at("2026-06-04"))["", "USD"].denominator == 300


def test_a_draft_that_becomes_a_bill_is_one_stay(world, at):
    world.rule("time-to-billable-line", 24)
    for name in ("invoice", "invoice_line"):
        world.read(name, at("2026-11-20"))
    item = world.entry(
        invoice_line_ref=world.line(
            world.invoice("posted", at("2026-06-08 10:00"), created_at=at("2026-06-04 09:00"))
        )
    )
    world.sweep()
    assert world.outcomes("2026-06-04 08:00") == {item: "overdue"}
    assert world.outcomes("2026-06-04 10:00") == {item: "late"}
    assert world.outcomes("2026-06-09") == {item: "late"}


def test_split_by_rule_workflow_flow_system_and_day(world, at, won):
    flow = world.flow("milestone_to_invoice", 8)
    rule = world.rule("milestone-to-trigger", 48, flow_id=flow)
    for name in ("invoice", "invoice_line"):
        world.read(name, at("2026-11-20"))
    world.record(
        "biz.milestone", "M", {"amount": 900, "currency": "EUR"}, {"approved_at": at("2026-10-06 10:00")}
    )
    world.sweep()
    now = at("2026-10-20")
    by = {
        part: {name for name, currency in world.figure(now, by=part) if currency is None}
        for part in ("workflow", "system", "flow")
    }
    assert by["workflow"] == {"opportunity_to_project", "milestone_to_invoice"}
    assert by["system"] == {"crm", "psa"}
    assert len(by["flow"]) == 2
    assert f"milestone-to-trigger-{rule}" in {name for name, _ in world.figure(now, by="rule")}
    assert world.figure(now)["", "EUR"].denominator == 900
    days = world.figure(now, by="day")
    assert days["2026-10-05", None].denominator == 1
    assert days["2026-10-08", None].denominator == 1
    assert days["2026-10-07", None].value is None


def test_rows_add_up_and_nobody_else_sees_them(world, at, won):
    world.project(at("2026-10-05 12:00"), opportunity_key=won)
    world.won(at("2026-10-05 09:00"))
    undated = world.won(at("2026-10-05 09:00"))
    world.change("biz.opportunity", undated, won_at=None, source_updated_at=at("2026-10-05 09:00"))
    world.sweep()
    frame, figure = world.rows(at("2026-10-06")), world.figure(at("2026-10-06"))["", None]
    assert frame["in_numerator"].sum() == figure.numerator == 1
    assert frame["in_denominator"].sum() == figure.denominator == 2
    assert frame["is_unknown"].sum() == figure.unknown == 1
    stranger = world.customer()
    with world._as_viewer([stranger], at("2026-10-06")) as reader:
        assert reader.exec_driver_sql("SELECT count(*) FROM kpi.expectation").scalar_one() == 0
        assert reader.exec_driver_sql("SELECT count(*) FROM ops.expectation_rule").scalar_one() == 0
