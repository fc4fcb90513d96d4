"""All metrics: integration, service levels, business, people, process, money, and what serving earns, each with one meaning."""

from metrics.business import BUSINESS
from metrics.commercial import COMMERCIAL
from metrics.integration import INTEGRATION
from metrics.metric import Metric
from metrics.money import MONEY
from metrics.people import PEOPLE
from metrics.process import PROCESS
from metrics.recovered_metrics import RECOVERED
from metrics.service import SERVICE
from metrics.verification_metrics import VERIFICATION

METRICS: tuple[Metric, ...] = (
    INTEGRATION + SERVICE + BUSINESS + PEOPLE + PROCESS + MONEY + VERIFICATION + RECOVERED + COMMERCIAL
)

_BY_NAME = {name.lower(): metric for metric in METRICS for name in (metric.id, metric.key)}


def by_key(name: str) -> Metric:
    """The metric of an id ("A1") or a key ("sync_success_rate").

    Raises LookupError, one line that names all of them.
    """
    try:
        return _BY_NAME[name.lower()]
    except KeyError:
        known = ", ".join(f"{metric.id} {metric.key}" for metric in METRICS)
        raise LookupError(f"no metric is called {name!r}; there are: {known}") from None
