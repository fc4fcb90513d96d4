"""What differs between the estate files and the database, and what stands because a person said it since a file did."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from app.yaml_file import EstateError
from metrics.sla.statement import changes as differences

Path = tuple[str, ...]
Entries = dict[tuple[str, Path], dict[str, Any]]

FILED = {"customer": "review_in_file", "terms": "terms_in_file"}
"""What a file said when it was applied last of a customer's review and of terms; a person may have said something else since."""


@dataclass(frozen=True)
class Change:
    """One thing that differs: what it is, where it stands, and its value before and after.

    keep  nothing is done: a person changed it since a file said the same; `before` is what the file says, `after` what stands
    """

    kind: str
    path: Path
    action: Literal["add", "change", "retire", "keep"]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    since: datetime | None = None

    def line(self) -> str:
        """The change as one line for a person."""
        name = f"{self.kind} {'/'.join(self.path)}"
        if self.action not in ("change", "keep") or self.before is None or self.after is None:
            return f"{self.action:7} {name}"
        said = told(self.before, self.after) or "the file says now what stands"
        since = ", said since by a person" if self.action == "keep" else ""
        return f"{self.action:7} {name}: {said}{since}"


def told(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What differs in a line; apart from what a file said last."""
    found = differences(before, after)
    return "; ".join(
        f"{each.place}: {_short(each.was)} → {_short(each.now)}"
        for each in found
        if not each.place.startswith(tuple(FILED.values()))
    )


def _short(value: Any) -> str:
    said = json.dumps(value, ensure_ascii=False, default=str)
    return said if len(said) <= 60 else said[:57] + "…"


def said_since(wanted: Entries, found: Entries) -> list[Change]:
    """Puts what people said since into what is wanted; answers what is kept so.

    Of a review, a file that says something new wins. Of terms nobody knows then which was agreed last: raises EstateError, one line.
    """
    kept = []
    for (kind, path), value in wanted.items():
        there = found.get((kind, path)) if kind in FILED else None
        if there is None:
            continue
        says, stands, said = spoken(kind, value), spoken(kind, there), _filed(kind, there)
        if says == stands or stands == said:
            continue
        if says == said:
            kept.append(Change(kind, path, "keep", says, stands))
            wanted[kind, path] = there if kind == "terms" else value | stands
        elif kind == "terms":
            raise EstateError(
                f"terms {'/'.join(path)}: other terms were imported since a file told of them, and this file says neither"
                f" ({told(stands, says)}); write into it what stands (throughline export), or import what it says first"
            )
    return kept


def imported(found: Entries, path: Path, document: dict[str, Any]) -> Change | None:
    """The change that takes in terms from a file of their own; None: they stand so already. What an estate file said last stays beside them."""
    before = found.get(("terms", path))
    after = document | {FILED["terms"]: before and before[FILED["terms"]]}
    return None if before == after else Change("terms", path, "change" if before else "add", before, after)


def spoken(kind: str, value: dict[str, Any]) -> dict[str, Any]:
    """What people can say of an entry as well as a file: the review's schedule, or the terms."""
    if kind == "customer":
        return {"review": value["review"]}
    return {name: said for name, said in value.items() if name != FILED[kind]}


def _filed(kind: str, value: dict[str, Any]) -> dict[str, Any] | None:
    said: dict[str, Any] | None = value[FILED[kind]]
    return {"review": said} if kind == "customer" else said
