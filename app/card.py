"""The card behind every figure: what it means, how it is counted, how sure it is, and the rows that add up to it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

import pandas as pd
import streamlit as st

from app import behind, card_parts, components, data, markup, shares, summary
from app.attention import rule_name
from app.data import Asked
from app.judge import budget_used, target_for
from app.listed import OF, Listed
from app.lists import LISTS
from app.net import net
from app.target import Target, read_target
from app.view import View
from app.wording import NOTHING, Words, why_not_reached
from metrics.catalogue import by_key
from metrics.figure import Figure

ROWS_SHOWN = 200
READY = 20_000  # rows whose file is made with the card; a larger one when it is asked for, and then the button loses its focus
_CHANGED = "It has changed since the page was drawn; reload the page to see it as it is now."
_NO_PART = "These are the rows of all parts: they do not tell which part they are of."
OUTCOMES = {
    "S1": "on time",
    "S2": "on time after a retry",
    "S3": "late or helped",
    "F": "failed",
    "O": "not due yet",
    "O+": "overdue",
    "M": "never ran",
    "N": "not counted",
    "no_invoice": "on no invoice",
    "draft": "on a draft invoice",
    "cancelled_or_credited": "invoice cancelled or credited",
    "submitted_unapproved": "waiting for approval",
    "unsubmitted": "not submitted",
}
_COUNTED = {
    "s1": "on time",
    "s2": "on time after a retry",
    "s3": "late or helped",
    "failed": "failed",
    "overdue": "overdue",
    "missed": "never ran",
    "pending": "not due yet",
    "void": "not counted",
    "created": "created in time",
    "late": "late",
    "missing_silently": "missing, nothing was ever sent",
    "missing_with_error": "missing, the transfer failed",
    "withdrawn": "withdrawn",
    "still_open": "still open",
    "ended_otherwise": "ended otherwise",
    "held": "held back on purpose",
}


def answer(view: View, opened: str | None, *, lives: bool = False) -> None:
    """Open the card that a click asked for, if any; a page that `lives`, drawn again by itself, goes on when it is closed."""
    if opened:
        target = read_target(opened)
        title = LISTS[target.key][0] if target.key in LISTS else by_key(target.key).title
        closed: Literal["rerun", "ignore"] = "rerun" if lives else "ignore"
        st.dialog(title, width="large", icon=":material/function:", on_dismiss=closed)(draw)(view, target)


def draw(view: View, target: Target) -> None:
    """The card's content; what fails in it does not take the page with it."""
    place = st.empty()
    with net(f"card {target.key}", place.container), place.container():
        if target.key in LISTS:
            _draw_list(view, LISTS[target.key][1](view, target), target)
        else:
            _draw(view, target)


def _draw_list(view: View, it: Listed, target: Target) -> None:
    of = f"<small> {markup.e(it.more[OF])}</small>" if it.more.get(OF) else ""
    value = (
        f'<div><div class="big">{markup.e(it.value)}{of}</div><p class="says">{markup.e(it.says)}</p></div>'
    )
    pairs = {"Formula": it.formula, "Counted": it.counted, **it.more, "As of": view.words.instant(view.as_of)}
    components.show(
        value, markup.listing((name, markup.e(said)) for name, said in pairs.items()), kind="card"
    )
    if len(it.rows):
        _frame(it.rows.head(ROWS_SHOWN), len(it.rows), view)
        _download(view, it.rows, target)
    _sum(it.summed if it.fits else f"{it.summed} {_CHANGED}", it.fits)


def _draw(view: View, target: Target) -> None:
    above = st.container()
    target = card_parts.picked(view, target)
    card = data.card(view.one, Asked(target.key, view.period, target.by), view.as_of)
    figures = [figure for figure in card.figures if figure.part == target.part]
    mine = behind.of_part(card.rows, target, view.period.time_zone)
    rows = card.rows if mine is None else mine
    value, meaning = told(view, figures)
    with above:
        components.show(value, kind="card")
    components.show(meaning, kind="card")
    if len(rows):
        _table(view, rows, figures)
        _download(view, rows, target)
    if mine is None:
        components.show(f'<p class="sum"><span>{_NO_PART}</span></p>', kind="card")
        return
    for figure in figures:
        said, fits = behind.adds_up(view.words, figure, rows)
        _sum(said if fits else f"{said} {_CHANGED}", fits)


