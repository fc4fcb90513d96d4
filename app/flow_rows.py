"""The flows as a table: what was promised, what was done, how much of what may fail did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from app import markup, proof, shares
from app.judge import Target, budget_used, judge, target_for
from app.markup import Column
from app.target import Target as Card
from app.wording import NOT_REACHED, SYSTEM_NAMES, Words
from metrics.figure import Figure

COLUMNS = (
    Column("Flow", "first"),
    Column("Right and in time", "n"),
    Column("Failures allowed", "wide"),
    Column("Status"),
)


def by_part(figures: Sequence[Figure]) -> dict[str, Figure]:
    """Figures by what they are a part of, by count."""
    return {figure.part: figure for figure in figures if figure.currency is None}


def route(flow: Mapping[str, Any]) -> str:
    """CRM → Projects; one name where both ends are one system"""
    names = [SYSTEM_NAMES.get(role, role) for role in (flow["from_role"], flow["to_role"]) if role]
    return " → ".join(dict.fromkeys(names))


def promised(flow: Mapping[str, Any], words: Words) -> str:
    """within 4 h of business time"""
    if not flow["deadline_seconds"]:
        return ""
    calendar = " of business time" if flow["calendar"] else ""
    length = words.duration(flow["deadline_seconds"]).replace(" ", "\N{NO-BREAK SPACE}")
    return f"within {length}{calendar}"


def rows(
    flows: Sequence[Mapping[str, Any]],
    success: Sequence[Figure],
    verified: Sequence[Figure],
    targets: Mapping[str, Target],
    words: Words,
) -> list[tuple[str, ...]]:
    """A row for each flow, the worst first; a flow in which nothing came due says so."""
    done, true = by_part(success), by_part(verified)
    made = [
        _row(flow, *(of.get(flow["key"]) for of in (done, true)), targets=targets, words=words)
        for flow in flows
    ]
    return [cells for _, cells in sorted(made, key=lambda pair: pair[0])]


def _row(
    flow: Mapping[str, Any],
    success: Figure | None,
    verified: Figure | None,
    *,
    targets: Mapping[str, Target],
    words: Words,
) -> tuple[tuple[int, float], tuple[str, ...]]:
    under = " · ".join(part for part in (route(flow), promised(flow, words)) if part)
    name = markup.two_lines(flow["name"], under)
    if success is None or success.value is None:
        nothing = '<span class="muted small">nothing came due</span>'
        return (9, 0.0), (name, nothing, "", markup.status(""))
    target = target_for(targets, success)
    judged = judge(success, target)
    value = markup.opens(
        str(Card(success.metric.id, "flow", flow["key"])),
        f"{flow['name']}: {words.value(success)}. How it is counted",
        markup.e(words.value(success)),
    )
    count = f'<span class="sub">{markup.e(words.of(success))}</span>'
    goal = words.promise(target.limit) if target else ""
    used = budget_used(success, target)
    cells = (
        name,
        value + count + proof.opened(verified, flow["name"], words),
        _budget(flow, success, used, words, is_judged=judged.state != "info"),
        markup.status(judged.state) + (f'<span class="sub nowrap">target {goal}</span>' if target else ""),
    )
    order = {"breach": 0, "risk": 1, "unknown": 2, "info": 3, "ok": 4}.get(judged.state, 5)
    return (order, -float(used or 0)), cells


def _budget(
    flow: Mapping[str, Any], success: Figure, used: Decimal | None, words: Words, *, is_judged: bool
) -> str:
    if used is None:
        return '<span class="muted">–</span>'
    state = "breach" if used > 1 else "risk" if used > Decimal("0.8") else "ok"
    state = state if is_judged else ""  # of too few events no colour makes a verdict
    text = shares.used(used, words)
    said = f"{flow['name']}: {text} of the failures allowed. How it is counted"
    target = str(Card(success.metric.id, "flow", flow["key"]))
    shown = markup.opens(target, said, markup.e(text), "figure plain nowrap")
    return f'<span class="share">{markup.bar(float(used), state)}{shown}</span>'


def percentile(latency: Figure, name: str, words: Words) -> str:
    """A percentile in words; one that so many failures keep from being reached says so."""
    if name in (latency.detail.get("not_reached") or ()):
        return NOT_REACHED
    return words.duration(latency.detail.get(name))
