"""C10: two systems side by side, whatever any log says; and only the ranges of keys that changed are read again."""

from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import text

from metrics import parity
from metrics.news import News
from metrics.period import Period
from sql import query
from tests.metrics.builders import OneTransaction
from tests.metrics.business.conftest import at
from tests.metrics.verification.conftest import LATE, NOW, WON
from tests.metrics.verification.copies import Copies
from tests.metrics.verification.test_recompute import History
from tests.metrics.verification.test_workflow_records import NUMBERED

pytestmark = pytest.mark.slow

KEPT = (
    "SELECT CAST(k AS text) FROM kpi.parity k WHERE customer_id = :c ORDER BY flow_id, source_id, target_id",
    "SELECT CAST(k AS text) FROM kpi.parity_range k WHERE customer_id = :c ORDER BY flow_id, range_no",
    "SELECT CAST(k AS text) FROM kpi.parity_name k WHERE customer_id = :c ORDER BY flow_id, is_target, source_id, name",
)
EXTRA = at("2026-06-20")
JULY = Period.parse("2026-07", "UTC", LATE)


def sold(world, number: str, **project) -> None:
    """A deal and its project; no log says anything of either."""
    world.deal(number)
    world.made(number, **project)


def reconciled(world) -> dict[str, str]:
    world.read_all()
    world.reconcile()
    return world.cells()


@pytest.fixture
def six(world):
    sold(world, "1")
    sold(world, "2", budget_amount=1100)  # two errors that offset each other
    sold(world, "3", budget_amount=900)
    sold(world, "4", deleted_at=EXTRA)
    world.deal("5", amount=300)
    world.project(EXTRA, source_id="p6", budget_amount=50, currency="USD")
    world.read_all()
    world.reconcile()
    return world


def test_the_four_cells_by_count(six) -> None:
    assert six.cells() == {
        "o1": "equal", "o2": "different", "o3": "different", "o4": "source_only", "o5": "source_only", "p6": "target_only",
    }  # fmt: skip
    figure = six.figure("record_parity")
    assert (figure.numerator, figure.denominator, figure.unknown) == (1, 6, 0)
    cells = {name: figure.detail[name] for name in ("equal", "different", "source_only", "target_only")}
    assert cells == {"equal": 1, "different": 2, "source_only": 2, "target_only": 1}
    assert figure.detail["fields"] == {"amount": 2}
    assert figure.detail["automatic"] == 3


def test_offsetting_errors_show_in_gross_and_not_in_net(six) -> None:
    figure = six.figure("record_parity", currency="USD")
    assert (figure.numerator, figure.denominator) == (1000, 1000 + 2000 + 1000 + 300 + 50)
    assert figure.detail["gross_difference"] == 100 + 100 + 1000 + 300 + 50
    assert figure.detail["net_difference"] == 1000 + 300 - 50
    assert figure.detail["gross_share"] == pytest.approx(1550 / 4300)


def test_the_rows_add_up(six) -> None:
    rows, figure = six.behind("record_parity"), six.figure("record_parity")
    assert (rows["in_numerator"].sum(), rows["in_denominator"].sum(), rows["is_unknown"].sum()) == (1, 6, 0)
    money = six.figure("record_parity", currency="USD")
    assert rows[rows["in_denominator"]]["amount"].sum() == money.denominator
    difference = rows["source_amount"].fillna(Decimal(0)) - rows["target_amount"].fillna(Decimal(0))
    assert difference.abs().sum() == money.detail["gross_difference"]
    ages = sum(figure.detail[f"broken_{band}"] for band in ("1d", "7d", "30d", "older"))
    assert ages == 5
    assert figure.detail["broken_older"] == 3  # the deal that nothing was made of, and two amounts


@pytest.mark.parametrize("by", ["flow", "workflow", "object", "system", "day", "month"])
def test_the_parts_add_up(six, by) -> None:
    parts = six.figure("record_parity", by=by).values()
    assert (sum(part.numerator for part in parts), sum(part.denominator for part in parts)) == (1, 6)


def test_a_break_is_none_before_it_broke(six) -> None:
    early = six.figure("record_parity", as_of=at("2026-06-05"))
    assert early.detail["source_only"] == 1  # the fourth was still there
    assert early.detail["target_only"] == 0


