"""What is left out: announced in time, inside the cap, proposed by one side and accepted by the other; and nothing is forgotten."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from metrics.sla import responsibility
from metrics.sla.exclude import Claim, Item, Maintenance, Stretch, leave_out, together
from metrics.sla.objective import Exclusions
from tests.metrics.builders import a_customer, a_flow, a_poll, a_run, at
from tests.metrics.sla.given import success, terms

MONTH = (at("2026-10-01"), at("2026-11-01"))
NOON = at("2026-10-05 12:00")
HOUR = timedelta(hours=1)
ALL = Exclusions(allowed=("maintenance", "customer_data"), notice_hours=72, cap_hours=8, cap_percent=50)


def item(key: str, hours: float, good: bool = False, flow: str = "a") -> Item:
    return Item(key, flow, NOON + hours * HOUR, good, True, False)


def work(number: int, hours: float, length: float, notice: float = 100, flow: str = "a") -> Maintenance:
    begins = NOON + hours * HOUR
    return Maintenance(number, begins - notice * HOUR, begins, begins + length * HOUR, frozenset({flow}))


@pytest.mark.parametrize(
    ("given", "taken", "states"),
    [
        ([work(1, 0, 2)], {"at 0", "at 1"}, ["accepted"]),
        ([work(1, 0, 2, notice=72)], {"at 0", "at 1"}, ["accepted"]),
        ([work(1, 0, 2, notice=71.9)], set(), ["refused"]),
        ([work(1, 0, 2, flow="b")], set(), ["accepted"]),
        ([work(1, 0, 9)], {f"at {n}" for n in range(8)}, ["accepted"]),
        ([work(1, 0, 6), work(2, 6, 3)], {f"at {n}" for n in range(8)}, ["accepted", "accepted"]),
        ([work(1, 0, 8), work(2, 8, 1)], {f"at {n}" for n in range(8)}, ["accepted", "refused"]),
        ([work(1, 0, 6), work(2, 4, 4)], {f"at {n}" for n in range(8)}, ["accepted", "accepted"]),
        ([work(1, 0, 6), work(2, 4, 6)], {f"at {n}" for n in range(8)}, ["accepted", "accepted"]),
        ([work(1, 0, 6), work(2, 1, 2), work(3, 4, 4)], {f"at {n}" for n in range(8)}, ["accepted"] * 3),
        ([work(1, 0, 8, flow="b"), work(2, 6, 4)], {"at 6", "at 7"}, ["accepted", "accepted"]),
    ],
)
def test_maintenance_counts_when_announced_in_time_and_inside_the_cap(given, taken, states) -> None:
    left = leave_out(ALL, MONTH, given, [], [item(f"at {n}", n) for n in range(10)])
    assert (left.agreed, left.net) == (taken, taken)
    assert [each.state for each in left.exclusions] == states


def test_terms_that_allow_nothing_leave_nothing_out() -> None:
    claim = Claim(number=1, reason="customer_data", state="accepted", at=NOON, items=frozenset({"at 0"}))
    left = leave_out(Exclusions(), MONTH, [work(1, 0, 2)], [claim], [item("at 0", 0)])
    assert (left.agreed, [each.why for each in left.exclusions]) == (set(), ["the terms do not allow it"] * 2)


def test_an_item_leaves_once_with_the_first_that_takes_it() -> None:
    claims = [
        Claim(number=2, reason="customer_data", state="proposed", at=NOON, items=frozenset({"at 0", "at 2"})),
        Claim(number=1, reason="customer_data", state="accepted", at=NOON, items=frozenset({"at 0", "at 1"})),
    ]
    left = leave_out(ALL, MONTH, [work(1, 0, 1)], claims, [item(f"at {n}", n) for n in range(8)])
    assert [each.count.n for each in left.exclusions] == [1, 1, 1]
    assert (left.agreed, left.net) == ({"at 0", "at 1"}, {"at 0", "at 1", "at 2"})


def test_a_claim_beyond_the_cap_of_items_is_refused_whole() -> None:
    span = Claim(
        number=1, reason="customer_data", state="accepted", at=NOON, from_at=NOON, to_at=NOON + 3 * HOUR
    )
    left = leave_out(ALL, MONTH, [], [span], [item(f"at {n}", n) for n in range(5)])
    assert (left.agreed, left.exclusions[0].why) == (set(), "beyond the cap of items")
    assert leave_out(ALL, MONTH, [], [span], [item(f"at {n}", n) for n in range(6)]).agreed == {
        "at 0",
        "at 1",
        "at 2",
    }


def out(since: float, until: float, *flows: str) -> Stretch:
    return Stretch(NOON + since * HOUR, NOON + until * HOUR, frozenset(flows) if flows else None)


@pytest.mark.parametrize(
    ("stretches", "whole"),
    [
        ([], []),
        ([out(0, 2, "a")], []),
        ([out(0, 2, "a", "b", "c")], [(0, 2)]),
        ([out(0, 2, "a"), out(1, 3, "b")], [(1, 2)]),
        ([out(0, 2, "a"), out(2, 3, "b")], []),
        ([out(0, 2, "a", "b"), out(2, 3, "b", "a")], [(0, 3)]),
        ([out(0, 5, "a"), out(1, 2, "b"), out(3, 4)], [(1, 2), (3, 4)]),
    ],
)
def test_a_service_is_out_while_all_of_its_flows_are(stretches, whole) -> None:
    found = together(stretches, frozenset({"a", "b"}))
    assert found == [(NOON + since * HOUR, NOON + until * HOUR) for since, until in whole]


@pytest.mark.parametrize(
    ("works", "taken"),
    [
        ([work(1, 0, 4), work(2, 2, 4, flow="b")], {"at 2", "at 3"}),
        ([work(1, 0, 4), work(2, 2, 4, flow="b", notice=1)], set()),
        ([work(1, 0, 4), work(2, 2, 8, flow="b"), work(3, 6, 4)], {"at 2", "at 3", "at 6", "at 7"}),
    ],
)
def test_works_that_overlap_put_a_service_out_together_where_each_counts(works, taken) -> None:
    slices = [Item(f"at {n}", None, NOON + n * HOUR, False, True, False) for n in range(10)]
    left = leave_out(ALL, MONTH, works, [], slices, frozenset({"a", "b"}))
    assert left.agreed == taken
    assert sum(each.count.n for each in left.exclusions) == len(taken)


# --- in the database


@pytest.fixture
def missed(conn):
    """A customer with eight good and two bad transactions at noon, and its flow."""
    customer = a_customer(conn)
    a_poll(conn, customer, at("2026-09-01"), at("2026-11-20"))
    flow = a_flow(conn, customer, "a")
    for n in range(8):
        a_run(conn, customer, flow, NOON, external_id=f"good {n}")
    for n in range(2):
        a_run(conn, customer, flow, NOON, "failed", external_id=f"bad {n}")
    return customer, flow


THERE = {"metric": "availability", "target": 99, "service_time": "always", "quiet": "up", "window": "1d"}
AGREED = terms(success(90), exclusions={"allowed": ["maintenance", "customer_data"], "notice_hours": 72})


def values(result) -> tuple[int, int, int]:
    return result.gross.value, result.agreed.value, result.net.value


def test_the_other_side_accepts_or_disputes(missed, as_viewer, held) -> None:
    customer, _ = missed
    with as_viewer([customer], role="triage") as desk:
        number = responsibility.propose(
            desk,
            customer,
            "customer_data",
            "partner",
            "ada",
            at("2026-11-02"),
            "no tax code",
            ["bad 0", "bad 1"],
        )
        with pytest.raises(ValueError, match="cannot be accepted by the partner"):
            responsibility.say(desk, customer, number, "accepted", "partner", "ada", at("2026-11-03"), "")
    (proposed,) = held(customer, AGREED).objectives
    assert (values(proposed), proposed.verdict) == ((800_000, 800_000, 10**6), "missed")
    with as_viewer([customer], role="triage") as desk:
        responsibility.say(desk, customer, number, "accepted", "customer", "cy", at("2026-11-04"), "right")
    (accepted,) = held(customer, AGREED).objectives
    assert (values(accepted), accepted.verdict) == ((800_000, 10**6, 10**6), "met")
    with as_viewer([customer], role="triage") as desk:
        responsibility.say(
            desk, customer, number, "disputed", "customer", "cy", at("2026-11-05"), "on reflection"
        )
    (disputed,) = held(customer, AGREED).objectives
    assert values(disputed) == (800_000, 800_000, 800_000)
    (then,) = held(customer, AGREED, as_of=at("2026-11-04 12:00")).objectives
    assert then.agreed.value == 10**6  # as it was known


def test_maintenance_takes_good_and_bad_alike(conn, missed, as_viewer, held) -> None:
    customer, flow = missed
    a_run(conn, customer, flow, NOON + 2 * HOUR, "failed")
    with as_viewer([customer], role="triage") as desk:
        asked = (desk, customer, [flow], NOON, NOON + HOUR, "upgrade", "ada")
        first = responsibility.announce(*asked, at("2026-10-01"))
    (result,) = held(customer, AGREED).objectives
    assert (result.gross.n, result.agreed.k, result.agreed.n) == (11, 0, 1)
    assert (result.excluded[0].seconds, result.excluded[0].count.n) == (3600, 10)
    with as_viewer([customer], role="triage") as desk:
        late = responsibility.announce(*asked, at("2026-10-04"), replaces=first)
        with pytest.raises(ValueError, match="was replaced already"):
            responsibility.announce(*asked, at("2026-10-04"), replaces=first)
    (again,) = held(customer, AGREED).objectives
    assert (again.agreed.n, again.excluded[0].why) == (11, "announced less than 72 hours before")
    with as_viewer([customer], role="triage") as desk:
        responsibility.announce(*asked, at("2026-10-04"), replaces=late, is_withdrawn=True)
    assert held(customer, AGREED).objectives[0].excluded == ()


def test_slices_in_agreed_work_are_not_there(missed, as_viewer, held) -> None:
    customer, flow = missed
    with as_viewer([customer], role="triage") as desk:
        responsibility.announce(desk, customer, [flow], NOON, NOON + HOUR, "upgrade", "ada", at("2026-10-01"))
    sliced = terms(
        success(method="timeslices", slice_target=90, quiet="up"), exclusions={"allowed": ["maintenance"]}
    )
    (result,) = held(customer, sliced).objectives
    assert (result.gross.k, result.gross.n) == (31 * 288 - 1, 31 * 288)
    assert (result.agreed.k, result.agreed.n) == (31 * 288 - 12, 31 * 288 - 12)


def test_work_on_another_flow_uses_up_no_cap_of_an_objective(conn, missed, as_viewer, held) -> None:
    customer, flow = missed
    other = a_flow(conn, customer, "b")
    rule = {"allowed": ["maintenance"], "cap_hours": 2}
    with as_viewer([customer], role="triage") as desk:
        for flow_id, since in ((other, NOON - 3 * HOUR), (flow, NOON)):
            span = (since, since + 2 * HOUR)
            responsibility.announce(desk, customer, [flow_id], *span, "upgrade", "ada", at("2026-10-01"))
    part, whole = held(
        customer, terms(success(90, key="a", population={"flows": ["a"]}), success(90), exclusions=rule)
    ).objectives
    assert ([each.state for each in part.excluded], part.agreed.n) == (["accepted"], 0)
    assert ([each.state for each in whole.excluded], whole.agreed.n) == (["accepted", "refused"], 10)


def test_work_on_all_flows_of_a_service_leaves_its_slices_out(conn, missed, as_viewer, held) -> None:
    """A flow that was removed before the month is not of it, and a part of the customer is a service of its own."""
    customer, flow = missed
    gone, other = a_flow(conn, customer, "gone"), a_flow(conn, customer, "b")
    conn.execute(text("UPDATE ops.flow SET removed_at = '2026-09-30' WHERE flow_id = :f"), {"f": gone})
    objectives = [
        THERE | {"key": "part", "population": {"flows": ["a"]}},
        THERE | {"key": "whole"},
        success(method="ratio_timeslices", quiet="up", window="1d"),
    ]
    agreed = terms(*objectives, exclusions={"allowed": ["maintenance"]})

    def announce(*flows: int) -> list[int]:
        with as_viewer([customer], role="triage") as desk:
            span = (NOON, NOON + HOUR)
            responsibility.announce(desk, customer, list(flows), *span, "upgrade", "ada", at("2026-10-01"))
        return [each.agreed.n for each in held(customer, agreed, as_of=NOON + 8 * HOUR).objectives]

    day = 20 * 12
    assert announce(flow) == [day - 12, day, day]
    assert announce(flow, other) == [day - 12] * 3


def test_works_and_stretches_that_overlap_name_all_flows_of_a_service_together(
    conn, missed, as_viewer, held
) -> None:
    """Work on one flow from noon on, on the other from half past; what both sides leave out counts like work for what is there or not."""
    customer, flow = missed
    other = a_flow(conn, customer, "b")
    agreed = terms(
        THERE | {"key": "there"},
        success(method="timeslices", slice_target=90, quiet="up", window="1d"),
        exclusions={"allowed": ["maintenance", "customer_data"]},
    )

    def judged() -> list[int]:
        return [each.agreed.n for each in held(customer, agreed, as_of=NOON + 8 * HOUR).objectives]

    day, half = 20 * 12, HOUR / 2
    with as_viewer([customer], role="triage") as desk:
        for flow_id, since in ((flow, NOON), (other, NOON + half)):
            span = (since, since + HOUR)
            responsibility.announce(desk, customer, [flow_id], *span, "upgrade", "ada", at("2026-10-01"))
    assert judged() == [day - 6, day - 6]
    with as_viewer([customer], role="triage") as desk:
        said = ("customer_data", "partner", "ada", NOON + 2 * HOUR, "no tax code")
        span = (NOON - HOUR, NOON + half)
        number = responsibility.propose(desk, customer, *said, span=span, flow_ids=[other])
        responsibility.say(desk, customer, number, "accepted", "customer", "cy", NOON + 3 * HOUR, "right")
    assert judged() == [day - 12, day - 6]


def test_a_stretch_that_names_flows_is_left_out_of_a_service_that_has_no_others(
    conn, missed, as_viewer, held
) -> None:
    customer, flow = missed
    other = a_flow(conn, customer, "b")
    part = THERE | {"key": "part", "population": {"flows": ["a"]}}
    agreed = terms(part, THERE | {"key": "whole"}, exclusions={"allowed": ["customer_data"]})

    def leave_out_noon(*flows: int) -> list[tuple[int, list[str]]]:
        said = ("customer_data", "partner", "ada", NOON + HOUR, "no tax code")
        with as_viewer([customer], role="triage") as desk:
            span = (NOON, NOON + HOUR)
            number = responsibility.propose(desk, customer, *said, span=span, flow_ids=list(flows))
            responsibility.say(desk, customer, number, "accepted", "customer", "cy", NOON + 2 * HOUR, "right")
        found = held(customer, agreed, as_of=NOON + 8 * HOUR).objectives
        return [(each.agreed.n, [it.why for it in each.excluded]) for each in found]

    day, why = 20 * 12, "it does not name all flows of the service"
    assert leave_out_noon(flow) == [(day - 12, [""]), (day, [why])]
    assert leave_out_noon(other) == [(day - 12, [""]), (day - 12, ["", ""])], "together they name all"


def test_the_last_word_on_whose_doing_it_is_counts(missed, as_viewer) -> None:
    customer, _ = missed
    with as_viewer([customer], role="triage") as desk:
        for party, day in (("unknown", "2026-11-02"), ("saas_vendor", "2026-11-03")):
            asked = (desk, customer, "sync_success_rate", "bad 0", party, "status page", "ada", at(day))
            responsibility.attribute(*asked)
    with as_viewer([customer], at("2026-11-20")) as reader:
        assert responsibility.parties(reader, customer, "sync_success_rate") == {"bad 0": "saas_vendor"}
        then = responsibility.parties(reader, customer, "sync_success_rate", at("2026-11-02 12:00"))
    assert then == {"bad 0": "unknown"}


def test_nobody_writes_for_another_customer(conn, missed, as_viewer) -> None:
    customer, _ = missed
    other = a_customer(conn)
    claim = ("customer_data", "partner", "ada", at("2026-11-02"), "", ["bad 0"])
    with (
        as_viewer([other], role="triage") as desk,
        pytest.raises(ProgrammingError, match="row-level security"),
    ):
        responsibility.propose(desk, customer, *claim)


def test_another_customer_sees_nothing_of_it(conn, missed, as_viewer) -> None:
    customer, flow = missed
    other = a_customer(conn)
    with as_viewer([customer], role="triage") as desk:
        responsibility.announce(desk, customer, [flow], NOON, NOON + HOUR, "upgrade", "ada", at("2026-10-01"))
        responsibility.propose(desk, customer, "ipaas", "partner", "ada", at("2026-11-02"), "", ["bad 0"])
    with as_viewer([other]) as reader:
        for table in ("maintenance", "exclusion", "exclusion_item", "exclusion_event", "attribution"):
            assert reader.execute(text(f"SELECT count(*) FROM ops.{table}")).scalar() == 0
