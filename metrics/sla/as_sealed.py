"""What was known of a promise when its month was sealed: nothing that was received, edited or said since moves it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from metrics.sla.evaluation import Evaluation, Result
from metrics.sla.facts import Count, Facts, Measured, Seen
from metrics.sla.gather import SERVICE_SLICE
from metrics.sla.objective import Objective
from metrics.sla.terms import Terms
from metrics.sla.words import MILLION

_FOR_THE_VERDICT = {"key", "title", "target", "minimum_sample", "minimum_coverage", "credits", "exclusions"}


def as_sealed(facts: Facts, terms: Terms, then: Evaluation, agreed: Terms) -> tuple[Facts, dict[str, str]]:
    """The facts of proposed terms with what was sealed wherever the terms of the seal, `agreed`, ask the same; and by the key
    of each such promise the key under which it was sealed.

    What only the verdict needs may differ: target, credits, least sample, least coverage. Promises by slices are counted again:
    a statement says how many slices were good, not what lay in each.
    """
    found, keys = dict(facts.objectives), {}
    for objective in terms.objectives:
        for sealed in agreed.objectives:
            result, seen = then.of(sealed.key), found[objective.key]
            if _asks(terms, objective) == _asks(agreed, sealed) and _is_told(objective, seen, result):
                found[objective.key], keys[objective.key] = _seen(objective, seen, result), sealed.key
                break
    return replace(facts, objectives=found), keys


def _asks(terms: Terms, objective: Objective) -> Mapping[str, Any]:
    asked = objective.model_dump(exclude=_FOR_THE_VERDICT)
    return asked | {
        "metric": objective.indicator.key,
        "exclusions": objective.exclusions or terms.exclusions,
    }


def _is_told(objective: Objective, seen: Seen, result: Result) -> bool:
    return (
        objective.method == "occurrences"
        and objective.indicator.version == result.definition_version
        and (seen.since, seen.until) == (result.since, result.until)
    )


def _seen(objective: Objective, seen: Seen, result: Result) -> Seen:
    it, gross = replace(seen, pending=result.pending, excluded=result.excluded), result.gross
    if gross.k is None:
        it = replace(it, measured=Measured(gross.value, gross.n, gross.unknown, gross.low, gross.high))
    else:
        it = replace(it, count=Count(gross.k, gross.n, gross.unknown), measured=None)
    if objective.service_time is not None:
        it = replace(it, seconds=gross.n * SERVICE_SLICE)
    if _coverage(seen) != result.coverage:
        it = replace(it, covered=result.coverage, total=None if result.coverage is None else MILLION)
    return it


def _coverage(seen: Seen) -> int | None:
    return seen.covered * MILLION // seen.total if seen.covered is not None and seen.total else None
