"""The filters of the exception queue, and the sentence for when they leave nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from app import markup, queue_lately, shares
from app.attention import rule_name, worth
from app.markup import Fact
from app.queue_reads import COUNTED_AS
from app.saved_views import USUAL
from app.scope import Scope
from app.severities import state_of
from app.target import Target
from app.view import View
from app.wording import Words, plural

LINE = 30  # characters that are read whole in the one line of a cause on a phone
KINDS = {"any": "All kinds", "business": "Business", "technical": "Technical"}
_VIEWS = {
    "open": "Open",
    "new": "New",
    "waiting": "Waiting",
    "claimed": "Claimed",
    "snoozed": "Snoozed",
    "waived": "Waived",
    "closed": "Closed",
}
_CUSTOMERS = ("open", "new", "waiting", "closed")
_WHO = {"anybody": "Anybody's", "mine": "Mine", "nobody": "Nobody's", "named": "Named me"}


def views(counts: Sequence[Mapping[str, Any]], words: Words, *, staff: bool = True) -> dict[str, str]:
    """The views with how many each holds; a customer has those that say nothing of how the partner works."""
    whole = next(row for row in counts if row["scope"] == "all")
    return {
        key: f"{name} {words.count(whole[COUNTED_AS.get(key, key)])}"
        for key, name in _VIEWS.items()
        if staff or key in _CUSTOMERS
    }


def who(counts: Sequence[Mapping[str, Any]], words: Words) -> dict[str, str]:
    """Whose exceptions: the person's own, nobody's, those whose notes name the person, each with how many are open."""
    whole = next(row for row in counts if row["scope"] == "all")
    of = {"mine": "mine", "nobody": "unowned", "named": "mentioned"}
    return {key: f"{name} {words.count(whole[of[key]])}" if key in of else name for key, name in _WHO.items()}


def asked_of(who: str, scope: Scope) -> dict[str, int]:
    """The parameters of screen/exceptions.sql for a choice of `who`."""
    return {
        "mine": {"owner_person_id": scope.person_id},
        "nobody": {"owner_person_id": 0},
        "named": {"mentioned_person_id": scope.person_id},
    }.get(who, {})


def totals(counts: Sequence[Mapping[str, Any]], whose: str, words: Words) -> list[Fact]:
    """How many are open and what is at risk in them, each currency for itself, the unknown said."""
    whole = next(row for row in counts if row["scope"] == "all")
    said = [Fact("Open", words.count(whole["open"]), str(Target("queue", "open", whose)))]
    for row in counts:
        if row["scope"] == "currency" and row["currency"]:
            name, currency = f"At risk, {row['currency']}", row["currency"]
            amount = words.money(row["value_at_risk"], currency)
            said.append(Fact(name, amount, str(Target("queue", currency, whose))))
    without = sum(row["open"] for row in counts if row["scope"] == "currency" and not row["currency"])
    if without:
        often = f"{words.count(without)} {plural(without, 'exception')}"
        said.append(Fact("Value unknown", often, str(Target("queue", "unknown", whose))))
    return said


def causes(
    rows: Sequence[Mapping[str, Any]],
    counts: Sequence[Mapping[str, Any]],
    view: View,
    lately: Mapping[int, Mapping[str, Any]],
    safe: Mapping[int, str],
) -> str:
    """What holds back the most money: three causes of each currency, each a way into the queue, as a part of what `counts` says is at risk.

    By number of the exception: `lately`, whether it gets worse; for staff `safe`, what is safe to do, which comes with who
    has it before all else: the end is cut where there is no room for it.
    """
    parts, listed, words, staff = [], [], view.words, not view.scope.is_customer
    whole = {row["currency"]: row["value_at_risk"] for row in counts if row["scope"] == "currency"}
    for currency in dict.fromkeys(row["currency"] for row in rows):
        mine = [row for row in rows if row["currency"] == currency]
        items = [
            _cause(
                row,
                whole.get(currency),
                words,
                queue_lately.words_of(lately.get(row["exception_id"]), view.as_of),
                safe.get(row["exception_id"], ""),
                staff=staff,
            )
            for row in mine
        ]
        listed += items
        title = f"Holds back the most, {currency}"
        parts.append(
            markup.section(
                title, markup.todo(items, ""), f"of {words.money(whole.get(currency), currency)} at risk"
            )
        )
    return f'<div class="causes">{"".join(parts)}{markup.whole(listed, LINE)}</div>' if parts else ""


def _cause(
    row: Mapping[str, Any], whole: Decimal | None, words: Words, runs: str, safe: str, *, staff: bool
) -> markup.Todo:
    identity = f"{row['customer_id']}-{row['exception_id']}"
    blocked = row["exceptions"] - 1
    share = shares.counted(row["amount"], whole, words, digits=0).text if whole else ""
    why = (
        (f"{row['owner']} has it" if row["owner"] else "nobody has it yet") if staff else "",
        safe,
        row["customer"],
        rule_name(row["rule"]),
        f"{words.count(row['occurrences'])} {plural(row['occurrences'], 'record')}",
        f"{words.count(blocked)} more {plural(blocked, 'waits', 'wait')} for it" if blocked else "",
        f"{share} of all" if share else "",
        runs,
    )
    return markup.Todo(
        state_of({**row, "closed_at": None}),
        row["title"],
        " · ".join(part for part in why if part),
        worth(
            {
                **row,
                "value_at_risk": row["amount"],
                "value_confidence": "exact" if row["is_exact"] else "estimated",
            },
            words,
        ),
        "/exceptions?" + urlencode({"open": identity}),
        str(Target("cause", row["currency"], identity)),
    )


def customers(view: View) -> dict[str, str]:
    """The customers to choose from, all of them first."""
    return {"all": "All customers", **{customer.key: customer.name for customer in view.customers}}


def scope_of(view: View, whose: str) -> Scope:
    """The scope of one customer by key, or the person's whole scope."""
    for customer in view.customers:
        if customer.key == whose:
            return view.scope.only(customer.customer_id)
    return view.scope


def kind_of(kind: str) -> str | None:
    """The class to ask for; None for any."""
    return None if kind == "any" else kind


def seldom_used(chosen: Mapping[str, str], names: Mapping[str, str]) -> list[str]:
    """What the filters behind the button say, as far as it is not the usual: Acme Consulting, Mine, Business, Getting worse."""
    said = {"whose": names, "owner": _WHO, "kind": KINDS, "order": queue_lately.ORDERS}
    return [words[chosen[key]] for key, words in said.items() if chosen[key] != USUAL[key]]


def nothing(
    which: str, kind: str, whose: str, words: str, names: Mapping[str, str], who: str = "anybody"
) -> tuple[str, ...]:
    """What is said when nothing matches: which filter hides what."""
    if which == "open" and kind == "any" and whose == "all" and who == "anybody" and not words:
        return ("Nothing is open", "Every exception that was found has been closed.")
    hiding = [f"the view {_VIEWS[which]}"]
    if who != "anybody":
        hiding.append(f"what is under {_WHO[who]}")
    if kind != "any":
        hiding.append(f"the kind {KINDS[kind]}")
    if whose != "all":
        hiding.append(f"the customer {names[whose]}")
    if words:
        hiding.append(f"the words “{words}”")
    return ("Nothing matches", f"You see only {', '.join(hiding)}.", "Change a filter above to see more.")
