"""The filters of the exception queue, and the sentence for when they leave nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.scope import Scope
from app.view import View
from app.wording import Words, plural

KINDS = {"any": "All kinds", "business": "Business", "technical": "Technical"}
_VIEWS = {"open": "Open", "new": "New", "waiting": "Waiting", "closed": "Closed"}


def views(counts: Sequence[Mapping[str, Any]], words: Words) -> dict[str, str]:
    """The views with how many each holds."""
    of = {"open": "open", "new": "fresh", "waiting": "waiting", "closed": "closed"}
    whole = next(row for row in counts if row["scope"] == "all")
    return {key: f"{name} {words.count(whole[of[key]])}" for key, name in _VIEWS.items()}


def totals(counts: Sequence[Mapping[str, Any]], words: Words) -> list[tuple[str, str]]:
    """How many are open and what is at risk in them, each currency for itself, the unknown said."""
    whole = next(row for row in counts if row["scope"] == "all")
    said = [("Open", words.count(whole["open"]))]
    for row in counts:
        if row["scope"] == "currency" and row["currency"]:
            said.append((f"At risk, {row['currency']}", words.money(row["value_at_risk"], row["currency"])))
    without = sum(row["open"] for row in counts if row["scope"] == "currency" and not row["currency"])
    if without:
        said.append(("Value unknown", f"{words.count(without)} {plural(without, 'exception')}"))
    return said


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


def nothing(which: str, kind: str, whose: str, words: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """What is said when nothing matches: which filter hides what."""
    if which == "open" and kind == "any" and whose == "all" and not words:
        return ("Nothing is open", "Every exception that was found has been closed.")
    hiding = [f"the view {_VIEWS[which]}"]
    if kind != "any":
        hiding.append(f"the kind {KINDS[kind]}")
    if whose != "all":
        hiding.append(f"the customer {names[whose]}")
    if words:
        hiding.append(f"the words “{words}”")
    return ("Nothing matches", f"You see only {', '.join(hiding)}.", "Change a filter above to see more.")