def _sum(said: str, fits: bool) -> None:
    components.show(
        f'<p class="sum">{markup.sign("ok" if fits else "risk")}<span>{markup.e(said)}</span></p>',
        kind="card",
    )


def _download(view: View, rows: pd.DataFrame, target: Target) -> None:
    """Every row as a file: the browser gets no more than it shows until it is asked for."""
    key = target.key if target.key in LISTS else by_key(target.key).key
    name = "-".join(part for part in (view.customer.key, key, view.month, target.part) if part)
    count = view.words.count(len(rows))
    st.download_button(
        f"All {count} rows as CSV" if len(rows) > 1 else "This row as CSV",
        behind.csv(rows) if len(rows) <= READY else lambda: behind.csv(rows),
        file_name=f"{re.sub('[^A-Za-z0-9._-]+', '-', name)}.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key=f"csv {target}",
    )


def told(view: View, figures: list[Figure]) -> tuple[str, str]:
    """What a card says above its rows: the value, and what it means."""
    return _value(view, figures), _meaning(view, figures)


def _value(view: View, figures: list[Figure]) -> str:
    if not figures:
        return f'<div class="big">{NOTHING}</div>'
    lines = "".join(
        f'<div class="big">{markup.e(view.words.value(figure))}{_kind(figure, len(figures))}{_of(figure, view.words)}</div>'
        for figure in figures
    )
    return f"<div>{lines}</div><p class='says'>{markup.e(figures[0].metric.sentence)}</p>"


def _of(figure: Figure, words: Words) -> str:
    of = shares.of_figure(figure, words).of
    return f"<small> {markup.e(of)}</small>" if of else ""


def _kind(figure: Figure, of: int) -> str:
    """Which of several figures of a metric this is: by count, or weighted by value in a currency."""
    if of < 2 or figure.unit == "money":
        return ""
    return f"<small> {f'by value in {markup.e(figure.currency)}' if figure.currency else 'by count'}</small>"


def _meaning(view: View, figures: list[Figure]) -> str:
    if not figures:
        return "<p class='says'>Nothing to count in this period.</p>"
    words, first, metric = view.words, figures[0], figures[0].metric
    unknown = sum(figure.unknown for figure in figures)
    bounds = ""
    if first.unknown and first.low is not None and first.high is not None:
        bounds = f" ({shares.bounds(first.low, first.high, words)} if all of them were bad, or good)"
    coverage = shares.of_time(first.coverage, words)
    if first.coverage is not None:
        coverage += " was read"
    pairs = [
        ("Formula", f"<code>{markup.e(metric.formula)}</code>"),
        ("Counted", markup.e(metric.population)),
        ("Part", markup.e(first.part)),
        ("Promised", markup.e(promised(view, first))),
        (OF, "<br>".join(markup.e(words.of(figure)) for figure in figures if words.of(figure))),
        ("Not reached", markup.e(next(filter(None, map(why_not_reached, figures)), ""))),
        ("Sample", markup.e(words.count(first.sample))),
        ("Unknown", markup.e(f"{words.count(unknown)}{bounds}" if unknown else "none")),
        ("Coverage", markup.e(coverage)),
        ("Outcomes", markup.e(_outcomes(first, words))),
        ("Beside it", markup.e(_beside(first, words))),
        ("Held back", markup.e(_held(figures, words))),
        ("Period", markup.e(f"{words.month(view.month)}, {view.period.time_zone}")),
        ("Counted by", markup.e(metric.attribution)),
        ("As of", markup.e(words.instant(first.as_of))),
        (
            "Definition",
            markup.e(f"{metric.id} {metric.key}, version {first.definition_version}. {metric.source}"),
        ),
    ]
    return markup.listing(pairs)


def outcome_name(word: str) -> str:
    """What became of a row, in words: a state as queries call it, or a rule and whether it is cleared."""
    rule, _, standing = word.rpartition(", ")
    if rule and standing in ("open", "cleared"):
        return f"{rule_name(rule.replace(' ', '_'))}, {standing}"
    return OUTCOMES.get(word, word)


