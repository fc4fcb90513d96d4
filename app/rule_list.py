"""The rules as they hold for a customer: the library, what the estate sets otherwise, and rules of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from metrics.rule_library import LIBRARY, Rule, by_key
from metrics.rules import Setting

Told = Mapping[str, Any]
_NOTHING: Mapping[str, str] = {}


def told(
    held: Sequence[Setting] = (), at: datetime | None = None, failed: Mapping[str, str] = _NOTHING
) -> list[Told]:
    """The library's rules, each as `held` settings have it at an instant, then those of the customer's own.

    Without settings: as the library has them. `failed`: rules of its own that could not be evaluated, and why.
    """
    mine = {
        each.key: each for each in held if at and each.since <= at and (each.until is None or each.until > at)
    }
    library = [_of_library(rule, mine[rule.key].said if rule.key in mine else {}) for rule in LIBRARY]
    return library + [_own(each, failed.get(each.rule)) for each in mine.values() if each.is_own]


def _of_library(rule: Rule, said: Mapping[str, Any]) -> Told:
    return {
        "rule": rule.key,
        "title": rule.title,
        "enabled": said.get("enabled", rule.enabled),
        "severity": said.get("severity", rule.severity),
        "days": said.get("days", rule.days),
        "owner": said.get("owner", rule.owner),
        "set": "by the estate" if said else "library",
        "sentence": rule.sentence,
        "money": rule.money,
        "when": None,
        "trouble": None,
        "runbook": said.get("runbook", rule.runbook),
    }


def _own(own: Setting, trouble: str | None) -> Told:
    said = own.said
    amount = (
        f"the record's {said['amount']}" if "amount" in said else "the worth of the work, where it is work"
    )
    return {
        "rule": own.rule,
        "title": said["title"],
        "enabled": own.is_enabled,
        "severity": said.get("severity", 3),
        "days": None,
        "owner": said.get("owner", by_key("run_failed").owner),
        "set": "own",
        "sentence": said.get("sentence"),
        "money": amount,
        "when": f"{said['on']}: {said['when']}",
        "trouble": trouble,
        "runbook": said.get("runbook"),
    }
