"""The sales side of Tryton: accounts, opportunities with their history, and the sales that come of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from collectors.stream import BadRecord, Mapped, Record
from collectors.tryton.client import Reader, among
from collectors.tryton.history import REVISIONS, add_revisions
from collectors.tryton.lines import total
from collectors.tryton.options import TrytonOptions
from collectors.tryton.reading import STAMP, Also, Reading
from collectors.tryton.removals import gone_row
from collectors.tryton.rights import Need
from collectors.tryton.shared import CURRENCIES, MERGES, add_currency, currency_of
from collectors.tryton.values import Domain, Row, day, instant, number, ref, target

WON, LOST, CANCELLED = "won", "lost", "cancelled"


def _parties_of(_: Reader, rows: Sequence[Row]) -> Sequence[Domain]:
    return among("id", {row["party"] for row in rows if row["party"]})


def _add_party(reader: Reader, rows: list[Row]) -> None:
    by_id = {row["id"]: row for row in rows}
    for row in rows:
        row[".identifiers"], row[".contacts"], row[".ours"] = [], [], False
    for one in reader.related("party.identifier", "party", by_id, ("type", "code")):
        by_id[one["party"]][".identifiers"].append([one["type"], one["code"]])
    if "party.contact_mechanism" not in reader.closed:
        kinds: Domain = [["type", "in", ["website", "email"]]]
        for one in reader.related("party.contact_mechanism", "party", by_id, ("type", "value"), kinds):
            by_id[one["party"]][".contacts"].append([one["type"], one["value"]])
    for model in ("company.employee", "company.company"):
        for one in reader.related(model, "party", by_id, ()):
            by_id[one["party"]][".ours"] = True


ACCOUNTS = Reading(
    model="party.party",
    need=Need(("name", "code", "replaced_by", "active")),
    others={
        "party.identifier": Need(("party", "type", "code")),
        "party.contact_mechanism": Need(("party", "type", "value"), may_lack=True),
        "company.employee": Need(("party",)),
        "company.company": Need(("party",)),
    },
    also=(Also("party.identifier", ("party",), _parties_of),),
    enrich=_add_party,
    skips=True,
)
"""Every party that is neither an employee nor a company of the books, inactive and merged ones too."""


def account(options: TrytonOptions, record: Row) -> Mapped:
    """A party as an account; employees and the company itself are none."""
    if gone := gone_row(record):
        return gone
    if record[".ours"]:
        return None
    typed = [code for kind, code in record[".identifiers"] if kind]
    free = [code for kind, code in record[".identifiers"] if not kind]
    return {
        "source_id": str(record["id"]),
        "code": _account_code(options, record["code"], free),
        "name": record["name"] or record["code"],
        "tax_id": typed[0] if typed else None,
        "domain": _domain(record[".contacts"]),
        "merged_into_ref": ref(record["replaced_by"]),
        "is_active": bool(record["active"]),
        "source_updated_at": instant(record[STAMP], STAMP),
    }


def _account_code(options: TrytonOptions, code: str | None, free: Sequence[str]) -> str | None:
    """A party's code is a running number of its own database unless somebody typed one: no key to match by."""
    if options.account_code == "code":
        return code
    if options.account_code == "identifier":
        return free[0] if free else None
    if free:
        return free[0]
    return code if code and not code.isdigit() else None


def _domain(contacts: Sequence[Sequence[str]]) -> str | None:
    for kind, value in sorted(contacts, key=lambda contact: contact[0] != "website"):
        host = (
            value.rpartition("@")[2]
            if kind == "email"
            else urlsplit(value if "//" in value else f"//{value}").hostname
        )
        if host and "." in host:
            return host.lower().removeprefix("www.")
    return None


def _add_history(reader: Reader, rows: list[Row]) -> None:
    add_currency(reader, rows)
    add_revisions(reader, "sale.opportunity", "state", rows)


OPPORTUNITIES = Reading(
    model="sale.opportunity",
    need=Need(
        (
            "number",
            "reference",
            "description",
            "party",
            "state",
            "amount",
            "currency",
            "employee",
            "create_date",
        )
    ),
    others=CURRENCIES,
    also=(MERGES,),
    enrich=_add_history,
    page_size=500,
)


def opportunity(record: Row) -> Mapped:
    """An opportunity, and one state event for every state it took."""
    if gone := gone_row(record):
        return gone
    source_id, state = str(record["id"]), record["state"]
    events, before = [], None
    moments: dict[str, datetime] = {}
    for at, value in record[REVISIONS]:
        when = instant(at, "history")
        if when is None:
            raise BadRecord("a revision without a time", "history")
        moments[value] = when
        events.append(
            Record(
                "state_event",
                {
                    "object_type": "opportunity",
                    "source_id": source_id,
                    "field": "stage",
                    "at": when,
                    "to_value": value,
                    "from_value": before,
                    "precision": "history",
                },
            )
        )
        before = value
    lost = state in (LOST, CANCELLED)
    row: dict[str, Any] = {
        "source_id": source_id,
        "account_ref": ref(record["party"]),
        "number": record["number"],
        "reference": record["reference"],
        "name": record["description"],
        "stage": state,
        "is_won": state == WON,
        "is_lost": lost,
        "amount": number(record["amount"], "amount"),
        "currency": currency_of(record),
        "owner_ref": ref(record["employee"]),
        "created_at": instant(record["create_date"], "create_date"),
        "won_at": moments.get(WON) if state == WON else None,
        "won_precision": "history" if state == WON and WON in moments else None,
        "lost_at": moments.get(state) if lost else None,
        "source_updated_at": instant(record[STAMP], STAMP),
    }
    return [Record("opportunity", row), *events]


def _sales_of(_: Reader, rows: Sequence[Row]) -> Sequence[Domain]:
    return among("id", {row["sale"] for row in rows if row["sale"]})


def _add_value(reader: Reader, rows: list[Row]) -> None:
    add_currency(reader, rows)
    by_id = {row["id"]: row for row in rows}
    for row in rows:
        row[".lines"] = []
    for line in reader.related("sale.line", "sale", by_id, ("type", "quantity", "unit_price")):
        if line["type"] == "line":
            by_id[line["sale"]][".lines"].append([line["quantity"], line["unit_price"]])


CONTRACTS = Reading(
    model="sale.sale",
    need=Need(("number", "party", "origin", "state", "sale_date", "currency")),
    others={"sale.line": Need(("sale", "type", "quantity", "unit_price")), **CURRENCIES},
    also=(Also("sale.line", ("sale",), _sales_of), MERGES),
    enrich=_add_value,
)
"""Sales; their value is added up from the lines, because the total changes without moving the sale's own stamp."""


def contract(record: Row) -> Mapped:
    """A sale as a contract of an opportunity."""
    if gone := gone_row(record):
        return gone
    won = target(record["origin"], "sale.opportunity")
    return {
        "source_id": str(record["id"]),
        "account_ref": ref(record["party"]),
        "opportunity_ref": None if won is None else str(won),
        "number": record["number"],
        "state": record["state"],
        "starts_on": day(record["sale_date"], "sale_date"),
        "value": total(record),
        "currency": currency_of(record),
        "source_updated_at": instant(record[STAMP], STAMP),
    }
