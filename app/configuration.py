"""Makes the database match the estate: what differs, what to do about it, and the estate as the database has it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

import metrics.calendars
from app.changed import FILED, Change, Entries, Path, said_since
from app.estate import Customer, Estate, Flow, seconds
from app.estate_alerts import kept
from sql.ask import execute

ORDER = (
    "partner",
    "fx_rate",
    "customer",
    "calendar",
    "system",
    "flow",
    "promise",
    "lifecycle",
    "expectation",
    "exception_rule",
    "terms",
    "alert_channel",
    "alert_rule",
)
RETIRED_WHEN_ABSENT = (
    "customer",
    "system",
    "flow",
    "lifecycle",
    "expectation",
    "exception_rule",
    "alert_channel",
    "alert_rule",
)
EFFECTIVE_DATED = ("promise", "expectation", "exception_rule")
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)


def desired(estates: Iterable[Estate]) -> Entries:
    """What the files say, one entry a thing; values are plain JSON."""
    entries: Entries = {}
    for estate in estates:
        partner = estate.partner
        entries["partner", (partner.key,)] = partner.model_dump(mode="json", exclude={"key"})
        for rate in estate.fx:
            key = ("fx_rate", (rate.on.isoformat(), rate.currency, rate.base))
            entries[key] = {"rate": format(rate.rate.normalize(), "f"), "source": rate.source}
        for channel in estate.alerts.channels:
            entries["alert_channel", (partner.key, channel.key)] = kept(channel)
        for alert in estate.alerts.rules:
            entries["alert_rule", (partner.key, alert.key)] = kept(alert)
        for customer in estate.customers:
            _customer(entries, partner.key, customer)
            for rule in estate.rules_of(customer):
                entries["exception_rule", (partner.key, customer.key, rule.key)] = rule.value
    return entries


def _customer(entries: Entries, partner: str, customer: Customer) -> None:
    here = (partner, customer.key)
    parts = {"key", "systems", "flows", "calendars", "terms", "lifecycle", "expectations", "rules"}
    said = customer.model_dump(mode="json", exclude=parts)
    entries["customer", here] = said | {FILED["customer"]: said["review"]}
    for calendar in customer.calendars:
        entries["calendar", (*here, calendar.key)] = {
            "hours": calendar.week(),
            "holidays": calendar.holidays,
            "time_zone": calendar.time_zone or customer.time_zone,
            "changes": calendar.later(),
            "open_on": calendar.open_on,
            "closed": sorted(
                (day.model_dump(mode="json") for day in calendar.closed), key=lambda day: day["on"]
            ),
        }
    for system in customer.systems:
        entries["system", (*here, system.key)] = system.model_dump(mode="json", exclude={"key"})
    for flow in customer.flows:
        entries["flow", (*here, flow.key)] = {
            "name": flow.name or flow.key.replace("-", " ").capitalize(),
            "workflow": flow.workflow,
            "from": flow.from_system,
            "to": flow.to_system,
            "runs_system": flow.runs.system,
            "runs_match": flow.runs.match,
            "agreed": flow.agreed_fields,
        }
        entries["promise", (*here, flow.key)] = _promise(flow)
    if customer.lifecycle:
        stages = sorted((stage.valid_from.isoformat(), stage.stage) for stage in customer.lifecycle)
        entries["lifecycle", here] = {"stages": [{"stage": name, "valid_from": on} for on, name in stages]}
    for entry in customer.expectations:
        entries["expectation", (*here, entry.key)] = {
            "rule": entry.rule,
            "flow": entry.flow,
            "from": entry.from_system,
            "to": entry.to_system,
            "stage": entry.stage,
            "deadline_seconds": entry.due.seconds or None,
            "business_days": entry.due.business_days,
            "calendar": entry.due.calendar,
        }
    for terms in customer.terms:
        document = terms.model_dump(mode="json")
        entries["terms", (*here, terms.valid_from.isoformat())] = document | {FILED["terms"]: document}


def _promise(flow: Flow) -> dict[str, Any]:
    return {
        "deadline_seconds": flow.deadline.seconds,
        "calendar": flow.deadline.calendar,
        "latency_threshold_seconds": flow.latency.total if flow.latency else flow.deadline.seconds,
        "slot_seconds": seconds(flow.every) if flow.every else None,
    }


def alone(conn: Connection) -> None:
    """Wait until nobody else changes the configuration, and let nobody until the transaction ends: before anything is read for a change."""
    execute(conn, "config/alone")


def current(conn: Connection) -> tuple[Entries, set[tuple[str, Path]]]:
    """What the database has, and which of it is retired."""
    entries: Entries = {}
    retired: set[tuple[str, Path]] = set()
    for kind in ORDER:
        for row in execute(conn, f"config/{kind}"):
            entries[kind, tuple(row.path)] = row.value
            if row.is_retired:
                retired.add((kind, tuple(row.path)))
    return entries, retired


def plan(conn: Connection, estates: list[Estate], now: datetime) -> list[Change]:
    """The changes that make the database match the files, in the order they must happen; empty when it does.

    A schedule that a person changed, and terms that were taken in, stay until a file says something else of them than the file
    before: those come first. Raises EstateError, one line, for terms of which a file and a person both said something new.
    """
    wanted = desired(estates)
    found, retired = current(conn)
    starts = _starts(estates)
    changes = said_since(wanted, found)
    for kind in ORDER:
        for (entry_kind, path), value in wanted.items():
            if entry_kind != kind:
                continue
            before = found.get((kind, path))
            since = None
            if kind in EFFECTIVE_DATED:
                is_off = value.get("enabled") is False and ("customer", path[:2]) in found
                is_new = before is None and not is_off
                since = starts.get((kind, path)) or (ALWAYS if is_new else now)
            if before is None:
                changes.append(Change(kind, path, "add", None, value, since))
            elif before != value or (kind, path) in retired:
                changes.append(Change(kind, path, "change", before, value, since))
    covered = {estate.partner.key for estate in estates}
    for kind in reversed(RETIRED_WHEN_ABSENT):
        for (entry_kind, path), value in found.items():
            gone = (kind, path) not in wanted and (kind, path) not in retired
            if entry_kind == kind and gone and path[0] in covered:
                changes.append(Change(kind, path, "retire", value, None))
    return changes


def _starts(estates: Iterable[Estate]) -> dict[tuple[str, Path], datetime]:
    """When a promise, an expectation or a rule begins, for those that say so: midnight in the customer's zone."""
    return {
        (kind, (estate.partner.key, customer.key, entry.key)): datetime.combine(
            entry.valid_from, time(), ZoneInfo(customer.time_zone)
        )
        for estate in estates
        for customer in estate.customers
        for kind, entries in (
            ("promise", customer.flows),
            ("expectation", customer.expectations),
            ("exception_rule", estate.rules_of(customer)),
        )
        for entry in entries
        if entry.valid_from is not None
    }