def test_what_the_promise_may_still_bring_is_pending_and_what_was_not_read_is_unknown(world) -> None:
    world.deal("1", LATE - timedelta(hours=3), source_updated_at=LATE - timedelta(hours=3))
    world.deal("2", LATE - timedelta(hours=5), source_updated_at=LATE - timedelta(hours=5))
    world.read_all()
    world.reconcile()
    assert world.cells() == {"o1": "waiting", "o2": "source_only"}
    june = {"period": JULY, "as_of": LATE}
    assert world.figure("record_parity", **june).detail["pending"] == 1
    later = {"period": JULY, "as_of": LATE + timedelta(hours=2)}
    figure = world.figure("record_parity", **later)  # nobody has read since
    assert (figure.detail["not_read"], figure.unknown, figure.value) == (1, 1, 0)
    world.read_all(LATE + timedelta(hours=2))
    assert world.reconcile(since=at("2026-11-01")).ranges == 1  # time alone decides, in one range
    assert world.cells()["o1"] == "source_only"


def test_a_system_that_was_never_read_proves_nothing(world) -> None:
    world.deal("1")
    for object_, system in (("opportunity", world.crm_id), ("run", world.ipaas_id)):
        world.poll(object_ + "s", LATE, object=object_, system_id=system, window_from=None)
    world.conn.execute(text(query("kpi/stream_read")))
    world.reconcile()
    assert set(world.cells().values()) <= {"waiting"}


def test_a_suggested_match_is_unsure_and_a_persons_is_a_fact(world) -> None:
    ours = world.account("Alder", code="A-7")
    crm = world.account("Alder", system_id=world.crm_id, code="A-7")
    world.deal("1", account_ref=crm)
    project = world.project(WON + timedelta(hours=1), account_ref=ours, budget_amount=1000, currency="USD")
    assert reconciled(world) == {"o1": "unsure"}
    figure = world.figure("record_parity")
    assert (figure.value, figure.unknown, figure.detail["suggested"]) == (None, 1, 1)
    world.decide("o1", project, "together", LATE)
    parity.reconcile_customer(world.conn, News(world.customer_id, LATE, 0, ()), NOW)
    assert world.cells() == {"o1": "equal"}
    assert world.figure("record_parity").detail["manual"] == 1


def test_a_target_that_may_be_of_two_makes_both_unsure_until_it_is_known_whose_it_is(world) -> None:
    ours = world.account("Alder", code="A-7")
    crm = world.account("Alder", system_id=world.crm_id, code="A-7")
    for number in ("1", "2"):
        world.deal(number, account_ref=crm)
    project = world.project(WON + timedelta(hours=1), account_ref=ours, budget_amount=1000, currency="USD")
    assert reconciled(world) == {"o1": "unsure", "o2": "unsure"}
    figure = world.figure("record_parity")
    assert (figure.value, figure.denominator, figure.unknown) == (None, 0, 2)
    world.deal("3", account_ref=crm)
    world.decide("o3", project, "together", LATE)
    parity.reconcile_customer(world.conn, News(world.customer_id, LATE, 0, ()), NOW)
    assert world.cells() == {"o1": "source_only", "o2": "source_only", "o3": "equal"}


def test_a_second_target_is_in_the_target_only(world) -> None:
    sold(world, "1")
    world.made("1", source_id="p1b", created_at=EXTRA)
    assert reconciled(world) == {"o1": "equal", "p1b": "target_only"}
    assert set(world.behind("record_parity")["rule"]) == {"key", "second target"}


def test_a_deal_that_owes_nothing_is_out_of_scope(world) -> None:
    world.deal("1", is_won=False)
    world.deal("2", requires_delivery=False)
    assert reconciled(world) == {}


def test_accounts_are_reconciled_once_they_have_bought(world) -> None:
    world.flow("account_master_data", 1, runs_system_id=world.ipaas_id)
    for code, name in (("A-1", "Alder"), ("A-2", "Birch"), ("A-3", "Cedar")):
        world.account(name, system_id=world.crm_id, source_id=f"c{code}", code=code, tax_id="X1")
    world.account("Alder Ltd", source_id="b1", code="A-1", tax_id="X 1")
    world.account("Birch", source_id="b2", code="A-2", tax_id="X2")
    for number, account in (("1", "cA-1"), ("2", "cA-2")):
        sold(world, number)
        world.change("biz.opportunity", f"o{number}", account_ref=account)
    cells = reconciled(world)
    assert (cells["cA-1"], cells["cA-2"]) == ("equal", "different")
    assert "cA-3" not in cells  # it has bought nothing yet


