"""Opens, updates and closes exceptions: one for each cause at a customer, from what runs say and from what is missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from metrics import apart, error_class, fingerprint, looks, news, rules, unusual
from metrics.rule_library import CHECKS, by_key
from sql.ask import execute
from sql.database import Database, scope

TASK = "detect"
VERSION = 1  # raise it when a rule finds other subjects: the whole history is looked at again
CUSTOMERS_AT_ONCE = 50
_LATE_SUCCESS = timedelta(days=7)
_WEEK_AFTER = timedelta(days=11)
"""A day on which nothing was entered is told of when it is a week old; days begin in the customer's zone."""

_FIND = (
    "kpi/detect_cells_analyze",
    "kpi/detect_transactions",
    "kpi/detect_creations",
    "kpi/detect_expectations",
    "kpi/detect_verification",
    "kpi/detect_unbilled",
    "kpi/detect_missing_time",
    "kpi/detect_quarantine",
    "kpi/detect_streams",
    "kpi/detect_stale",
)
_WRITE = (
    "kpi/detect_cause_apply",
    "kpi/detect_analyze",
    "kpi/detect_open",
    "kpi/detect_link",
    "kpi/detect_give",
    "kpi/detect_split",
    "kpi/detect_occurrences",
    "kpi/detect_void",
    "kpi/detect_gone",
    "kpi/detect_made_good",
    "kpi/detect_touched_analyze",
    "kpi/detect_recount",
    "kpi/detect_block",
    "kpi/detect_cells_forget",
    "kpi/detect_cells_keep",
)
_WRITE_DAYS = (
    "kpi/detect_rules_apply",
    "kpi/detect_open",
    "kpi/detect_link",
    "kpi/detect_give",
    "kpi/detect_split",
    "kpi/detect_occurrences",
    "kpi/detect_recount",
)
_FILL = ("kpi/detect_open", "kpi/detect_occurrences")
_LEDGER = frozenset(("stream_failing", "stream_stale"))
_NAMED_BY_WORDS = ("run_failed", "run_overdue", "missed_slot", "record_quarantined")
MANY = 200
"""So many new exceptions in one pass that the planner has to be told before it joins them."""


@dataclass(frozen=True)
class Detected:
    """What one pass did to the queue: exceptions opened, reopened and closed."""

    opened: int = 0
    reopened: int = 0
    closed: int = 0

    def __add__(self, other: "Detected") -> "Detected":
        return Detected(
            self.opened + other.opened, self.reopened + other.reopened, self.closed + other.closed
        )


def detect(database: Database, now: datetime) -> Detected:
    """Bring the exception queue in step with runs, records and the ledger as of `now`; twice is the same as once.

    One cause is one exception: the missing record where an error names it, else the error's words without their data
    (metrics.fingerprint). What happens to further transactions or records is counted as occurrences of it. It is closed
    by "system" when all of them succeeded, were created or were billed, and it reopens, the same row, when the cause
    comes back. Counts and links must be fresh: run it after metrics.rollup, metrics.matching, metrics.work and
    metrics.expectations.
    """
    with database.engine("metrics").begin() as conn:
        everybody = [row.customer_id for row in execute(conn, "kpi/detect_customers")]
        waiting = {each.customer_id: each for each in news.heard(conn, TASK, VERSION)}

    def some(customers: Sequence[int]) -> Detected:
        told = [waiting[customer] for customer in customers if customer in waiting]
        with database.engine("metrics").begin() as conn:
            execute(conn, "kpi/task_lock", customer_id=0, task=TASK)
            whole = [each.customer_id for each in told if each.since is None]
            written = dict.fromkeys(set(customers) - set(whole)) | {
                each.customer_id: each.since for each in told if each.since is not None
            }
            done = detect_customers(conn, customers, whole, now, written)
            for each in told:
                news.noted(conn, TASK, each)
        return done

    def handful(customers: Sequence[int]) -> Detected:
        try:
            return some(customers)
        except (
            SQLAlchemyError
        ):  # each for itself, so that one with bad data does not hide the others' trouble
            return sum(apart.each([[customer] for customer in customers], some), Detected())

    handfuls = [everybody[n : n + CUSTOMERS_AT_ONCE] for n in range(0, len(everybody), CUSTOMERS_AT_ONCE)]
    return sum(apart.each(handfuls, handful), Detected())