def apply(conn: Connection, changes: list[Change], now: datetime, actor: str) -> None:
    """Carries the changes out in the caller's transaction and writes each into the audit."""
    calendars: set[Path] = set()
    flows: list[Change] = []
    for change in changes:
        if change.action == "keep":
            continue
        names = {"partner": change.path[0], "customer": (*change.path, "")[1], "key": change.path[-1]}
        value = json.dumps(change.after, ensure_ascii=False)
        if change.action == "retire":
            execute(conn, f"config/{change.kind}_retire", **names, now=now)
        elif change.kind == "promise":
            execute(conn, "config/promise_close", **names, since=change.since)
            execute(conn, "config/promise_put", **names, value=value, since=change.since)
            execute(conn, "config/promise_mark", **names, since=change.since)
        elif change.kind in ("expectation", "exception_rule"):
            execute(conn, f"config/{change.kind}_close", **names, since=change.since)
            execute(conn, f"config/{change.kind}_put", **names, value=value, since=change.since)
        else:
            execute(conn, f"config/{change.kind}_put", **names, value=value, now=now)
        if change.kind == "lifecycle" and change.action != "retire":
            execute(conn, "config/lifecycle_forget", **names, value=value)
        if change.kind == "exception_rule":
            execute(conn, "config/exception_rule_mark", **names)
        if change.kind == "calendar":
            execute(conn, "config/calendar_forget_closed", **names)
            execute(conn, "config/calendar_put_closed", **names, value=value)
            calendars.add(change.path)
        if change.kind == "flow" and change.action != "retire":
            flows.append(change)
        detail = json.dumps({"before": change.before, "after": change.after}, ensure_ascii=False)
        subject = f"{change.kind} {'/'.join(change.path)}"
        execute(
            conn,
            "config/audit_put",
            at=now,
            actor=actor,
            action=change.action,
            subject=subject,
            detail=detail,
        )
    for change in flows:
        execute(
            conn,
            "config/flow_assign_runs",
            partner=change.path[0],
            customer=change.path[1],
            key=change.path[2],
        )
    for partner, customer in sorted({path[:2] for path in calendars}):
        customer_id = execute(conn, "config/customer_id", partner=partner, customer=customer).scalar_one()
        metrics.calendars.materialise(conn, customer_id)
