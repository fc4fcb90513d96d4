"""What serving earns, on the partner's own pages: fees, what became of last year's, people's time and margin, customer by customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app import data, markup, shares
from app.data import Customer
from app.markup import Column
from app.target import Target
from app.view import View
from app.wording import NOTHING, Words, plural
from metrics.catalogue import by_key
from metrics.figure import Figure
from metrics.period import Period
from metrics.proportions import wilson

FEES, CHANGE, MARGIN, NET, GROSS, LOST, EFFORT = "D1", "D1b", "D2", "D3", "D3b", "D3c", "D4"
ALL = (FEES, CHANGE, MARGIN, NET, GROSS, LOST, EFFORT)
FEW = 20
_TOTALS = (
    Column("Currency", "first"),
    Column("Fees a month", "n"),
    Column("Change in the month", "n"),
    Column("Left of a year ago", "n"),
    Column("Left, without growth", "n wide"),
)
_CUSTOMERS = (
    Column("Customer", "first"),
    Column("Fee a month", "n"),
    Column("Change in the month", "n wide"),
    Column("Minutes per 1,000", "n"),
    Column("Margin", "n"),
)
_MISSING = (
    ("not_sealed", "month not sealed"),
    ("not_decided", "credits not decided"),
    ("not_logged", "nobody logged time"),
    ("no_rate", "no hourly cost in its currency"),
)


@dataclass(frozen=True)
class Sum:
    """The figures of several customers as one, in one currency; None: nothing is known of any."""

    numerator: Decimal | None
    denominator: Decimal | None
    sample: int

    def text(self, key: str, currency: str, words: Words) -> str:
        """The value as the page and the card say it."""
        if self.numerator is None:
            return NOTHING
        if key in (FEES, CHANGE):
            return words.money(self.numerator, currency)
        if key == LOST:
            return f"{words.count(self.numerator)} of {words.count(self.denominator)}"
        if key == EFFORT and not self.denominator:
            return f"{words.count(self.numerator)} min"
        if not self.denominator:
            return NOTHING
        if key == EFFORT:
            return words.count(self.numerator / self.denominator)
        digits = 0 if key in (NET, GROSS) and self.sample < FEW else None
        return shares.counted(self.numerator, self.denominator, words, digits=digits).text


def periods(view: View, customers: Sequence[Customer]) -> tuple[tuple[int, Period], ...]:
    """The month looked at, in each contract's own zone."""
    return tuple((c.customer_id, Period.parse(view.month, c.time_zone, view.as_of)) for c in customers)


def told(view: View) -> dict[str, list[Figure]]:
    """All figures by metric, one for each customer and currency."""
    asked = periods(view, view.customers)
    return {key: data.portfolio(view.scope, key, asked, None, view.as_of) for key in ALL}


def together(figures: Sequence[Figure], currency: str = "", customer_id: int | None = None) -> Sum:
    """Those in a currency, of one customer or of all, added up."""
    mine = [f for f in figures if (f.currency or "") == currency and customer_id in (None, *f.customer_ids)]
    known = [f for f in mine if f.numerator is not None]
    whole = [Decimal(f.denominator) for f in known if f.denominator is not None]
    return Sum(
        sum((Decimal(f.numerator or 0) for f in known), Decimal(0)) if known else None,
        sum(whole, Decimal(0)) if whole else None,
        sum(f.sample for f in known),
    )


def section(view: View) -> str:
    """The part of the Portfolio page; one line where there is nothing to tell."""
    found = told(view)
    currencies = sorted({f.currency for key in (FEES, CHANGE) for f in found[key] if f.currency})
    logged = any(f.numerator is not None for f in found[EFFORT])
    title, month = "What serving earns", f"{view.words.month(view.month)}, for your own people only"
    if not currencies and not logged:
        nothing = "The terms of no customer name a fee, and nobody logged time."
        return markup.section(title, f'<p class="muted">{nothing}</p>', month)
    totals = [_total(view, found, currency) for currency in currencies]
    lines = [_line(view, found, customer) for customer in view.customers]
    tables = (markup.table(_TOTALS, totals, "By currency") if totals else "") + _lost(view, found[LOST])
    each = markup.table(_CUSTOMERS, lines, "What each customer earns")
    return markup.section(title, tables, month) + markup.section("What each customer earns", each)


