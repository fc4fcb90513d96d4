"""Business metrics: is work turning into invoices, and what went wrong on the way."""

from metrics.metric import Metric

BUSINESS: tuple[Metric, ...] = ()
