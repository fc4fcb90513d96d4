"""Verdicts follow the facts: verifying only what changed arrives where verifying everything does."""

from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import text

from metrics import matching, news, verify
from tests.metrics.builders import OneTransaction
from tests.metrics.business.conftest import at

pytestmark = pytest.mark.slow

VERDICTS = """
SELECT flow_id, due_at, run_system_id, transaction_key, object_type, source_key, external_id, claimed_at, record_key, verdict, reason,
  broken_at, source_id, target_key, target_id, other_ids, differing, amount, currency, label
FROM kpi.verification WHERE customer_id = :c ORDER BY 1, 2, 3, 4, 5, 6
"""
FLOWS = "SELECT flow_id, object_type, CAST(read_until AS text), first_claim_at, config FROM kpi.verified_flow WHERE customer_id = :c ORDER BY 1, 2"
NUMBERS = ("1", "2", "3", "4", "5", "6")


def stored(world) -> tuple[list, list]:
    asked = {"c": world.customer_id}
    return world.conn.execute(text(VERDICTS), asked).all(), world.conn.execute(text(FLOWS), asked).all()


class History:
    """Facts that arrive in any order: late, changed, deleted, undeleted, merged, claimed twice, quarantined."""

    def __init__(self, world, chance: Random) -> None:
        self.world, self.chance = world, chance
        self.sync = world.flow("account_master_data", 1, runs_system_id=world.ipaas_id)

    def act(self, now: datetime) -> None:
        number = self.chance.choice(NUMBERS)
        seen = {"last_seen_at": now}
        acts = [self.deal, self.project, self.claim, self.again, self.item, self.account, self.merge]
        acts += [
            self.hold,
            self.stranger,
            self.deal,
            self.project,
            self.claim,
            self.decide,
            self.promise,
            self.agree,
        ]
        self.chance.choice(acts)(number, now, seen)

    def put_or_change(self, table: str, source_id: str, make, **values) -> None:
        known = self.world.conn.execute(
            text(f"SELECT 1 FROM {table} WHERE customer_id = :c AND source_id = :s"),
            {"c": self.world.customer_id, "s": source_id},
        ).first()
        if known:
            self.world.change(table, source_id, **values)
        else:
            make(source_id=source_id, **values)

    def deal(self, number, now, seen) -> None:
        name = self.chance.choice(
            [f"OPP-{number}", f"OPP-{number}", "OPP-9"]
        )  # a number that another has, too
        self.put_or_change(
            "biz.opportunity", f"o{number}", lambda **values: self.world.deal(number, **values), number=name,
            amount=self.chance.choice([1000, 1000, 1200]), source_updated_at=now - timedelta(hours=self.chance.randrange(9)),
            deleted_at=self.chance.choice([None] * 5 + [now]), **seen,
        )  # fmt: skip

    def project(self, number, now, seen) -> None:
        own = self.chance.choice([f"p{number}", f"p{number}", f"q{number}"])
        self.put_or_change(
            "biz.project", own, lambda **values: self.world.made(number, **values),
            opportunity_key=self.chance.choice([f"OPP-{number}", f"crm:OPP-{number}", None, "OPP-1"]),
            budget_amount=self.chance.choice([1000, 1000, 1200, None]), source_updated_at=now - timedelta(hours=self.chance.randrange(9)),
            parent_ref=self.chance.choice([None] * 6 + ["p1"]), deleted_at=self.chance.choice([None] * 3 + [now]), **seen,
        )  # fmt: skip

    def agree(self, number, now, seen) -> None:
        self.world.agree(*self.chance.choice([(), ("name",), ("amount", "currency")]))

    def claim(self, number, now, seen) -> None:
        due = now - timedelta(hours=self.chance.randrange(60))
        self.world.written(
            number, due, status=self.chance.choice(["success", "success", "failed"]),
            target_key=self.chance.choice([None, f"p{number}", f"q{number}"]),
            object_key=self.chance.choice([f"o{number}", f"OPP-{number}"]), **seen,
        )  # fmt: skip

    def again(self, number, now, seen) -> None:
        self.world.conn.execute(
            text(
                "UPDATE raw.run SET status = :s, target_key = :t, last_seen_at = :now WHERE customer_id = :c AND external_id ="
                " (SELECT max(external_id) FROM raw.run WHERE customer_id = :c)"
            ),
            {"s": self.chance.choice(["success", "failed", "running"]), "t": f"p{number}", "now": now, "c": self.world.customer_id},
        )  # fmt: skip

    def item(self, number, now, seen) -> None:
        run = self.world.conn.execute(
            text(
                "SELECT external_id, due_at FROM raw.run WHERE customer_id = :c ORDER BY external_id LIMIT 1"
            ),
            {"c": self.world.customer_id},
        ).first()
        if run:
            self.world.conn.execute(
                text(
                    "INSERT INTO raw.run_item (customer_id, system_id, external_id, due_at, object_type, source_key, target_key,"
                    " claimed_state, first_seen_at, last_seen_at) VALUES (:c, :y, :e, :d, 'project', :k, :t, 'written', :now, :now)"
                    " ON CONFLICT DO NOTHING"
                ),
                {"c": self.world.customer_id, "y": self.world.ipaas_id, "e": run[0], "d": run[1], "k": f"OPP-{number}",
                 "t": f"p{number}", "now": now},
            )  # fmt: skip

    def account(self, number, now, seen) -> None:
        for system, letter in ((self.world.crm_id, "c"), (self.world.system_id, "b")):
            self.put_or_change(
                "biz.account", f"{letter}{number}",
                lambda source_id, name, system_id=system, **values: self.world.account(name, system_id, source_id=source_id, **values),
                name=self.chance.choice(["Alder", "Birch"]), code=self.chance.choice([f"A-{number}", None]), merged_into_ref=None, **seen,
            )  # fmt: skip
        due = now - timedelta(hours=self.chance.randrange(60))
        told = self.chance.choice([None, f"b{number}"])
        self.world.written(f"c{number}", due, object_type="account", object_key=f"c{number}", target_key=told, flow_id=self.sync, **seen)  # fmt: skip

    def merge(self, number, now, seen) -> None:
        letter = self.chance.choice("cb")
        into = self.chance.choice([None, f"{letter}1"]) if number != "1" else None
        self.world.change("biz.account", f"{letter}{number}", merged_into_ref=into, **seen)

    def hold(self, number, now, seen) -> None:
        changed = self.world.conn.execute(
            text(
                "UPDATE ops.quarantine SET state = 'replayed', replayed_at = :now WHERE customer_id = :c AND state = 'held' RETURNING 1"
            ),
            {"now": now, "c": self.world.customer_id},
        ).rowcount
        if not changed:
            self.world.put(
                "ops.quarantine", customer_id=self.world.customer_id, system_id=self.world.system_id, stream="projects",
                record_key=f"p{number}", reason="no name", place="page 1", payload=b"", payload_sha256=str(now).encode(),
                poll_id=1, first_seen_at=now, last_seen_at=now,
            )  # fmt: skip

    def stranger(self, number, now, seen) -> None:
        made = now - timedelta(hours=self.chance.randrange(90))
        self.put_or_change(
            "biz.project",
            f"s{number}",
            lambda **values: self.world.project(made, **values),
            budget_amount=1,
            **seen,
        )

    def decide(self, number, now, seen) -> None:
        """A person says which project is the deal's; no collector hears of it."""
        word = self.chance.choice(["together", "together", "apart", "undecided"])
        self.world.decide(f"o{number}", f"{self.chance.choice('sp')}{number}", word, now)

    def promise(self, number, now, seen) -> None:
        if self.chance.random() < 0.2:
            self.world.conn.execute(
                text("UPDATE ops.flow_promise SET deadline_seconds = :s WHERE customer_id = :c"),
                {"s": self.chance.choice([3600, 14400]), "c": self.world.customer_id},
            )


