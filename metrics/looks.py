"""Looks at records by the rules: at those that were written since a rule looked last, and at those that a clock makes due."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from metrics import conditions
from metrics.rule_library import CHECKS
from metrics.rules import Setting
from sql import query

LOOK_BACK = timedelta(days=400)
"""Rules of the house and of customers look at records of so long; what is open of a customer's own rule is always looked at."""

AT_MOST_MS = 20_000
"""A customer's own rule may take so long in one pass; one that takes longer opens nothing, and says so."""

HOUSE = "house"
VERSION = 1  # raise it when a rule finds other records: all are looked at again, once
AGAIN = timedelta(hours=1)
"""Rules of the house look again after so long where nothing was written: days begin, and what was posted is a day old."""


@dataclass(frozen=True)
class Trouble:
    """A rule of a customer's own that could not be evaluated, and what the database said."""

    customer_id: int
    rule: str
    said: str


@dataclass
class Looks:
    """How far the rules of some customers have looked.

    known    by customer and rule: how it was set, and when it looked last
    written  by customer: rows stamped since then are new (None: nothing is); a customer that is not in it is looked at whole
    set      by customer and rule: how it is set now
    """

    now: datetime
    known: Mapping[tuple[int, str], tuple[str, datetime]]
    written: Mapping[int, datetime | None]
    set: dict[tuple[int, str], str] = field(default_factory=dict)

    def last(self, customer_id: int, rule: str) -> datetime | None:
        """When the rule looked last; None when it has to look at everything."""
        setting, looked_at = self.known.get((customer_id, rule), (None, self.now))
        is_same = customer_id in self.written and setting == self.set[customer_id, rule]
        return looked_at if is_same and looked_at <= self.now else None

    def house(self, customer_ids: Sequence[int]) -> list[int]:
        """The customers whose rules of the house have to look: something was written, set otherwise, or an hour has passed."""

        def is_due(customer_id: int) -> bool:
            last = self.last(customer_id, HOUSE)
            return last is None or self.written[customer_id] is not None or self.now - last >= AGAIN

        return [customer_id for customer_id in customer_ids if is_due(customer_id)]


def of_customers(
    conn: Connection,
    customer_ids: Sequence[int],
    settings: Sequence[Setting],
    now: datetime,
    written: Mapping[int, datetime | None],
) -> Looks:
    """How far the rules of these customers have looked, held against how they are set."""
    rows = conn.execute(text(query("kpi/rule_looks")), {"customer_ids": list(customer_ids)})
    looks = Looks(now, {(r.customer_id, r.rule): (r.setting, r.looked_at) for r in rows}, written)
    said: dict[tuple[int, str], list[Any]] = {(customer_id, HOUSE): [] for customer_id in customer_ids}
    for each in settings:
        rule = each.rule if each.is_own else HOUSE
        said.setdefault((each.customer_id, rule), []).append(
            [each.key, each.said, each.since.isoformat(), each.until and each.until.isoformat()]
        )
    for key, spans in said.items():
        told = json.dumps([VERSION, spans], sort_keys=True, default=str)
        looks.set[key] = hashlib.sha256(told.encode()).hexdigest()[:16]
    return looks


def keep(conn: Connection, customer_ids: Sequence[int], looks: Looks, but: Sequence[tuple[int, str]]) -> None:
    """Write down that all have looked as of `now`, but those that could not; a house that did not look keeps its time."""
    looked = set(looks.house(customer_ids))
    rows = [
        {
            "customer_id": customer_id,
            "rule": rule,
            "setting": setting,
            "looked_at": (
                looks.now if rule != HOUSE or customer_id in looked else looks.known[customer_id, rule][1]
            ).isoformat(),
        }
        for (customer_id, rule), setting in looks.set.items()
        if (customer_id, rule) not in but
    ]
    asked = {"customer_ids": list(customer_ids), "looks": json.dumps(rows)}
    conn.execute(text(query("kpi/rule_looks_put")), asked)


