"""Writes down what the rules find: opens and closes alerts, and puts what there is to say into the outbox."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.alerts import digest
from app.alerts.estate import Channel, Who, channels, open_time, opening, rules, who
from app.alerts.wording import Told, told
from metrics.alerts.findings import Finding, findings
from metrics.alerts.rules import Rule
from sql.ask import execute
from sql.database import Database, scope, viewer


@dataclass
class Written:
    """What one look did, in numbers."""

    opened: int = 0
    closed: int = 0
    messages: int = 0


@dataclass
class _Desk:
    """One customer's book, open in a transaction that sees no other customer."""

    conn: Connection
    who: Who
    channels: Mapping[str, Channel]
    at: datetime
    written: Written = field(default_factory=Written)

    def ask(self, name: str, **asked: Any) -> list[Mapping[str, Any]]:
        given = {"customer_id": self.who.customer_id, "customer_ids": [self.who.customer_id]} | asked
        result = execute(self.conn, f"alerts/{name}", **given)
        return [dict(row) for row in result.mappings()] if result.returns_rows else []

    def put(
        self, alert_id: int, kind: str, state: str, to: tuple[str, str], said: Mapping[str, Any], **more: Any
    ) -> None:
        """One message into the outbox; `to` is a channel's key and an addressee."""
        key, addressee = to
        severity = more["severity"]
        when = more.get("when", self.at)
        channel = self.channels[key]
        row = {
            "message_key": f"{alert_id}:{key}:{addressee}:{state}",
            "alert_id": alert_id,
            "kind": kind,
            "channel": key,
            "addressee": addressee,
            "severity": severity,
            "said": json.dumps({**said, "channel": channel.kind}),
            "state": "waiting",
            "not_before": opening(self.conn, channel, self.who.customer_id, severity, when),
            "at": self.at,
        }
        self.written.messages += len(self.ask("message_put", **row))


def look(db: Database, now: datetime) -> Written:
    """Apply every rule to every customer it is for, each in that customer's scope; twice is the same as once.

    A customer at which somebody else looks at this moment is left to them. One that fails does not keep the others
    waiting; its error is raised in the end.
    """
    known = rules(db)
    with db.engine("metrics").begin() as conn:
        left = [row.customer_id for row in execute(conn, "alerts/customers")]
    whole, failed = Written(), None
    for customer_id in sorted({*known, *left}):
        try:
            done = _customer(db, known, customer_id, now)
        except Exception as error:  # whatever is wrong at one customer, the others are told
            failed = failed or error
            continue
        whole.opened += done.opened
        whole.closed += done.closed
        whole.messages += done.messages
    if failed is not None:
        raise failed
    return whole


def dry_run(db: Database, now: datetime, customer_ids: list[int]) -> list[tuple[Who, Finding, Told]]:
    """What the rules find at these customers at this moment; nothing is written and nobody is told."""
    found = []
    for customer_id, (own, mine) in rules(db, customer_ids).items():
        with viewer(db, [customer_id]) as conn:
            for finding in findings(conn, customer_id, own.time_zone, mine, now):
                found.append((own, finding, told(finding, customer_id, own.words)))
    return found


def _customer(
    db: Database, known: Mapping[int, tuple[Who, list[Rule]]], customer_id: int, now: datetime
) -> Written:
    own, mine = known[customer_id] if customer_id in known else (who(db, customer_id), [])
    ways = channels(db, own.partner_id)
    with db.engine("triage").begin() as conn:
        scope(conn, [customer_id])
        desk = _Desk(conn, own, ways, now)
        if not desk.ask("try_lock", task="alerts")[0]["taken"]:
            return desk.written
        with viewer(db, [customer_id]) as reader:
            found = findings(reader, customer_id, own.time_zone, mine, now)
        _write(desk, found, {rule.key for rule in mine})
        for put in digest.due(conn, own, mine, ways, now):
            desk.written.messages += len(desk.ask("message_put", **put))
        return desk.written


def _write(desk: _Desk, found: Sequence[Finding], rules: set[str]) -> None:
    before = {(row["rule"], row["cause"]): row for row in desk.ask("open_alerts")}
    now = {(finding.rule.key, finding.cause): finding for finding in found}
    for key, finding in now.items():
        said = told(finding, desk.who.customer_id, desk.who.words)
        if key in before:
            _stand(desk, before[key], finding, said)
        elif not finding.is_quiet:
            _open(desk, finding, said)
    for key, row in before.items():
        if key not in now:
            _close(desk, row, row["rule"] in rules)


def _open(desk: _Desk, finding: Finding, said: Told) -> None:
    rule = finding.rule
    row = {
        "rule": rule.key,
        "cause": finding.cause,
        "severity": finding.severity,
        "title": said.title,
        "said": json.dumps(said.said),
        "exception_id": finding.exception_id,
        "at": desk.at,
    }
    for opened in desk.ask("alert_put", **row):
        desk.written.opened += 1
        _tell(desk, opened["alert_id"], "fired", "fired", rule.channels, finding, said)
        for number, step in enumerate(rule.escalate, 1):
            due = None
            if step.calendar is not None:
                due = open_time(desk.conn, desk.who.customer_id, step.calendar, desk.at, step.after)
            when = due or desk.at + step.after
            _tell(desk, opened["alert_id"], "escalated", f"escalated-{number}", step.to, finding, said, when)


def _stand(desk: _Desk, row: Mapping[str, Any], finding: Finding, said: Told) -> None:
    severe = min(row["severity"], finding.severity)
    desk.ask(
        "alert_say",
        alert_id=row["alert_id"],
        severity=severe,
        title=said.title,
        said=json.dumps(said.said),
    )
    if finding.severity < row["severity"] and not finding.is_quiet:
        state = f"worse-{finding.severity}"
        _tell(desk, row["alert_id"], "worse", state, finding.rule.channels, finding, said)


def _close(desk: _Desk, row: Mapping[str, Any], is_looked_for: bool) -> None:
    if not desk.ask("alert_close", alert_id=row["alert_id"], at=desk.at):
        return
    desk.written.closed += 1
    desk.ask("drop_unsent", alert_id=row["alert_id"], why="over before it was sent")
    lines = [f"It stood for {desk.who.words.duration((desk.at - row['opened_at']).total_seconds())}."]
    if row["exception_state"] == "verified_closed":
        lines.append("What was read since shows that it is fixed.")
    if not is_looked_for:
        lines.append("Its rule was taken away: nobody looks for it any more.")
    said = {"title": row["title"], "rule": row["rule"], "lines": lines, "path": row["said"].get("path", "/")}
    for to in desk.ask("told", alert_id=row["alert_id"]):
        if to["channel"] in desk.channels:
            way = (to["channel"], to["addressee"])
            desk.put(row["alert_id"], "resolved", "resolved", way, said, severity=row["severity"])


def _tell(
    desk: _Desk,
    alert_id: int,
    kind: str,
    state: str,
    keys: Sequence[str],
    finding: Finding,
    said: Told,
    when: datetime | None = None,
) -> None:
    message = {"title": said.title, "rule": finding.rule.key} | said.said
    for key in keys:
        channel = desk.channels.get(key)
        if channel is None or channel.is_digest_only:
            continue
        for addressee in channel.addressees:
            desk.put(
                alert_id, kind, state, (key, addressee), message,
                severity=finding.severity, when=when or desk.at,
            )  # fmt: skip
