"""Terms and facts for tests of evaluations: a fully read October in UTC, unless a test says otherwise."""

from datetime import UTC, datetime
from typing import Any

from metrics.sla.evaluate import evaluate
from metrics.sla.evaluation import Evaluation, Result
from metrics.sla.facts import Count, Facts, Seen
from metrics.sla.terms import Terms, read

OCTOBER, NOVEMBER = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
MONTH = 31 * 86400


def terms(*objectives: dict[str, Any], **more: Any) -> Terms:
    return read({"valid_from": "2026-01-01", "objectives": list(objectives)} | more)


def success(target: float = 99, **more: Any) -> dict[str, Any]:
    return {"key": "success", "metric": "sync_success_rate", "target": target} | more


def seen(count: Count | None = None, **more: Any) -> Seen:
    whole: dict[str, Any] = {
        "since": OCTOBER, "until": NOVEMBER, "seconds": MONTH, "count": count, "covered": MONTH, "total": MONTH,
    }  # fmt: skip
    return Seen(**whole | more)


def held(agreed: Terms, as_of: datetime = NOVEMBER, **objectives: Seen) -> Evaluation:
    """The terms held against facts, by the keys of the objectives (- written as _)."""
    known = {key.replace("_", "-"): it for key, it in objectives.items()}
    return evaluate(
        agreed, Facts(customer="acme", period="2026-10", time_zone="UTC", as_of=as_of, objectives=known)
    )


def judged(objective: dict[str, Any], it: Seen, **more: Any) -> Result:
    """The result of a single objective called success."""
    (result,) = held(terms(objective), success=it, **more).objectives
    return result
