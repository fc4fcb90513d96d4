"""Alerts without a screen: what stands, what would be told, whether a channel works, and taking one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer
from sqlalchemy import text

from app.alerts import book, estate, links, trial
from app.alerts.deliver import Courier
from app.alerts.notice import Notice
from app.alerts.outgoing import Undelivered
from app.cli import ground
from app.cli.output import AsJson, answer, answer_json, refuse, say, trouble
from app.mail import MailError
from app.worker import ways_of
from sql import query
from sql.database import Database, scope

alerts = typer.Typer(help="What people are told: rules, channels, messages.", no_args_is_help=True)
CustomerKey = Annotated[str | None, typer.Option("--customer", help="Only this customer.")]


@alerts.command("list")
def alerts_list(
    customer: CustomerKey = None,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    dead: Annotated[
        bool, typer.Option("--dead", help="Messages that could not be delivered, or that may have arrived.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """The open alerts and what became of their messages; or the messages that are dead (exit code 1 when there are any)."""
    with ground.database() as db:
        ids = _customers(db, customer)
        rows = []
        for customer_id in ids:
            with db.engine("triage").begin() as conn:
                scope(conn, [customer_id])
                name = "alerts/dead" if dead else "alerts/alerts"
                asked = {"customer_ids": [customer_id]} | ({} if dead else {"is_all": everything})
                rows += [dict(row) for row in conn.execute(text(query(name)), asked).mappings()]
        if dead and customer is None:
            partners = {
                "partner_ids": sorted({entry.partner_id for entry in ground.customers(db)}),
                "at": ground.now(),
            }
            with db.engine("metrics").begin() as conn:
                told = conn.execute(text(query("alerts/staff_digests")), partners).mappings().all()
            names = ("state", "channel", "addressee", "attempts", "error")
            over = {"message_id": None, "alert_id": None, "customer": "", "kind": "digest over customers"}
            rows += [
                over | {name: row[name] for name in names} | {"created_at": row["until"]}
                for row in told
                if row["state"] == "dead"
            ]
    shown = [{key: value for key, value in row.items() if key != "customer_id"} for row in rows]
    answer(shown, as_json, "No message is dead." if dead else "No alert is open.")
    if dead and rows:
        raise typer.Exit(1)


@alerts.command("dry-run")
def alerts_dry_run(customer: CustomerKey = None, as_json: AsJson = False) -> None:
    """What the rules find at this moment and whom they would tell; nothing is written, nobody is told."""
    with ground.database() as db:
        found = book.dry_run(db, ground.now(), _customers(db, customer))
    rows: list[dict[str, Any]] = [
        {
            "customer": own.customer_key,
            "rule": finding.rule.key,
            "severity": finding.severity,
            "title": told.title,
            "channels": ", ".join(finding.rule.channels),
            "fires": not finding.is_quiet,
            "cause": finding.cause,
        }
        for own, finding, told in found
    ]
    answer(rows, as_json, "No rule finds anything.")


@alerts.command("test")
def alerts_test(
    channel: Annotated[str, typer.Argument(help="The channel's key.")],
    customer: Annotated[str, typer.Option("--customer", help="For whom: its partner has the channel.")],
    as_json: AsJson = False,
) -> None:
    """Send one message through a channel at once, quiet hours or not, and say what came of it."""
    with ground.database() as db:
        entry = ground.find_customer(db, customer)
        known = estate.channels(db, entry.partner_id)
        if channel not in known:
            refuse(f"there is no channel '{channel}'; channels are {', '.join(known) or 'none'}")
        own, now = estate.who(db, entry.customer_id), ground.now()
        courier = Courier(db, ways_of(db), ground.now)
        rows = [
            {"channel": channel, "addressee": to, "error": _tried(courier, own, known[channel], to, now)}
            for to in known[channel].addressees
        ]
    answer(rows, as_json, "The channel tells nobody.")
    if any(row["error"] for row in rows):
        raise typer.Exit(1)


@alerts.command("release")
def alerts_release(
    number: Annotated[
        int, typer.Argument(help="The message's number, as in throughline alerts list --dead.")
    ],
    customer: Annotated[str, typer.Option("--customer", help="Whose message it is.")],
    arrived: Annotated[
        bool, typer.Option("--arrived/--again", help="It arrived, or it is to be sent again.")
    ],
    as_json: AsJson = False,
) -> None:
    """Say what becomes of a message that is dead or held: it arrived after all, or it is sent again."""
    with ground.database() as db:
        entry = ground.find_customer(db, customer)
        state = "sent" if arrived else "waiting"
        asked = {"customer_id": entry.customer_id, "message_id": number, "state": state, "at": ground.now()}
        with db.engine("triage").begin() as conn:
            scope(conn, [entry.customer_id])
            done = conn.execute(text(query("alerts/release")), asked).one_or_none()
    if done is None:
        trouble(
            f"message {number} of {entry.key} is not stuck"
            + (", or it cannot have arrived" if arrived else "")
        )
    if as_json:
        answer_json({"message": number, "customer": entry.key, "state": state})
    else:
        say(f"Message {number} of {entry.key} {'counts as delivered' if arrived else 'is sent again'}.")


@alerts.command("ack")
def alerts_ack(
    number: Annotated[int, typer.Argument(help="The alert's number, as in throughline alerts list.")],
    customer: Annotated[str, typer.Option("--customer", help="Whose alert it is.")],
    by: Annotated[str, typer.Option("--as", envvar="THROUGHLINE_AS", help="Who takes it, by e-mail.")],
    as_json: AsJson = False,
) -> None:
    """Say that somebody has an alert: nobody else is called."""
    with ground.database() as db:
        entry = ground.find_customer(db, customer)
        with db.engine("triage").begin() as conn:
            scope(conn, [entry.customer_id])
            done = links.acknowledge(conn, entry.customer_id, number, by, ground.now())
    if not done:
        trouble(f"alert {number} of {entry.key} is not open, or somebody has it already")
    if as_json:
        answer_json({"alert": number, "customer": entry.key, "acknowledged_by": by})
    else:
        say(f"Alert {number} of {entry.key} is acknowledged by {by}.")


def _customers(db: Database, key: str | None) -> list[int]:
    if key is not None:
        return [ground.find_customer(db, key).customer_id]
    return [entry.customer_id for entry in ground.customers(db)]


def _tried(courier: Courier, own: estate.Who, channel: estate.Channel, to: str, now: datetime) -> str | None:
    key = f"test-{now:%Y%m%d%H%M%S}-{channel.key}"
    base = str(channel.document.get("link") or f"https://{own.host}").rstrip("/")
    said = Notice(
        key=key, first=key, thread=key, kind="test", number=None, severity=4, title=trial.SAID["title"],
        lines=trial.SAID["lines"], figure=None, link=f"{base}/", acknowledge=None,
        brand=own.brand, footer=own.footer, customer_key=own.customer_key, customer=own.customer_name, rule=None,
        at=now, again=False,
    )  # fmt: skip
    try:
        courier.send(own, channel, said, to)
    except (Undelivered, MailError, ValueError) as error:
        return str(error)
    return None
