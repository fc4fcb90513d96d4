"""From the demo's sources through the collectors to the figures: they come to what really happened, to the cent."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pandas as pd
import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, text

import sql
from app import configuration, estate_file
from app.demo import world
from app.demo.outcomes import CLASSES
from collectors.ledger import Poll
from collectors.work import collect_due
from metrics.period import Period
from metrics.read import figures, rows
from metrics.refresh import refresh
from sql.database import Database, viewer
from tests.demo.conftest import copy_of

pytestmark = pytest.mark.slow

COLUMN = {
    "S1": "s1",
    "S2": "s2",
    "S3": "s3",
    "F": "failed",
    "O": "pending",
    "O+": "overdue",
    "M": "missed",
    "N": "void",
}


@dataclass(frozen=True)
class Loaded:
    """The small world as the product has it."""

    made: world.DemoWorld
    db: Database
    ids: dict[str, int]
    polls: list[Poll]

    def look(self, customer: str) -> AbstractContextManager[Connection]:
        """A viewer's connection to one customer, as of the moment the world was built."""
        return viewer(self.db, [self.ids[customer]], self.made.now)

    def period(self, customer: str, month: str) -> Period:
        """A local month."""
        return Period.parse(month, self.made.truth[customer]["time_zone"], self.made.now)


@pytest.fixture(scope="module")
def loaded(
    small: world.DemoWorld, module_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loaded]:
    made = copy_of(small, tmp_path_factory.mktemp("loaded"), tuple(small.rows))
    db, polls = module_database, list[Poll]()
    with world.running(made) as started:
        with db.engine("owner").begin() as conn:
            changes = configuration.plan(conn, estate_file.load(started.estates), made.now)
            configuration.apply(conn, changes, made.now, actor="test")
            ids = {row.key: row.customer_id for row in conn.execute(text(sql.query("config/customers")))}
        for stage in made.stages:
            made.enter(stage)
            whose = ids[stage.customer] if stage.customer else None
            polls += collect_due(db, stage.now, whose, stage.system, everything=True, threads=2)
        refresh(db, made.now)
        yield Loaded(made, db, ids, polls)


def test_everything_was_read_but_what_the_stories_keep_from_us(loaded: Loaded) -> None:
    failed = {
        (poll.customer, poll.system, poll.error_kind) for poll in loaded.polls if poll.outcome != "complete"
    }
    assert failed == {("gruenquell", "ipaas", "auth")}
    held: dict[str, int] = {}
    for poll in loaded.polls:
        if poll.quarantined:
            held[f"{poll.customer}/{poll.stream}"] = poll.quarantined
    told = {
        f"{key}/{table}": count
        for key, each in loaded.made.truth.items()
        for table, count in each["quarantined"].items()
    }
    assert held == told
    warned = {
        poll.customer for poll in loaded.polls if any("unknown status" in said for said in poll.warnings)
    }
    assert warned == {cast.key for cast in loaded.made.casts if cast.story in ("outage", "duplicates")}


def test_every_transaction_is_in_its_class_for_each_flow_and_month(loaded: Loaded) -> None:
    for customer, told in loaded.made.truth.items():
        months = sorted({month for flow in told["runs"].values() for month in flow})
        with loaded.look(customer) as conn:
            for month in months:
                found = figures(
                    conn,
                    "sync_success_rate",
                    [loaded.ids[customer]],
                    loaded.period(customer, month),
                    by="flow",
                )
                assert {figure.part for figure in found} >= {
                    flow for flow in told["runs"] if month in told["runs"][flow]
                }
                for figure in found:
                    counted = {name: int(figure.detail[column]) for name, column in COLUMN.items()} | {
                        "unknown": figure.unknown
                    }
                    expected = told["runs"].get(figure.part, {}).get(month, dict.fromkeys(CLASSES, 0))
                    assert counted == {name: expected[name] for name in counted}, (
                        customer,
                        month,
                        figure.part,
                    )


def test_as_many_transactions_were_as_fast_as_was_promised(loaded: Loaded) -> None:
    for customer, told in loaded.made.truth.items():
        for metric, name in (("transaction_latency", "duration"), ("sync_latency", "latency")):
            with loaded.look(customer) as conn:
                for figure in figures(
                    conn, metric, [loaded.ids[customer]], loaded.period(customer, "2026-10"), by="flow"
                ):
                    cell = told["runs"].get(figure.part, {}).get("2026-10")
                    if cell and cell[name]["known"]:
                        assert figure.numerator == cell[name]["within"], (customer, metric, figure.part)


def test_unbilled_work_is_right_to_the_cent_by_pool_and_currency(loaded: Loaded) -> None:
    for customer, told in loaded.made.truth.items():
        with loaded.look(customer) as conn:
            found = figures(
                conn, "unbilled_time", [loaded.ids[customer]], loaded.period(customer, "2026-11"), by="pool"
            )
        pools = ("no_invoice", "draft", "cancelled_or_credited")
        assert {(f.part, f.currency): (f.value, f.sample) for f in found if f.sample} == {
            (pool, currency): (Decimal(cell["amount"]), cell["pieces"])
            for pool in pools
            for currency, cell in told["unbilled"].get(pool, {}).items()
        }, customer


