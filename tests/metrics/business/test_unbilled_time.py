"""Unbilled time: what approved work on no bill is worth, by pool and age, and how the stock moves."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.slow


def value(rows, currency="USD", part=""):
    (row,) = [row for row in rows if row["currency"] == currency and row["part"] == part]
    return row["value"]


def test_a_customer_that_never_had_billable_work_has_nothing_to_say(world) -> None:
    (row,) = world.ask("unbilled_time")
    assert (row["value"], row["currency"], row["sample"]) == (None, None, 0)


def test_a_customer_whose_work_is_all_billed_waits_for_nothing(world, at) -> None:
    world.billed_entry(at("2026-06-10"))
    assert value(world.ask("unbilled_time")) == 0


def test_the_value_is_hours_at_their_rate_to_the_cent(world) -> None:
    world.entry(minutes=Decimal("50"), rate=Decimal("100.01"))  # 83.3416…
    world.entry(minutes=Decimal("3"), rate=Decimal("0.10"))  # half a cent, rounded up
    assert value(world.ask("unbilled_time")) == Decimal("83.35")


def test_a_currency_without_cents_is_rounded_to_whole_units(world) -> None:
    world.entry(currency="JPY", minutes=1, rate=Decimal("5010"))
    assert value(world.ask("unbilled_time"), "JPY") == Decimal("84")


def test_minor_units_are_those_of_cldr(world) -> None:
    from babel.numbers import get_currency_precision

    currencies = "AED AFN AUD BHD CHF CLF CLP EUR GBP INR IQD ISK JOD JPY KRW KWD LBP MXN OMR TND UGX USD UYW VND XOF ZAR"
    for currency in currencies.split():
        world.entry(currency=currency, minutes=60, rate=Decimal("1.2345"))
    got = {row["currency"]: row["value"] for row in world.ask("unbilled_time")}
    wanted = {code: round(Decimal("1.23450001"), get_currency_precision(code)) for code in currencies.split()}
    assert got == wanted


@pytest.mark.parametrize(
    ("state", "pool"),
    [("draft", "draft"), ("approved", "draft"), ("void", "cancelled_or_credited"), ("posted", None)],
)
def test_each_state_of_an_invoice_has_its_pool(world, at, state, pool) -> None:
    posted = at("2026-06-05") if state == "posted" else None
    voided = at("2026-06-08") if state == "void" else None
    invoice = world.invoice(state, posted, created_at=at("2026-06-04"), voided_at=voided)
    world.entry(invoice_line_ref=world.line(invoice))
    pools = {row["pool"]: row["amount"] for row in world.ask("unbilled_time_pools")}
    assert pools == ({pool: Decimal("100")} if pool else {})


def test_work_on_no_invoice_and_on_its_way_to_approval_have_pools_of_their_own(world) -> None:
    world.entry()
    world.entry(approval_state="submitted", approved_at=None)
    world.entry(approval_state="draft", approved_at=None, submitted_at=None)
    rows = world.ask("unbilled_time_pools")
    assert {row["pool"]: row["in_figure"] for row in rows} == {
        "no_invoice": True,
        "submitted_unapproved": False,
        "unsubmitted": False,
    }
    assert value(world.ask("unbilled_time")) == Decimal("100")


def test_a_credited_invoice_gives_its_work_back_from_that_instant(world, at) -> None:
    invoice = world.invoice("credited", at("2026-06-05"), voided_at=at("2026-06-20"))
    world.entry(invoice_line_ref=world.line(invoice))
    assert value(world.ask("unbilled_time", until="2026-06-20")) == 0
    assert value(world.ask("unbilled_time", until="2026-06-21")) == Decimal("100")


def test_a_full_credit_note_takes_the_bill_back_when_nothing_else_says_so(world, at) -> None:
    invoice = world.invoice("posted", at("2026-06-05"))
    world.entry(invoice_line_ref=world.line(invoice))
    world.invoice("posted", at("2026-06-20"), kind="credit", credits_ref=invoice, net=Decimal("-40"))
    assert value(world.ask("unbilled_time")) == 0
    world.invoice("posted", at("2026-06-22"), kind="credit", credits_ref=invoice, net=Decimal("-60"))
    assert value(world.ask("unbilled_time")) == Decimal("100")
    assert value(world.ask("unbilled_time", until="2026-06-22")) == 0


def test_a_deleted_draft_leaves_its_work_open(world, at) -> None:
    invoice = world.invoice(
        "draft", created_at=at("2026-06-03"), deleted_at=at("2026-06-10"), deleted_how="absence"
    )
    world.entry(invoice_line_ref=world.line(invoice))
    pools = [row["pool"] for row in world.ask("unbilled_time_pools", until="2026-06-09")]
    assert pools == ["draft"]
    assert [row["pool"] for row in world.ask("unbilled_time_pools")] == ["no_invoice"]


def test_the_past_is_seen_as_it_was(world, at) -> None:
    world.billed_entry(at("2026-06-15 10:00"), entered_at=at("2026-06-02 09:00"))
    assert value(world.ask("unbilled_time", as_of="2026-06-15 09:59")) == Decimal("100")
    assert value(world.ask("unbilled_time", as_of="2026-06-15 10:00")) == 0
    (row,) = world.ask("unbilled_time", as_of="2026-06-02 08:00")
    assert row["value"] is None


def test_time_typed_in_later_is_no_part_of_the_month_before(world, at) -> None:
    world.entry(entered_at=at("2026-07-03"), approved_at=at("2026-07-04"), submitted_at=at("2026-07-03"))
    (row,) = world.ask("unbilled_time")
    assert row["value"] is None
    assert value(world.ask("unbilled_time", until="2026-08-01")) == Decimal("100")


def test_unknown_value_is_counted_and_is_not_zero(world) -> None:
    world.entry(rate=None)
    world.entry(rate=None, currency=None)
    rows = {row["currency"]: row for row in world.ask("unbilled_time")}
    assert (rows["USD"]["value"], rows["USD"]["unknown"]) == (None, 1)
    assert (rows[None]["value"], rows[None]["unknown"]) == (None, 1)


def test_the_rate_of_the_task_stands_in_for_a_missing_one(world) -> None:
    world.record("biz.task", "K", {"name": "Build", "rate": 80, "currency": "EUR"}, {"source_id": "K1"})
    world.entry(rate=None, currency=None, task_ref="K1")
    assert value(world.ask("unbilled_time"), "EUR") == Decimal("80")


def test_currencies_are_never_added(world) -> None:
    world.entry()
    world.entry(currency="EUR", rate=10)
    rows = world.ask("unbilled_time")
    assert {row["currency"]: row["value"] for row in rows} == {"USD": Decimal("100"), "EUR": Decimal("10")}


def test_age_bands_are_cut_by_the_day_of_the_work(world) -> None:
    for day in (date(2026, 5, 31), date(2026, 5, 30), date(2026, 4, 30), date(2026, 4, 1), date(2026, 3, 31)):
        world.entry(worked_on=day)
    parts = {row["part"]: row["value"] for row in world.ask("unbilled_time", by="age")}
    # the last day of June is the 30th: 30, 31, 61, 90 and 91 days
    assert parts == {
        "0-30": Decimal("100"),
        "31-60": Decimal("100"),
        "61-90": Decimal("200"),
        "91+": Decimal("100"),
    }


@pytest.mark.parametrize("by", ["pool", "age", "account", "project", "system"])
def test_parts_add_up_to_the_whole(world, at, by) -> None:
    world.entry(worked_on=date(2026, 2, 1), rate=Decimal("33.33"))
    world.entry(invoice_line_ref=world.line(world.invoice("draft", created_at=at("2026-06-03"))))
    parts = world.ask("unbilled_time", by=by)
    assert sum(row["value"] for row in parts) == value(world.ask("unbilled_time")) == Decimal("133.33")


def test_by_day_there_is_a_row_for_every_day_that_has_begun(world, at) -> None:
    world.billed_entry(at("2026-06-04 12:00"))
    days = world.ask("unbilled_time", by="day", as_of="2026-06-05 15:00")
    assert [(row["part"], row["value"]) for row in days] == [
        ("2026-06-01", None),
        ("2026-06-02", Decimal("100")),
        ("2026-06-03", Decimal("100")),
        ("2026-06-04", 0),
        ("2026-06-05", 0),
    ]


def test_a_day_ends_at_the_customers_midnight_also_when_clocks_change(world, at) -> None:
    stranger = world.customer("Europe/London")
    system = world.system("psa", stranger)
    world.customer_id, world.system_id = stranger, system
    # clocks go back on 25 October 2026: that day ends at 00:00 UTC, 25 hours after 23:00 UTC
    world.entry(
        worked_on=date(2026, 10, 25),
        entered_at=at("2026-10-25 23:30"),
        approved_at=at("2026-10-25 23:30"),
        submitted_at=None,
    )
    days = {
        row["part"]: row["value"]
        for row in world.ask("unbilled_time", since="2026-10-23 23:00", until="2026-10-27", by="day")
    }
    assert days == {"2026-10-24": None, "2026-10-25": Decimal("100"), "2026-10-26": Decimal("100")}


def test_the_rows_add_up_to_the_figure(world, at) -> None:
    world.entry(rate=Decimal("12.34"))
    world.entry(rate=None)
    world.entry(approval_state="submitted", approved_at=None)
    item = world.entry()
    world.link(world.line(world.invoice("posted", at("2026-06-04"))), item, share=Decimal("0.25"))
    rows = world.ask("unbilled_time_rows")
    figure = {row["currency"]: row for row in world.ask("unbilled_time")}["USD"]
    assert sum(row["amount"] for row in rows if row["in_numerator"]) == figure["value"] == Decimal("87.34")
    assert sum(row["is_unknown"] for row in rows) == figure["unknown"] == 1
    assert sum(row["value"] for row in rows if row["outcome"] == "no_invoice") == pytest.approx(
        float(figure["hours"])
    )


def test_another_customer_is_not_seen(world) -> None:
    stranger = world.customer()
    world.entry(customer_id=stranger, system_id=world.system("psa", stranger))
    assert world.ask("unbilled_time", customers=[stranger], seen_by=[world.customer_id]) == []


LIVES = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "open",
                "draft",
                "posted",
                "voided",
                "written_off",
                "deleted",
                "split",
                "never_approved",
                "unread",
            ]
        ),
        st.integers(1, 27),
        st.integers(1, 27),
        st.sampled_from(["2026-05", "2026-06", "2026-07"]),
        st.sampled_from(["2026-05", "2026-06", "2026-07"]),
        st.decimals(Decimal("0.01"), Decimal("250"), places=2),
        st.sampled_from(["USD", "EUR"]),
    ),
    min_size=1,
    max_size=12,
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(lives=LIVES)
def test_the_stock_moves_by_what_came_and_what_left_to_the_cent(world, at, lives) -> None:
    savepoint = world.conn.begin_nested()
    for life, day, other_day, month, other_month, rate, currency in lives:
        approved, later = sorted([at(f"{month}-{day:02}"), at(f"{other_month}-{other_day:02} 06:00")])
        work = {"rate": rate, "currency": currency, "minutes": 50, "approved_at": approved}
        work |= {"entered_at": approved, "submitted_at": approved, "worked_on": date(2026, 4, 30)}
        if life == "open":
            world.entry(**work)
        elif life == "draft":
            world.entry(invoice_line_ref=world.line(world.invoice("draft", created_at=later)), **work)
        elif life == "posted":
            world.billed_entry(later, **work)
        elif life == "voided":
            invoice = world.invoice("void", approved, voided_at=later)
            world.entry(invoice_line_ref=world.line(invoice), **work)
        elif life == "written_off":
            world.entry(bill_state="written_off", written_off_at=later, **work)
        elif life == "deleted":
            world.entry(deleted_at=later, **work)
        elif life == "split":
            item = world.entry(**work)
            world.link(world.line(world.invoice("posted", later)), item, share=Decimal("0.3333"))
        elif life == "never_approved":
            world.billed_entry(later, **work | {"approval_state": "submitted", "approved_at": None})
        else:
            world.entry(invoice_line_ref="never-read", **work)
    for since, until in (
        ("2026-05-01", "2026-06-01"),
        ("2026-06-01", "2026-07-01"),
        ("2026-06-10", "2026-07-20"),
    ):
        closing = {row["currency"]: row["value"] for row in world.ask("unbilled_time", since, until)}
        opening = {row["currency"]: row["value"] for row in world.ask("unbilled_time", "2026-01-01", since)}
        for row in world.ask("unbilled_time_movement", since, until):
            outgo = row["billed"] + row["written_off"] + row["removed"] + row["unknown"]
            assert row["open"] + row["new"] + row["reopened"] - outgo == row["close"]
            assert row["close"] == (closing[row["currency"]] or 0)
            assert row["open"] == (opening.get(row["currency"]) or 0)
            assert min(row["new"], row["billed"], row["written_off"], row["removed"], row["unknown"]) >= 0
            if "unread" not in {life for life, *_ in lives}:
                assert row["unknown"] == 0
    savepoint.rollback()
