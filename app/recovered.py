"""Recovered value on the screen: what was in trouble and is proven right again, found by us or told of by the customer first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pandas as pd

from app import data, markup, queue_filters
from app.data import Asked, Customer
from app.listed import Listed, add_up, counted, money
from app.markup import Fact
from app.review_reads import Review
from app.scope import Scope
from app.target import Target
from app.view import View
from app.wording import NOTHING, Words, plural
from metrics.catalogue import by_key
from metrics.period import Period

KEY = "recovered_value"
BESIDE = "recovered-beside"
_UNTOLD = '<p class="muted">The statement of this month does not tell of it.</p>'


@dataclass(frozen=True)
class _Line:
    """One currency of a month, or what is of no known value; `whole` has what the customer told of first."""

    currency: str | None
    ours: Decimal | None
    whole: Decimal | None
    unknown: int
    again: int = 0


def this_month(view: View, whose: str) -> list[Fact]:
    """What came out of trouble in the month that runs, of one customer or of all, each currency for itself; nothing where nothing did."""
    scope = queue_filters.scope_of(view, whose)
    periods = tuple((each.customer_id, _month(each, view.as_of)) for each in _customers(view, scope))
    total: dict[str, Decimal] = defaultdict(Decimal)
    for figure in data.portfolio(scope, KEY, periods, None, view.as_of):
        if figure.currency is not None and figure.value:
            total[figure.currency] += Decimal(figure.value)
    return [
        Fact(f"Recovered this month, {currency}", view.words.money(value, currency), str(Target("recovered", currency, whose)))
        for currency, value in sorted(total.items())
    ]  # fmt: skip


def listed(view: View, target: Target) -> Listed:
    """The records behind that fact: `part` is whose, `by` the currency."""
    words, currency = view.words, target.by or ""
    scope = queue_filters.scope_of(view, target.part or "all")
    figure, frames = Decimal(0), []
    for each in _customers(view, scope):
        card = data.card(scope.only(each.customer_id), Asked(KEY, _month(each, view.as_of)), view.as_of)
        figure += money(Decimal(it.value or 0) for it in card.figures if it.currency == currency)
        mine = card.rows[(card.rows["currency"] == currency) & card.rows["in_numerator"].astype(bool)]
        frames.append(mine.assign(customer=each.name))
    rows = pd.concat(frames, ignore_index=True)
    added = money(rows["amount"])
    metric = by_key(KEY)
    return Listed(
        value=words.money(figure, currency),
        says=metric.sentence,
        formula=metric.formula,
        counted=metric.population,
        rows=pd.DataFrame(
            {
                "What": rows["label"],
                "Customer": rows["customer"],
                "Right again": [words.instant(at, with_zone=False) for at in rows["at"]],
                "Value": [words.money(amount, currency, whole=False) for amount in rows["amount"]],
            }
        ),
        figure=(figure,),
        added=(added,),
        summed=add_up(len(rows), added, currency, words),
    )


def beside(view: View, target: Target) -> Listed:
    """The records that the month does not count as found by us: `by` is theirs (in the currency `part`), unknown or again."""
    words, which, currency = view.words, target.by or "", target.part or None
    card = data.card(view.one, Asked(KEY, view.period), view.as_of)
    rows, metric = card.rows, by_key(KEY)
    inside, whole, unknown = (
        rows[name].astype(bool) for name in ("in_numerator", "in_denominator", "is_unknown")
    )
    chosen = {
        "theirs": whole & ~inside & (rows["currency"] == currency),
        "unknown": unknown,
        "again": rows["outcome"].str.startswith("in trouble again"),
    }[which]
    mine = rows[chosen]
    if which == "theirs":
        figure = money(_exact(it.denominator or 0) for it in card.figures if it.currency == currency)
        figure -= money(_exact(it.numerator or 0) for it in card.figures if it.currency == currency)
        added = money(mine["amount"])
        value, summed = words.money(figure, currency), add_up(len(mine), added, currency or "", words)
    else:
        figure = Decimal(
            sum(it.unknown if which == "unknown" else int(it.detail["again"]) for it in card.figures)
        )
        added = Decimal(len(mine))
        value, summed = _records(int(figure), words), counted(len(mine), words)
    return Listed(
        value=value,
        says="Records of the month beside those that are counted as found by us.",
        formula=metric.formula,
        counted=metric.population,
        rows=pd.DataFrame(
            {
                "What": mine["label"],
                "Why": mine["outcome"],
                "Right again": [words.instant(at, with_zone=False) for at in mine["at"]],
                "Value": [
                    words.money(amount, of, whole=False) if isinstance(of, str) else NOTHING
                    for amount, of in zip(mine["amount"], mine["currency"], strict=True)
                ],
            }
        ),
        figure=(figure,),
        added=(added,),
        summed=summed,
    )


def section(found: Review, view: View) -> str:
    """The month looked at, for its review: as it was sealed, else as it is known now, and then each number opens its card."""
    words = view.words
    if found.sealed and found.body is not None:
        told = [each for each in found.body["figures"] if each["id"] == by_key(KEY).id]
        lines = [
            _Line(each["currency"], _exact(each["value"]), _exact(each["denominator"]), each["unknown"])
            for each in told
        ]
        said = (
            f"<p>{markup.e('; '.join(f'{it.name}: {it.value}' for it in facts(lines, words)))}</p>"
            if told
            else _UNTOLD
        )
    else:
        asked = Asked(KEY, view.period)
        figures = data.figures(view.one, (asked,), view.as_of)[asked]
        lines = [
            _Line(it.currency, _exact(it.value), _exact(it.denominator), it.unknown, int(it.detail["again"]))
            for it in figures
        ]
        said = markup.facts(facts(lines, words, is_open=True))
    return markup.section("Value recovered", said, words.month(view.month))


def facts(lines: Iterable[_Line], words: Words, *, is_open: bool = False) -> list[Fact]:
    """Side by side: found by us, told of by the customer first, and what is not counted; open, each leads to its own rows."""
    told, lines = [], list(lines)

    def opens(which: str, currency: str = "") -> str:
        return str(Target(BESIDE, which, currency)) if is_open else ""

    for it in lines:
        if it.currency is not None and it.ours is not None and it.whole is not None:
            ours = str(Target(by_key(KEY).id)) if is_open else ""
            told.append(Fact(f"Found by us, {it.currency}", words.money(it.ours, it.currency), ours))
            theirs = words.money(it.whole - it.ours, it.currency)
            told.append(
                Fact(f"The customer told of it first, {it.currency}", theirs, opens("theirs", it.currency))
            )
    unknown, again = sum(it.unknown for it in lines), sum(it.again for it in lines)
    if unknown:
        told.append(Fact("Not proven, or of unknown value", _records(unknown, words), opens("unknown")))
    if again:
        told.append(Fact("In trouble again", _records(again, words), opens("again")))
    return told or [Fact("Found by us", NOTHING)]


def _exact(value: float | str | Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _records(number: int, words: Words) -> str:
    return f"{words.count(number)} {plural(number, 'record')}"


def _customers(view: View, scope: Scope) -> list[Customer]:
    return [each for each in view.customers if each.customer_id in scope.customer_ids]


def _month(customer: Customer, as_of: datetime) -> Period:
    local = as_of.astimezone(ZoneInfo(customer.time_zone))
    return Period.parse(f"{local:%Y-%m}", customer.time_zone, as_of)
