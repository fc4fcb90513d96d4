"""What if other terms had been agreed: past months held against them by the same evaluation, what would have been owed, which tier fits."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection

from metrics.moment import moment
from metrics.period import Period
from metrics.sla import items, seal
from metrics.sla.as_sealed import as_sealed
from metrics.sla.draft import instant_of
from metrics.sla.evaluate import evaluate
from metrics.sla.evaluation import Evaluation, Result, Verdict, sealed_as
from metrics.sla.facts import Seen
from metrics.sla.gather import gather
from metrics.sla.objective import Objective
from metrics.sla.statement import Statement
from metrics.sla.terms import Terms, read
from metrics.sla.window import Subject, in_force, month
from sql.database import look_from


@dataclass(frozen=True)
class Attainment:
    """One objective over the months: how often it was kept, and the highest target that was never missed, in millionths.

    attainable  of the months that prove anything; None: none does, or it is no share that is better when higher
    """

    key: str
    met: int
    missed: int
    not_proven: int
    attainable: int | None


@dataclass(frozen=True)
class Missed:
    """An item that counts against an objective."""

    period: str
    objective: str
    item: str
    label: str
    flow: str | None
    at: datetime | None
    outcome: str


_Against = Mapping[tuple[str, str], tuple[Missed, ...]]


@dataclass(frozen=True)
class Replay:
    """Terms and the months held against them, the earliest first.

    sealed   the names of the months that were looked at from their seal
    against  what counted in a statement against a promise that says what was sealed, by the month and its key
    """

    terms: Terms
    months: tuple[Evaluation, ...]
    sealed: frozenset[str] = frozenset()
    against: _Against = field(default_factory=dict)

    @property
    def kept(self) -> int:
        """Months in which no objective was missed and every one proven."""
        return sum(not each.missed and not each.not_proven for each in self.months)

    @property
    def missed(self) -> int:
        """Months in which an objective was missed."""
        return sum(each.missed > 0 for each in self.months)

    @property
    def least_owed(self) -> Decimal | None:
        """What the months cost for certain, in the currency of the fee; None without a fee."""
        return _sum(each.credits.least_amount for each in self.months)

    @property
    def most_owed(self) -> Decimal | None:
        """What they cost when all that is not proven was missed."""
        return _sum(each.credits.most_amount for each in self.months)

    @property
    def counted_again(self) -> frozenset[str]:
        """The promises that no statement of a sealed month tells: counted from what is known of it today."""
        return frozenset(
            each.key
            for month in self.months
            if month.period in self.sealed
            for each in month.objectives
            if (month.period, each.key) not in self.against
        )

    def attainments(self) -> tuple[Attainment, ...]:
        """How often each objective was kept."""
        return tuple(self._attainment(objective) for objective in self.terms.objectives)

    def _attainment(self, objective: Objective) -> Attainment:
        results = [each.of(objective.key) for each in self.months]
        verdicts: list[Verdict] = [each.verdict for each in results]
        is_share = objective.unit == "percent" and objective.better == "higher"
        proven = [each.agreed.low for each in results if each.doubt in ("", "unknown")]
        lowest = [low for low in proven if low is not None]
        return Attainment(
            objective.key,
            verdicts.count("met"),
            verdicts.count("missed"),
            verdicts.count("not_proven"),
            min(lowest) if lowest and is_share else None,
        )


@dataclass(frozen=True)
class Advice:
    """The tier that past months would bear, or none, and why in a sentence."""

    terms: Terms | None
    why: str


Memory = dict[Hashable, Seen]
"""What was read already: several terms held against the same months share it."""


def replay(
    conn: Connection,
    subject: Subject,
    terms: Terms,
    months: Iterable[date],
    as_of: datetime | None = None,
    memory: Memory | None = None,
) -> Replay:
    """The months that begin on these days, held against terms whether or not they were in force.

    A month that was sealed is looked at from the instant of its seal: the terms that it was sealed under say what was sealed,
    byte for byte, whatever was agreed, received or said since, and so does every promise of other terms that asks the same
    (metrics.sla.as_sealed). Promises that were not sealed are counted from what is known today. Raises StatementError for a
    statement that was tampered with.
    """
    sealed = _sealed(conn, subject, as_of)
    held = [_held(conn, subject, terms, first, sealed, as_of, memory) for first in months]
    against = {place: missed for _, told in held for place, missed in told.items()}
    return Replay(terms, tuple(each for each, _ in held), frozenset(sealed), against)


def as_agreed(
    conn: Connection,
    subject: Subject,
    months: Iterable[date],
    as_of: datetime | None = None,
    memory: Memory | None = None,
) -> dict[date, Evaluation | None]:
    """What was sealed of the same months; the others held against the terms that were in force in each, None where there were none."""
    sealed = _sealed(conn, subject, as_of)
    found: dict[date, Evaluation | None] = {}
    for first in months:
        body = sealed[name].body["evaluation"] if (name := f"{first:%Y-%m}") in sealed else None
        found[first] = sealed_as(body) if body else None
        terms = read(body["terms"]) if body else in_force(conn, subject.customer_id, first)
        if found[first] is None and terms is not None:
            found[first], _ = _held(conn, subject, terms, first, sealed, as_of, memory)
    return found


def _sealed(conn: Connection, subject: Subject, as_of: datetime | None) -> dict[str, Statement]:
    """The newest statement of each month by its name, of those that were sealed by the instant that is looked from."""
    until = as_of or moment(conn).instant
    found = [each for each in seal.statements(conn, subject.customer_id) if each.sealed_at <= until]
    return {each.place[1]: each for each in reversed(found)}


def _held(
    conn: Connection,
    subject: Subject,
    terms: Terms,
    first: date,
    sealed: dict[str, Statement],
    as_of: datetime | None,
    memory: Memory | None,
) -> tuple[Evaluation, _Against]:
    """One month, and what counted against the promises of it that say what was sealed."""
    period, before = month(first, subject.time_zone), moment(conn).asked
    statement = sealed.get(period.label)
    then = sealed_as(statement.body["evaluation"]) if statement else None
    agreed = read(statement.body["evaluation"]["terms"]) if statement else None
    instant, keys = (
        instant_of(statement.body) if statement else as_of,
        {each.key: each.key for each in terms.objectives},
    )
    if statement is not None and then is not None and agreed == terms:
        return then, _against(statement, terms, keys)
    try:
        facts = gather(conn, subject, terms, period, instant, memory)
    finally:
        look_from(conn, before)
    if statement is None or then is None or agreed is None:
        return evaluate(terms, facts), {}
    facts, keys = as_sealed(facts, terms, then, agreed)
    return evaluate(terms, facts), _against(statement, terms, keys)


def _against(statement: Statement, terms: Terms, keys: Mapping[str, str]) -> _Against:
    """What a statement has against promises, by the key that each has in it."""
    period = statement.place[1]
    found: dict[tuple[str, str], tuple[Missed, ...]] = {}
    for objective in terms.objectives:
        if objective.key not in keys:
            continue
        bad = [int(objective.better == "lower"), 1]
        found[period, objective.key] = tuple(
            Missed(period, objective.key, it["item"], it["label"], it["flow"], it["at"] and datetime.fromisoformat(it["at"]), it["outcome"])
            for it in statement.body["missed"]
            if it["objective"] == keys[objective.key] and it["count"][:2] == bad
        )  # fmt: skip
    return found


def missed_items(
    conn: Connection, subject: Subject, replayed: Replay, limit: int, as_of: datetime | None = None
) -> list[Missed]:
    """At most so many of the items behind the missed objectives, those of the newest month first."""
    known = items.flows(conn, subject.customer_id)
    found: list[Missed] = []
    for held in reversed(replayed.months):
        for result, objective in zip(held.objectives, replayed.terms.objectives, strict=True):
            if result.verdict != "missed" or len(found) >= limit:
                continue
            if (held.period, result.key) in replayed.against:
                found += replayed.against[held.period, result.key][: limit - len(found)]
                continue
            window = Period(result.since, result.until, subject.time_zone, held.period)
            instant = held.as_of if held.period in replayed.sealed else as_of
            listed = items.listed(conn, subject, objective, window, instant, known)
            found += [
                Missed(held.period, result.key, it.item.key, it.label, it.item.flow, it.item.at, it.outcome)
                for it in listed
                if it.is_missed(objective)
            ][: limit - len(found)]
    return found


def advise(replays: Sequence[Replay]) -> Advice:
    """Of several tiers, the most demanding one that no past month missed.

    The most demanding is the dearest, or without fees the one whose targets are highest. A tier of which fewer than
    half of the months prove anything is not advised: nobody knows whether it would hold.
    """
    held = [each for each in replays if each.months and not each.missed and 2 * each.kept >= len(each.months)]
    if not held:
        if unproven := [each.kept for each in replays if each.kept and not each.missed]:
            of = len(replays[0].months)
            why = f"only {max(unproven)} of {of} months prove anything: too few to know whether a tier holds"
            return Advice(None, why)
        return Advice(None, "no tier was kept in all months of which anything is proven")
    best = max(held, key=_demand)
    months = len(best.months)
    return Advice(
        best.terms,
        f"the most demanding of {len(replays)} that no month missed: kept in {best.kept} of {months}, the others not proven"
        if best.kept < months
        else f"the most demanding of {len(replays)} that no month missed: kept in all {months}",
    )


def counterpart(result: Result, agreed: Evaluation | None) -> Result | None:
    """What was agreed in the same month beside a result: the objective of that key, else the first about the same metric."""
    known = agreed.objectives if agreed else ()
    by_key = [each for each in known if each.key == result.key]
    return next(iter(by_key + [each for each in known if each.metric == result.metric]), None)


def _demand(it: Replay) -> tuple[Decimal, int]:
    fee = it.terms.fee
    targets = sum(objective.target_ppm for objective in it.terms.objectives if objective.better == "higher")
    return (fee.amount / fee.months if fee else Decimal(-1)), targets


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None
