"""Which exceptions get worse: fourteen days as small bars and a few words, and the order that puts the worst of them first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from app import markup
from app.wording import plural
from metrics.triage.lately import Course, course

ORDERS = {"dear": "Dearest first", "worse": "Getting worse"}
STEPS = 8
_NO_FILTER = ("class", "rule", "tag", "words", "owner_person_id", "mentioned_person_id", "after", "ranked_at")
Rows = Sequence[Mapping[str, Any]]


def worse(ask: Callable[[str, dict[str, Any]], Rows], asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of screen/exceptions.sql that a filter finds, what gets worse first; `place` and `total` are those of that order.

    `ask` reads a query by its name; `asked` are the parameters of screen/exceptions.sql.
    """
    order = ask("screen/exceptions_worse", dict(asked))
    ids = [row["exception_id"] for row in order]
    found = ask(
        "screen/exceptions", {**asked, **dict.fromkeys(_NO_FILTER), "view": "all", "exception_ids": ids}
    )
    by_id = {row["exception_id"]: row for row in found}
    return [
        {**by_id[row["exception_id"]], "place": row["place"], "total": row["total"]}
        for row in order
        if row["exception_id"] in by_id
    ]


def words_of(row: Mapping[str, Any] | None, as_of: datetime) -> str:
    """Twice the week before, new today, quiet for 3 days: how a row of screen/exceptions_lately.sql runs; empty for no row."""
    return _said(course(row, as_of)) if row else ""


def word(row: Mapping[str, Any] | None, as_of: datetime) -> str:
    """The words as HTML, with a mark where it gets worse and the counts behind them; empty for no row."""
    if not row:
        return ""
    found = course(row, as_of)
    counts = f"{found.week} in the last seven days, {found.before} in the seven before"
    kind = " worse" if found.is_worse else ""
    return f'<span class="lately{kind}" title="{counts}">{markup.e(_said(found))}</span>'


def bars(row: Mapping[str, Any] | None) -> str:
    """Fourteen days as bars, the last one today's; nothing where nothing happened in them."""
    days: list[int] = row["days"] if row else []
    top = max(days, default=0)
    if not top:
        return ""
    cells = "".join(f'<i class="b{-(-day * STEPS // top)}"></i>' for day in days)
    return f'<span class="days" aria-hidden="true">{cells}</span>'


def line(row: Mapping[str, Any] | None, as_of: datetime) -> str:
    """Bars, words and the counts behind them as one line of HTML; empty for no row."""
    if not row:
        return ""
    found = course(row, as_of)
    counts = f"{found.week} in the last seven days, {found.before} in the seven before"
    return f'{bars(row)}{word(row, as_of)} <span class="muted">({counts})</span>'


def _said(found: Course) -> str:
    often = f"{found.days} {plural(found.days, 'day')}"
    match found.kind:
        case "new":
            return "new today" if found.days == 1 else "new this week"
        case "unread":
            return f"not read for {often}"
        case "once":
            return f"once, {often} ago"
        case "quiet":
            return f"quiet for {often}"
        case "young":
            return f"began {often} ago"
        case "back":
            return "back this week"
        case "day":
            return f"{_times(found.factor)} a usual day"
        case "more" | "less":
            return f"{_times(found.factor)} the week before"
        case _:
            return "as the week before" if found.factor is not None else ""


def _times(factor: float | None) -> str:
    """Twice, 3 ×, half; more than and less than where no whole number is near."""
    if factor is None:
        return ""
    if factor >= 1:
        return "more than" if factor < 1.75 else "twice" if factor < 2.5 else f"{round(factor)} ×"
    return "less than" if factor > 0.6 else "half" if factor > 0.4 else "far less than"
