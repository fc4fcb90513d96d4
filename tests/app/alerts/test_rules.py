"""What makes each kind of rule fire, and what it says: the figure of the page with the sentence of its card."""

from datetime import timedelta

import pytest

from app.alerts import book
from metrics.catalogue import by_key
from tests.metrics.builders import a_flow, a_poll, a_run, an_objective, insert, system_of

pytestmark = pytest.mark.slow


def _one(house):
    """The one message that was sent."""
    ((_, _, body),) = house.endpoint.taken
    return body["data"]


def _found(house, customer) -> list[str]:
    return [told.title for _, _, told in book.dry_run(house.db, house.now, [customer])]


@pytest.mark.parametrize(
    ("terms", "fires"),
    [
        ({"at_least": 2}, True),
        ({"at_least": 1}, False),
        ({"at_least": 2, "value": "1000", "currency": "USD"}, True),
        ({"at_least": 2, "value": "1001", "currency": "USD"}, False),
        ({"at_least": 2, "value": "1", "currency": "EUR"}, False),
    ],
)
def test_a_cause_is_told_when_it_is_severe_and_worth_enough(house, terms, fires) -> None:
    house.rule(severity=terms)
    house.exception(house.customer(), severity=2, worth=1000)
    house.tick()
    assert len(house.endpoint.taken) == fires


def test_a_value_that_nobody_knows_is_neither_zero_nor_enough(house) -> None:
    house.rule(severity={"at_least": 2, "value": "1", "currency": "USD"})
    house.exception(house.customer())
    house.tick()
    assert house.endpoint.taken == []
    house.rule("any")
    house.tick()
    assert "value unknown" in _one(house)["lines"][0]


def test_a_rule_is_for_its_customers_and_workflows(house) -> None:
    house.rule(customers=["acme"], workflows=["time_to_invoice"])
    acme, borealis = house.customer("acme"), house.customer("borealis")
    with house.db.engine("owner").begin() as conn:
        flow = a_flow(conn, acme, "time", workflow="time_to_invoice")
        a_flow(conn, borealis, "time", workflow="time_to_invoice")
    house.exception(acme, title="Meant")
    house.run("UPDATE ops.exception SET flow_id = :flow WHERE title = 'Meant'", flow=flow)
    house.exception(acme, title="Of another workflow")
    house.exception(borealis, title="Of another customer")
    house.tick()
    assert house.endpoint.titles == ["Transfer failed: Meant"]


def test_what_sleeps_or_is_claimed_opens_nothing_and_what_is_open_stays(house) -> None:
    house.rule()
    customer = house.customer()
    told = house.exception(customer, title="Told")
    house.tick()
    house.run("UPDATE ops.exception SET state = 'fix_claimed' WHERE exception_id = :own", own=told)
    asleep = house.exception(customer, title="Asleep")
    house.run(
        "UPDATE ops.exception SET snoozed_until = CAST(:now AS timestamptz) + interval '1 hour' WHERE exception_id = :own",
        own=asleep,
        now=house.now,
    )
    house.tick(minutes=1)
    assert house.endpoint.titles == ["Transfer failed: Told"]
    house.tick(hours=1)
    assert house.endpoint.titles[1:] == ["Transfer failed: Asleep"]


def test_what_becomes_more_severe_is_told_again(house) -> None:
    house.rule()
    exception = house.exception(house.customer(), severity=2)
    house.tick()
    house.run("UPDATE ops.exception SET severity = 1 WHERE exception_id = :own", own=exception)
    house.tick(minutes=1)
    house.tick(minutes=1)
    assert house.endpoint.kinds == ["fired", "worse"]


def test_value_at_risk_fires_with_the_figure_and_the_sentence_of_its_card(house) -> None:
    house.rule(value={"above": "1000", "currency": "USD"})
    customer = house.customer()
    house.exception(customer, amount=1200, currency="USD")
    house.run(
        "UPDATE ops.exception_occurrence SET subject_type = 'invoice', subject_id = 'INV-1' WHERE customer_id = :own",
        own=customer,
    )
    house.tick()
    told = _one(house)
    metric = by_key("value_at_risk")
    assert told["title"] == "Value at risk is US$1,200, above US$1,000"
    assert (told["figure"]["id"], told["figure"]["sentence"]) == (metric.id, metric.sentence)
    assert told["figure"]["value"] == "1200.0000"
    house.rule(value={"above": "1200", "currency": "USD"})
    house.tick(minutes=1)
    assert house.endpoint.kinds == ["fired", "resolved"]


