"""Lists behind the numbers of a month's review: the items of one objective, and what is left out of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from app import review_reads
from app.listed import Listed
from app.report.outcomes import became, of_missed
from app.report.said import Said
from app.target import Target
from app.view import View
from app.wording import NOTHING, plural


def objective(view: View, target: Target) -> Listed:
    """The items of the objective `part`; `by` is "out" for what is left out of it. A sealed month has its missed items only."""
    words = view.words
    found = review_reads.review(view.scope, review_reads.parties(view), view.period, view.as_of)
    held = next((o for o in found.objectives if o["key"] == target.part), None)
    if held is None:
        return Listed(
            NOTHING,
            "This promise is not made any more.",
            "",
            "",
            pd.DataFrame(),
            (),
            (),
            "Nothing to add up.",
        )
    if target.by == "out":
        rows = [each for each in held["excluded"] if each["state"] == "accepted"]
        out = sum(each["count"]["n"] for each in rows)
        return Listed(
            value=words.count(out),
            says=f"Left out of {held['title']} because both sides agreed, or because it was announced in time.",
            formula="what is left out leaves both sides of the share",
            counted="maintenance inside its cap, and exclusions that were accepted",
            rows=pd.DataFrame(
                {
                    "What": [each["key"] for each in rows],
                    "Reason": [each["reason"].replace("_", " ") for each in rows],
                    "Items": [each["count"]["n"] for each in rows],
                }
            ),
            figure=(out,),
            added=(sum(each["count"]["n"] for each in rows),),
            summed=f"{words.count(len(rows))} {plural(len(rows), 'entry adds', 'entries add')} up to {words.count(out)}.",
        )
    gross, said = held["gross"], found.said(words)
    says = (
        f"{held['title']}, judged by {held['window'].replace('-', ' ')}; {held['method'].replace('_', ' ')}."
    )
    more = {
        "Target": said.target(held),
        "k of n": said.counted(held["agreed"]),
        "Before what is left out": said.stood(held, gross),
    }
    more |= outlook(held, said)
    if gross["k"] is None or held["method"] != "occurrences":
        return Listed(
            said.value(held, held["agreed"]["value"]), says, "as on its metric's card", f"{words.count(gross['n'])} judged",
            pd.DataFrame(), (), (), "It is measured, not counted: its rows stand on its metric's card.", more,
        )  # fmt: skip
    if found.sealed:
        kept = [each for each in found.missed if each["objective"] == target.part]
        against = sum(
            1 for each in kept if each["count"][1] and each["count"][0] == int(held["better"] == "lower")
        )
        bad = gross["n"] - gross["k"] if held["better"] == "higher" else gross["k"]
        return Listed(
            said.value(held, held["agreed"]["value"]), says, "good ÷ judged", f"{words.count(gross['n'])} judged",
            pd.DataFrame(
                {
                    "What": [each["label"] for each in kept],
                    "What became of it": [of_missed(each) for each in kept],
                }
            ),
            (bad,), (against,), f"{words.count(against)} of {words.count(gross['n'])} counted against it when it was sealed.", more,
        )  # fmt: skip
    items = review_reads.behind(view.scope, view.customer, view.period, target.part, view.as_of)
    counts = [each.item.count for each in items]
    k, n, unknown = (sum(getattr(c, name) for c in counts) for name in ("k", "n", "unknown"))
    return Listed(
        value=said.value(held, held["agreed"]["value"]),
        says=says,
        formula="good ÷ judged" if held["better"] == "higher" else "counted against it",
        counted=f"{words.count(gross['n'])} judged, {words.count(gross['unknown'])} of which nobody can tell",
        rows=pd.DataFrame(
            {
                "What": [each.label for each in items],
                "Flow": [each.item.flow or "" for each in items],
                "Came due": [words.instant(each.item.at, with_zone=False) for each in items],
                "What became of it": [
                    became(each.outcome, is_good=each.item.k == (held["better"] == "higher"))
                    for each in items
                ],
                "Good": [
                    each.item.k == (held["better"] == "higher") if each.item.n else None for each in items
                ],
            }
        ),
        figure=(gross["k"], gross["n"], gross["unknown"]),
        added=(k, n, unknown),
        summed=f"{words.count(len(items))} {plural(len(items), 'row adds', 'rows add')} up to {words.count(k)} of {words.count(n)}.",
        more=more,
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
