"""Commands about the rules that open exceptions: rules list, rules show, rules try."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from app import configuration, estate_file
from app.cli.configure import Files
from app.cli.ground import CustomerEntry, customers, database, find_customer, now
from app.cli.output import AsJson, answer, answer_json, aside, refuse, say
from app.estate import Estate
from app.rule_list import Told, told
from metrics import detect
from metrics import rules as settings
from metrics.looks import Trouble
from metrics.rule_library import untold
from metrics.rules import OWN, Setting

rules = typer.Typer(
    help="The rules that open exceptions: what holds for whom, and what a change would open.",
    no_args_is_help=True,
)
Customer = Annotated[
    str | None, typer.Option("--customer", help="As it holds for this customer; else as the library has it.")
]


@rules.command("list")
def list_rules(customer: Customer = None, as_json: AsJson = False) -> None:
    """Every rule: whether it holds, how bad what it opens is, its threshold and who gets it."""
    answer([_line(each) for each in _told(customer)], as_json, "No rules.")


@rules.command("show")
def show_rule(
    key: Annotated[str, typer.Argument(metavar="RULE", help="The rule's key.")],
    customer: Customer = None,
    as_json: AsJson = False,
) -> None:
    """One rule with its sentence, what money it counts, and its runbook."""
    found = [each for each in _told(customer) if key in (each["rule"], each["rule"].removeprefix(OWN))]
    if not found:
        whose = f" of {customer}" if customer else "; one of a customer's own needs --customer"
        refuse(f"there is no rule '{key}'{whose}; see throughline rules list")
    if as_json:
        answer_json(found[0])
        return
    for name, value in found[0].items():
        if value is not None:
            say(f"{name}:\n{value}" if name == "runbook" else f"{name}: {value}")


@rules.command("try")
def try_rules(
    files: Files,
    days: Annotated[int, typer.Option("--days", min=1, max=400, help="Over the last so many days.")] = 90,
    customer: Annotated[str | None, typer.Option("--customer", help="Only for this one.")] = None,
    limit: Annotated[int, typer.Option("--limit", help="At most so many lines.")] = 50,
    as_json: AsJson = False,
) -> None:
    """What new and changed rules of estate files would have opened lately, as if they had held all the time; writes nothing."""
    estates = _load(files)
    at = now()
    found: list[dict[str, Any]] = []
    troubles: list[Trouble] = []
    tried: set[str] = set()
    with database() as db:
        known = {(each.partner_key, each.key): each for each in customers(db)}
        if customer is not None:
            entry = find_customer(db, customer)
            known = {(entry.partner_key, entry.key): entry}
        for estate in estates:
            for each in estate.customers:
                if (estate.partner.key, each.key) in known:
                    with db.engine("metrics").connect() as conn:
                        own = known[estate.partner.key, each.key]
                        wanted, changed = _changed(conn, own, estate, files[0])
                        if not changed:
                            continue
                        since = at - timedelta(days=days)
                        rows, failed = detect.would(conn, wanted, changed, [own.customer_id], at, since)
                        conn.rollback()
                    tried |= set(changed)
                    found += [row | {"untold": untold(row["rule"]) or None} for row in rows]
                    troubles += failed
    if troubles:
        refuse("; ".join(f"{each.rule}: {each.said}" for each in troubles))
    for rule in sorted(tried):
        if words := untold(rule):
            aside(f"{rule}: {words}")
    if as_json:
        answer_json(found)
        return
    answer([_row(row) for row in found[:limit]], False, f"In {days} days nothing would be other than it is.")
    if len(found) > limit:
        say(f"{limit} of {len(found)}; --limit shows more.")
    for (rule, became), count in sorted(Counter((row["rule"], row["became"]) for row in found).items()):
        say(f"{rule}: {count} {_BECAME[became]}.")


_BECAME = {
    "opens": "would be opened",
    "known": "stand in the queue already",
    "not told": "would not be there",
}


def _load(files: list[Path]) -> list[Estate]:
    try:
        return estate_file.load(files)
    except estate_file.EstateError as error:
        refuse(str(error))


def _changed(
    conn: Connection, entry: CustomerEntry, estate: Estate, file: Path
) -> tuple[list[Setting], list[str]]:
    """The rules as the file sets them, and which of them are new, changed or gone."""
    (own,) = (each for each in estate.customers if each.key == entry.key)
    wanted = {each.key: each.value for each in estate.rules_of(own)}
    for key, value in wanted.items():
        if "when" in value and (said := settings.refused(conn, value["when"])):
            refuse(f"{file}: customers.{entry.key}.rules.{key}.when: {said}")
    held = [each for each in settings.of_customers(conn, [entry.customer_id]) if each.until is None]
    before = {each.key: each for each in held}
    tried = [Setting(entry.customer_id, key, value, configuration.ALWAYS) for key, value in wanted.items()]
    changed = {
        each.rule for each in tried if each.key not in before or before[each.key].said != each.said
    } | {each.rule for each in held if each.key not in wanted}
    return tried, sorted(changed)


def _told(customer: str | None) -> list[Told]:
    """The rules with what holds for a customer now."""
    if customer is None:
        return told()
    with database() as db:
        entry = find_customer(db, customer)
        with db.engine("metrics").connect() as conn:
            held = settings.of_customers(conn, [entry.customer_id])
            failed = settings.troubles(conn, entry.customer_id)
    return told(held, now(), failed)


def _line(told: Told) -> dict[str, Any]:
    return {
        name: told[name]
        for name in ("rule", "title", "enabled", "severity", "days", "owner", "set", "when", "trouble")
    }


def _row(row: dict[str, Any]) -> dict[str, Any]:
    worth = (
        None
        if row["amount"] is None or row["currency"] is None
        else f"{row['currency']} {row['amount']:,.2f}"
    )
    return {
        "customer": row["customer"],
        "rule": row["rule"],
        "would be": row["became"],
        "severity": row["severity"],
        "records": row["records"],
        "began": row["opened_at"],
        "at risk": worth,
        "title": row["title"],
    }
