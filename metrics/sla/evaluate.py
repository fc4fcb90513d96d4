"""Holds terms against facts: the one place where a promise is called met, missed or not proven. It asks no database."""

from fractions import Fraction
from math import floor

from metrics.proportions import truncate_toward_worse
from metrics.sla import budget
from metrics.sla.composite import composed
from metrics.sla.credits import NOTHING, credits_of, owed_for
from metrics.sla.evaluation import (
    Budget,
    Burn,
    CompositeResult,
    Credit,
    Doubt,
    Evaluation,
    Forecast,
    Result,
    Unread,
    Verdict,
)
from metrics.sla.facts import Count, Facts, Seen
from metrics.sla.objective import Objective, Tier
from metrics.sla.reading import Reading, reaches, read
from metrics.sla.terms import Terms
from metrics.sla.words import MILLION, exact, ppm

Judged = tuple[Verdict, Doubt, str]


def evaluate(terms: Terms, facts: Facts) -> Evaluation:
    """Every objective of the terms with its verdict, and what is owed.

    Objectives by the quarter cost something in its last month only. Objectives without facts are not proven. The verdict is that of the agreed value: what both sides left out is left
    out, what is only proposed or disputed is not. The same terms and facts give the same bytes (evaluation.canonical).
    """
    results = tuple(
        _result(terms, objective, facts.objectives.get(objective.key), facts)
        for objective in terms.objectives
    )
    composites = tuple(composed(composite, results) for composite in terms.composites)
    verdicts = [each.verdict for each in results]
    judged: tuple[Result | CompositeResult, ...] = (*results, *composites)
    quarterly, is_last = terms.quarterly, _ends_quarter(facts.period)
    return Evaluation(
        customer=facts.customer,
        period=facts.period,
        time_zone=facts.time_zone,
        as_of=facts.as_of,
        terms=exact(terms.document()),
        objectives=results,
        composites=composites,
        met=verdicts.count("met"),
        missed=verdicts.count("missed"),
        not_proven=verdicts.count("not_proven"),
        credits=credits_of(
            terms,
            [each.credit for each in judged if each.key not in quarterly],
            [each.credit for each in judged if each.key in quarterly and is_last],
        ),
    )


def _ends_quarter(period: str) -> bool:
    return int(period[5:7]) % 3 == 0


def _result(terms: Terms, objective: Objective, seen: Seen | None, facts: Facts) -> Result:
    if seen is None:
        seen = Seen(since=facts.as_of, until=facts.as_of, seconds=0)
    better, target = objective.better, objective.target_ppm
    accepted, proposed = seen.left_out("accepted"), seen.left_out("accepted", "proposed")
    gross_count = seen.count or Count()
    slices_agreed = seen.slices if seen.slices_agreed is None else seen.slices_agreed
    slices_net = slices_agreed if seen.slices_net is None else seen.slices_net
    gross = read(objective, gross_count, seen.slices, seen.measured)
    agreed = read(objective, gross_count - accepted, slices_agreed, seen.measured)
    net = read(objective, gross_count - proposed, slices_net, seen.measured)
    coverage = (
        floor(Fraction(seen.covered * MILLION, seen.total))
        if seen.covered is not None and seen.total
        else None
    )
    verdict, doubt, reason = judge(objective, agreed, coverage)
    tiers = terms.tiers_of(objective)
    is_unbounded = coverage is None or coverage < ppm(objective.minimum_coverage)
    return Result(
        key=objective.key,
        metric=objective.indicator.key,
        title=objective.title or objective.indicator.title,
        definition_version=objective.indicator.version,
        unit=objective.unit,
        better=better,
        method=objective.method,
        window=objective.window,
        since=seen.since,
        until=seen.until,
        target=target,
        verdict=verdict,
        doubt=doubt,
        reason=reason,
        is_final=facts.as_of >= seen.until and not seen.pending,
        gross=gross.told(better),
        agreed=agreed.told(better),
        net=net.told(better),
        coverage=coverage,
        unread=_unread(objective, gross_count - accepted, seen),
        pending=seen.pending,
        minimum_sample=objective.minimum_sample,
        excluded=seen.excluded,
        budget=_budget(objective, agreed, seen),
        burn=_burn(objective, seen),
        forecast=_forecast(objective, gross_count - accepted, seen, facts),
        credit=_credit(tiers, objective.unit, agreed, verdict, is_unbounded),
    )


