"""The executive's page as an answer: one sentence over four measures, and one that says what it is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app import shares
from app.summary import Measure, failed, missing, money_of, within
from app.wording import Words, plural


@dataclass(frozen=True)
class Answer:
    """The verdict of a page."""

    state: str
    says: str
    because: str


def answer(sync: Measure, bill: Measure, unbilled: Measure, deals: Measure, words: Words) -> Answer:
    """Is work turning into invoices? One sentence that names what is missed, one that says what it is worth."""
    if all(it.main is None or it.main.value is None for it in (sync, bill)) and not money_of(
        unbilled.figures
    ):
        return Answer(
            "unknown", "There is nothing to judge yet.", "No transaction and no approved work in this month."
        )
    doubtful = deals.main is not None and deals.main.unknown > 0
    states = [sync.judged.state, bill.judged.state, "unknown" if doubtful else ""]
    lacking, late = missing(deals), failed(deals) or 0
    says = _billing(bill, words)
    misses = []
    if lacking:
        misses.append(f"{words.count(lacking)} won {plural(lacking, 'deal has', 'deals have')} no project")
    elif late:
        misses.append(f"{words.count(late)} {plural(late, 'project')} came late")
    if sync.judged.state == "breach" and sync.main and sync.target:
        goal = words.promise(sync.target.limit)
        share = shares.of_figure(sync.main, words)
        misses.append(f"only {share} arrived right and in time, {goal} promised")
    if misses:
        says += (", but " if "not" not in says and "slowly" not in says else "; ") + " and ".join(misses)
    elif "unknown" in states:
        says += "; not all of it is proven"
    worth = [words.value(figure) for figure in money_of(unbilled.figures) if figure.value]
    because = (
        f"{' and '.join(worth)} of approved work {'is' if len(worth) < 2 else 'are'} on no invoice yet."
        if worth
        else ""
    )
    doubts = [it.judged.why for it in (sync, bill) if it.judged.state == "unknown" and it.judged.why]
    if doubts:
        because += f" Not proven: {doubts[0]}."
    return Answer(_worst(states, late > 0 or _is_never(bill)), says + ".", because.strip())


def _worst(states: Sequence[str], is_risk: bool) -> str:
    """The state of the sentence; what nobody promised is neither kept nor broken."""
    if "breach" in states:
        return "breach"
    if is_risk:
        return "risk"
    return next((state for state in ("unknown", "ok") if state in states), "info")


def _is_never(bill: Measure) -> bool:
    return bill.main is not None and bill.main.value == float("inf")


def _billing(bill: Measure, words: Words) -> str:
    main = bill.main
    if main is None or main.value is None:
        return "No approved work waits for an invoice"
    if _is_never(bill):
        return (
            "Work is not turning into invoices in time: less than half of what was approved has been billed"
        )
    half = words.duration(float(main.value))
    if bill.judged.state == "breach" and bill.target is not None:
        if bill.target.within_days:
            share = within(main, bill.target.within_days, words)
            goal = words.promise(bill.target.limit)
            return f"Work is turning into invoices too slowly: {share}, {goal} promised"
        return f"Work is turning into invoices too slowly: half takes {half}, {words.duration(float(bill.target.limit))} promised"
    return f"Work is turning into invoices: half is billed within {half}"
