"""Commands about incidents over several customers: incidents list, incidents show, incidents notice."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import typer

from app.cli import ground
from app.cli.output import AsJson, answer, answer_json, refuse, say
from app.cli.triage_desk import As, TriageDesk, seated
from app.notice import draft
from metrics.error_class import WORDS
from metrics.triage.incidents import Incident, Member
from metrics.triage.incidents import incidents as found

incidents = typer.Typer(
    help="The same trouble at several customers at once, for the partner's staff; and what each of them is told.",
    no_args_is_help=True,
)
Days = Annotated[int, typer.Option("--days", min=1, max=400, help="Of the last so many days.")]
Key = Annotated[str, typer.Argument(metavar="INCIDENT", help="The incident's key, from incidents list.")]


@incidents.command("list")
def show_list(days: Days = 30, who: As = None, as_json: AsJson = False) -> None:
    """Incidents that touch two or more of your customers, the latest first."""
    with seated(who) as desk:
        rows = [_line(each) for each in _incidents(desk, days)]
    answer(rows, as_json, f"In {days} days nothing happened at two customers at once.")


@incidents.command("show")
def show_one(key: Key, days: Days = 30, who: As = None, as_json: AsJson = False) -> None:
    """One incident: each customer's part of it."""
    with seated(who) as desk:
        incident = _one(desk, key, days)
    rows = [_part(each) for each in incident.members]
    if as_json:
        answer_json(_line(incident) | {"parts": rows})
        return
    for name, value in _line(incident).items():
        say(f"{name}: {value}")
    answer(rows, False, "")


@incidents.command("notice")
def show_notice(
    key: Key,
    customer: Annotated[str, typer.Argument(help="The customer's key.")],
    days: Days = 30,
    who: As = None,
    as_json: AsJson = False,
) -> None:
    """A draft for one customer, which tells its own part and nothing of the others; nothing is sent."""
    with seated(who) as desk:
        incident = _one(desk, key, days)
        own = ground.find_customer(desk.db, customer, desk.customer_ids)
        parts = [each for each in incident.members if each.customer_id == own.customer_id]
    if not parts:
        refuse(f"the incident {key} does not touch {customer}")
    notice = draft(parts[0], incident.error_class)
    if as_json:
        answer_json({"customer": own.key, "subject": notice.subject, "body": notice.body})
        return
    say(f"Subject: {notice.subject}")
    say("")
    for line in notice.body.splitlines():
        say(line)


def _incidents(desk: TriageDesk, days: int) -> list[Incident]:
    return found(desk.conn, desk.customer_ids, ground.now(), timedelta(days=days))


def _one(desk: TriageDesk, key: str, days: int) -> Incident:
    known = _incidents(desk, days)
    for each in known:
        if each.key == key:
            return each
    there = ", ".join(each.key for each in known[:5]) or "none"
    refuse(f"there is no incident '{key}' in the last {days} days among your customers; there are {there}")


def _line(incident: Incident) -> dict[str, Any]:
    return {
        "incident": incident.key,
        "system": incident.kind,
        "what": WORDS[incident.error_class],
        "began": incident.began_at,
        "last": incident.last_at,
        "customers": [each.customer for each in incident.members],
        "records": incident.records,
        "open": incident.open_records,
    }


def _part(own: Member) -> dict[str, Any]:
    return {
        "customer": own.customer,
        "exceptions": list(own.exception_ids),
        "flows": list(own.flows),
        "began": own.began_at,
        "last": own.last_at,
        "records": own.records,
        "open": own.open_records,
        "at risk": {currency: str(amount) for currency, amount in own.at_risk.items()} or None,
        "of unknown value": own.unknown,
    }
