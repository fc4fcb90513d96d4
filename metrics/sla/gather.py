"""Reads the facts of objectives from the database: the figures that `kpi show` shows, and what slices and clocks need beside them."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from metrics.catalogue import by_key
from metrics.coverage import coverage
from metrics.moment import moment
from metrics.period import Period
from metrics.sla import items, responsibility
from metrics.sla.asking import Asked, count_of, share_within, value_of
from metrics.sla.exclude import Claim, Item, LeftOut, leave_out, together
from metrics.sla.facts import Count, Facts, Seen
from metrics.sla.indicators import ASKED_BY_OBJECTIVE, EXCEPTION_CLOCKS
from metrics.sla.items import Listed
from metrics.sla.outlook import with_outlook
from metrics.sla.terms import Terms
from metrics.sla.window import Subject, month_of, window_of
from sql.database import look_from

SERVICE_SLICE = 300


def gather(
    conn: Connection,
    subject: Subject,
    terms: Terms,
    period: Period,
    as_of: datetime | None = None,
    memory: dict[Hashable, Seen] | None = None,
    heard: datetime | None = None,
) -> Facts:
    """The facts of every objective of the terms in a month, as a viewer of the customer sees them.

    `as_of` defaults to the instant of the scope, or now, and then to what was counted last. What was read stands in
    `memory` for whoever holds other terms against the same months at the same instant. `heard` is up to when announced work and
    what people want left out is taken in, `as_of` by default: a page looks from a round instant, and a word said after it
    counts at once. Raises ValueError for a period that is no month.
    """
    memory = {} if memory is None else memory
    first = month_of(period)
    if as_of is not None:
        look_from(conn, as_of)
    look = moment(conn)
    found = {}
    for asked in questions(conn, subject, terms, period, heard):
        question = _question(asked)
        if question not in memory:
            memory[question] = _seen(asked)
        found[asked.objective.key] = memory[question]
    return Facts(
        customer=subject.key,
        period=f"{first:%Y-%m}",
        time_zone=subject.time_zone,
        as_of=look.instant,
        objectives=found,
    )


def questions(
    conn: Connection, subject: Subject, terms: Terms, period: Period, heard: datetime | None
) -> Iterator[Asked]:
    """Each objective of the terms in its window, looked at from the instant of the scope. Raises ValueError for a period that is no month."""
    first, look = month_of(period), moment(conn)
    flows = items.flows(conn, subject.customer_id)
    for objective in terms.objectives:
        window = window_of(objective.window, first, subject.time_zone, look.instant, terms.valid_from)
        yield Asked(conn, subject, terms, objective, window, look.asked, look.instant, flows, heard)


def _question(asked: Asked) -> Hashable:
    """What is asked of the database: the objective without what only the verdict needs."""
    it = asked.objective
    return (
        asked.subject, asked.window, asked.as_of, asked.heard, it.exclusions or asked.terms.exclusions, it.indicator.key, it.unit, it.method,
        it.window, it.population, it.calendar, it.threshold, it.within, it.within_days, it.severity, it.slice, it.service_time,
        it.quiet if it.method == "occurrences" else None, it.grace_seconds,
    )  # fmt: skip


def _seen(asked: Asked) -> Seen:
    objective, window = asked.objective, asked.window
    covered, total = _read(asked)
    it = Seen(
        since=window.since,
        until=window.until,
        seconds=int((window.until - window.since).total_seconds()),
        covered=covered,
        total=total,
    )
    starts: list[datetime] = []
    if objective.metric in EXCEPTION_CLOCKS:
        outcomes = asked.exceptions()
        good, bad, unknown = (outcomes.count(each) for each in ("good", "bad", "unknown"))
        it = replace(it, count=Count(good, good + bad, unknown), pending=outcomes.count("pending"))
    elif objective.method != "occurrences":
        it, starts = _by_slice(asked, it)
    elif objective.indicator.key in ASKED_BY_OBJECTIVE:
        it = _by_objective(asked, it)
    elif objective.threshold is not None:
        days = asked.within()
        count = sum((day.count for day, _ in days), Count())
        it = replace(it, count=count, pending=sum(pending for _, pending in days))
    else:
        it = _by_figure(asked, it)
    it, gone = _without(asked, it, starts)
    is_to_come = asked.is_live and objective.unit == "percent" and it.count
    return with_outlook(asked, it, gone) if is_to_come else it


def _read(asked: Asked) -> tuple[int | None, int | None]:
    """How much of the window was read, and how much of it has passed, in whole seconds; None: never."""
    clock = asked.objective.metric in EXCEPTION_CLOCKS
    metric = by_key("exception_time_to_clear" if clock else asked.objective.metric)
    found = coverage(asked.conn, metric, [asked.subject.customer_id], asked.window, as_of=asked.as_of)
    times = found.get((asked.subject.customer_id, ""))
    if times is None:
        return None, None
    total = round(times[1])
    return min(round(times[0]), total), total


def _by_figure(asked: Asked, it: Seen) -> Seen:
    objective = asked.objective
    found = asked.figures()
    it = replace(it, pending=sum(int(figure.detail.get("pending") or 0) for figure in found))
    if objective.within_days is not None:
        return replace(it, measured=share_within(found, objective.within_days))
    is_share = objective.unit == "percent" and all(isinstance(f.denominator, int | None) for f in found)
    if is_share or objective.unit == "count":
        return replace(it, count=sum((count_of(figure) for figure in found), Count()))
    return replace(it, measured=value_of(found, objective))


def _by_objective(asked: Asked, it: Seen) -> Seen:
    found = asked.listed()
    count = sum((each.item.count for each in found), Count())
    pending = sum(each.outcome == "pending" for each in found)
    seconds = it.seconds if asked.objective.service_time is None else count.n * SERVICE_SLICE
    return replace(it, count=count, pending=pending, seconds=seconds)


def _by_slice(asked: Asked, it: Seen) -> tuple[Seen, list[datetime]]:
    objective, seconds = asked.objective, asked.objective.slice_seconds
    found = asked.rows("slices", slice_seconds=seconds, calendar=objective.calendar)
    slices = tuple(Count(row.k, row.n, row.unknown) for row in found)
    whole = it.seconds if objective.calendar is None else seconds * len(slices)
    return replace(it, slices=slices, seconds=whole), [row.slice_at for row in found]


def _without(asked: Asked, it: Seen, starts: Sequence[datetime]) -> tuple[Seen, list[Item]]:
    """The facts with what somebody wants left out, and the items that both sides left out."""
    if it.count is None and not it.slices:
        return it, []
    left, listed = left_out(asked)
    behind = [each.item for each in listed]
    it = replace(it, excluded=left.exclusions)
    gone = [item for item in behind if item.key in left.agreed]
    return (_slices_without(asked, it, starts, left, behind) if it.slices and left.exclusions else it), gone


def left_out(asked: Asked) -> tuple[LeftOut, list[Listed]]:
    """What becomes of all that somebody wants left out of an objective, and the items behind it, which are read only when there is
    anything.

    Work on other flows than those that the objective is about neither concerns it nor uses up its cap.
    """
    span = (asked.window.since, asked.window.until)
    keys = {flow.flow_id: flow.key for flow in asked.flows}
    customer, metric = asked.subject.customer_id, asked.objective.indicator.key
    heard = asked.heard or asked.as_of
    works = responsibility.announced(asked.conn, customer, span, heard, keys)
    claims = responsibility.claims(asked.conn, customer, span, heard, keys, metric)
    if asked.chosen is not None:
        about = {flow.key for flow in asked.chosen}
        works = [work for work in works if work.flows & about]
    if not works and not claims:
        return LeftOut(()), []
    service = None
    if metric == "availability":  # its items are of the service as a whole
        service = asked.service
        claims = [claim for claim in claims if _concerns(asked, claim)]
    behind = asked.listed()
    rule = asked.objective.exclusions or asked.terms.exclusions
    return leave_out(rule, span, works, claims, [each.item for each in behind], service), behind


def _concerns(asked: Asked, claim: Claim) -> bool:
    """Whether what somebody wants left out names any of the flows that the objective is about, or no flows."""
    about = {flow.key for flow in asked.chosen or ()}
    return claim.flows is None or bool(claim.items) or asked.chosen is None or bool(claim.flows & about)


def _slices_without(
    asked: Asked,
    it: Seen,
    starts: Sequence[datetime],
    left: LeftOut,
    behind: Sequence[Item],
) -> Seen:
    """The slices without the items that are left out, and without those that lie in agreed work on all of the flows."""
    place = {start: number for number, start in enumerate(starts)}
    step = timedelta(seconds=asked.objective.slice_seconds)
    down = together(left.works, asked.service)

    def without(gone: frozenset[str]) -> tuple[Count, ...]:
        counts = list(it.slices)
        for item in behind:
            if item.at is None:
                continue
            start = asked.window.since + step * ((item.at - asked.window.since) // step)
            if item.key in gone and start in place:
                counts[place[start]] -= item.count
        return tuple(
            count
            for count, start in zip(counts, starts, strict=True)
            if not any(begins <= start and start + step <= ends for begins, ends in down)
        )

    return replace(it, slices_agreed=without(left.agreed), slices_net=without(left.net))
