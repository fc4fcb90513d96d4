"""All customers of a partner side by side: who misses a promise, and what it holds back, the worst first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from app import data, markup, proof, queue_reads, sparkline
from app.data import Customer
from app.freshness import Trust, trust
from app.judge import Judged, Target, judge, target_for, targets_of
from app.markup import Column
from app.view import MONTHS_SHOWN, View, months_before
from app.wording import NOTHING, Words, plural
from metrics.figure import Figure
from metrics.period import Period

SYNC, UNBILLED, DEALS = "A1", "C7", "C1"
COLUMNS = (
    Column("Customer", "first"),
    Column("Right and in time", "n"),
    Column("13 months", "wide"),
    Column("Promised"),
    Column("On no invoice yet", "n wide"),
    Column("Won, no project", "n wide"),
    Column("Open exceptions", "n narrow-hide"),
    Column("Data", "wide"),
)
_ORDER = {"breach": 0, "risk": 1, "unknown": 2, "info": 3, "ok": 4, "": 5}
_TRUST_WORDS = {"ok": "Read in time", "risk": "Late", "breach": "Stale", "unknown": "Never read"}


@dataclass(frozen=True)
class Standing:
    """How one customer stands in the month: its figures by metric, its months, its queue, and how fresh all of it is."""

    customer: Customer
    months: tuple[Figure | None, ...]
    unbilled: tuple[Figure, ...]
    deals: Figure | None
    queue: tuple[Mapping[str, Any], ...]
    trust: Trust
    target: Target | None
    judged: Judged
    verified: Figure | None = None

    @property
    def sync(self) -> Figure | None:
        """The success rate of the month looked at."""
        return self.months[-1]

    @property
    def open(self) -> int:
        """Exceptions that are open."""
        return sum(row["open"] for row in self.queue)


def standings(view: View) -> list[Standing]:
    """Every customer in the person's scope, the worst first."""
    months = months_before(view.month, MONTHS_SHOWN)
    customers = view.customers
    wide = {c.customer_id: _span(c, months[0], view.month, view.as_of) for c in customers}
    month = {c.customer_id: Period.parse(view.month, c.time_zone, view.as_of) for c in customers}
    of_months = _by_customer(data.portfolio(view.scope, SYNC, _key(wide), "month", view.as_of))
    unbilled = _by_customer(data.portfolio(view.scope, UNBILLED, _key(month), None, view.as_of))
    deals = _by_customer(data.portfolio(view.scope, DEALS, _key(month), None, view.as_of))
    verified = _by_customer(data.portfolio(view.scope, proof.VERIFIED, _key(month), None, view.as_of))
    queue = queue_reads.exceptions_by_customer(view.scope, view.as_of)
    streams = data.streams(view.scope, view.as_of)
    terms = data.terms(view.scope, view.last_day)
    found = []
    for customer in customers:
        own = customer.customer_id
        by_part = {figure.part: figure for figure in of_months.get(own, ())}
        sync = by_part.get(view.month)
        agreed = terms.get(own)
        targets = targets_of(agreed["document"]) if agreed else {}
        target = target_for(targets, sync) if sync else None
        words = Words(customer.locale, customer.time_zone)
        found.append(
            Standing(
                customer,
                tuple(by_part.get(part) for part in months),
                tuple(f for f in unbilled.get(own, ()) if f.currency is not None and f.value is not None),
                next((f for f in deals.get(own, ()) if f.currency is None), None),
                tuple(row for row in queue if row["customer_id"] == own),
                trust([s for s in streams if s["customer_id"] == own], view.as_of, words),
                target,
                judge(sync, target) if sync else Judged(),
                next((f for f in verified.get(own, ()) if f.currency is None), None),
            )
        )
    return sorted(found, key=lambda it: (_ORDER[it.judged.state], -it.open, it.customer.name))


def _span(customer: Customer, first: str, last: str, as_of: datetime) -> Period:
    """From the first month to the end of the last, in the contract's zone."""
    begins = Period.parse(first, customer.time_zone, as_of)
    ends = Period.parse(last, customer.time_zone, as_of)
    return Period(begins.since, ends.until, customer.time_zone, f"{first}..{last}")