def promised(view: View, figure: Figure) -> str:
    """What was promised and how much of it is used up. 99.5 %: 6 of 1,200 may fail; 3 did, 50 % of it."""
    target = target_for(summary.promises(view), figure)
    used = budget_used(figure, target)
    if target is None or used is None or figure.unit != "ratio":
        return ""
    words, whole = view.words, Decimal(str(figure.denominator))
    allowed = words.count(round((1 - target.limit) * whole, 2))
    bad = words.count(whole - Decimal(str(figure.numerator)))
    promise = words.promise(target.limit)
    return f"{promise} promised: {allowed} of {words.count(whole)} may fail; {bad} did, {shares.used(used, words)} of it"


def _beside(figure: Figure, words: Words) -> str:
    """47.5 % in 7 days, half within 12 s, 196 hours of work: what a tile says beside the value."""
    of = figure.detail
    within = {f"in {days} days": of.get(f"within_{days}_days") for days in (7, 14, 30)}
    within["by the promised time"] = of.get("within_deadline")
    found = {
        when: shares.estimated(share, figure.sample, words)
        for when, share in within.items()
        if share is not None
    }
    said = [f"{share.text} {when}{share.beside}" for when, share in found.items()]
    if figure.unit == "seconds":
        names = (("half", "p50"), ("95 %", "p95"), ("99 %", "p99"))
        said += [
            f"{share} within {words.duration(of[name])}" for share, name in names if of.get(name) is not None
        ]
    if of.get("is_mature") is False and figure.high is not None:
        high = shares.estimated(figure.high, figure.sample, words)
        said.append(f"not all of it is settled: it can still become {high}")
    if of.get("net") is not None:
        said.append(f"{shares.estimated(of['net'], figure.sample, words)} net of leave")
    if of.get("hours"):
        said.append(f"{words.count(round(of['hours']))} hours of work")
    return ", ".join(said)


def _held(figures: list[Figure], words: Words) -> str:
    """US$1,200.00 on purpose: what is neither late nor in time while its bill is held back."""
    held = ((figure.detail.get("held_value"), figure.currency) for figure in figures)
    return ", ".join(
        f"{words.money(value, currency, whole=False)} on purpose" for value, currency in held if value
    )


def _outcomes(figure: Figure, words: Words) -> str:
    """575 on time, 14 on time after a retry, …: what the query counted beside the figure."""
    counted = ((name, figure.detail.get(key) or 0) for key, name in _COUNTED.items())
    return ", ".join(f"{words.count(number)} {name}" for name, number in counted if number)


def _table(view: View, rows: pd.DataFrame, figures: list[Figure]) -> None:
    shown = rows.head(ROWS_SHOWN)
    duration = bool(figures) and figures[0].unit == "seconds"
    table = pd.DataFrame(
        {
            "What": shown["label"].fillna(shown["item_id"]),
            "When": [view.words.instant(at, with_zone=False) for at in shown["at"]],
            "Outcome": shown["outcome"].map(outcome_name),
            "Counted": [
                "unknown" if unknown else "yes" if counted else "no" if of else "left out"
                for counted, of, unknown in zip(
                    shown["in_numerator"], shown["in_denominator"], shown["is_unknown"], strict=True
                )
            ],
        }
    )
    if duration:
        table["Took"] = [
            "never" if pd.isna(value) else view.words.duration(value) for value in shown["value"]
        ]
    if shown["amount"].notna().any():
        table["Amount"] = [
            view.words.money(amount, currency, whole=False) if currency else NOTHING
            for amount, currency in zip(shown["amount"], shown["currency"], strict=True)
        ]
    _frame(table, len(rows), view)


def _frame(shown: pd.DataFrame, total: int, view: View) -> None:
    words = view.words
    more = f"the first {words.count(len(shown))} of {words.count(total)}" if total > len(shown) else ""
    components.show(f"<h2>Rows behind it<small>{more}</small></h2>")
    st.dataframe(shown, hide_index=True, height="content" if len(shown) <= 10 else 390, width="stretch")
