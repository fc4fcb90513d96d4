"""What the integrations cost the business: how long bills take, what waits for one, and deals nobody can start on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from math import isfinite
from typing import Any

import pandas as pd

from app import markup, shares
from app.data import Asked
from app.data import Card as CardData
from app.judge import Target, judge, share_within, target_for
from app.markup import Column, Tile, chip
from app.summary import deals_tile, measure, money_of
from app.target import Target as Card
from app.view import View
from app.wording import NOTHING, Words, plural
from metrics.figure import Figure

BILL, UNBILLED, READY, DEALS = "C4", "C7", "C2", "C1"
KEYS = (BILL, UNBILLED, READY, DEALS)
COHORT = "C4b"
POOLS = {
    "no_invoice": "On no invoice",
    "draft": "On a draft invoice",
    "cancelled_or_credited": "Invoice cancelled or credited",
    "unknown": "Cannot be told",
    "submitted_unapproved": "Waiting for approval",
    "unsubmitted": "Not submitted",
}
BANDS = ("0-30", "31-60", "61-90", "91+")
MOVES = (
    ("open", "At the beginning", 1),
    ("new", "New approved work", 1),
    ("billed", "Billed", -1),
    ("reopened", "Back, because its invoice was voided or credited", 1),
    ("written_off", "Written off", -1),
    ("removed", "Removed or made non-billable", -1),
    ("unknown", "Moved to or from an invoice nobody could read", -1),
)


def tiles(
    view: View, answers: Mapping[Asked, tuple[Figure, ...]], targets: Mapping[str, Target]
) -> list[Tile]:
    """Time to bill, what waits, time to a usable project, deals without one."""
    words = view.words
    bill, unbilled, ready, deals = (measure(view, key, answers, targets) for key in KEYS)
    return [
        _duration(BILL, "Half is billed within", bill.main, targets, words),
        Tile(
            str(Card(UNBILLED)),
            "Approved, not yet invoiced",
            tuple(words.value(figure) for figure in money_of(unbilled.figures)) or (NOTHING,),
            notes=(_hours(unbilled.figures, words),),
        ),
        _duration(READY, "Half has a project within", ready.main, targets, words),
        replace(deals_tile(deals, words, words.month(view.months(2)[0], short=True)), spark=""),
    ]


def _duration(key: str, name: str, main: Figure | None, targets: Mapping[str, Target], words: Words) -> Tile:
    if main is None:
        return Tile(str(Card(key)), name, (NOTHING,))
    target = target_for(targets, main)
    judged = judge(main, target)
    within = {f"in {days} d": share_within(main, days) for days in (7, 14, 30)}
    within["by the promised time"] = main.detail.get("within_deadline")
    found = {
        when: shares.estimated(share, main.sample, words)
        for when, share in within.items()
        if share is not None
    }
    notes = [chip(f"{share.text} {when}") for when, share in found.items()]
    notes += [
        f"<span>{markup.e(of)}</span>" for of in dict.fromkeys(share.of for share in found.values()) if of
    ]
    value = words.value(main)
    word = markup.STATUS_WORDS.get(judged.state, "")
    return Tile(str(Card(key)), name, (value,), judged.state, word, tuple(notes))


def _hours(figures: Sequence[Figure], words: Words) -> str:
    hours = sum((Decimal(str(figure.detail.get("hours") or 0)) for figure in figures), Decimal(0))
    return f"<span>{markup.e(words.count(round(hours)))} hours of work</span>" if hours else ""


def curve(rows: Sequence[Mapping[str, Any]]) -> tuple[list[int], list[float], list[float]]:
    """Days, share billed and share written off: the curve by count of the whole."""
    whole = [row for row in rows if row["part"] == "" and row["currency"] is None]
    return (
        [int(row["age_days"]) for row in whole],
        [float(row["billed"]) for row in whole],
        [float(row["ended_otherwise"]) for row in whole],
    )


def cohort(view: View, figures: Sequence[Figure]) -> str:
    """How long the work that the month itself approved waits, as a line that opens its card; empty where it approved none."""
    main = next((figure for figure in figures if figure.currency is None and figure.part == ""), None)
    if main is None or not main.denominator:
        return ""
    words, month = view.words, view.words.month(view.months(1)[-1])
    value = words.value(main)
    waits = words.count(main.detail.get("still_open"))
    is_reached = main.value is not None and isfinite(main.value)
    before = (
        f"Of what {month} approved half is billed within" if is_reached else f"Half of what {month} approved:"
    )
    opens = markup.opens(COHORT, f"{before} {value}. How it is counted", markup.e(value))
    after = f"watched on until today; of {words.count(main.denominator)} {plural(int(main.denominator), 'piece')} {waits} {plural(int(main.detail.get('still_open') or 0), 'waits', 'wait')} still"
    return f'<p class="muted small">{markup.e(before)} {opens}, {markup.e(after)}.</p>'


def target_point(targets: Mapping[str, Target], figure: Figure | None) -> tuple[int, Decimal] | None:
    """Where the promise lies on the curve: so many days, so much billed."""
    target = target_for(targets, figure) if figure else None
    return (target.within_days, target.limit) if target and target.within_days else None


def currencies(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The currencies in which work waits."""
    return sorted({row["currency"] for row in rows if row["currency"]})