def _total(view: View, found: Mapping[str, list[Figure]], currency: str) -> tuple[str, ...]:
    unknown = sum(f.unknown for f in found[FEES])
    under = f"{view.words.count(unknown)} {plural(unknown, 'customer')} without a fee" if unknown else ""
    cells = [_opens(view, key, together(found[key], currency), currency) for key in (FEES, CHANGE)]
    year = [_opens(view, key, together(found[key], currency), currency, years=True) for key in (NET, GROSS)]
    return (markup.two_lines(currency, under), *cells, *year)


def _line(view: View, found: Mapping[str, list[Figure]], customer: Customer) -> tuple[str, ...]:
    own = customer.customer_id

    def cell(key: str) -> str:
        mine = [f for f in found[key] if own in f.customer_ids]
        told_in = sorted({f.currency or "" for f in mine if f.numerator is not None}) or [""]
        return "<br>".join(
            _opens(view, key, together(mine, currency), currency, customer) for currency in told_in
        )

    margins = [f for f in found[MARGIN] if own in f.customer_ids and f.unknown]
    missing = [said for f in margins for name, said in _MISSING if f.detail[name]]
    if view.is_running:
        missing = ["month is not over"]
    unlogged = sum(f.unknown for f in found[EFFORT] if own in f.customer_ids)
    served = together([f for f in found[EFFORT] if own in f.customer_ids])
    silent = "in all, nothing came due" if served.numerator and not served.denominator else ""
    if unlogged:
        silent = ", ".join(filter(None, (silent, f"{view.words.count(unlogged)} worked on, not logged")))
    return (
        markup.two_lines(customer.name, ""),
        cell(FEES),
        cell(CHANGE),
        cell(EFFORT) + _sub(silent),
        cell(MARGIN) + _sub(", ".join(missing)),
    )


def _lost(view: View, figures: Sequence[Figure]) -> str:
    """1 of 5 customers that paid a year ago …, with what chance alone would allow."""
    lost = together(figures)
    interval = wilson(int(lost.numerator or 0), int(lost.denominator or 0))
    if lost.denominator is None or interval is None:
        return '<p class="muted">No customer paid a year ago: nothing can be said of retention yet.</p>'
    between = shares.bounds(*interval, view.words, digits=0)
    number = int(lost.numerator or 0)
    says = f"customers that paid a year ago {plural(number, 'pays', 'pay')} nothing any more."
    if lost.denominator < FEW:
        says += f" They are few: the rate behind it lies somewhere {between}."
    return f'<p class="muted">{_opens(view, LOST, lost, "")} {markup.e(says)}</p>'


def _opens(
    view: View,
    key: str,
    it: Sum,
    currency: str,
    customer: Customer | None = None,
    *,
    years: bool = False,
) -> str:
    text = it.text(key, currency, view.words)
    if text == NOTHING:
        return f'<span class="muted">{NOTHING}</span>'
    whose = customer.name if customer else "all customers"
    target = Target("earns", f"{key}/{customer.key if customer else ''}", currency)
    label = f"{by_key(key).title} of {whose}: {text}. What it consists of"
    under = f"of {view.words.count(it.sample)} {plural(it.sample, 'customer')}" if years else ""
    if key == MARGIN and it.numerator is not None and it.denominator:
        under = " of ".join(view.words.money(side, currency) for side in (it.numerator, it.denominator))
    return markup.opens(str(target), label, markup.e(text), "figure plain") + _sub(under)


def _sub(text: str) -> str:
    return f'<span class="sub">{markup.e(text)}</span>' if text else ""