def test_work_deals_and_people_have_the_practices_that_their_systems_tell(loaded: Loaded) -> None:
    for customer in loaded.made.truth:
        own, period = [loaded.ids[customer]], loaded.period(customer, "2026-10")
        with loaded.look(customer) as conn:
            of = {
                key: {each.part for each in figures(conn, key, own, period, by="practice") if each.sample}
                for key in ("realization", "billable_utilization", "project_ready_time")
            }
        practices = of["billable_utilization"]
        assert (len(practices), "(no practice)" in practices) == (3, False), customer
        assert of["realization"] & practices, customer
        assert of["realization"] | of["project_ready_time"] <= {*practices, "(no practice)"}, customer


def test_deals_without_a_project_are_found_by_name_and_no_other_is_accused(loaded: Loaded) -> None:
    for customer, told in loaded.made.truth.items():
        wins = told["won_to_project"]
        frame = _failed(loaded, customer)
        assert set(frame) == {deal["id"] for deal in (*wins["never"], *wins["late"])}, customer


def _failed(loaded: Loaded, customer: str) -> list[str]:
    months = sorted(loaded.made.truth[customer]["won_to_project"]["won_by_month"])
    found: list[str] = []
    with loaded.look(customer) as conn:
        for month in months:
            frame = rows(
                conn, "failed_project_creations", [loaded.ids[customer]], loaded.period(customer, month)
            )
            found += frame.loc[frame["in_numerator"], "item_id"].tolist()
    return found


def test_what_the_log_claimed_and_never_was_is_found_without_the_log(loaded: Loaded) -> None:
    always = Period.parse("2025-09-01..2026-12-01", "UTC", loaded.made.now)
    for customer, each in loaded.made.truth.items():
        told = each["won_to_project"]
        never, twice = {deal["number"] for deal in told["never"]}, set(told["two_projects"])
        with loaded.look(customer) as conn:
            both = rows(conn, "record_parity", [loaded.ids[customer]], always)
            claims = rows(conn, "verified_success", [loaded.ids[customer]], always)
        both = both[both["flow_key"] == "won-to-project"]
        alone = both[both["outcome"] == "source_only"]["label"].str.split().str[0]
        assert set(alone) == never
        assert (both["rule"] == "second target").sum() == len(twice)
        claims = claims[claims["flow_key"] == "won-to-project"]
        numbers = claims["label"].str.split().str[0]
        assert set(numbers[claims["outcome"] == "missing"]) <= never
        assert set(numbers[claims["outcome"] == "duplicate"]) == twice
        assert not set(numbers[claims["outcome"] == "confirmed"]) & (never | twice)
        if each["story"] == "duplicates":  # whose log says that all of them were made
            assert set(numbers[claims["outcome"] == "missing"]) == never != set()


def test_what_the_service_desk_handed_over_is_met_late_or_overdue_as_it_was(loaded: Loaded) -> None:
    told = loaded.made.truth["fuchsbrueck"]["expected"]
    always = Period.parse("2025-09-01..2026-12-01", "UTC", loaded.made.now)
    with loaded.look("fuchsbrueck") as conn:
        frame = rows(conn, "expectations_met", [loaded.ids["fuchsbrueck"]], always)
    for key, each in told.items():
        mine = frame[frame["rule"] == key]
        assert (mine["outcome"] == "met").sum() == each["met"] > 0, key
        assert (mine["outcome"] == "pending").sum() == each["pending"], key
        for outcome in ("late", "overdue"):
            assert sorted(mine["item_id"][mine["outcome"] == outcome]) == sorted(each[outcome]), key
    assert told["tickets-as-tasks"]["late"]
    assert told["tickets-as-tasks"]["overdue"]


def test_collecting_again_changes_nothing(loaded: Loaded) -> None:
    again = collect_due(loaded.db, loaded.made.now, everything=True, threads=2)
    assert sum(poll.new + poll.changed + poll.deleted for poll in again) == 0


def test_what_happens_later_arrives_too_and_no_slot_is_missed(loaded: Loaded) -> None:
    made = loaded.made
    later = made.now + timedelta(hours=26)
    for hours in (1, 2, 13, 26):
        at = made.now + timedelta(hours=hours)
        world.tick(made, at)
        polls = collect_due(loaded.db, at, everything=True, threads=2)
        assert {poll.customer for poll in polls if poll.outcome != "complete"} == {"gruenquell"}
    refresh(loaded.db, later)
    classes: dict[str, int] = dict.fromkeys(CLASSES, 0)
    with viewer(loaded.db, [loaded.ids["alderquill"]], later) as conn:
        period = loaded.period("alderquill", "2026-11")
        for figure in figures(conn, "sync_success_rate", [loaded.ids["alderquill"]], period, by="flow"):
            for name, column in COLUMN.items():
                classes[name] += int(figure.detail[column])
    engine = sa.create_engine(f"sqlite:///{made.sources / 'alderquill' / 'ipaas.db'}", poolclass=sa.NullPool)
    runs = pd.read_sql_table("runs", engine)
    engine.dispose()
    begun = runs[(runs["due_at"] >= "2026-11-01T00:00:00.000Z") & runs["retry_of"].isna()]
    assert classes["M"] == 0
    assert sum(classes.values()) == len(begun)
    assert classes["O"] <= (begun["state"] == "running").sum()
