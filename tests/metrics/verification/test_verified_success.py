"""A hundred claimed writes, and what became of them: claimed 100 %, verified 89 of the 95 that could be checked."""

import pytest
from sqlalchemy import text

from metrics.period import Period
from tests.metrics.business.conftest import at

pytestmark = pytest.mark.slow

LISTS = {"confirmed": 89, "missing": 3, "different": 2, "duplicate": 1, "unclaimed": 4, "not_checked": 5}
REASONS = ("no_rule", "no_key", "unsure", "no_value", "not_read", "pending", "quarantined", "no_promise")


@pytest.fixture
def hundred(world):
    for n in range(1, 101):
        changes = {}
        if n <= 3:
            changes = {"deleted_at": at("2026-06-20"), "deleted_how": "absence"}
        elif n <= 5:
            changes = {"budget_amount": 900, "source_updated_at": at("2026-06-25")}
        elif n > 95:
            continue
        world.carried(str(n), **changes)
    world.made("6", source_id="p6b", created_at=at("2026-06-03 10:09"))
    for n in range(4):
        world.project(at("2026-06-10"), source_id=f"extra{n}", budget_amount=50, currency="USD")
    for n in range(96, 101):  # received, and not to be understood
        world.deal(str(n))
        world.written(str(n), target_key=f"p{n}")
        world.put(
            "ops.quarantine", customer_id=world.customer_id, system_id=world.system_id, stream="projects",
            record_key=f"p{n}", reason="no name", place="page 1", payload=b"", payload_sha256=str(n).encode(),
            poll_id=1, first_seen_at=at("2026-06-04"), last_seen_at=at("2026-06-04"),
        )  # fmt: skip
    world.read_all()
    world.look()
    return world


def test_claimed_and_verified_stand_side_by_side(hundred) -> None:
    figure = hundred.figure("verified_success")
    assert (figure.numerator, figure.denominator, figure.unknown, figure.sample) == (89, 95, 5, 95)
    assert figure.value == pytest.approx(89 / 95)
    assert (figure.low, figure.high) == (pytest.approx(0.89), pytest.approx(0.94))
    assert (figure.detail["claimed"], figure.detail["refused"], figure.detail["claimed_share"]) == (100, 0, 1)
    assert {name: figure.detail[name] for name in LISTS} == LISTS
    assert (figure.detail["stale"], figure.detail["quarantined"]) == (0, 5)


def test_every_reason_for_not_checking_is_counted(hundred) -> None:
    figure = hundred.figure("verified_success")
    assert sum(figure.detail[reason] for reason in REASONS) == figure.detail["not_checked"] == 5


def test_six_lists_add_up_to_the_population(hundred) -> None:
    rows = hundred.behind("verified_success")
    assert rows["outcome"].value_counts().to_dict() == LISTS
    assert len(rows) == 100 + 4
    figure = hundred.figure("verified_success")
    assert (rows["in_numerator"].sum(), rows["in_denominator"].sum(), rows["is_unknown"].sum()) == (89, 95, 5)
    assert not (rows["in_denominator"] & rows["is_unknown"]).any()
    gap = rows[~rows["in_numerator"] & (rows["outcome"] != "unclaimed")]
    assert len(gap) == figure.detail["claimed"] - figure.detail["confirmed"] == 11
    (one, two) = rows[rows["outcome"] == "different"]["differing"]
    assert one == two == "amount: 1000.0000, 900.0000"


def test_by_value_it_is_money(hundred) -> None:
    figure = hundred.figure("verified_success", currency="USD")
    assert (figure.numerator, figure.denominator) == (89_000, 95_000)
    assert (figure.detail["missing"], figure.detail["unclaimed"]) == (3_000, 200)
    assert figure.unknown == 5


@pytest.mark.parametrize("by", ["flow", "workflow", "object", "system", "day"])
def test_the_parts_add_up(hundred, by) -> None:
    whole = hundred.figure("verified_success")
    parts = hundred.figure("verified_success", by=by).values()
    for name in ("numerator", "denominator", "unknown"):
        assert sum(getattr(part, name) for part in parts) == getattr(whole, name)


def test_a_second_look_changes_nothing(hundred) -> None:
    def stored():
        return hundred.conn.execute(
            text("SELECT * FROM kpi.verification WHERE customer_id = :c ORDER BY 2, 3, 4, 5, 6, 7"),
            {"c": hundred.customer_id},
        ).all()

    before = stored()
    hundred.look()
    assert stored() == before
    hundred.look(since=at("2026-11-01"))  # nothing was written since
    assert stored() == before


def test_seen_from_before_it_broke_it_was_confirmed(hundred) -> None:
    early = hundred.figure("verified_success", as_of=at("2026-06-15"))
    assert (early.detail["missing"], early.detail["different"]) == (0, 0)
    assert early.numerator == 94


def test_a_month_without_claims_says_nothing(hundred) -> None:
    figure = hundred.figure("verified_success", period=Period.parse("2026-05", "UTC", at("2026-11-20")))
    assert (figure.value, figure.denominator, figure.low, figure.high) == (None, 0, None, None)


def test_nobody_else_sees_the_verdicts(hundred) -> None:
    hundred.reconcile()
    other = hundred.customer()
    for table in ("verification", "verified_flow", "parity", "parity_range"):
        for customer, is_seen in ((hundred.customer_id, True), (other, False)):
            with hundred._as_viewer([customer]) as reader:
                found = reader.execute(text(f"SELECT count(*) > 0 FROM kpi.{table}")).scalar_one()
            assert found is is_seen
