"""What two systems hold side by side, by kind of record: equal, different, in one only; in money, and how old the breaks are."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from app import markup, shares
from app.data import Asked
from app.flow_rows import by_part
from app.markup import Column
from app.target import Target
from app.view import View
from app.wording import Words
from metrics.figure import Figure
from metrics.period import Period

PARITY, KEY = "C10", "record_parity"
_COLUMNS = (
    Column("Records", "first"),
    Column("In both and equal", "n"),
    Column("Not so"),
    Column("In money", "wide"),
)
_MONTHS = (Column("Month", "first"), *_COLUMNS[1:])
_CELLS = (
    ("different", "different"),
    ("source_only", "in the source only"),
    ("target_only", "in the target only"),
)
_AGES = (
    ("broken_1d", "up to a day"),
    ("broken_7d", "up to a week"),
    ("broken_30d", "up to 30 days"),
    ("broken_older", "longer"),
)
_DOUBT = (("unsure", "not known: only suggested"), ("not_read", "not known: not read so far"))
_MATCHED = (("automatic", "by rule"), ("manual", "by people"), ("suggested", "only suggested"))


def question(view: View) -> Asked:
    """What the section is made of."""
    return Asked(KEY, view.period, "object")


def section(found: Sequence[Figure], words: Words) -> str:
    """A line for each kind of record that came about in the month; empty where nothing has to be in two systems."""
    counted = [figure for figure in by_part(found).values() if figure.sample or figure.unknown]
    if not counted:
        return ""
    lines = [line(figure, [each for each in found if each.part == figure.part], words) for figure in counted]
    return markup.section(
        "Both systems, side by side",
        markup.table(_COLUMNS, lines, "Both systems, side by side"),
        "whatever the log says; by month of the record",
    )


def over_time(view: View) -> Asked:
    """What the section on the months is made of: the month looked at and those before it."""
    first = view.period_of(view.months()[0])
    whole = Period(first.since, view.period.until, view.customer.time_zone, f"{first.label}..{view.month}")
    return Asked(KEY, whole, "month")


def months(found: Sequence[Figure], view: View) -> str:
    """A line for each month, the newest on top; empty where records came about in one month only, or in none."""
    counted = [figure for figure in by_part(found).values() if figure.sample or figure.unknown]
    if len(counted) < 2:
        return ""
    newest = sorted(counted, key=lambda figure: figure.part, reverse=True)
    lines = [month(figure, [each for each in found if each.part == figure.part], view) for figure in newest]
    return markup.section(
        "Both systems, month by month",
        markup.table(_MONTHS, lines, "Both systems, month by month"),
        "as they are now; by month of the record",
    )


def month(figure: Figure, all_of_it: Sequence[Figure], view: View) -> tuple[str, ...]:
    """One month: the one looked at opens into its records, another leads to where it does."""
    words, name = view.words, view.words.month(figure.part)
    share = shares.of_figure(figure, words).text
    if figure.part == view.month:
        target = str(Target(PARITY, "month", figure.part))
        equal = markup.opens(target, f"{name}: {share} in both and equal. Which are not", markup.e(share))
    else:
        address = f"/flows?{urlencode({'customer': view.customer.key, 'month': figure.part})}"
        equal = f'<a href="{markup.e(address)}" target="_self">{markup.e(share)}</a>'
    return (markup.two_lines(name, ""), *_cells(figure, equal, all_of_it, words))


def line(figure: Figure, all_of_it: Sequence[Figure], words: Words) -> tuple[str, ...]:
    """One kind of record: its figure by count, and all that there are of it, by value too."""
    name = figure.part.replace("_", " ").capitalize() + "s"
    share = shares.of_figure(figure, words)
    target = str(Target(PARITY, "object", figure.part))
    equal = markup.opens(
        target, f"{name}: {share.text} in both and equal. Which are not", markup.e(share.text)
    )
    matched = _told(figure, _MATCHED, words)
    return (
        markup.two_lines(name, f"matched: {matched}" if matched else ""),
        *_cells(figure, equal, all_of_it, words),
    )


def _cells(figure: Figure, equal: str, all_of_it: Sequence[Figure], words: Words) -> tuple[str, str, str]:
    """The share that is equal, what is not, and both in money."""
    return (
        f'{equal}<span class="sub">{markup.e(words.of(figure))}</span>',
        _broken(figure, words),
        "<br>".join(_money(each, words) for each in all_of_it if each.currency) or markup.status(""),
    )


def _broken(figure: Figure, words: Words) -> str:
    """Which of the three other cells hold how many, and for how long; and what is in no cell because nobody can tell."""
    cells, ages = _told(figure, _CELLS, words), _told(figure, _AGES, words)
    doubt = _told(figure, _DOUBT, words)
    said = markup.two_lines(cells, f"for {ages}" if ages else "", "") if cells else ""
    if doubt:
        return said + markup.chip(doubt, "unknown")
    return said or markup.status("ok", "All are")


def _told(figure: Figure, parts: Sequence[tuple[str, str]], words: Words) -> str:
    return ", ".join(f"{words.count(figure.detail[key])} {said}" for key, said in parts if figure.detail[key])


def _money(figure: Figure, words: Words) -> str:
    """Σ |source − target| and Σ (source − target): equal totals hide errors that offset each other."""
    gross, net = figure.detail["gross_difference"], figure.detail["net_difference"]
    if not gross:
        return markup.e(f"{figure.currency}: no difference")
    return markup.e(f"{words.money(gross, figure.currency)} apart, {words.money(net, figure.currency)} net")