def judge(objective: Objective, it: Reading, coverage: int | None) -> Judged:
    """Met, missed or not proven, and why not proven.

    A count that is over its limit already is missed, whatever was not read; otherwise too little read, too few items or
    unknown ones that would decide it leave it unproven. No data is neither.
    """
    better, target = objective.better, objective.target_ppm
    if (
        objective.unit == "count"
        and better == "lower"
        and it.best is not None
        and not reaches(it.best, target, better)
    ):
        return "missed", "", ""
    if coverage is None:
        return "not_proven", "unread", "nobody has read what it depends on"
    if coverage < ppm(objective.minimum_coverage):
        read_ = truncate_toward_worse(Fraction(coverage, 10_000), 2, "higher")
        return (
            "not_proven",
            "unread",
            f"{read_} % of the time was read, less than {objective.minimum_coverage} %",
        )
    if it.is_endless and it.sample >= objective.minimum_sample:
        return ("missed" if better == "lower" else "met"), "", ""
    if it.worst is None or it.best is None:
        return "not_proven", "nothing", "nothing came due"
    if it.sample < objective.minimum_sample:
        return "not_proven", "sample", f"{it.sample} judged, fewer than the agreed {objective.minimum_sample}"
    worst, best = reaches(it.worst, target, better), reaches(it.best, target, better)
    if worst != best:
        return "not_proven", "unknown", f"{it.unknown} of unknown outcome would decide it"
    return ("met" if best else "missed"), "", ""


def _unread(objective: Objective, count: Count, seen: Seen) -> Unread | None:
    """None when everything was read, nothing was, or the value is no count of items."""
    if seen.count is None or not seen.covered or not seen.total or seen.covered >= seen.total:
        return None
    items = -(-(count.n + count.unknown) * (seen.total - seen.covered) // seen.covered)
    widened = read(objective, count + Count(unknown=items), (), None).told(objective.better)
    return Unread(items=items, low=widened.low, high=widened.high)


def _budget(objective: Objective, it: Reading, seen: Seen) -> Budget | None:
    """Of shares that are better when higher; of a mean of slices in slices, the bad ones rounded up."""
    if (
        objective.unit != "percent"
        or objective.better != "higher"
        or it.value is None
        or seen.measured is not None
    ):
        return None
    bad = it.n - it.k if it.k is not None else -floor(-(1 - it.value) * it.n)
    return budget.budget(bad, it.n, objective.target_ppm, seen.seconds)


def _burn(objective: Objective, seen: Seen) -> Burn | None:
    window = int((seen.until - seen.since).total_seconds())
    if not seen.stretches or objective.unit != "percent" or objective.better != "higher" or window <= 0:
        return None
    return budget.burning(seen.stretches, seen.begun, objective.target_ppm, window)


def _forecast(objective: Objective, count: Count, seen: Seen, facts: Facts) -> Forecast | None:
    if seen.count is None or objective.method != "occurrences" or objective.unit != "percent":
        return None
    return budget.forecast(
        count,
        seen.days,
        seen.expected,
        objective.target_ppm,
        (seen.since, seen.until),
        facts.as_of,
        facts.time_zone,
        objective.better == "lower",
    )


def _credit(tiers: tuple[Tier, ...], unit: str, it: Reading, verdict: Verdict, is_unbounded: bool) -> Credit:
    if not tiers or verdict == "met":
        return NOTHING
    dearest = max(ppm(tier.percent) for tier in tiers)
    most = dearest if it.worst is None or is_unbounded else owed_for(tiers, it.worst, unit)
    if verdict == "not_proven":
        return Credit(owed=None, least=0, most=most)
    least = dearest if it.best is None else owed_for(tiers, it.best, unit)
    owed = dearest if it.value is None else owed_for(tiers, it.value, unit)
    return Credit(owed=owed, least=min(least, owed), most=max(most, owed))