def in_full(world, now: datetime) -> tuple[list, list]:
    """The verdicts when everything is verified from the start; what is stored stays as it is."""
    with world.conn.begin_nested() as savepoint:
        for table in ("kpi.verification", "kpi.verified_flow"):
            world.conn.execute(text(f"DELETE FROM {table} WHERE customer_id = :c"), {"c": world.customer_id})
        verify.verify_customer(world.conn, news.News(world.customer_id, None, 0, ()), now)
        found = stored(world)
        savepoint.rollback()
    return found


@pytest.mark.parametrize("seed", [0, *(pytest.param(more, marks=pytest.mark.slow) for more in (1, 2, 3))])
def test_verifying_what_changed_is_verifying_everything(world, seed) -> None:
    chance = Random(seed)
    history, now = History(world, chance), at("2026-06-03 12:00")
    since = None
    for _ in range(7):
        before = now
        for _ in range(chance.randrange(1, 9)):
            history.act(now)
            now += timedelta(minutes=7)
        if chance.random() < 0.8:
            world.read_all(now - timedelta(hours=chance.choice([0, 0, 3, 30])))
        world.look(since and before, now)
        kept, whole = stored(world), in_full(world, now)
        for mine, all_ in zip(kept, whole, strict=True):
            assert [row for row in mine if row not in all_] == [row for row in all_ if row not in mine]
        assert kept == whole
        since, now = now, now + timedelta(hours=chance.randrange(1, 30))


def test_a_customer_of_whom_nothing_is_new_is_not_looked_at(world) -> None:
    db = OneTransaction(world.conn)
    world.carried("1", last_seen_at=at("2026-07-10 10:00"))
    world.read_all(at("2026-07-10 10:00"))
    matching.match(db, at("2026-07-10 11:59"))
    assert verify.verify(db, at("2026-07-10 12:00")).claims == 1
    assert verify.verify(db, at("2026-07-10 12:05")) == verify.Verified()
    world.read_all(at("2026-07-10 12:05"))
    assert verify.verify(db, at("2026-07-10 12:10")) == verify.Verified(customers=1)
    world.change("biz.project", "p1", budget_amount=1, last_seen_at=at("2026-07-10 12:15"))
    world.read_all(at("2026-07-10 12:15"))
    assert verify.verify(db, at("2026-07-10 12:20")).claims == 1
    assert world.verdicts() == {"o1": "different"}
