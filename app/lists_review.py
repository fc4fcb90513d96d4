"""Lists behind the numbers of a month's review: the items of one objective, and what is left out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd

from app import review_reads
from app.listed import OF, Listed
from app.report.outcomes import became, of_missed
from app.report.said import Said
from app.review_reads import Review
from app.target import Target
from app.view import View
from app.wording import NOTHING, plural
from metrics.sla.items import Listed as Behind

_ASKED = {
    "target": "What was promised of it.",
    "read": "How much of the time everything that it depends on was read.",
    "judged": "How many were judged.",
    "least": "How many have to be judged to prove anything.",
    "unknown": "Of how many nobody can tell what became of them.",
}
_GONE = "not promised"


def month_of(view: View) -> Review:
    """The month that is looked at."""
    return review_reads.review(view.scope, review_reads.parties(view), view.period, view.as_of)


def objective(view: View, target: Target) -> Listed:
    """The items of the objective `part`; `by` is "out" for what is left out of it, or another of its numbers (app.report.said).

    A sealed month has its missed items only, and says what the number is today.
    """
    found = month_of(view)
    listed = _objective(view, found, target)
    if found.body is None or listed.value == NOTHING:
        return listed
    said = found.said(view.words)

    def told(of: Said) -> str:
        held = next((o for o in of.body["evaluation"]["objectives"] if o["key"] == target.part), None)
        if held is None:
            return _GONE
        if target.by == "out":
            return view.words.count(left_out(held))
        return of.number(held, target.by)

    if target.by in _ASKED:
        listed = replace(listed, value=told(said), says=f"{_ASKED[target.by]} {listed.says}")
    return replace(listed, more=listed.more | sealed_and_today(view, found, told))


def sealed_and_today(view: View, found: Review, told: Callable[[Said], str]) -> dict[str, str]:
    """When a number was sealed, and what it is today where that is something else; nothing for a month that was never sealed."""
    if not found.sealed:
        return {}
    newest = found.sealed[0]
    then = view.words.instant(newest.sealed_at)
    sealed = {"Sealed": f"{told(found.said(view.words))}, on {then} as version {newest.place[2]}"}
    body = review_reads.today(view.scope, review_reads.parties(view), view.period, view.as_of)
    now = "nothing is agreed that can be read" if body is None else told(Said(body, view.words))
    same = now == told(found.said(view.words))
    return sealed | {"Today": "the same" if same else now}


def against(view: View, target: Target) -> Listed:
    """What counted against any promise of the month; a sealed month says what was sealed."""
    found, words = month_of(view), view.words
    titles = {each["key"]: each["title"] for each in found.objectives}
    said, rows = found.said(words), found.missed
    number = len(rows)
    return Listed(
        value=words.count(number),
        says="What counted against a promise, or of which nobody can tell; once for each promise.",
        formula="judged − good, and the unknown",
        counted="the items of every promise of the month",
        rows=pd.DataFrame(
            {
                "What": [each["label"] or each["item"] for each in rows],
                "Promise": [titles.get(each["objective"], each["objective"]) for each in rows],
                "Came due": [said.instant(each["at"]) for each in rows],
                "What became of it": [of_missed(each) for each in rows],
                "Whose doing": [said.party(each["party"]) for each in rows],
            }
        ),
        figure=(number,),
        added=(len(rows),),
        summed=f"{words.count(number)} {plural(number, 'row', 'rows')}, each once for every promise that it counts against.",
    )


def left_out(held: Mapping[str, Any]) -> int:
    """How many items left an objective by agreement."""
    return sum(each["count"]["n"] for each in held["excluded"] if each["state"] == "accepted")


def _objective(view: View, found: Review, target: Target) -> Listed:
    held = next((o for o in found.objectives if o["key"] == target.part), None)
    if held is None:
        gone = "This promise is not made any more."
        return Listed(NOTHING, gone, "", "", pd.DataFrame(), (), (), "Nothing to add up.")
    if target.by == "out":
        return _left_out(found.said(view.words), held)
    said = found.said(view.words)
    at_first = _measured(held, said)
    if held["gross"]["k"] is None or held["method"] != "occurrences":
        return at_first
    if found.sealed:
        return _kept(
            at_first, held, said, [each for each in found.missed if each["objective"] == target.part]
        )
    items = review_reads.behind(view.scope, view.customer, view.period, target.part, view.as_of)
    return _counted(at_first, held, said, items)


def _left_out(said: Said, held: Mapping[str, Any]) -> Listed:
    """What both sides agreed on, or what was announced in time."""
    words = said.words
    rows = [each for each in held["excluded"] if each["state"] == "accepted"]
    items = [each["count"]["n"] for each in rows]
    out = left_out(held)
    return Listed(
        value=words.count(out),
        says=f"Left out of {held['title']} because both sides agreed, or because it was announced in time.",
        formula="what is left out leaves both sides of the share",
        counted="maintenance inside its cap, and exclusions that were accepted",
        rows=pd.DataFrame(
            {
                "What": [each["key"] for each in rows],
                "Reason": [each["reason"].replace("_", " ") for each in rows],
                "Items": items,
                "Worth": [said.worth(each["key"], held["key"]) or NOTHING for each in rows],
            }
        ),
        figure=(out,),
        added=(sum(items),),
        summed=f"{words.count(len(rows))} {plural(len(rows), 'entry adds', 'entries add')} up to {words.count(out)}.",
    )


def _measured(held: Mapping[str, Any], said: Said) -> Listed:
    """What is told of every objective; that is all of one that has no items."""
    return Listed(
        value=said.value(held, held["agreed"]["value"]),
        says=f"{held['title']}, judged by {held['window'].replace('-', ' ')}; {held['method'].replace('_', ' ')}.",
        formula="as on its metric's card",
        counted=f"{said.words.count(held['gross']['n'])} judged",
        rows=pd.DataFrame(),
        figure=(),
        added=(),
        summed="It is measured, not counted: its rows stand on its metric's card.",
        more={
            "Target": said.target(held),
            OF: said.counted(held["agreed"]),
            "Before what is left out": said.stood(held, held["gross"]),
        }
        | outlook(held, said),
    )


def _kept(listed: Listed, held: Mapping[str, Any], said: Said, missed: Sequence[Mapping[str, Any]]) -> Listed:
    """Of a sealed month the items that counted against it are kept, and no others."""
    gross, is_higher = held["gross"], held["better"] == "higher"
    against = sum(1 for each in missed if each["count"][1] and each["count"][0] == int(not is_higher))
    count = said.words.count
    return replace(
        listed,
        formula="good ÷ judged",
        rows=pd.DataFrame(
            {
                "What": [each["label"] for each in missed],
                "What became of it": [of_missed(each) for each in missed],
            }
        ),
        figure=(gross["n"] - gross["k"] if is_higher else gross["k"],),
        added=(against,),
        summed=f"{count(against)} of {count(gross['n'])} counted against it when it was sealed.",
    )


def _counted(listed: Listed, held: Mapping[str, Any], said: Said, items: Sequence[Behind]) -> Listed:
    """All items of a month that is not sealed, on whichever side they are."""
    words, gross, is_higher = said.words, held["gross"], held["better"] == "higher"
    counts = [each.item.count for each in items]
    k, n, unknown = (sum(getattr(c, name) for c in counts) for name in ("k", "n", "unknown"))
    is_good = [each.item.k == is_higher for each in items]
    return replace(
        listed,
        formula="good ÷ judged" if is_higher else "counted against it",
        counted=f"{words.count(gross['n'])} judged, {words.count(gross['unknown'])} of which nobody can tell",
        rows=pd.DataFrame(
            {
                "What": [each.label for each in items],
                "Flow": [each.item.flow or "" for each in items],
                "Came due": [words.instant(each.item.at, with_zone=False) for each in items],
                "What became of it": [
                    became(each.outcome, is_good=good) for each, good in zip(items, is_good, strict=True)
                ],
                "Good": [good if each.item.n else None for each, good in zip(items, is_good, strict=True)],
            }
        ),
        figure=(gross["k"], gross["n"], gross["unknown"]),
        added=(k, n, unknown),
        summed=f"{words.count(len(items))} {plural(len(items), 'row adds', 'rows add')} up to {words.count(k)} of {words.count(n)}.",
    )


def outlook(held: Mapping[str, Any], said: Said) -> dict[str, str]:
    """What a promise bears: its error budget in items and time, how fast it burns, and when it is lost, with what is assumed."""
    words, told = said.words, {}
    if (budget := held["budget"]) is not None:
        told["Error budget"] = (
            f"{words.count(budget['allowed'])} {plural(budget['allowed'], 'item')} or {words.duration(budget['seconds'])}; "
            f"{words.count(budget['bad'])} and {words.duration(budget['used_seconds'])} are used"
        )
    if (burn := held["burn"]) is not None and burn["severity"]:
        told["Burn rate"] = f"{burn['severity']}: {burn['why']}"
    if (ahead := held["forecast"]) is not None:
        lost = ahead["lost_on"]
        day = (
            f"lost on {words.day(date.fromisoformat(lost))}" if lost else "not lost by the end of the window"
        )
        told["At this rate"] = f"{day}, if {'; '.join(ahead['assumptions'])}"
    return told
