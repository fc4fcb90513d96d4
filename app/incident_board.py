"""The page Incidents in HTML: which trouble several customers have at once, each one's part, and what it is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from urllib.parse import quote

from app import markup
from app.markup import Column
from app.notice import Notice
from app.view import View
from app.wording import NOTHING, plural
from metrics.error_class import WORDS
from metrics.triage.incidents import Incident, Member

_LIST = (
    Column("Incident", "first"),
    Column("Customers", "wide"),
    Column("Since", "narrow-hide"),
    Column("Open", "n"),
    Column("At risk", "n"),
)
_PARTS = (
    Column("Customer", "first"),
    Column("Flows", "wide"),
    Column("Since", "narrow-hide"),
    Column("Held up", "n"),
    Column("Open", "n"),
    Column("At risk", "n"),
    Column("In the queue"),
)


def answer(found: Sequence[Incident], view: View) -> tuple[str, str, str]:
    """Whether several customers have the same trouble now."""
    going_on = [each for each in found if each.open_records]
    over = len(found) - len(going_on)
    before = f"{over} {plural(over, 'is', 'are')} over." if over else ""
    if not going_on:
        return "ok", "No two customers have the same trouble now.", before
    hit = {own.customer_id for each in going_on for own in each.members if own.open_records}
    says = f"{len(going_on)} {plural(len(going_on), 'incident')} at {len(hit)} of {len(view.customers)} customers."
    return "breach", says, before


def name(incident: Incident, view: View) -> str:
    """An incident in one line."""
    return f"{WORDS[incident.error_class]}: {incident.kind}, {view.words.instant(incident.began_at)}"


def listed(found: Sequence[Incident], view: View) -> str:
    """All of them; each leads to its parts, which add up to it."""
    return markup.section(
        "Last 30 days", markup.table(_LIST, [_line(each, view) for each in found], "Incidents")
    )


def _line(incident: Incident, view: View) -> tuple[str, ...]:
    way = f'<a href="/incidents?incident={markup.e(quote(incident.key))}" target="_self">'
    open_of = f"{view.words.count(incident.open_records)} of {view.words.count(incident.records)}"
    worth = _worth(
        _added(own.at_risk for own in incident.members), sum(own.unknown for own in incident.members), view
    )
    return (
        f"{way}{markup.two_lines(WORDS[incident.error_class], incident.kind)}</a>",
        markup.e(", ".join(own.customer for own in incident.members)),
        markup.e(view.words.instant(incident.began_at)),
        f"{way}{markup.e(open_of)}</a>",
        f"{way}{worth}</a>",
    )


def parts(incident: Incident, view: View) -> str:
    """Each customer's part of one."""
    until = f"last at {view.words.instant(incident.last_at)}"
    rows = [_part(own, view) for own in incident.members]
    return markup.section(
        name(incident, view), markup.table(_PARTS, rows, "Customers hit", of_rows=True), until
    )


def _part(own: Member, view: View) -> tuple[str, ...]:
    links = ", ".join(
        f'<a href="/exceptions?open={own.customer_id}-{each}" target="_self">{each}</a>'
        for each in own.exception_ids
    )
    return (
        markup.e(own.customer),
        markup.e(", ".join(own.flows) or NOTHING),
        markup.e(view.words.instant(own.began_at)),
        markup.e(view.words.count(own.records)),
        markup.e(view.words.count(own.open_records)),
        _worth(own.at_risk, own.unknown, view),
        links,
    )


def notice(draft: Notice) -> str:
    """A draft with the way into somebody's own mail program; nobody is sent anything from here."""
    address = f"mailto:?subject={quote(draft.subject)}&body={quote(draft.body)}"
    return f'<p><a href="{markup.e(address)}">Open it in your mail program</a></p>'


def _added(amounts: Iterable[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    """Amounts by currency; none is added to another's."""
    total: dict[str, Decimal] = {}
    for each in amounts:
        for currency, amount in each.items():
            total[currency] = total.get(currency, Decimal(0)) + amount
    return total


def _worth(at_risk: Mapping[str, Decimal], unknown: int, view: View) -> str:
    told = [view.words.money(amount, currency) for currency, amount in sorted(at_risk.items())]
    if unknown:
        told.append(f"{view.words.count(unknown)} unknown")
    return "<br>".join(map(markup.e, told)) or NOTHING
