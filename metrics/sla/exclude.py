"""What is left out of a figure: maintenance announced in time and inside its cap, and what one side proposed and the other accepted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from metrics.sla.facts import Count, Exclusion
from metrics.sla.objective import Exclusions
from metrics.sla.words import MILLION, ppm


@dataclass(frozen=True)
class Item:
    """One item behind a figure: which flow it belongs to, when it came due (None: unknown), which sides of the figure it is on."""

    key: str
    flow: str | None
    at: datetime | None
    k: bool
    n: bool
    unknown: bool

    @property
    def count(self) -> Count:
        return Count(int(self.k), int(self.n), int(self.unknown))


@dataclass(frozen=True)
class Maintenance:
    """Announced work: it must name its flows; None among them stands for the service as a whole."""

    number: int
    announced_at: datetime
    starts_at: datetime
    ends_at: datetime
    flows: frozenset[str | None]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What one side wants left out: named items, or what came due in a stretch of time; flows None: all of them.

    why_not  why it takes nothing of a figure that it names; "" when nothing speaks against it
    """

    number: int
    reason: str
    state: str
    at: datetime
    flows: frozenset[str] | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    items: frozenset[str] = frozenset()
    why_not: str = ""

    def takes(self, item: Item) -> bool:
        """Whether it is about an item."""
        if item.key in self.items:
            return True
        if self.from_at is None or self.to_at is None or item.at is None:
            return False
        return self.from_at <= item.at < self.to_at and (self.flows is None or item.flow in self.flows)

    def of_service(self, flows: frozenset[str]) -> "Claim":
        """The same where items are of a service as a whole: a stretch of time counts when it names all flows of the service."""
        if self.flows is None or self.items:
            return self
        if self.flows >= flows:
            return replace(self, flows=None)
        return replace(self, why_not="it does not name all flows of the service")


@dataclass(frozen=True)
class LeftOut:
    """What was decided: every exclusion with what it takes, and which items leave the agreed and the net figure."""

    exclusions: tuple[Exclusion, ...]
    agreed: frozenset[str] = frozenset()
    net: frozenset[str] = frozenset()


def leave_out(
    rule: Exclusions,
    window: tuple[datetime, datetime],
    maintenance: Iterable[Maintenance],
    claims: Iterable[Claim],
    items: Sequence[Item],
) -> LeftOut:
    """Decides what is left out of a window. An item leaves once, with the first that takes it: maintenance, what is
    accepted in the order in which it was, then what is only proposed.

    Maintenance counts as accepted when the terms allow it, it was announced long enough before and the window's cap of
    hours is not used up: what goes beyond the cap stays in. Time in which several works overlap, of whichever flows, uses
    it up once. A claim that would go beyond the cap of items, or whose reason the terms do not allow, is refused whole.
    """
    gone: set[str] = set()
    net: set[str] = set()
    told = []
    room = None if rule.cap_hours is None else timedelta(hours=rule.cap_hours)
    covered = window[0]  # works come in the order in which they begin: what they cover so far ends here
    for work in sorted(maintenance, key=lambda each: (each.starts_at, each.number)):
        since, until = max(work.starts_at, window[0]), min(work.ends_at, window[1])
        why = _refused(rule, work)
        if not why and room is not None:
            begins = max(since, covered)
            used = max(until - begins, timedelta(0))
            if used > room:
                until, why = begins + room, "beyond the cap of hours"
            room -= min(used, room)
            covered = max(begins, until)
        taken = [] if _refused(rule, work) else _during(items, work.flows, since, until, gone)
        is_in = not _refused(rule, work) and until > since
        gone |= {item.key for item in taken}
        told.append(
            Exclusion(
                key=f"maintenance {work.number}",
                reason="maintenance",
                state="accepted" if is_in else "refused",
                count=_sum(taken),
                seconds=int((until - since).total_seconds()) if is_in else 0,
                why=why,
            )
        )
    whole = sum(item.n for item in items)
    claimed = 0
    for claim in sorted(claims, key=lambda each: (_ORDER[each.state], each.at, each.number)):
        about = [item for item in items if claim.takes(item)]
        if not about and claim.from_at is None:
            continue  # it names items of another month
        taken = [item for item in about if item.key not in gone and item.key not in net]
        entry = Exclusion(
            key=f"exclusion {claim.number}", reason=claim.reason, state=claim.state, count=_sum(taken)
        )
        more = sum(item.n for item in taken)
        if claim.reason not in rule.allowed:
            entry = replace(entry, state="refused", why="the terms do not allow it")
        elif claim.why_not:
            entry = replace(entry, state="refused", why=claim.why_not)
        elif claim.state != "disputed" and _is_beyond(rule, claimed + more, whole):
            entry = replace(entry, state="refused", why="beyond the cap of items")
        elif claim.state != "disputed":
            claimed += more
            (gone if claim.state == "accepted" else net).update(item.key for item in taken)
        told.append(entry)
    return LeftOut(tuple(told), frozenset(gone), frozenset(gone | net))


_ORDER = {"accepted": 0, "proposed": 1, "disputed": 2}


def _refused(rule: Exclusions, work: Maintenance) -> str:
    if "maintenance" not in rule.allowed:
        return "the terms do not allow it"
    if work.starts_at - work.announced_at < timedelta(hours=rule.notice_hours):
        return f"announced less than {rule.notice_hours} hours before"
    return ""


def _during(
    items: Sequence[Item], flows: frozenset[str | None], since: datetime, until: datetime, gone: set[str]
) -> list[Item]:
    return [
        item
        for item in items
        if item.flow in flows and item.at is not None and since <= item.at < until and item.key not in gone
    ]


def _is_beyond(rule: Exclusions, claimed: int, whole: int) -> bool:
    return rule.cap_percent is not None and Fraction(claimed) * MILLION > ppm(rule.cap_percent) * whole


def _sum(items: Iterable[Item]) -> Count:
    return sum((item.count for item in items), Count())