def detect_customers(
    conn: Connection,
    customer_ids: Sequence[int],
    everything_ids: Sequence[int],
    now: datetime,
    written: Mapping[int, datetime | None] | None = None,
) -> Detected:
    """One pass over these customers in the caller's transaction; of `everything_ids` the whole history is looked at.

    `written` tells since when rows of a customer are new (None: none is); rules look at all records of a customer that is not in it.
    """
    asked = _asked(customer_ids, everything_ids, now)
    scope(conn, customer_ids, now)  # the views tell how things stood at `now`
    settings = rules.of_customers(conn, customer_ids)
    looked = looks.of_customers(conn, customer_ids, settings, now, written or {})
    execute(conn, "kpi/detect_stage")
    execute(conn, "kpi/detect_cells", **asked)
    _upgrade(conn, asked)
    troubles = _find(conn, settings, looked, asked)
    looks.write_down(conn, customer_ids, troubles, now)
    looks.keep(conn, customer_ids, looked, [(each.customer_id, each.rule) for each in troubles])
    asked["failed"] = [f"{each.customer_id} {each.rule}" for each in troubles]
    asked["partly"] = [f"{customer} {rule}" for customer, rule in looked.set if looked.last(customer, rule)]
    asked["unlooked"] = sorted(set(customer_ids) - set(looked.house(customer_ids)))
    rows = {}
    for name in _WRITE:
        rows[name] = execute(conn, name, **asked)
        if name in _FILL and rows[name].rowcount > MANY:
            execute(conn, "kpi/detect_analyze_queue")
    opened = rows["kpi/detect_open"].rowcount
    if unusual.find(conn, customer_ids, now):
        opened += {name: execute(conn, name, **asked).rowcount for name in _WRITE_DAYS}["kpi/detect_open"]
    _class(conn, customer_ids)
    moves = [row.kind for row in execute(conn, "kpi/detect_move", **asked)]
    execute(conn, "kpi/recovered_keep", **asked)
    execute(conn, "kpi/detect_drop")
    return Detected(opened, moves.count("reopened"), moves.count("closed"))


def would(
    conn: Connection,
    settings: Sequence[rules.Setting],
    chosen: Sequence[str],
    customer_ids: Sequence[int],
    now: datetime,
    since: datetime,
) -> tuple[list[dict[str, Any]], list[looks.Trouble]]:
    """What the chosen rules tell since then with these settings, held against the queue; nothing is written.

    Rows as in kpi/detect_try.sql; an empty list when they tell of nothing. What stood in the past is judged as of then; what a rule cannot
    tell of it says rule_library.untold. The transaction may only read afterwards.
    """
    asked = _asked(customer_ids, customer_ids, now)
    scope(conn, customer_ids, now)
    execute(conn, "kpi/detect_stage")
    execute(conn, "kpi/read_only")
    execute(conn, "kpi/detect_try_cells", customer_ids=list(customer_ids), since=since)
    if not _LEDGER.isdisjoint(chosen):
        past = execute(conn, "kpi/detect_try_looks", **asked | {"since": since}).all()
        asked |= {"look_ids": [each.customer_id for each in past], "look_ats": [each.at for each in past]}
    _find_days(conn, chosen, customer_ids, now, (now - since).days)
    everything = looks.of_customers(conn, customer_ids, settings, now, {})
    troubles = _find(conn, settings, everything, asked)
    found = execute(
        conn,
        "kpi/detect_try",
        customer_ids=list(customer_ids),
        rules=list(chosen),
        since=since,
        version=fingerprint.VERSION,
    )
    return [dict(row) for row in found.mappings()], troubles