def _key(periods: Mapping[int, Period]) -> tuple[tuple[int, Period], ...]:
    return tuple(periods.items())


def _by_customer(figures: Sequence[Figure]) -> dict[int, list[Figure]]:
    found: dict[int, list[Figure]] = {}
    for figure in figures:
        found.setdefault(figure.customer_ids[0], []).append(figure)
    return found


def answer(found: Sequence[Standing]) -> tuple[str, str, str]:
    """The state of the portfolio, one sentence that names who gets less right and in time than promised, and what else has to be known."""
    missed = [it.customer.name for it in found if it.judged.state == "breach"]
    doubtful = [it for it in found if it.judged.state == "unknown"]
    stale = [it.customer.name for it in found if it.trust.state in ("breach", "unknown")]
    judged = [it for it in found if it.judged.state in ("ok", "breach")]
    total = f"{len(found)} {plural(len(found), 'customer')}"
    if missed:
        says = f"{len(missed)} of {total} {plural(len(missed), 'gets', 'get')} less right and in time than promised: {_names(missed)}."
    elif len(judged) == len(found):
        says = f"All {total} get as much right and in time as promised."
    else:
        says = f"Nobody gets less right and in time than promised; {len(judged)} of {total} can be judged."
    because = " ".join(
        (
            f"Not proven: {_names([it.customer.name for it in doubtful])}." if doubtful else "",
            f"Not read for a day or longer: {_names(stale)}." if stale else "",
        )
    ).strip()
    state = "breach" if missed else "unknown" if len(judged) < len(found) else "ok"
    return state, says, because


def _names(names: Sequence[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def rows(found: Sequence[Standing], month: str) -> list[tuple[str, ...]]:
    """The table: each number leads to the customer's page where it opens into its rows."""
    return [_row(it, month) for it in found]


def _row(it: Standing, month: str) -> tuple[str, ...]:
    words = Words(it.customer.locale, it.customer.time_zone)

    def to(page: str, *lines: str, key: str = "customer") -> str:
        address = f"/{page}?{urlencode({key: it.customer.key, 'month': month})}"
        return f'<a href="{markup.e(address)}" target="_self">{"<br>".join(map(markup.e, lines))}</a>'

    sync = it.sync
    rate, count = NOTHING, ""
    if sync is not None and sync.value is not None:
        rate, count = to("flows", words.value(sync)), f'<span class="sub">{markup.e(words.of(sync))}</span>'
    if both := proof.said(it.verified, words):
        count += f'<span class="sub">{to("flows", *both)}</span>'  # one link: two under each other are too small to hit
    goal = (
        f'<span class="sub nowrap">target {markup.e(words.promise(it.target.limit))}</span>'
        if it.target
        else ""
    )
    values = [float(f.value) if f is not None and f.value is not None else None for f in it.months]
    limit = float(it.target.limit) if it.target is not None and it.target.unit == "ratio" else None
    amounts = [words.value(figure) for figure in it.unbilled]
    money = to("business-impact", *amounts) if amounts else NOTHING
    late = it.deals
    deals = to("business-impact", words.count(late.value)) if late and late.value is not None else NOTHING
    doubt = f'<span class="sub">{words.count(late.unknown)} not known</span>' if late and late.unknown else ""
    risk = " + ".join(
        words.money(row["value_at_risk"], row["currency"]) for row in it.queue if row["currency"] is not None
    )
    queue = to("exceptions", words.count(it.open), key="whose") if it.open else words.count(0)
    return (
        f'<span class="cellname">{to("overview", it.customer.name)}</span>',
        rate + count,
        f'<span class="spark">{sparkline.spark(values, limit)}</span>',
        markup.status(it.judged.state) + goal,
        money,
        deals + doubt,
        queue + (f'<span class="sub">{markup.e(risk)}</span>' if risk else ""),
        markup.status(it.trust.state, _TRUST_WORDS[it.trust.state]),
    )