def bars(
    view: View, rows: Sequence[Mapping[str, Any]], currency: str
) -> list[tuple[str, list[float | None], str]]:
    """What waits by age, one colour for each pool that is part of the figure."""
    mine = [row for row in rows if row["currency"] == currency and row["in_figure"]]
    colours = dict(
        zip(POOLS, (view.palette.primary, *view.palette.series[1:], view.palette.muted), strict=False)
    )
    made: list[tuple[str, list[float | None], str]] = []
    for pool, name in POOLS.items():
        amounts = {row["age_band"]: float(row["amount"] or 0) for row in mine if row["pool"] == pool}
        if amounts:
            made.append((name, [amounts.get(band, 0.0) for band in BANDS], colours[pool]))
    return made


def pools(view: View, rows: Sequence[Mapping[str, Any]], currency: str) -> str:
    """Pools by age as a table: what is part of the figure, then what is still on its way to approval."""
    words = view.words
    mine = [row for row in rows if row["currency"] == currency]
    cells: dict[str, dict[str, Decimal]] = {}
    inside = {row["pool"] for row in mine if row["in_figure"]}
    for row in mine:
        cells.setdefault(row["pool"], {})[row["age_band"]] = row["amount"] or Decimal(0)
    columns = (
        Column("Where it waits", "first"),
        *(Column(f"{band} days", "n wide") for band in BANDS),
        Column("Sum", "n"),
    )

    def cell(amount: Decimal | None, target: Card, name: str, kind: str = "figure plain") -> str:
        if amount is None:
            return f'<span class="muted">{NOTHING}</span>'
        text = words.money(amount, currency)
        return markup.opens(str(target), f"{name}: {text}. How it is counted", markup.e(text), kind)

    def line(pool: str) -> tuple[str, ...]:
        of, name = cells[pool], POOLS[pool]
        under = (
            ""
            if pool in inside
            else "cannot be told yet, not in the figure"
            if pool == "unknown"
            else ("not approved yet, not in the figure")
        )
        whole = Card(UNBILLED, "pool", pool) if pool in inside else Card("waits", pool, currency)
        return (
            markup.two_lines(name, under),
            *(
                cell(of.get(band), Card("waits", f"{pool}/{band}", currency), f"{name}, {band} days")
                for band in BANDS
            ),
            cell(sum(of.values(), Decimal(0)), whole, name, "figure"),
        )

    ordered = [pool for pool in POOLS if pool in cells]
    lines = [line(pool) for pool in sorted(ordered, key=lambda pool: pool not in inside)]
    by_age = {
        band: sum((cells[pool][band] for pool in inside if band in cells[pool]), Decimal(0))
        for band in BANDS
        if any(band in cells[pool] for pool in inside)
    }
    name = "Approved, not yet invoiced"
    total = (
        name,
        *(cell(by_age.get(band), Card(UNBILLED, "age", band), f"{name}, {band} days") for band in BANDS),
        cell(sum(by_age.values(), Decimal(0)), Card(UNBILLED), name, "figure"),
    )
    return markup.table(columns, lines, f"Unbilled work in {currency}", total)


def movement(rows: Sequence[Mapping[str, Any]], currency: str, words: Words) -> str:
    """From the beginning of the month to its end, to the cent."""
    row = next((row for row in rows if row["currency"] == currency), None)
    if row is None:
        return ""
    of: Mapping[str, Any] = row

    def opens(key: str, name: str, sign: int = 1) -> str:
        text = _signed(of[key], sign, currency, words)
        said = f"{name}: {text}. What it consists of"
        return markup.opens(str(Card("movement", key, currency)), said, markup.e(text), "figure plain")

    lines = [
        (markup.e(name), opens(key, name, sign)) for key, name, sign in MOVES if key == "open" or of[key]
    ]
    total = ("At the end", opens("close", "At the end"))
    return markup.table((Column("Movement"), Column(currency, "n")), lines, "Movement", total)


def _signed(amount: Decimal, sign: int, currency: str, words: Words) -> str:
    text = words.money(amount, currency, whole=False)
    return f"− {text}" if sign < 0 else text


def lacking(card: CardData, words: Words) -> str:
    """The won deals without a usable project, by name, the dearest first."""
    bad = card.rows[card.rows["in_numerator"].astype(bool)]
    if bad.empty:
        return markup.todo([], "Every won deal has its project.")
    bad = bad.assign(worth=pd.to_numeric(bad["amount"])).sort_values(
        "worth", ascending=False, na_position="last"
    )
    rows: list[dict[str, Any]] = bad.head(50).to_dict("records")  # type: ignore[assignment]
    lines = [
        (
            markup.two_lines(row["label"] or row["item_id"], _why(row["outcome"])),
            markup.e(words.instant(row["at"], with_zone=False)),
            markup.e(words.money(row["amount"], row["currency"], whole=False))
            if row["currency"]
            else '<span class="muted">value unknown</span>',
        )
        for row in rows
    ]
    columns = (Column("Deal", "first"), Column("Won", "narrow-hide"), Column("Contract value", "n"))
    more = (
        f'<p class="muted small">The first 50 of {words.count(len(bad))} {plural(len(bad), "deal")}.</p>'
        if len(bad) > 50
        else ""
    )
    return markup.table(columns, lines, "Won deals without a project", of_rows=True) + more


def _why(outcome: str) -> str:
    """What became of a deal, in words; the state itself is one of viewer/failed_project_creations_rows.sql."""
    said = {
        "missing silently": "nothing was ever sent",
        "missing with an error": "the transfer failed",
        "late": "came late",
    }
    return said.get(outcome, outcome)
