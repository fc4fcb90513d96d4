"""What serving customers earns the partner and what it costs: for the partner's own people, never for a customer."""

from datetime import date
from functools import partial

from metrics.metric import FIRST, Change, Metric

_own = partial(Metric, version=1, owner="Partner", is_for_partner=True)
_LOGGED = (
    "Minutes that people logged on exceptions in the period, less what they took back. Nothing logged is unknown, not 0; exceptions "
    "that somebody worked on without logging are told as unknown."
)

_FEES = (
    "Customers by the fees of their terms in force, per quarter a third and per year a twelfth of it; not what was invoiced, nothing that is "
    "paid once or by usage, credits do not lessen it. Terms that name no fee any more, a fee of 0 and the end of the service end it; "
    "a pause cannot be told from an end. Where no fee was ever agreed it is unknown. Each currency for itself, nothing is converted."
)
_YEAR = (
    "Customers that paid a year before the end of the period, whatever the period begins with, and what they pay at its end. One that pays "
    "in another currency by then is unknown and on neither side. Customers that came later do not count. Below twenty customers "
    "say the numbers, not the share."
)
_cohort = partial(
    _own,
    unit="ratio",
    attribution="a year before the end of the period",
    streams=(),
    by=(),
    is_agreed=True,
    is_stock=True,
)
_fees = partial(_own, unit="money", better="higher", streams=(), is_agreed=True)
_minutes = partial(
    _own,
    unit="count",
    better="lower",
    streams=("run",),
    combine="ratio",
    rows_add="value",
    rows_in="minutes",
)

COMMERCIAL: tuple[Metric, ...] = (
    _fees(
        id="D1",
        key="partner_mrr",
        title="Monthly recurring fees",
        sentence="What customers pay for the service each month, by what is agreed with them.",
        formula="sum of the agreed fees, as amounts a month",
        population=_FEES,
        attribution="as of the end of the period",
        source="metrics catalogue D1; a balance, as monthly recurring revenue is elsewhere",
        by=("tier",),
        is_stock=True,
    ),
    _fees(
        id="D1b",
        key="mrr_movement",
        title="Change of the monthly fees",
        sentence="By how much the monthly fees grew or shrank in the period, and through what.",
        formula="new + reactivation + expansion − contraction − churn ± what moved to another currency = closing − opening",
        population=_FEES
        + " Every change counts by itself, also several of one customer. Coming back after an end is a reactivation; a fee in "
        "another currency leaves one and enters the other. A customer that was stopped and started again in the configuration "
        "looks as if it never stopped.",
        attribution="the day from which the new terms hold, or the end of the service",
        source="metrics catalogue D1",
        by=("movement", "month"),
    ),
    _own(
        id="D2",
        key="service_margin",
        title="Service margin",
        sentence="Which share of the fees is left after credits and the time of people.",
        formula="(fees − credits owed − minutes logged × hourly cost) ÷ fees",
        unit="ratio",
        better="higher",
        population="Whole months of the period that are over, with the fee of their first day, as in their statements. Credits as in the newest sealed statement "
        "of the month; the partner's hourly cost in the fee's currency, as it was when the month began (hourly_cost of the partner "
        "in the estate). Not sealed, not decided, nothing logged or no hourly cost: the month is unknown and on neither side. "
        "What platforms and hosting cost is not told to us and not taken off.",
        attribution="month of the fee",
        source="metrics catalogue D2",
        streams=("run",),
        by=("month", "tier"),
    ),
    _cohort(
        id="D3",
        key="net_retention",
        title="Net retention of fees",
        sentence="Of what customers paid a year ago, how much the same customers pay now.",
        formula="what they pay now ÷ what they paid a year ago",
        better="higher",
        population=_YEAR,
        source="metrics catalogue D3",
    ),
    _cohort(
        id="D3b",
        key="gross_retention",
        title="Gross retention of fees",
        sentence="Of what customers paid a year ago, how much they still pay, leaving out what grew.",
        formula="what they pay now, each at most what it paid a year ago ÷ what they paid a year ago",
        better="higher",
        population=_YEAR,
        source="metrics catalogue D3",
    ),
    _cohort(
        id="D3c",
        key="logo_churn",
        title="Customers lost",
        sentence="Of the customers that paid a year ago, the share that pays nothing any more.",
        formula="customers that pay nothing any more ÷ customers that paid a year ago",
        better="lower",
        population=_YEAR,
        source="metrics catalogue D3; Wilson 1927 for the interval",
    ),
    _minutes(
        id="D4",
        key="cost_to_serve",
        title="Cost to serve",
        sentence="How many minutes of people 1,000 transactions take.",
        formula="minutes logged ÷ valid transactions × 1,000",
        population=_LOGGED
        + " Valid transactions as for the sync success rate. Minutes without a flow count for the customer.",
        attribution="when it was logged; transactions by due time",
        source="metrics catalogue D4; there is no agreed standard, so the variant is told",
        by=("flow", "workflow", "month"),
        is_rolled_up=True,
    ),
    _minutes(
        id="D4b",
        key="effort_per_exception",
        title="Effort per exception",
        sentence="How many minutes of people an exception takes that somebody works on.",
        formula="minutes logged ÷ exceptions with minutes",
        population=_LOGGED
        + " Those still open count with what was logged so far; how many they are is told.",
        attribution="when it was logged",
        source="metrics catalogue D4",
        by=("class", "rule", "flow", "workflow", "system"),
    ),
    _own(
        id="D6",
        key="escalations",
        title="Escalations",
        sentence="How often trouble was made more urgent by a person, or told to the next in line because nobody took it.",
        formula="count of exceptions whose severity was raised or whose alert went on, and of alerts without an exception that went on",
        unit="count",
        better="lower",
        population="Exceptions whose severity a person raised in the period, less what was taken back, and alerts that nobody acknowledged in "
        "time, so that the next in line was told; each exception once, whatever happened to it. Detection's own severity is none.",
        attribution="when it was raised, or told to the next",
        source="product: escalations; as in incident management",
        streams=("run",),
        by=("class", "rule", "flow", "workflow", "system"),
        version=2,
        changes=(
            FIRST,
            Change(
                2,
                date(2026, 11, 21),
                "Alerts that went on to the next in line count, too.",
                "An alert that nobody took is an escalation, whether or not anybody changed a severity.",
            ),
        ),
    ),
)
