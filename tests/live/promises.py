"""Promises for the live estate, and the verdict on each of them worked out from the driver's record alone, in fractions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import Any

from app.live import verdicts
from app.live.truth import Truth

FLOWS = ("won-to-project", "time-to-invoice", "invoice-status-to-crm")
FAST = 2
"""Seconds."""
_STEP = Decimal("0.0001")


@dataclass(frozen=True)
class Known:
    """So many good ones (of what is better when lower: bad ones) of so many, and those of which the record cannot say how they were read."""

    metric: str
    k: int
    n: int
    unknown: int = 0
    flow: str | None = None
    lower: bool = False
    is_count: bool = False

    def verdict(self, target: Decimal, minimum_sample: int = 0) -> str:
        """Met or missed when it is so whatever became of the unknown, else not proven."""
        if self.is_count:
            kept = {self.k + more <= target for more in (0, self.unknown)}
        else:
            if not self.n + self.unknown or self.n < minimum_sample:
                return "not_proven"
            shares = [Fraction(100 * (self.k + more), self.n + self.unknown) for more in (0, self.unknown)]
            kept = {share <= target if self.lower else share >= target for share in shares}
        return "not_proven" if len(kept) == 2 else "met" if kept == {True} else "missed"

    def targets(self) -> list[Decimal]:
        """The last target that is kept for sure or not at all, the one next to it, and some that leave no doubt."""
        if self.is_count:
            return [Decimal(max(0, self.k + more)) for more in (-1, 0, self.unknown)]
        edges = {
            (Decimal(100 * good) / whole).quantize(_STEP, ROUND_FLOOR)
            for good, whole in ((self.k, self.n + self.unknown), (self.k + self.unknown, self.n + self.unknown), (self.k, self.n))
            if whole
        }  # fmt: skip
        near = {edge + step for edge in edges for step in (-_STEP, Decimal(0), _STEP)}
        return sorted(each for each in near | {Decimal(50), Decimal(99)} if 0 < each <= 100)


@dataclass(frozen=True)
class Promise:
    """One objective as terms have it, and its verdict by the record."""

    document: dict[str, Any]
    verdict: str

    @property
    def key(self) -> str:
        return str(self.document["key"])


def known(truth: Truth, unsure: set[str]) -> Iterator[Known]:
    """What the record says of each metric; `unsure` are deals of which nobody can tell whether a project is theirs."""
    for flow in (None, *FLOWS):
        runs = truth.runs(flow)
        seen = Counter(run.outcome for run in runs)
        good = seen["first_attempt"] + seen["after_retry"]
        yield Known("sync_success_rate", good, len(runs), flow=flow)
        yield Known("first_attempt_success", seen["first_attempt"], len(runs), flow=flow)
        yield Known("exception_rate", len(runs) - good, len(runs), flow=flow, lower=True)
    # what failed was not fast; and the platform tells no commit times
    number, ended = len(truth.runs()), [run.seconds for run in truth.runs() if run.outcome in verdicts.GOOD]
    yield Known("transaction_latency", sum(each is not None and each <= FAST for each in ended), number)
    yield Known("sync_latency", 0, number - len(ended), len(ended))
    made = verdicts.projects(truth)
    maybe = {key for key, found in made.items() if found == "missing" and key in unsure}
    told = Counter((*(made[key] for key in made.keys() - maybe), *verdicts.statuses(truth).values()))
    unread = len(maybe) + len(verdicts.claimed(truth, "time-to-invoice"))  # the log does not name the bills
    yield Known("verified_success", told["confirmed"], told.total(), unread)
    without = {deal.number for deal in truth.won_without_project()}
    yield Known("failed_project_creations", len(without - unsure), len(truth.won()), len(unsure), lower=True, is_count=True)  # fmt: skip


def promises(truth: Truth, unsure: set[str]) -> list[Promise]:
    """Objectives around the edges of everything that is known, and some that nothing can decide yet."""
    made = []
    for each in known(truth, unsure):
        common: dict[str, Any] = {"metric": each.metric, "window": "28d", "minimum_coverage": 0}
        common |= {"population": {"flows": [each.flow]}} if each.flow else {}
        common |= {"threshold": f"{FAST}s"} if each.metric.endswith("latency") else {}
        common |= {"unit": "count"} if each.is_count else {}
        name = f"{each.metric}-{each.flow or 'all'}".replace("_", "-")
        for target in each.targets():
            key = f"{name}-{target}".replace(".", "-")
            made.append(Promise(common | {"key": key, "target": str(target)}, each.verdict(target)))
        if not each.is_count and each.n:
            few = {"key": f"{name}-of-few", "target": "1", "minimum_sample": each.n + 1}
            made.append(Promise(common | few, each.verdict(Decimal(1), each.n + 1)))
    common = {"window": "28d", "minimum_coverage": 0}
    # the clock of an answer begins when the trouble is found, and all of it was found at the instant one looks from
    at_once = {"key": "answered-at-once", "metric": "exception_response", "within": "1m", "target": "100"}
    later = {"key": "answered-in-time", "metric": "exception_response", "within": "3h", "target": "100"}
    billed = {"key": "billed-in-a-week", "metric": "time_to_bill", "within_days": 7, "target": "80"}
    made += [Promise(common | at_once, "not_proven"), Promise(common | later, "not_proven")]
    return [*made, Promise(common | billed, "not_proven")]


def together(made: list[Promise]) -> list[Promise]:
    """Objectives made of the first ones of each verdict: all of them kept, or not."""
    first = {verdict: next(each.key for each in made if each.verdict == verdict) for verdict in ("met", "missed", "not_proven")}  # fmt: skip
    both = {"met": ("met", "met"), "missed": ("missed", "not_proven"), "not_proven": ("met", "not_proven")}
    return [
        Promise({"key": f"all-{verdict}", "all_of": list(dict.fromkeys(first[each] for each in members))}, verdict)
        for verdict, members in both.items()
    ]  # fmt: skip
