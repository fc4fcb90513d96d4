"""Promises for the live estate, and the verdict on each of them worked out from the driver's record alone, in fractions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product
from math import ceil, floor
from typing import Any

from app.live import verdicts
from app.live.truth import Truth
from tests.live import slices

FLOWS = ("won-to-project", "time-to-invoice", "invoice-status-to-crm")
FAST = 2
"""Seconds."""
SLICES = (30, 300)
"""Seconds: so short that some are all bad while the plan is played, and as long as those of availability."""
COMMON: dict[str, Any] = {"window": "28d", "minimum_coverage": 0}
_STEP = Fraction(1, 10_000)


@dataclass(frozen=True)
class Known:
    """What the record says of a metric: in percent or as a count, of so many; at worst and at best whatever became of the unknown.

    All three are None where nothing came due. `terms` is what makes it a promise, but for its key and target.
    """

    name: str
    terms: dict[str, Any]
    value: Fraction | None
    worst: Fraction | None
    best: Fraction | None
    sample: int
    is_lower_better: bool = False

    @property
    def is_count(self) -> bool:
        return self.terms.get("unit") == "count"

    def keeps(self, value: Fraction, target: Fraction) -> bool:
        return value <= target if self.is_lower_better else value >= target

    def verdict(self, target: Fraction, minimum_sample: int = 0) -> str:
        """Met or missed when it is so whatever became of the unknown, else not proven."""
        if self.worst is None or self.best is None or self.sample < minimum_sample:
            return "not_proven"
        kept = {self.keeps(each, target) for each in (self.worst, self.best)}
        return "not_proven" if len(kept) == 2 else "met" if kept == {True} else "missed"

    def edges(self) -> set[Fraction]:
        """Its value and bounds as a target or a tier can name them: four decimals, cut."""
        known = (self.value, self.worst, self.best)
        return {floor(each / _STEP) * _STEP for each in known if each is not None}

    def targets(self) -> list[Fraction]:
        """The last target that is kept for sure or not at all, the one next to it, and some that leave no doubt."""
        if self.is_count:
            return sorted({*self.edges(), *(max(Fraction(0), each - 1) for each in self.edges())})
        near = {edge + step for edge in self.edges() for step in (-_STEP, 0, _STEP)}
        return sorted(each for each in near | {Fraction(50), Fraction(99)} if 0 < each <= 100)

    def told(self) -> tuple[int | None, int | None, int | None]:
        """Value, low and high in millionths, cut to the worse side."""
        scale = 10**6 if self.is_count else 10**4
        cut = ceil if self.is_lower_better else floor
        low, high = (self.best, self.worst) if self.is_lower_better else (self.worst, self.best)
        value, low_, high_ = (None if each is None else cut(each * scale) for each in (self.value, low, high))
        return value, low_, high_


@dataclass(frozen=True)
class Promise:
    """One objective, or several as one, as terms have it; its verdict by the record, and what it is about (None: no number)."""

    document: dict[str, Any]
    verdict: str
    known: Known | None = None

    @property
    def key(self) -> str:
        return str(self.document["key"])


def counted(metric: str, k: int, n: int, unknown: int = 0, flow: str | None = None, **more: Any) -> Known:
    """So many good ones (of what is better when lower: bad ones) of so many, and those of which the record cannot say how they were read."""
    is_lower, is_count = more.pop("lower", False), more.get("unit") == "count"
    whole = 1 if is_count else Fraction(n + unknown, 100)
    few, many = (Fraction(k) / whole, Fraction(k + unknown) / whole) if n + unknown else (None, None)
    value = (Fraction(k) if is_count else Fraction(100 * k, n)) if n else None
    terms = COMMON | {"metric": metric} | ({"population": {"flows": [flow]}} if flow else {}) | more
    worst, best = (many, few) if is_lower else (few, many)
    name = f"{metric}-{flow or 'all'}".replace("_", "-")
    return Known(name, terms, value, worst, best, n, is_lower)


def known(truth: Truth, unsure: set[str]) -> Iterator[Known]:
    """What the record says of each metric; `unsure` are deals of which nobody can tell whether a project is theirs."""
    for flow in (None, *FLOWS):
        runs = truth.runs(flow)
        seen = Counter(run.outcome for run in runs)
        good = seen["first_attempt"] + seen["after_retry"]
        yield counted("sync_success_rate", good, len(runs), flow=flow)
        yield counted("first_attempt_success", seen["first_attempt"], len(runs), flow=flow)
        yield counted("exception_rate", len(runs) - good, len(runs), flow=flow, lower=True)
    # what failed was not fast; and the platform tells no commit times
    number, ended = len(truth.runs()), [run.seconds for run in truth.runs() if run.outcome in verdicts.GOOD]
    fast, limit = sum(each is not None and each <= FAST for each in ended), {"threshold": f"{FAST}s"}
    yield counted("transaction_latency", fast, number, **limit)
    yield counted("sync_latency", 0, number - len(ended), len(ended), **limit)
    made = verdicts.projects(truth)
    maybe = {key for key, found in made.items() if found == "missing" and key in unsure}
    told = Counter((*(made[key] for key in made.keys() - maybe), *verdicts.statuses(truth).values()))
    unread = len(maybe) + len(verdicts.claimed(truth, "time-to-invoice"))  # the log does not name the bills
    yield counted("verified_success", told["confirmed"], told.total(), unread)
    without = {deal.number for deal in truth.won_without_project()}
    count = (len(without - unsure), len(truth.won()), len(unsure))
    yield counted("failed_project_creations", *count, lower=True, unit="count")


def known_by_slices(truth: Truth, zone: str, as_of: datetime) -> Iterator[Known]:
    """What the record says of the service in its slices since the last local midnight: their shares, the mean of these, availability."""
    since = slices.begin(as_of, zone, days=1)
    for flow, quiet in product((None, "won-to-project"), slices.QUIET):
        runs = truth.runs(flow)
        agreed = {"window": "1d"} | ({"quiet": quiet} if quiet else {})
        name = f"{flow or 'all'}-{quiet or 'unknown'}".replace("_", "-")
        cut = slices.cut(runs, since, as_of, slices.SERVICE_SECONDS)
        it = counted("availability", *slices.there(cut, quiet), flow=flow, service_time="always", **agreed)
        yield replace(it, name=f"there-{name}")
        for seconds in SLICES if flow is None else SLICES[-1:]:
            cut = slices.cut(runs, since, as_of, seconds)
            due = sum(all_ for _, all_ in cut)
            more = agreed | {"slice": f"{seconds}s", "method": "timeslices", "slice_target": 75}
            it = counted("sync_success_rate", *slices.good(cut, 75, quiet), flow=flow, **more)
            yield replace(it, name=f"slices-{name}-{seconds}s", sample=due)
            terms = it.terms | {"method": "ratio_timeslices"}
            terms.pop("slice_target")
            yield Known(f"mean-{name}-{seconds}s", terms, *slices.mean(cut, quiet), due)


def promises(found: list[Known]) -> list[Promise]:
    """Objectives around the edges of everything that is known, and some that nothing can decide yet."""
    made = []
    for each in found:
        for target in each.targets():
            key = f"{each.name}-{said(target)}".replace(".", "-")
            made.append(
                Promise(each.terms | {"key": key, "target": said(target)}, each.verdict(target), each)
            )
        if not each.is_count and each.sample:
            few = {"key": f"{each.name}-of-few", "target": "1", "minimum_sample": each.sample + 1}
            made.append(Promise(each.terms | few, each.verdict(Fraction(1), each.sample + 1), each))
    # the clock of an answer begins when the trouble is found, and all of it was found at the instant one looks from
    at_once = {"key": "answered-at-once", "metric": "exception_response", "within": "1m", "target": "100"}
    later = {"key": "answered-in-time", "metric": "exception_response", "within": "3h", "target": "100"}
    billed = {"key": "billed-in-a-week", "metric": "time_to_bill", "within_days": 7, "target": "80"}
    return [*made, *(Promise(COMMON | each, "not_proven") for each in (at_once, later, billed))]


def said(number: Fraction) -> str:
    """A number with four decimals at most, as terms have it."""
    return format((Decimal(number.numerator) / Decimal(number.denominator)).normalize(), "f")


def together(made: list[Promise]) -> list[Promise]:
    """Objectives made of the first ones of each verdict: all of them kept, or not; and the worst of two, around its edges."""
    first = {verdict: next(each.key for each in made if each.verdict == verdict) for verdict in ("met", "missed", "not_proven")}  # fmt: skip
    both = {"met": ("met", "met"), "missed": ("missed", "not_proven"), "not_proven": ("met", "not_proven")}
    all_of = [
        Promise({"key": f"all-{verdict}", "all_of": list(dict.fromkeys(first[each] for each in members))}, verdict)
        for verdict, members in both.items()
    ]  # fmt: skip
    return [*all_of, *_worst_of(made)]


def _worst_of(made: list[Promise]) -> Iterator[Promise]:
    named = ("sync-success-rate-all", "verified-success-all", "sync-latency-all")
    chosen = [next(each for each in made if each.known and each.known.name == name) for name in named]
    for first, second in combinations(chosen, 2):
        a, b = first.known, second.known
        assert a is not None
        assert b is not None
        value, worst, best = (
            _least(pair) for pair in ((a.value, b.value), (a.worst, b.worst), (a.best, b.best))
        )
        one = Known(f"worst-{a.name}-{b.name}", {}, value, worst, best, a.sample)
        for target in one.targets():
            document = {
                "key": f"{one.name}-{said(target)}".replace(".", "-"),
                "worst_of": [first.key, second.key],
            }
            yield Promise(document | {"target": said(target)}, one.verdict(target), one)


def _least(pair: tuple[Fraction | None, Fraction | None]) -> Fraction | None:
    known = [each for each in pair if each is not None]
    return min(known) if len(known) == 2 else None
