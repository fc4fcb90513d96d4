"""The four measures of the executive's page, judged against their promises, with their tiles and their trend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from app import data, markup, proof, shares, sparkline
from app.data import Asked
from app.judge import Judged, Target, judge, share_within, target_for, targets_of
from app.markup import Tile, chip
from app.target import Target as Card
from app.view import View
from app.wording import NOTHING, Words, plural
from metrics.figure import Figure

SYNC, BILL, UNBILLED, DEALS = "A1", "C4", "C7", "C1"
KEYS = (SYNC, BILL, UNBILLED, DEALS)
USUAL_DAYS = 14
Answers = Mapping[Asked, tuple[Figure, ...]]


@dataclass(frozen=True)
class Measure:
    """One metric over the months shown: the month looked at is the last of `history`."""

    key: str
    figures: tuple[Figure, ...]
    history: tuple[tuple[Figure, ...], ...]
    target: Target | None = None
    judged: Judged = field(default_factory=Judged)

    @property
    def main(self) -> Figure | None:
        """The figure by count, or the only one there is."""
        return _main(self.figures)

    @property
    def before(self) -> Figure | None:
        """The same a month earlier."""
        return _main(self.history[-2]) if len(self.history) > 1 else None


def _main(figures: Sequence[Figure]) -> Figure | None:
    """The figure by count where there is one, else the only one: two currencies have no main one."""
    whole = [figure for figure in figures if figure.part == ""]
    by_count = [figure for figure in whole if figure.currency is None]
    if by_count:
        return by_count[0]
    return whole[0] if len(whole) == 1 else None


def answers(view: View, keys: Sequence[str] = KEYS, *more: Asked) -> Answers:
    """The metrics for the month looked at, those before it for the line beside them, and whatever else is asked."""
    *past, current = view.months()
    now = data.figures(view.one, (*(Asked(key, view.period_of(current)) for key in keys), *more), view.as_of)
    over = tuple(Asked(key, view.period_of(month)) for key in keys for month in past)
    return {**data.history(view.one, over, data.floor(view.as_of, data.HISTORY_SECONDS)), **now}


def measure(view: View, key: str, answers: Answers, targets: Mapping[str, Target]) -> Measure:
    """A metric of the month looked at, judged against what was promised for it."""
    history = tuple(answers.get(Asked(key, view.period_of(month)), ()) for month in view.months())
    figures = history[-1]
    main = _main(figures)
    target = target_for(targets, main) if main else None
    return Measure(key, figures, history, target, judge(main, target) if main else Judged())


def values_of(it: Measure) -> list[float | None]:
    """The main value of each month, for a line; money only where it is one currency."""
    mains = [_main(figures) for figures in it.history]
    if it.key == UNBILLED:
        mains = [money[0] if len(money) == 1 else None for money in map(money_of, it.history)]
    return [None if main is None or main.value is None else float(main.value) for main in mains]


def money_of(figures: Sequence[Figure]) -> list[Figure]:
    """The figures that are worth something, by currency."""
    return [figure for figure in figures if figure.currency is not None and figure.value is not None]


def _tile(
    it: Measure, name: str, values: tuple[str, ...], notes: Sequence[str], spark: str, word: str = ""
) -> Tile:
    words = {
        "ok": "Met",
        "breach": "Missed",
        "unknown": "Not proven",
        "info": "Too few to judge",
        "risk": "Act",
    }
    state = it.judged.state
    return Tile(
        target=str(Card(it.key)),
        name=name,
        values=values,
        state=state,
        word=word or words.get(state, ""),
        notes=tuple(note for note in notes if note),
        spark=spark,
    )


def sync_tile(it: Measure, words: Words, before: str, verified: Figure | None = None) -> Tile:
    """How much arrived right and in time, and how much of what the log claims both systems confirm."""
    main, limit = it.main, it.target.limit if it.target else None
    notes = [_few(main, words), *proof.chips(verified, words), _goal(it, words), change(it, words, before)]
    spark = sparkline.spark(values_of(it), float(limit) if limit is not None else None)
    return _tile(it, "Right and in time", (words.value(main) if main else "–",), notes, spark)


def bill_tile(it: Measure, words: Words, before: str) -> Tile:
    """How long approved work waits for its invoice."""
    days = it.target.within_days if it.target and it.target.within_days else USUAL_DAYS
    share = share_within(it.main, days) if it.main else None
    note = chip(within(it.main, days, words)) if it.main and share is not None else ""
    value = words.value(it.main) if it.main else "–"
    notes = [note, _goal(it, words), change(it, words, before)]
    return _tile(it, "Half is billed within", (value,), notes, sparkline.spark(values_of(it)))


def unbilled_tile(it: Measure, words: Words, before: str) -> Tile:
    """What approved work that is on no invoice is worth, each currency for itself."""
    money = money_of(it.figures)
    unknown = sum(figure.unknown for figure in it.figures)
    values = tuple(words.value(figure) for figure in money) or ("–",)
    note = f"{words.count(unknown)} of unknown value" if unknown else ""
    notes = [chip(note, "unknown"), change(it, words, before)]
    return _tile(it, "Approved, not yet invoiced", values, notes, sparkline.spark(values_of(it)))


def deals_tile(it: Measure, words: Words, before: str) -> Tile:
    """Won deals whose project was not there in time, and how many of them still have none."""
    main, still = it.main, missing(it)
    late = failed(it)
    worth = [words.value(figure) for figure in it.figures if figure.currency is not None and figure.value]
    open_ = chip(f"{words.count(still)} still {plural(still, 'has', 'have')} none", "risk") if still else ""
    doubt = main.unknown if main is not None else 0
    unknown = chip(f"{words.count(doubt)} not known" if doubt else "", "unknown")
    notes = [open_, unknown, chip(" + ".join(worth)), _of_deals(main, words), change(it, words, before)]
    state = "risk" if still else "info" if late else "unknown" if doubt else "ok"
    judged = Judged() if late is None else Judged(state)
    shown = Measure(it.key, it.figures, it.history, it.target, judged)
    word = {"ok": "None", "risk": "Act", "info": "All came", "unknown": "Not proven"}.get(judged.state, "")
    value = NOTHING if late is None else words.count(late)
    return _tile(shown, "Won, no project in time", (value,), notes, sparkline.spark(values_of(it)), word)


def failed(it: Measure) -> int | None:
    """How many won deals had no project in time; None: nobody knows."""
    main = it.main
    if main is None or main.value is None:
        return None
    return int(main.numerator if main.numerator is not None else main.value)


def missing(it: Measure) -> int:
    """How many of them still have none; a project that came late is not missing."""
    if it.main is None:
        return 0
    return sum(int(it.main.detail.get(name) or 0) for name in ("missing_silently", "missing_with_error"))


def _of_deals(main: Figure | None, words: Words) -> str:
    known = main is not None and isinstance(main.denominator, int) and main.denominator > 0
    return f"of {words.count(main.denominator)} won" if known and main is not None else ""


def _goal(it: Measure, words: Words) -> str:
    if it.target is None:
        return ""
    if it.target.unit == "ratio":
        return f"<span>target {markup.e(words.promise(it.target.limit))}</span>"
    return f"<span>target {markup.e(words.duration(float(it.target.limit)))}</span>"


def within(main: Figure, days: int, words: Words) -> str:
    """47.5% within 14 days (of 213)"""
    share = shares.estimated(share_within(main, days), main.sample, words)
    return f"{share.text} within {days} days{share.beside}"


def _few(main: Figure | None, words: Words) -> str:
    """117 of 120 beside a percentage of few events: with nine invoices one miss is 88.9 %."""
    of = shares.of_figure(main, words).of if main is not None else ""
    return f"<span>{markup.e(of)}</span>" if of else ""


def change(it: Measure, words: Words, before: str) -> str:
    """How the value moved against the month before, said only where both are known."""
    money, earlier = (it.main, it.before)
    if it.key == UNBILLED:
        now_, then = money_of(it.figures), money_of(it.history[-2]) if len(it.history) > 1 else []
        money, earlier = (now_[0], then[0]) if len(now_) == len(then) == 1 else (None, None)
    if money is None or earlier is None or money.value is None or earlier.value is None:
        return ""
    if float("inf") in (money.value, earlier.value) or money.currency != earlier.currency:
        return ""
    step = Decimal(str(money.value)) - Decimal(str(earlier.value))
    if step == 0:
        return f"<span>as in {markup.e(before)}</span>"
    arrow = "↑" if step > 0 else "↓"
    size = abs(step)
    said = {
        "ratio": f"{words.count(round(size * 100, 2))} pp",
        "seconds": words.duration(float(size)),
        "money": words.money(size, money.currency),
    }.get(money.unit, words.count(size))
    better = money.metric.better
    is_chance = shares.may_be_chance(money, earlier)
    state = (
        "" if is_chance or better == "context" else "ok" if (step > 0) == (better == "higher") else "breach"
    )
    hint = "So few that it may be chance" if is_chance else ""
    return f"{chip(f'{arrow} {said}', state, hint)}<span>vs {markup.e(before)}</span>"


def goal_of(it: Measure) -> float | None:
    """The promise as a number for a line."""
    return float(it.target.limit) if it.target is not None and it.target.within_days is None else None


def trend_of(it: Measure, words: Words) -> tuple[list[str], list[tuple[float, float] | None], list[bool]]:
    """Of each month of a line: what it says, between which ends chance alone could have put it, and whether it missed."""
    mains = [_main(figures) for figures in it.history]
    return (
        [str(shares.of_figure(main, words)) if main else NOTHING for main in mains],
        [shares.interval(main) if main else None for main in mains],
        [main is not None and judge(main, it.target).state == "breach" for main in mains],
    )


def alt_of(it: Measure, labels: Sequence[str], words: Words) -> str:
    """A chart of a measure in words, for those who do not see it."""
    mains = [_main(figures) for figures in it.history]
    values = [str(shares.of_figure(main, words)) if main else "no data" for main in mains]
    said = ", ".join(f"{label} {value}" for label, value in zip(labels, values, strict=True))
    return f"{said}{f'; target {words.promise(it.target.limit)}' if it.target else ''}"


def promises(view: View) -> dict[str, Target]:
    """What the terms in force ask of each metric."""
    found = data.terms(view.one, view.last_day).get(view.customer.customer_id)
    return targets_of(found["document"]) if found else {}