def test_only_the_ranges_that_changed_are_read_again(world) -> None:
    for number in range(300):
        sold(world, str(number))
    world.read_all()
    first = world.reconcile()
    assert (first.ranges, first.rows) == (256, 300)
    assert world.reconcile() == parity.Reconciled(customers=1)  # checksums were taken, and nothing was read
    world.change("biz.project", "p7", budget_amount=1)
    again = world.reconcile()
    assert again.ranges == 1
    assert again.rows < 10
    assert world.cells()["o7"] == "different"
    world.change("biz.opportunity", "o8", amount=1)
    world.change("biz.project", "p9", deleted_at=EXTRA)
    world.project(EXTRA, source_id="new")
    assert world.reconcile().ranges == 3


def test_a_customer_of_whom_nothing_is_new_is_not_looked_at(world) -> None:
    db = OneTransaction(world.conn)
    sold(world, "1", last_seen_at=at("2026-07-10 10:00"))
    world.look(now=at("2026-07-10 09:00"))
    world.read_all(at("2026-07-10 10:00"))
    assert parity.reconcile(db, LATE).ranges == 256
    assert parity.reconcile(db, LATE) == parity.Reconciled()
    world.read_all(at("2026-07-10 10:05"))  # polls that wrote nothing
    assert parity.reconcile(db, LATE) == parity.Reconciled()
    world.change("biz.project", "p1", budget_amount=1, last_seen_at=at("2026-07-10 10:10"))
    world.read_all(at("2026-07-10 10:10"))
    assert parity.reconcile(db, LATE).ranges == 1


UNFOLLOWED = """
WITH held AS (SELECT k.*, coalesce(nullif(source_id, ''), target_id) AS record_id FROM kpi.parity k WHERE customer_id = :c),
open AS (SELECT b.* FROM kpi.parity_break b WHERE customer_id = :c AND ended_at IS NULL)
SELECT 'broken, and no break is open', flow_id, record_id FROM held k
WHERE cell IN ('different', 'source_only', 'target_only')
  AND (SELECT count(*) FROM open b WHERE b.flow_id = k.flow_id AND b.is_target = (k.source_id = '') AND b.record_id = k.record_id) <> 1
UNION ALL
SELECT 'a break is open, and nothing is broken', flow_id, record_id FROM open b
WHERE NOT EXISTS (
  SELECT FROM held k WHERE k.flow_id = b.flow_id AND k.cell <> 'equal' AND b.record_id = CASE WHEN b.is_target THEN k.target_id ELSE k.source_id END)
UNION ALL
SELECT 'it ended before it opened, or later than anybody looked', flow_id, record_id FROM kpi.parity_break
WHERE customer_id = :c AND (ended_at < opened_at OR watched_from < opened_at OR ended_at > :now)
"""


def stored(world) -> list[tuple]:
    """What reconciling leaves behind: cells, checksums of all ranges, keys."""
    asked = {"c": world.customer_id}
    return [tuple(world.conn.execute(text(statement), asked).scalars()) for statement in KEPT]


def from_scratch(world, now) -> list[tuple]:
    with world.conn.begin_nested() as savepoint:
        for table in ("kpi.parity", "kpi.parity_range", "kpi.parity_name"):
            world.conn.execute(text(f"DELETE FROM {table} WHERE customer_id = :c"), {"c": world.customer_id})
        parity.reconcile_customer(world.conn, News(world.customer_id, None, 0, ()), now)
        found = stored(world)
        savepoint.rollback()
    return found


@pytest.mark.parametrize("seed", [0, *(pytest.param(more, marks=pytest.mark.slow) for more in (1, 2))])
def test_reading_what_changed_is_reading_everything_and_follows_every_break(world, seed) -> None:
    chance = Random(seed)
    copies = Copies(world, chance, NUMBERED[2 * seed : 2 * seed + 2])
    history, now, since = History(world, chance), at("2026-06-03 12:00"), None
    for _ in range(6):
        before = now
        for _ in range(chance.randrange(1, 9)):
            history.act(now)
            copies.act(now)
            copies.act(now)
            now += timedelta(minutes=7)
        if chance.random() < 0.8:
            world.read_all(now - timedelta(hours=chance.choice([0, 0, 3, 30])))
        world.reconcile(since and before, now)
        for kept, whole in zip(stored(world), from_scratch(world, now), strict=True):
            assert [row for row in kept if row not in whole] == [row for row in whole if row not in kept]
        assert world.conn.execute(text(UNFOLLOWED), {"c": world.customer_id, "now": now}).all() == []
        since, now = now, now + timedelta(hours=chance.randrange(1, 30))
