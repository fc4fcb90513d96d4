"""Keeps kpi.expectation in step with business events, what follows them, and the rules that say by when it must."""

from typing import Any

from sqlalchemy import Connection

from metrics import apart, news
from metrics.expectation_library import LIBRARY
from metrics.news import News
from sql.ask import execute
from sql.database import Database

TASK = "expect"
VERSION = 1  # raise it when an event means something else: all expectations are worked out again

_CHANGED = ("kpi/work_changed", "kpi/expect_changed")
_ALL = ("kpi/expect_all",)


def refresh(database: Database) -> int:
    """Work out again what may have changed, customer by customer; answers how many expectations were written.

    Twice is the same as once, and piece by piece the same as all at once. No run is needed: an expectation is opened by a
    record, and whether it is overdue follows from its deadline and the instant one looks from. Links and billable work must
    be fresh: run it after metrics.matching and metrics.work. Raises the first database error when all customers had
    their turn.
    """

    def one(customer_id: int) -> int:
        with database.engine("metrics").begin() as conn:
            execute(conn, "kpi/task_lock", customer_id=customer_id, task=TASK)
            return work_out(conn, customer_id, waiting.get(customer_id))

    with database.engine("metrics").begin() as conn:
        ruled = [row.customer_id for row in execute(conn, "kpi/expect_customers")]
        waiting = {each.customer_id: each for each in news.heard(conn, TASK, VERSION)} if ruled else {}
    return sum(apart.side_by_side(ruled, one))


def work_out(conn: Connection, customer_id: int, told: News | None) -> int:
    """Work out one customer's, in the caller's transaction; `told`: what has been written since, None: nothing."""
    changed = execute(
        conn,
        "kpi/expect_rules",
        customer_id=customer_id,
        keys=[rule.key for rule in LIBRARY],
        workflows=[rule.workflow for rule in LIBRARY],
        titles=[rule.title for rule in LIBRARY],
        sentences=[rule.sentence for rule in LIBRARY],
        lacks=[rule.lacks for rule in LIBRARY],
        reads=[" ".join(rule.reads) for rule in LIBRARY],
        severities=[rule.severity for rule in LIBRARY],
    ).all()
    linked = execute(conn, "kpi/expect_linked", customer_id=customer_id).one()
    is_everything = bool(changed) or (told is not None and told.since is None)
    if not is_everything and told is None and linked.found == linked.known:
        return 0
    written = _count(
        conn,
        customer_id,
        since=None if is_everything else (told.since if told else "infinity"),
        linked=None if is_everything else linked.known,
    )
    execute(conn, "kpi/expect_linked_put", customer_id=customer_id, found=linked.found)
    if told is not None:
        news.noted(conn, TASK, told)
    return written


def _count(conn: Connection, customer_id: int, **changed: Any) -> int:
    in_use = {row.rule for row in execute(conn, "kpi/expect_in_use", customer_id=customer_id)}
    rules = [rule for rule in LIBRARY if rule.key in in_use]
    asked = {"customer_id": customer_id, "wanted": sorted({rule.subject for rule in rules}), **changed}
    for name in (
        "kpi/work_stage",
        "kpi/expect_stage",
        *(_ALL if changed["since"] is None else _CHANGED),
        "kpi/expect_analyze",
        "kpi/expect_forget",
    ):
        execute(conn, name, **asked)
    written = 0
    for rule in rules:
        written += execute(
            conn,
            "kpi/expect_count",
            customer_id=customer_id,
            rule=rule.key,
            start_event=rule.start,
            end_event=rule.end,
        ).rowcount
    execute(conn, "kpi/expect_drop")
    execute(conn, "kpi/work_drop")
    return written
