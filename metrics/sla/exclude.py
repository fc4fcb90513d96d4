"""What is left out of a figure: maintenance announced in time and inside its cap, and what one side proposed and the other accepted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

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
class Stretch:
    """Time in which what comes due on some flows is left out; flows None: on any, and what belongs to none."""

    begins: datetime
    ends: datetime
    flows: frozenset[str] | None


@dataclass(frozen=True)
class Maintenance:
    """Announced work: it must name its flows."""

    number: int
    announced_at: datetime
    starts_at: datetime
    ends_at: datetime
    flows: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What one side wants left out: named items, or what came due in a stretch of time; flows None: all of them."""

    number: int
    reason: str
    state: str
    at: datetime
    flows: frozenset[str] | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None
    items: frozenset[str] = frozenset()

    @property
    def stretch(self) -> Stretch | None:
        """The stretch of time that it is about; None: it only names items."""
        if self.from_at is None or self.to_at is None:
            return None
        return Stretch(self.from_at, self.to_at, self.flows)


@dataclass(frozen=True)
class LeftOut:
    """What was decided: every exclusion with what it takes, which items leave the agreed and the net figure, when work counts, and
    which items each exclusion is about that no earlier one took, by its key."""

    exclusions: tuple[Exclusion, ...]
    agreed: frozenset[str] = frozenset()
    net: frozenset[str] = frozenset()
    works: tuple[Stretch, ...] = ()
    taken: Mapping[str, frozenset[str]] = field(default_factory=dict)


def together(stretches: Sequence[Stretch], flows: frozenset[str]) -> list[tuple[datetime, datetime]]:
    """When all of these flows are out, whichever stretches name them: apart from one another, the earliest first."""
    found: list[tuple[datetime, datetime]] = []
    for begins, ends in pairwise(sorted({edge for each in stretches for edge in (each.begins, each.ends)})):
        named = [each.flows for each in stretches if each.begins <= begins and ends <= each.ends]
        known = [each for each in named if each is not None]
        if not named or (known == named and not frozenset[str]().union(*known) >= flows):
            continue
        before = found.pop() if found and found[-1][1] == begins else (begins, begins)
        found.append((before[0], ends))
    return found


def leave_out(
    rule: Exclusions,
    window: tuple[datetime, datetime],
    maintenance: Iterable[Maintenance],
    claims: Iterable[Claim],
    items: Sequence[Item],
    service: frozenset[str] | None = None,
) -> LeftOut:
    """Decides what is left out of a window. An item leaves once, with the first that takes it: maintenance, what is
    accepted in the order in which it was, then what is only proposed.

    Maintenance counts as accepted when the terms allow it, it was announced long enough before and the window's cap of
    hours is not used up: what goes beyond the cap stays in. Time in which several works overlap, of whichever flows, uses
    it up once. A claim that would go beyond the cap of items, or whose reason the terms do not allow, is refused whole.
    `service` is for items of a service as a whole: its flows, all of which must be out, by one word or by several that
    overlap. A claim that names some of them, and no other word the others at the same time, is refused.
    """
    gone: set[str] = set()
    net: set[str] = set()
    told = []
    by_key: dict[str, frozenset[str]] = {}
    out: list[Stretch] = []
    room = None if rule.cap_hours is None else timedelta(hours=rule.cap_hours)
    covered = window[0]  # works come in the order in which they begin: what they cover so far ends here
    for work in sorted(maintenance, key=lambda each: (each.starts_at, each.number)):
        since, until = max(work.starts_at, window[0]), min(work.ends_at, window[1])
        why = _refused(rule, work)
        is_in = not why
        if not why and room is not None:
            begins = max(since, covered)
            used = max(until - begins, timedelta(0))
            if used > room:
                until, why = begins + room, "beyond the cap of hours"
            room -= min(used, room)
            covered = max(begins, until)
        is_in = is_in and until > since
        taken = []
        if is_in:
            out.append(Stretch(since, until, work.flows))
            taken = [item for item in _during(items, out, service) if item.key not in gone]
        gone |= {item.key for item in taken}
        by_key[f"maintenance {work.number}"] = frozenset(item.key for item in taken)
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
    works = tuple(out)
    whole = sum(item.n for item in items)
    claimed = 0
    asked = sorted(claims, key=lambda each: (_ORDER[each.state], each.at, each.number))
    spoken = [each.stretch for each in asked if each.stretch and each.reason in rule.allowed]
    never_up = together([*out, *spoken], service) if service is not None else []
    for claim in asked:
        wanted = [*out, claim.stretch] if claim.stretch else []
        about = [item for item in items if item.key in claim.items] + [
            item for item in _during(items, wanted, service) if item.key not in claim.items
        ]
        if not about and claim.from_at is None:
            continue  # it names items of another month
        taken = [item for item in about if item.key not in gone and item.key not in net]
        entry = Exclusion(
            key=f"exclusion {claim.number}", reason=claim.reason, state=claim.state, count=_sum(taken)
        )
        by_key[entry.key] = frozenset(item.key for item in taken)
        more = sum(item.n for item in taken)
        if claim.reason not in rule.allowed:
            entry = replace(entry, state="refused", why="the terms do not allow it")
        elif (
            service is not None
            and wanted
            and not any(begins < wanted[-1].ends and wanted[-1].begins < ends for begins, ends in never_up)
        ):
            entry = replace(entry, state="refused", why="it does not name all flows of the service")
        elif claim.state != "disputed" and _is_beyond(rule, claimed + more, whole):
            entry = replace(entry, state="refused", why="beyond the cap of items")
        elif claim.state != "disputed":
            claimed += more
            (gone if claim.state == "accepted" else net).update(item.key for item in taken)
            out = wanted or out
        told.append(entry)
    return LeftOut(tuple(told), frozenset(gone), frozenset(gone | net), works, by_key)


_ORDER = {"accepted": 0, "proposed": 1, "disputed": 2}


def _refused(rule: Exclusions, work: Maintenance) -> str:
    if "maintenance" not in rule.allowed:
        return "the terms do not allow it"
    if work.starts_at - work.announced_at < timedelta(hours=rule.notice_hours):
        return f"announced less than {rule.notice_hours} hours before"
    return ""


def _during(items: Sequence[Item], out: Sequence[Stretch], service: frozenset[str] | None) -> list[Item]:
    """The items that the last of these stretches takes; those of a service as a whole, when all of it is out by then."""
    if service is not None:
        spans = together(out, service)
        return [it for it in items if it.at and any(since <= it.at < until for since, until in spans)]
    return [
        it
        for each in out[-1:]
        for it in items
        if it.at and each.begins <= it.at < each.ends and (each.flows is None or it.flow in each.flows)
    ]


def _is_beyond(rule: Exclusions, claimed: int, whole: int) -> bool:
    return rule.cap_percent is not None and Fraction(claimed) * MILLION > ppm(rule.cap_percent) * whole


def _sum(items: Iterable[Item]) -> Count:
    return sum((item.count for item in items), Count())
