"""Lists behind the numbers of a month's five sentences that are not of one promise: verdicts, what is left out, what is owed."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from app.listed import Listed, counted
from app.lists_review import month_of, sealed_and_today
from app.markup import STATUS_WORDS
from app.report import sentences
from app.report.said import EXCLUDED, STATES, Body, Said
from app.target import Target
from app.view import View
from app.wording import NOTHING
from metrics.sla.credits import credits_of
from metrics.sla.evaluation import Credit
from metrics.sla.terms import read

_SETTLED = {
    "accepted": (("accepted",), "Both sides agreed on it, or it was announced in time."),
    "waiting": (
        sentences.WAITING,
        "One side wants it left out, the other has not agreed: it counts in full.",
    ),
}
_CREDITS = {
    "owed": "What the month costs.",
    "least": "What the month costs at least, however it is decided.",
    "most": "What the month costs at most, however it is decided.",
    "share": "How much of the month's fee is owed.",
    "fee": "The fee of a month, as it is agreed.",
}


def verdicts(view: View, target: Target) -> Listed:
    """The promises of the month that were met, missed or not proven; all of them without a part."""
    found, wanted = month_of(view), target.part
    said = found.said(view.words)
    held = [each for each in found.objectives if wanted in ("", each["verdict"])]
    evaluation = said.body["evaluation"]
    number = evaluation[wanted] if wanted else sum(evaluation[each] for each in STATES)
    return Listed(
        value=view.words.count(sentences.counted(said, wanted)),
        says="Promises of the month" + (f" that are {wanted.replace('_', ' ')}." if wanted else "."),
        formula="promises, by verdict",
        counted="every promise of the terms; several taken together are none of their own",
        rows=pd.DataFrame(
            {
                "Promise": [each["title"] for each in held],
                "Verdict": [STATUS_WORDS[STATES[each["verdict"]]] for each in held],
                "Agreed": [said.number(each) for each in held],
                "Target": [said.target(each) for each in held],
                "Why": [said.because(each) for each in held],
            }
        ),
        figure=(number,),
        added=(len(held),),
        summed=counted(len(held), view.words),
        more=sealed_and_today(view, found, lambda of: view.words.count(sentences.counted(of, wanted))),
    )


def settled(view: View, target: Target) -> Listed:
    """What was left out by agreement, or what waits for one: each thing once, with the promises that it is about."""
    found, (states, says) = month_of(view), _SETTLED[target.part]
    said = found.said(view.words)
    entries = sentences.to_leave_out(said, states)
    rows = pd.DataFrame(
        {
            "What": [key for key, _ in entries],
            "Whose doing": [said.party(about[0][1]["reason"]) for about in entries.values()],
            "Promises": [", ".join(held["title"] for held, _ in about) for about in entries.values()],
            "Items": [
                ", ".join(view.words.count(each["count"]["n"]) for _, each in about)
                for about in entries.values()
            ],
            "Where it stands": [EXCLUDED[state] for _, state in entries],
        }
    )
    return Listed(
        value=view.words.count(len(entries)),
        says=says,
        formula="announced work and exclusions, each counted once",
        counted="what is about a promise of the month",
        rows=rows,
        figure=(len(entries),),
        added=(len(rows),),
        summed=counted(len(entries), view.words),
        more=sealed_and_today(
            view, found, lambda of: view.words.count(len(sentences.to_leave_out(of, states)))
        ),
    )


def credit(view: View, target: Target) -> Listed:
    """What each promise costs, and what that comes to by the rule of the terms."""
    found, which = month_of(view), target.part
    said = found.said(view.words)
    evaluation = said.body["evaluation"]
    credits, held = evaluation["credits"], [*evaluation["objectives"], *evaluation["composites"]]
    costly = [each for each in held if each["credit"]["most"]]
    rule = "added up" if credits["stacking"] == "sum" else "the highest counts"
    return Listed(
        value=sentences.credit(said, which),
        says=_CREDITS[which],
        formula=f"the credits of the promises, {rule}, at most the cap",
        counted="promises that are missed, or that nobody can decide",
        rows=pd.DataFrame(
            {
                "Promise": [each["title"] for each in costly],
                "Verdict": [STATUS_WORDS[STATES[each["verdict"]]] for each in costly],
                "Of the fee": [_of_fee(each["credit"], said) for each in costly],
            }
        ),
        figure=(*(credits[name] for name in ("owed", "least", "most")), _exact(credits["fee"])),
        added=_added(evaluation, held),
        summed=f"By the terms, {len(costly)} of {len(held)} promises cost something; {rule}.",
        more={
            "Owed": sentences.credit(said, "owed"),
            "Fee of the month": sentences.credit(said, "fee") if credits["fee"] else NOTHING,
        }
        | sealed_and_today(view, found, lambda of: sentences.credit(of, which)),
    )


def _added(evaluation: Body, held: list[Body]) -> tuple[int | Decimal | None, ...]:
    """What the rows come to, by the terms that stand beside them."""
    terms = read(evaluation["terms"])
    ends_quarter = int(evaluation["period"][5:7]) % 3 == 0
    each = {it["key"]: Credit(**it["credit"]) for it in held}
    monthly = [credit for key, credit in each.items() if key not in terms.quarterly]
    quarterly = [credit for key, credit in each.items() if key in terms.quarterly and ends_quarter]
    found = credits_of(terms, monthly, quarterly)
    return found.owed, found.least, found.most, found.fee


def _exact(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _of_fee(credit: Body, said: Said) -> str:
    least, most = (said.words.promise(sentences.of_millionths(credit[name])) for name in ("least", "most"))
    return least if least == most else f"{least} to {most}"