def _find_days(
    conn: Connection, chosen: Sequence[str], customer_ids: Sequence[int], now: datetime, days: int
) -> None:
    """What rules tell that judge a day once it is over, of the last that was over by now and of so many before it."""
    if "missing_time" in chosen:
        for ago in range(days, -1, -1):
            at = now - timedelta(days=ago)
            asked = {"customer_ids": list(customer_ids), "since": at - _WEEK_AFTER, "until": at}
            execute(conn, "kpi/detect_missing_time", **asked)
    if unusual.RULE in chosen:
        for customer_id in customer_ids:
            unusual.judge(conn, customer_id, now, now - timedelta(days=days + 1))


def _asked(customer_ids: Sequence[int], everything_ids: Sequence[int], now: datetime) -> dict[str, Any]:
    return {
        "customer_ids": list(customer_ids),
        "everything_ids": list(everything_ids),
        "now": now,
        "look_ids": list(customer_ids),
        "look_ats": [now] * len(customer_ids),
        "days": by_key("unbilled_time").days,
        "runs_from": now - _LATE_SUCCESS,
        "checks": list(CHECKS),
        "since": now - looks.LOOK_BACK,
        "until": now + timedelta(microseconds=1),
        "version": fingerprint.VERSION,
    }


def _find(
    conn: Connection, settings: Sequence[rules.Setting], looked: looks.Looks, asked: dict[str, Any]
) -> list[looks.Trouble]:
    """All that is in trouble by the rules as they are set, with the name of its cause."""
    rules.stage(conn, settings)
    for name in _FIND:
        execute(conn, name, **asked)
    troubles = looks.look(conn, asked["customer_ids"], settings, looked, asked["since"])
    execute(conn, "kpi/detect_rules_apply")
    _name_causes(conn)
    return troubles


def _name_causes(conn: Connection) -> None:
    """A fingerprint for every error text: by the record it says is missing, else by its words."""
    named: dict[str, list[str | None]] = {
        name: []
        for name in ("rules", "workflows", "messages", "fingerprints", "words", "object_types", "object_keys")
    }
    for rule, workflow, message in execute(conn, "kpi/detect_texts"):
        missing = fingerprint.missing_upstream(message)
        found = (
            rule,
            workflow,
            message,
            fingerprint.cause(rule, workflow, message),
            fingerprint.shown_of(message),
            missing and missing.object_type,
            missing and missing.object_key,
        )
        for column, item in zip(named.values(), found, strict=True):
            column.append(item)
    execute(conn, "kpi/detect_cause_put", **named)


def _upgrade(conn: Connection, asked: dict[str, Any]) -> None:
    """Exceptions known by an older version of the fingerprint get the name that their last words have today."""
    old = execute(
        conn, "kpi/detect_outdated", customer_ids=asked["customer_ids"], version=fingerprint.VERSION
    ).all()
    if old:
        named = [
            fingerprint.cause(row.rule, row.workflow or "", row.message or "")
            if row.rule in _NAMED_BY_WORDS
            else row.fingerprint
            for row in old
        ]
        of = {
            "customers": [row.customer_id for row in old],
            "exception_ids": [row.exception_id for row in old],
        }
        execute(conn, "kpi/detect_upgrade", fingerprints=named, **of, **asked)


def _class(conn: Connection, customer_ids: Sequence[int]) -> None:
    """What sort of trouble each exception is that was opened now, or classed by older rules."""
    version = {"customer_ids": list(customer_ids), "class_version": error_class.VERSION}
    new = execute(conn, "kpi/detect_unclassed", **version).all()
    if new:
        execute(
            conn,
            "kpi/detect_class_put",
            customers=[row.customer_id for row in new],
            exception_ids=[row.exception_id for row in new],
            classes=[error_class.error_class(row.rule, row.message, row.fingerprint) for row in new],
            **version,
        )
