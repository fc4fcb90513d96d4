"""kpi.work, links and the queue follow the records: what changed is worked out again, and nothing else."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from metrics import apart, news, work
from tests.metrics.builders import OneTransaction

pytestmark = pytest.mark.slow

EVERYTHING = "SELECT CAST(w AS text) FROM kpi.work w WHERE customer_id = :customer ORDER BY system_id, item_type, item_id"


@pytest.fixture
def db(world) -> OneTransaction:
    return OneTransaction(world.conn)


def stored(world) -> list:
    return world.conn.execute(text(EVERYTHING), {"customer": world.customer_id}).all()


def test_only_what_was_written_since_is_worked_out_again(world, db, at) -> None:
    first, second = at("2026-06-10 10:00"), at("2026-06-10 10:05")
    world.poll("time_entries", first)
    for _ in range(3):
        world.entry(last_seen_at=first)
    assert work.refresh(db) == 3
    assert work.refresh(db) == 0
    world.poll("time_entries", second)
    world.entry(last_seen_at=second)
    assert work.refresh(db) == 1


@pytest.mark.parametrize(
    "change", ["invoice", "line", "link", "task", "project", "account", "history", "credit"]
)
def test_work_follows_what_it_hangs_on(world, db, at, change) -> None:
    first, second = at("2026-06-10 10:00"), at("2026-06-10 10:05")
    world.poll("everything", first)
    world.account("Alder", source_id="A1", last_seen_at=first)
    world.account("Alder Ltd", source_id="A2", last_seen_at=first)
    project = world.project(first, account_ref="A1", last_seen_at=first)
    world.record(
        "biz.task",
        "K",
        {"name": "Build", "rate": 80, "currency": "USD"},
        {"source_id": "K1", "last_seen_at": first},
    )
    invoice = world.invoice("draft", created_at=first, last_seen_at=first)
    line = world.line(invoice, last_seen_at=first)
    item = world.entry(
        rate=None, task_ref="K1", invoice_line_ref=line, project_ref=project, last_seen_at=first
    )
    work.refresh(db)
    (before,) = stored(world)
    world.poll("everything", second)
    if change == "invoice":
        world.change("biz.invoice", invoice, state="posted", posted_at=second, last_seen_at=second)
    elif change == "line":
        world.change("biz.invoice_line", line, deleted_at=second, last_seen_at=second)
    elif change == "link":
        world.link(
            world.line(world.invoice("posted", first, last_seen_at=first), last_seen_at=first),
            item,
            last_seen_at=second,
        )
    elif change == "task":
        world.change("biz.task", "K1", rate=90, last_seen_at=second)
    elif change == "project":
        world.change("biz.project", project, account_ref="A2", last_seen_at=second)
    elif change == "account":
        world.change("biz.account", "A1", merged_into_ref="A2", last_seen_at=second)
    elif change == "history":
        world.change("biz.time_entry", item, bill_state="written_off")
        world.event(item, "bill_state", "written_off", second)
    else:
        world.change("biz.invoice", invoice, state="posted", posted_at=first)
        world.invoice("posted", second, kind="credit", credits_ref=invoice, last_seen_at=second)
    assert work.refresh(db) == 1
    assert stored(world) != [before]


def test_a_poll_that_still_runs_is_looked_at_until_it_is_done(world, db, at) -> None:
    slow, quick = at("2026-06-10 10:00"), at("2026-06-10 10:05")
    world.poll("time_entries", slow, "running", finished_at=None)
    world.poll("invoices", quick)
    assert work.refresh(db) == 0
    world.entry(last_seen_at=slow)  # a page of the slow poll, committed after the quick one
    assert work.refresh(db) == 1
    world.conn.execute(text("UPDATE ops.poll SET outcome = 'complete' WHERE outcome = 'running'"))
    world.entry(last_seen_at=slow)
    assert work.refresh(db) == 2
    assert work.refresh(db) == 0


def test_a_record_that_is_replayed_from_quarantine_is_news(world, db, at) -> None:
    world.poll("time_entries", at("2026-06-10 10:00"))
    work.refresh(db)
    world.put(
        "ops.quarantine", customer_id=world.customer_id, system_id=world.system_id, stream="time_entries", reason="r", place="p",
        payload=b"", payload_sha256=b"1", poll_id=1, state="replayed", first_seen_at=at("2026-06-10"),
        last_seen_at=at("2026-06-10"), replayed_at=at("2026-06-11"),
    )  # fmt: skip
    world.entry(last_seen_at=at("2026-06-11"))
    assert work.refresh(db) == 1


def test_a_customer_that_moves_to_another_zone_is_worked_out_anew(world, db, at) -> None:
    world.poll("time_entries", at("2026-06-10 10:00"))
    world.entry(last_seen_at=at("2026-06-01"), entered_at=at("2026-05-01"))
    work.refresh(db)
    world.conn.execute(
        text("UPDATE ops.customer SET time_zone = 'Asia/Kolkata' WHERE customer_id = :id"),
        {"id": world.customer_id},
    )
    assert work.refresh(db) == 1
    assert '"2026-05-31 18:30:00+00"' in stored(world)[0][0]  # the first of June begins earlier there


def test_many_polls_are_remembered_by_a_floor(world, db, at) -> None:
    for number in range(320):
        world.poll("time_entries", at("2026-06-10 10:00") + timedelta(minutes=number))
    work.refresh(db)
    (kept,) = world.conn.execute(
        text(
            "SELECT poll_floor, cardinality(done) AS done FROM kpi.worked_through WHERE customer_id = :customer"
        ),
        {"customer": world.customer_id},
    ).all()
    assert kept.poll_floor > 0
    assert kept.done < 205
    assert news.heard(world.conn, work.TASK, work.VERSION) == []


def test_a_raised_version_makes_everything_news(world, db, at) -> None:
    world.poll("time_entries", at("2026-06-10 10:00"))
    work.refresh(db)
    (told,) = news.heard(world.conn, work.TASK, work.VERSION + 1)
    assert told.since is None


@pytest.mark.parametrize("seed", range(6))
def test_working_out_what_changed_equals_working_out_everything(world, db, at, seed) -> None:
    random = Random(seed)
    entries: list[str] = []
    invoices: list[str] = []
    for step in range(12):
        now = at("2026-06-10 10:00") + timedelta(hours=step)
        world.poll("everything", now)
        for _ in range(random.randint(1, 4)):
            deed = random.choice(
                ["enter", "enter", "draft", "post", "void", "approve", "delete", "credit", "rate"]
            )
            if deed == "enter" or not entries:
                entries.append(
                    world.entry(
                        last_seen_at=now,
                        approval_state=random.choice(["approved", "submitted"]),
                        approved_at=None,
                    )
                )
            elif deed == "draft":
                invoices.append(world.invoice("draft", created_at=now, last_seen_at=now))
                line = world.line(invoices[-1], last_seen_at=now)
                world.change(
                    "biz.time_entry", random.choice(entries), invoice_line_ref=line, last_seen_at=now
                )
            elif deed in ("post", "void") and invoices:
                posted = (
                    {"state": "posted", "posted_at": now}
                    if deed == "post"
                    else {"state": "void", "voided_at": now}
                )
                world.change("biz.invoice", random.choice(invoices), last_seen_at=now, **posted)
            elif deed == "approve":
                world.change(
                    "biz.time_entry",
                    random.choice(entries),
                    approval_state="approved",
                    approved_at=now,
                    last_seen_at=now,
                )
            elif deed == "delete":
                world.change("biz.time_entry", random.choice(entries), deleted_at=now, last_seen_at=now)
            elif deed == "credit" and invoices:
                world.invoice(
                    "posted", now, kind="credit", credits_ref=random.choice(invoices), last_seen_at=now
                )
            elif deed == "rate":
                world.change(
                    "biz.time_entry", random.choice(entries), rate=random.choice([None, 50]), last_seen_at=now
                )
        work.refresh(db)
    followed = stored(world)
    work.count_again(world.conn, news.News(world.customer_id, None, 0, ()))
    assert followed == stored(world)
    assert len(followed) == len(entries)


def test_one_that_fails_stands_in_nobodys_way() -> None:
    done = []

    def do(item: int) -> None:
        if item == 2:
            raise SQLAlchemyError("bad data")
        done.append(item)

    with pytest.raises(SQLAlchemyError, match="bad data"):
        apart.each([1, 2, 3], do)
    assert done == [1, 3]