def look(
    conn: Connection,
    customer_ids: Sequence[int],
    settings: Sequence[Setting],
    looks: Looks,
    since: datetime,
) -> list[Trouble]:
    """Find what rules of the house, and customers' own rules, tell of records since then.

    A rule of a customer's own that cannot be evaluated, or takes too long, is told of and leaves the others alone.
    """
    switched_off = {
        (each.customer_id, each.key)
        for each in settings
        if not each.is_own and not each.is_enabled and each.since <= since and each.until is None
    }
    house = [
        customer_id
        for customer_id in looks.house(customer_ids)
        if not all((customer_id, key) in switched_off for key in CHECKS)
    ]
    if house:
        asked = {"customer_ids": house, "since": since, "now": looks.now}
        conn.execute(text(query("kpi/detect_checks")), asked)
    own = [each for each in settings if each.is_own and each.is_enabled]
    if not own:
        return []
    failed = _each(conn, own, lambda each: _choose(conn, each, looks))
    conn.execute(text(query("kpi/detect_looked_analyze")))
    blind = {(each.customer_id, each.rule) for each in failed}
    seeing = [each for each in own if (each.customer_id, each.rule) not in blind]
    return failed + _each(conn, seeing, lambda each: _hold(conn, each, looks, since))


def _each(conn: Connection, own: Sequence[Setting], do: Callable[[Setting], None]) -> list[Trouble]:
    failed = []
    for each in own:
        try:
            with conn.begin_nested():
                do(each)
        except (SQLAlchemyError, ValueError, LookupError) as error:
            said = str(getattr(error, "orig", None) or error).splitlines()[0]
            failed.append(Trouble(each.customer_id, each.rule, said))
    return failed


def _choose(conn: Connection, own: Setting, looks: Looks) -> None:
    """List the records that the rule looks at in this pass."""
    said = own.said
    condition = conditions.parse(said["on"], said["when"])
    last = looks.last(own.customer_id, own.rule)
    asked = {
        "customer_id": own.customer_id, "rule": own.rule, "object": said["on"], "is_everything": last is None,
        "since": looks.written.get(own.customer_id), "looked_at": last, "now": looks.now,
        "is_timed": bool(condition.ages or said.get("began")), "tasks": said.get("amount") is None,
        "projects": _asks_for_projects(said, condition), "accounts": _asks_for_accounts(said, condition),
    }  # fmt: skip
    conn.execute(text(query("kpi/detect_own_looked")), asked)


def _hold(conn: Connection, own: Setting, looks: Looks, since: datetime) -> None:
    """Find those of them for which the rule holds."""
    said = own.said
    condition = conditions.parse(said["on"], said["when"])
    asked = {
        "customer_id": own.customer_id, "rule": own.rule, "object": said["on"], "condition": condition.text, "ages": list(condition.ages),
        "projects": _asks_for_projects(said, condition), "accounts": _asks_for_accounts(said, condition),
        "title": said["title"], "severity": said.get("severity") or 3, "began": said.get("began"), "amount": said.get("amount"),
        "cause": said.get("cause"), "since": since, "now": looks.now, "valid_from": own.since, "valid_to": own.until,
    }  # fmt: skip
    conn.execute(text(query("kpi/rule_time")), {"milliseconds": str(AT_MOST_MS)})
    conn.execute(text(query("kpi/detect_own")), asked)
    conn.execute(text(query("kpi/rule_time")), {"milliseconds": "0"})


def _asks_for_projects(said: Mapping[str, Any], condition: conditions.Condition) -> bool:
    return condition.projects or said.get("cause") == "project_ref"


def _asks_for_accounts(said: Mapping[str, Any], condition: conditions.Condition) -> bool:
    return condition.accounts or said.get("cause") == "account_ref"


def write_down(
    conn: Connection, customer_ids: Sequence[int], failed: Sequence[Trouble], now: datetime
) -> None:
    """Keep which rules could not be evaluated; `throughline rules list` tells them."""
    said = [{"customer_id": each.customer_id, "rule": each.rule, "said": each.said[:300]} for each in failed]
    asked = {"customer_ids": list(customer_ids), "troubles": json.dumps(said), "now": now}
    conn.execute(text(query("kpi/detect_own_trouble")), asked)