def test_a_budget_that_burns_calls_with_the_figure_of_its_metric(house) -> None:
    house.rule(burn={"calls": "ticket"})
    customer = house.customer()
    with house.db.engine("owner").begin() as conn:
        flow = a_flow(conn, customer)
        an_objective(conn, customer, "sync_success_rate")
        for minutes in range(60, 300, 20):
            due = house.now - timedelta(minutes=minutes)
            a_run(conn, customer, flow, due, "failed" if minutes < 120 else "success")
    house.tick()
    told = _one(house)
    assert told["title"] == "The error budget is being used up: it needs somebody today"
    assert told["figure"]["id"] == "B4"
    house.rule(burn={"calls": "page"})
    house.tick(minutes=1)
    assert house.endpoint.kinds == ["fired", "resolved"]  # so few transactions page nobody


def test_a_deadline_fires_before_it_and_after_it_although_nothing_ran(house) -> None:
    house.rule("soon", deadline={"due_within": "4h"})
    house.rule("late", deadline={"overdue": 2})
    customer = house.customer()
    hour = timedelta(hours=1)
    with house.db.engine("owner").begin() as conn:
        insert(
            conn, "kpi.expectation_rule", customer_id=customer, rule_id=1, key="won-to-project", rule="won-to-project",
            workflow="opportunity_to_project", title="Won deal to project", sentence="A project follows", lacks="the project",
            severity=1, reads=[], deadline_seconds=3600, valid_from=house.now - 99 * hour, valid_to="infinity", stamp="",
        )  # fmt: skip
        for number, due in enumerate((house.now + 3 * hour, house.now + 5 * hour)):
            insert(
                conn, "kpi.expectation", customer_id=customer, rule_id=1, subject_type="opportunity",
                system_id=system_of(conn, customer), subject_id=f"o{number}", label=f"Deal {number}", opened_at=house.now - hour,
                due_at=due, satisfied_at="infinity", satisfied_until="infinity", is_dated=True, is_unsure=False,
                withdrawn_at="infinity", cause_type="opportunity", cause_ref=f"o{number}",
            )  # fmt: skip
    house.tick()
    told = _one(house)
    assert told["title"] == "Won deal to project: 1 due by 20 Nov 2026, 17:20 UTC or soon after"
    assert told["lines"][:2] == ["What lacks: the project.", "Deal 0."]
    house.tick(hours=6)  # what nobody has read is not overdue
    assert house.endpoint.kinds == ["fired", "resolved"]


def test_silence_ends_at_what_was_read_and_not_at_the_clock(house) -> None:
    house.rule(silence={"runs": "2h"})
    customer = house.customer()
    hour = timedelta(hours=1)
    with house.db.engine("owner").begin() as conn:
        flow = a_flow(conn, customer, "won")
        a_run(conn, customer, flow, house.now - 5 * hour)
    assert _found(house, customer) == []  # nobody has read its platform
    with house.db.engine("owner").begin() as conn:
        a_poll(conn, customer, house.now - 9 * hour, house.now - 4 * hour)
    assert _found(house, customer) == []
    with house.db.engine("owner").begin() as conn:
        a_poll(conn, customer, house.now - 4 * hour, house.now - 1 * hour)
    assert _found(house, customer) == ["No run of won for 4 h"]
    with house.db.engine("owner").begin() as conn:  # after a hole nobody knows
        a_poll(conn, customer, house.now - hour / 2, house.now)
    assert _found(house, customer) == ["No run of won for 4 h"]
    house.office(customer, "UTC")
    house.rule(silence={"runs": "2h", "calendar": "office"})  # 09:20 to 13:20
    assert _found(house, customer) == ["No run of won for 4 h"]
    house.rule(silence={"runs": "5h", "calendar": "office"})
    assert _found(house, customer) == []


def test_an_integration_that_never_ran_is_silent_since_it_is_read(house) -> None:
    house.rule(silence={"runs": "2h"})
    customer = house.customer()
    with house.db.engine("owner").begin() as conn:
        a_flow(conn, customer, "won")
        a_poll(conn, customer, house.now - timedelta(hours=3), house.now)
    ((_, _, told),) = book.dry_run(house.db, house.now, [customer])
    assert told.title == "No run of won for 3 h"
    assert "no run of it was seen" in told.said["lines"][0]


def test_a_system_that_is_not_read_is_told_and_one_that_never_was(house) -> None:
    house.rule(silence={"freshness": "3h"})
    customer = house.customer()
    assert _found(house, customer) == ["ipaas was never read as a whole"]
    with house.db.engine("owner").begin() as conn:
        a_poll(conn, customer, house.now - timedelta(hours=9), house.now - timedelta(hours=4))
    assert _found(house, customer) == ["ipaas has not been read for 4 h"]
    house.rule(silence={"freshness": "5h"})
    assert _found(house, customer) == []


def test_an_alert_whose_rule_is_gone_is_closed(house) -> None:
    house.rule()
    house.exception(house.customer())
    house.tick()
    house.run("UPDATE ops.alert_rule SET removed_at = now()")
    house.tick(minutes=1)
    assert house.endpoint.kinds == ["fired", "resolved"]
