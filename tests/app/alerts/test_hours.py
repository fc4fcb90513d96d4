"""When people are told: quiet hours by the customer's calendar, escalation in open time, the digest, and the storm limit."""

import pytest

from tests.metrics.builders import at

pytestmark = pytest.mark.slow

OFFICE = {"calendar": "office", "urgent": 0}


def test_what_happens_on_friday_evening_is_told_on_monday_morning(house) -> None:
    house.channel("hook", hours=OFFICE)
    house.rule()
    customer = house.customer(zone="Europe/London")
    house.office(customer, "Europe/London")
    house.now = at("2026-11-20 17:30")
    house.exception(customer)
    house.tick()
    for moment in ("2026-11-21 12:00", "2026-11-22 23:00", "2026-11-23 08:59"):
        house.now = at(moment)
        house.tick()
    assert house.endpoint.taken == []
    house.now = at("2026-11-23 09:00")
    house.tick()
    assert house.endpoint.kinds == ["fired"]


def test_the_clocks_that_change_over_the_weekend_move_the_morning_with_them(house) -> None:
    house.channel("hook", hours=OFFICE)
    house.rule()
    customer = house.customer(zone="America/New_York")
    house.office(customer, "America/New_York")
    house.now = at("2026-10-30 21:30")  # 17:30 in summer time
    house.exception(customer)
    house.tick()
    house.now = at("2026-11-02 13:59")  # 08:59; in summer time it would be 09:59
    house.tick()
    assert house.endpoint.taken == []
    house.now = at("2026-11-02 14:00")
    house.tick()
    assert house.endpoint.kinds == ["fired"]


def test_what_is_urgent_is_told_at_any_hour(house) -> None:
    house.channel("hook", hours=OFFICE | {"urgent": 1})
    house.rule()
    customer = house.customer()
    house.office(customer, "UTC")
    house.now = at("2026-11-21 03:00")
    house.exception(customer, title="Urgent", severity=1)
    house.exception(customer, title="Not urgent", severity=2)
    house.tick()
    assert house.endpoint.titles == ["Transfer failed: Urgent"]


def test_what_is_fixed_over_the_weekend_disturbs_nobody_on_monday(house) -> None:
    house.channel("hook", hours=OFFICE)
    house.rule()
    customer = house.customer()
    house.office(customer, "UTC")
    house.now = at("2026-11-21 03:00")
    exception = house.exception(customer)
    house.tick()
    house.now = at("2026-11-22 03:00")
    house.close(exception)
    house.tick()
    house.now = at("2026-11-23 10:00")
    house.tick()
    assert house.endpoint.taken == []


def test_whom_nobody_answers_asks_the_next_one_after_so_much_open_time(house) -> None:
    house.channel("chief")
    house.rule(escalate=[{"after": "30m", "calendar": "office", "to": ["chief"]}])
    customer = house.customer()
    house.office(customer, "UTC")
    house.now = at("2026-11-20 16:45")
    house.exception(customer)
    house.tick()
    house.now = at("2026-11-23 09:14")
    house.tick()
    assert house.endpoint.kinds == ["fired"]
    house.now = at("2026-11-23 09:15")
    house.tick()
    house.tick(minutes=40)
    assert house.endpoint.kinds == ["fired", "escalated"]


def test_what_somebody_has_taken_in_the_queue_is_not_escalated(house) -> None:
    house.channel("chief")
    house.rule(escalate=[{"after": "30m", "calendar": None, "to": ["chief"]}])
    exception = house.exception(house.customer())
    house.tick()
    house.run("UPDATE ops.exception SET state = 'triaged' WHERE exception_id = :own", own=exception)
    house.tick(minutes=31)
    assert house.endpoint.kinds == ["fired"]
    assert [message.error for message in house.messages("dropped")] == ["somebody has it"]


def test_a_storm_is_so_many_messages_and_one_summary_an_hour(house) -> None:
    house.channel("hook", storm_limit=3)
    house.rule()
    customer = house.customer()
    for number in range(10):
        house.exception(customer, title=f"Cause {number}", severity=1 if number == 9 else 2)
    house.tick()
    assert house.endpoint.kinds == ["fired", "fired", "fired", "storm"]
    assert house.endpoint.titles[0] == "Transfer failed: Cause 9"
    summary = house.endpoint.taken[3][2]["data"]
    assert summary["title"] == "7 more alerts within the hour, told together"
    assert len(summary["lines"]) == 7
    for number in range(10, 14):
        house.exception(customer, title=f"Cause {number}", severity=2)
        house.tick(minutes=1)
    assert len(house.endpoint.taken) == 4
    house.now = at("2026-11-20 15:00")
    house.tick()
    assert house.endpoint.titles[4:] == ["4 more alerts within the hour, told together"]
    assert len(house.messages("folded")) == 11


def test_a_storm_at_one_customer_takes_nothing_from_another(house) -> None:
    house.channel("hook", storm_limit=2)
    house.rule()
    one, other = house.customer("acme"), house.customer("borealis")
    for number in range(5):
        house.exception(one, title=f"Cause {number}")
    house.exception(other, title="The other one")
    house.tick()
    assert "Transfer failed: The other one" in house.endpoint.titles
    assert house.endpoint.kinds.count("fired") == 3


def test_the_digest_tells_what_is_new_resolved_and_open_once_a_day(house) -> None:
    house.channel("desk", digest={"at": "08:00", "calendar": "office", "only": True})
    house.rule(channels=["desk"])
    customer = house.customer()
    house.office(customer, "UTC")
    house.now = at("2026-11-19 07:00")
    old, fixed = house.exception(customer, title="Old"), house.exception(customer, title="Fixed")
    house.tick()
    assert house.endpoint.taken == []
    house.now = at("2026-11-19 08:00")
    house.tick()
    house.tick(minutes=1)
    assert house.endpoint.titles == ["Alerts: 2 new, 0 resolved, 0 still open"]
    house.now = at("2026-11-19 15:00")
    house.close(fixed)
    house.exception(customer, title="Fresh")
    house.tick()
    house.now = at("2026-11-20 08:01")
    house.tick()
    assert house.endpoint.kinds == ["digest", "digest"]
    assert house.endpoint.taken[1][2]["data"]["lines"] == [
        "New: 1", "· Transfer failed: Fresh", "Resolved: 1", "· Transfer failed: Fixed", "Still open: 1", "· Transfer failed: Old",
    ]  # fmt: skip
    house.now = at("2026-11-21 12:00")  # a Saturday
    house.tick()
    assert len(house.endpoint.taken) == 2
    house.run("UPDATE ops.exception SET closed_at = now() WHERE exception_id = :own", own=old)


def test_a_morning_with_nothing_to_tell_stays_silent_for_the_day(house) -> None:
    house.channel("desk", digest={"at": "08:00", "only": True})
    house.rule(channels=["desk"])
    customer = house.customer()
    house.now = at("2026-11-20 08:00")
    house.tick()
    house.tick(hours=2)
    house.exception(customer)
    house.tick(hours=2)
    assert house.endpoint.taken == []
    house.now = at("2026-11-21 08:00")
    house.tick()
    assert house.endpoint.titles == ["Alerts: 1 new, 0 resolved, 0 still open"]
