"""What the page Rules reads: how the rules of one customer are set, what they opened, and what those that are off would have opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app import house, rule_list, rules_file
from app.data import Row, cached, look, rows_of
from app.rule_list import Told
from app.rule_names import rule_name
from app.scope import Scope
from metrics import detect
from metrics import rules as settings
from metrics.rules import Setting

LATELY = timedelta(days=90)
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Trial:
    """What rules that somebody wrote would have told: their names on exceptions with their titles, and rows as in kpi/detect_try.sql."""

    titles: dict[str, str]
    rows: list[Row]


@cached
def told(scope: Scope, customer_id: int, as_of: datetime) -> list[Told]:
    """The rules as they hold for a customer; PermissionError for one that is not in scope."""
    own = scope.only(customer_id)
    with look(own, as_of) as conn:
        held = settings.of_customers(conn, own.customer_ids)
        return rule_list.told(held, as_of, settings.troubles(conn, customer_id))


@cached
def counts(scope: Scope, customer_id: int, as_of: datetime) -> dict[str, Row]:
    """By rule what it opened in 90 days, what is open and when it looked last; columns as in screen/rule_counts.sql."""
    rows = rows_of(scope.only(customer_id), "screen/rule_counts", {"since": as_of - LATELY})
    return {row["rule"]: row for row in rows}


@cached
def tried(scope: Scope, customer_id: int, as_of: datetime) -> list[Row]:
    """What the rules that are off would have opened in 90 days, had they held; nothing is written.

    Columns as in kpi/detect_try.sql; empty when no rule is off, or they tell of nothing.
    """
    own = scope.only(customer_id)
    off = [each["rule"] for each in told(scope, customer_id, as_of) if not each["enabled"]]
    if not off:
        return []
    with house.current().db.engine("metrics").connect() as conn:
        held = settings.of_customers(conn, own.customer_ids)
        latest = {each.key: each.said for each in held if each.until is None}
        on = [Setting(customer_id, key, {**said, "enabled": True}, _ALWAYS) for key, said in latest.items()]
        rows, _ = detect.would(conn, on, off, own.customer_ids, as_of, as_of - LATELY)
        conn.rollback()
    return list(rows)


@cached
def trial(scope: Scope, customer_id: int, text: str, as_of: datetime) -> Trial:
    """What the rules of a text would have opened in 90 days, had they held beside those that hold; nothing is written.

    Raises EstateError, in one line with its line and the reason, for what cannot be read or evaluated; PermissionError for a
    customer that is not in scope, and for a customer's own people.
    """
    own = scope.only(customer_id)
    if scope.is_customer:
        raise PermissionError("rules are tried by the partner's people")
    written = rules_file.load_text(text, "rules")
    tried = {
        each.entry.key: Setting(customer_id, each.entry.key, {**each.entry.value, "enabled": True}, _ALWAYS)
        for each in written
    }
    with house.current().db.engine("metrics").connect() as conn:
        for each in written:
            if each.entry.when is not None and (said := settings.refused(conn, each.entry.when)):
                raise each.error("when", said)
        held = settings.of_customers(conn, own.customer_ids)
        stay = [each for each in held if each.until is None and each.key not in tried]
        names = [each.rule for each in tried.values()]
        rows, failed = detect.would(
            conn, [*stay, *tried.values()], names, own.customer_ids, as_of, as_of - LATELY
        )
        conn.rollback()
    for trouble in failed:
        for each in written:
            if tried[each.entry.key].rule == trouble.rule:
                raise each.error("when", trouble.said)
    return Trial(
        {tried[each.entry.key].rule: _title(each.entry.title, each.entry.key) for each in written}, list(rows)
    )


def _title(said: str | None, key: str) -> str:
    return said or rule_name(key)
