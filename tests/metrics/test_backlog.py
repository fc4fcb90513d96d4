"""A10: what was due and not done, at the end of a period or at the instant one looks from."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import text

from metrics import balances
from metrics.period import Period
from metrics.read import figures, rows
from metrics.rollup import recompute
from tests.metrics.builders import (
    OneTransaction,
    a_calendar,
    a_customer,
    a_flow,
    a_poll,
    a_promise,
    a_retry,
    a_run,
    at,
    insert,
)
from tests.metrics.conftest import OCTOBER

NOON = at("2026-10-05 12:00")
HOUR = timedelta(hours=1)


def test_what_runs_waits_and_what_is_done_does_not(conn, adds_up):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    a_run(conn, customer, flow, NOON, "running")
    a_run(conn, customer, flow, NOON + HOUR, "queued", started_at=None)
    for done in ("success", "failed", "skipped", "unknown"):
        a_run(conn, customer, flow, NOON, done)
    a_run(conn, customer, flow, NOON, "running", trigger="test")
    figure = adds_up("A10", customer, as_of=NOON + 90 * timedelta(minutes=1))
    assert (figure.value, figure.detail["overdue"]) == (2, 1)
    assert (figure.detail["oldest_at"], figure.detail["oldest_seconds"]) == (NOON, 5400)
    assert (figure.detail["half_older_than"], figure.detail["tenth_older_than"]) == (1800, 5400)


def test_the_backlog_of_a_month_that_has_passed_is_that_of_its_last_instant(conn, adds_up, whole):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    last = at("2026-10-31 23:50")
    a_run(conn, customer, flow, last, finished_at=at("2026-11-01 00:00"))
    a_run(conn, customer, flow, last, finished_at=at("2026-10-31 23:59"))
    a_run(conn, customer, flow, at("2026-11-01 00:00"), "running")
    assert adds_up("A10", customer).value == 1
    assert whole("A10b", customer).value == pytest.approx(600, abs=1e-5)
    assert adds_up("A10", customer, as_of=last).value == 2


def test_a_retry_at_work_keeps_its_transaction_waiting(conn, whole):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    root = a_run(conn, customer, flow, NOON, "failed")
    a_retry(conn, customer, flow, root, NOON, NOON + HOUR, status="running")
    assert whole("A10", customer).value == 1
    assert whole("A10", customer, as_of=NOON + HOUR / 2).value == 0  # failed, and nobody knew of the retry
    assert whole("A10b", customer, as_of=NOON + 2 * HOUR).value == 7200


def test_a_slot_waits_until_its_deadline(conn, adds_up):
    customer = a_customer(conn)
    flow = a_flow(conn, customer, slot_seconds=7200)
    insert(conn, "kpi.slot", customer_id=customer, flow_id=flow, due_at=NOON, attempt_by=NOON + HOUR)
    a_poll(conn, customer, None, NOON)
    minute = timedelta(minutes=1)
    found = [adds_up("A10", customer, as_of=NOON + n * minute).value for n in (-1, 0, 59, 60)]
    assert found == [0, 1, 1, 0]


def test_a_slot_with_a_deadline_in_open_hours_waits_over_the_night(conn, adds_up):
    customer = a_customer(conn)
    office = a_calendar(conn, customer, [("2026-10-05 09:00", "2026-10-05 17:00"), ("2026-10-06 09:00", "2026-10-06 17:00")])  # fmt: skip
    flow = a_flow(conn, customer, promise=False)
    a_promise(conn, customer, flow, slot_seconds=43200, calendar_id=office, deadline_seconds=7200)
    due = at("2026-10-05 16:00")  # one open hour today, one tomorrow: until 10:00
    insert(conn, "kpi.slot", customer_id=customer, flow_id=flow, due_at=due, attempt_by=due + 12 * HOUR)
    a_poll(conn, customer, None, due)
    expected = {"2026-10-05 15:59": 0, "2026-10-05 16:00": 1, "2026-10-06 09:59": 1, "2026-10-06 10:00": 0}
    assert {moment: adds_up("A10", customer, as_of=at(moment)).value for moment in expected} == expected


def test_money_that_waits_is_told_by_currency(conn, as_viewer):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    for amount, currency in (("100.10", "USD"), ("7", "EUR"), ("0.90", "USD"), (None, None)):
        a_run(conn, customer, flow, NOON, "running", amount=amount, currency=currency)
    with as_viewer([customer], NOON + HOUR) as reader:
        found = {f.currency: f for f in figures(reader, "A10", [customer], OCTOBER)}
        frame = rows(reader, "A10", [customer], OCTOBER)
    assert {currency: each.value for currency, each in found.items()} == {
        None: 4,
        "USD": Decimal("101.00"),
        "EUR": Decimal(7),
    }
    assert (found[None].unknown, found["USD"].unknown, found["USD"].sample) == (0, 1, 2)
    assert frame[frame["currency"] == "USD"]["amount"].sum() == Decimal("101.00")


def test_nothing_waiting_is_zero_and_never_read_is_unknown(conn, whole):
    read, never = a_customer(conn), a_customer(conn)
    a_poll(conn, read, None, at("2026-11-01"))
    for key in ("A10", "A10b"):
        assert (whole(key, read).value, whole(key, never).value) == (0, None)


def test_a_group_waits_as_long_as_its_oldest(conn, whole):
    one, other = a_customer(conn), a_customer(conn)
    a_run(conn, one, a_flow(conn, one), NOON, "running")
    a_run(conn, other, a_flow(conn, other), NOON + HOUR, "running")
    assert whole("A10b", one, other, as_of=NOON + 2 * HOUR).value == 7200
    assert whole("A10", one, other, as_of=NOON + 2 * HOUR).value == 2


def test_a_reader_keeps_looking_from_where_it_looked(conn, as_viewer):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    a_run(conn, customer, flow, at("2026-11-02 12:00"))
    november = Period.parse("2026-11", "UTC", at("2026-11-20"))
    with as_viewer([customer], at("2026-11-20")) as reader:
        figures(reader, "A10", [customer], OCTOBER)
        rows(reader, "A10", [customer], OCTOBER)
        assert figures(reader, "A1", [customer], november)[0].value == 1


@pytest.mark.parametrize("seed", range(3))
def test_it_is_what_the_success_rate_leaves_undecided_or_calls_overdue(conn, as_viewer, seed):
    random = Random(seed)
    customer = a_customer(conn)
    flows = [
        a_flow(conn, customer, "a", slot_seconds=7200),
        a_flow(conn, customer, "b", promise=False),
    ]
    for n in range(12):
        due = NOON + 2 * n * HOUR
        insert(conn, "kpi.slot", customer_id=customer, flow_id=flows[0], due_at=due, attempt_by=due + HOUR)
        for flow in flows:
            if random.random() < 0.8:
                status = random.choice(["success", "failed", "running", "queued", "stuck", "unknown"])
                started = due + random.randint(0, 90) * timedelta(minutes=1)
                root = a_run(conn, customer, flow, due, status, started_at=started)
                if status == "failed" and random.random() < 0.5:
                    again = started + random.randint(1, 300) * timedelta(minutes=1)
                    a_retry(conn, customer, flow, root, due, again)
    for hour in range(0, 30, 3):
        instant = NOON + hour * HOUR + timedelta(minutes=random.randint(0, 59))
        with as_viewer([customer], instant) as reader:
            judged = rows(reader, "A1", [customer], OCTOBER)
            waiting = rows(reader, "A10", [customer], OCTOBER)
        expected = set(judged[judged["outcome"].isin(["O", "O+"])]["item_id"])
        assert set(waiting["item_id"]) == expected


HELD = text(
    "SELECT day, currency, value, unknown FROM ops.balance_day WHERE customer_id = :customer AND metric = 'backlog'"
    " AND known_to = 'infinity' ORDER BY day, currency"
)


def _balances(conn, customer: int) -> dict[str, tuple]:
    return {
        f"{row.day}{row.currency and ' '}{row.currency}": (row.value, row.unknown)
        for row in conn.execute(HELD, {"customer": customer})
    }


def _draw(conn, customer: int, until: str, known: str, *, everything: bool = True) -> int:
    day, now = date.fromisoformat(until), at(known)
    return balances.draw_customer(conn, customer, day, now, ["backlog"], everything=everything)


def test_balances_say_what_the_figure_says_from_the_end_of_each_day(conn, whole):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    a_run(conn, customer, flow, at("2026-10-04 10:00"))
    a_run(conn, customer, flow, NOON, finished_at=NOON + 30 * HOUR, amount=Decimal(40), currency="EUR")
    a_run(conn, customer, flow, NOON, finished_at=NOON + 13 * HOUR)
    a_run(conn, customer, flow, NOON + 24 * HOUR, "running")
    for day in (4, 7, 8):
        _draw(conn, customer, f"2026-10-{day:02}", f"2026-10-{day + 1:02} 06:00")
    found = _balances(conn, customer)
    assert found["2026-10-05 EUR"] == (40, 1)
    for day in (4, 5, 6, 7, 8):
        period = Period.parse(f"2026-10-{day:02}..2026-10-{day + 1:02}", "UTC", at("2026-11-20"))
        assert found[f"2026-10-{day:02}"] == (whole("A10", customer, period=period).value, 0), day


def test_what_is_read_late_changes_the_balances_of_all_its_days(conn):
    customer = a_customer(conn)
    flow = a_flow(conn, customer)
    a_run(conn, customer, flow, at("2026-09-01 10:00"))
    assert _draw(conn, customer, "2026-10-08", "2026-10-09 06:00") == 38, "since the first run"
    assert _draw(conn, customer, "2026-10-08", "2026-10-09 07:00") == 0
    a_run(conn, customer, flow, at("2026-09-03 10:00"), finished_at=at("2026-10-08 10:00"))
    assert _draw(conn, customer, "2026-10-08", "2026-10-10 06:00") == 35
    found = _balances(conn, customer)
    assert [found[day][0] for day in ("2026-09-02", "2026-09-03", "2026-10-07", "2026-10-08")] == [0, 1, 1, 0]
    conn.execute(
        text("DELETE FROM raw.run WHERE customer_id = :c AND due_at < '2026-09-02'"), {"c": customer}
    )
    assert _draw(conn, customer, "2026-10-08", "2026-10-11 06:00") == 0, (
        "runs that are no longer kept waited then"
    )


def _act(conn, customer: int, flow: int, now, random: Random) -> None:
    """A run, a retry or a late end; its cell is marked as the collector does."""
    due = now - timedelta(minutes=random.randint(0, 4000))
    status = random.choice(["success", "failed", "running", "partial", "skipped", "unknown", "queued"])
    money = random.choice(
        [{}, {"amount": Decimal(7), "currency": "USD"}, {"amount": Decimal(5), "currency": "EUR"}]
    )
    started = due + timedelta(minutes=random.choice([0, 5, 900]))
    late = {"finished_at": started + timedelta(minutes=random.randint(0, 3000))}
    ended = late if status not in ("running", "queued") and random.random() < 0.7 else {}
    more = {
        "records_bad": random.choice([0, 1, None]),
        "trigger": random.choice(["automatic"] * 5 + ["test"]),
    }
    root = a_run(conn, customer, flow, due, status, started_at=started, **money, **ended, **more)
    if random.random() < 0.5:
        again = random.choice([root, "never seen"])
        a_retry(conn, customer, flow, again, due, started + timedelta(minutes=random.randint(1, 3000)))
    marked = text(
        "INSERT INTO ops.dirty_cell (customer_id, flow_id, hour) VALUES (:c, :f, :h) ON CONFLICT DO NOTHING"
    )
    conn.execute(marked, {"c": customer, "f": flow, "h": due.replace(minute=0)})


@pytest.mark.parametrize("seed", range(2))
def test_every_day_s_balance_is_the_figure_of_its_end_whatever_came_late(conn, as_viewer, seed):
    random = Random(seed)
    customer = a_customer(conn, "America/New_York")  # its clocks went back on the first of November
    flow = a_flow(conn, customer, slot_seconds=28800, deadline_seconds=20000, valid_from=at("2026-10-30"))
    a_run(conn, customer, flow, at("2026-10-29 12:00"))
    a_poll(conn, customer, at("2026-10-29"), at("2026-11-06"))
    for step in range(4):
        now = at("2026-11-02 12:00") + timedelta(days=step)
        for _ in range(3):
            _act(conn, customer, flow, now, random)
        recompute(OneTransaction(conn), now)
        until = (now - timedelta(days=1)).date()
        _draw(conn, customer, str(until), str(now)[:19], everything=step == 0)
    found = {(row.day, row.currency): row.value for row in conn.execute(HELD, {"customer": customer})}
    assert len({value for (_, currency), value in found.items() if not currency}) > 2
    for day in (date(2026, 10, 29) + timedelta(days=n) for n in range(7)):
        period = Period.days(day, day + timedelta(days=1), "America/New_York")
        with as_viewer([customer], at("2026-11-20")) as reader:
            expected = {(day, f.currency or ""): f.value for f in figures(reader, "A10", [customer], period)}
        assert {key: value for key, value in found.items() if key[0] == day} == expected


def test_where_no_run_was_read_nothing_is_drawn(conn):
    customer = a_customer(conn)
    assert _draw(conn, customer, "2026-10-08", "2026-10-09 06:00") == 0
