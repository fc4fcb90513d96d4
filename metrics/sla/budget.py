"""Error budgets: what a target allows, how fast it is used, and when it will be gone."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import floor
from statistics import median_low
from typing import Literal
from zoneinfo import ZoneInfo

from metrics.sla.evaluation import Budget, Burn, BurnTier, Forecast
from metrics.sla.facts import Count, Day, Stretch
from metrics.sla.words import MILLION

MINUTE, HOUR, DAY = 60, 3600, 86400
LOW_TRAFFIC = 1000
RECENT_DAYS = 7
# severity, the longer stretch, the shorter one, the share of the whole budget that may be used in the longer
TIERS: tuple[tuple[Literal["page", "ticket"], int, int, Fraction], ...] = (
    ("page", HOUR, 5 * MINUTE, Fraction(2, 100)),
    ("page", 6 * HOUR, 30 * MINUTE, Fraction(5, 100)),
    ("ticket", DAY, 2 * HOUR, Fraction(10, 100)),
    ("ticket", 3 * DAY, 6 * HOUR, Fraction(10, 100)),
)


def allowed(n: int, target_ppm: int) -> int:
    """How many of n may be bad, rounded down. Source: Google SRE Workbook, "Implementing SLOs"."""
    return n * (MILLION - target_ppm) // MILLION


def budget(bad: int, n: int, target_ppm: int, seconds: int) -> Budget:
    """The budget of n events in a window of so many seconds; with no event nothing is allowed and nothing used."""
    share = MILLION - target_ppm
    used = Fraction(bad * seconds, n) if n else Fraction(0)
    whole = Fraction(seconds * share, MILLION)
    return Budget(
        allowed=allowed(n, target_ppm),
        bad=bad,
        left=allowed(n, target_ppm) - bad,
        seconds=floor(whole),
        used_seconds=-floor(-used),
        left_seconds=floor(whole - used),
        left_share=floor(MILLION - Fraction(bad * MILLION * MILLION, n * share)) if n and share else None,
    )


def burn_rate(bad: int, valid: int, target_ppm: int) -> Fraction | None:
    """How many times faster than it may; None when nothing was decided, or nothing is allowed."""
    share = MILLION - target_ppm
    return Fraction(bad * MILLION, valid * share) if valid and share else None


def threshold(share: Fraction, window_seconds: int, within_seconds: int) -> Fraction:
    """The burn rate that uses a share of the budget within some time. Source: SRE Workbook, "Alerting on SLOs"."""
    if window_seconds <= 0 or within_seconds <= 0:
        raise ValueError("a threshold needs a window and a stretch of time that last")
    return share * window_seconds / within_seconds


def lasts(left: Fraction, burn: Fraction | None, window_seconds: int) -> Fraction | None:
    """Seconds until what is left of a budget is used up; None when nothing burns."""
    return left * window_seconds / burn if burn else None


def burning(
    stretches: Sequence[Stretch], begun: int | None, target_ppm: int, window_seconds: int
) -> Burn | None:
    """Whom the last minutes, hours and days call; None when none of them is known.

    Both stretches of a tier must burn; a short one in which nothing was decided shows no recovery. A page needs at
    least three failures to be reached. Below 1,000 items in 30 days nobody is paged and any failure of the last day
    is a ticket. [ours] beside the SRE Workbook, the same as metric B4.
    """
    by_seconds = {each.seconds: each for each in stretches}
    if not by_seconds:
        return None
    nothing = Stretch(0, 0, 0)
    share = Fraction(MILLION - target_ppm, MILLION)
    tiers = []
    for severity, long_seconds, short_seconds, part in TIERS:
        limit = threshold(part, window_seconds, long_seconds)
        long, short = (by_seconds.get(seconds, nothing) for seconds in (long_seconds, short_seconds))
        fast = [burn_rate(each.bad, each.valid, target_ppm) for each in (long, short)]
        tiers.append(
            BurnTier(
                severity=severity,
                long_seconds=long_seconds,
                short_seconds=short_seconds,
                threshold=floor(limit * MILLION),
                long_burn=_up(fast[0]),
                short_burn=_up(fast[1]),
                is_burning=long.bad > limit * share * long.valid
                and (not short.valid or short.bad > limit * share * short.valid),
                is_reachable=limit * share <= 1,
                is_proof=severity == "ticket" or limit * share * long.valid >= 3,
            )
        )
    is_low = (begun or 0) < LOW_TRAFFIC
    day = by_seconds.get(DAY, nothing)
    calling = [
        tier
        for tier in tiers
        if tier.is_burning
        and tier.is_reachable
        and tier.is_proof
        and not (is_low and tier.severity == "page")
    ]
    severity_, why = None, ""
    if calling:
        severity_, why = calling[0].severity, f"burning for {calling[0].long_seconds // HOUR} h and still"
    elif is_low and day.bad:
        severity_, why = "ticket", "few transactions: any failure counts"
    left = lasts(Fraction(1), burn_rate(day.bad, day.valid, target_ppm), window_seconds)
    return Burn(
        tiers=tuple(tiers),
        severity=severity_,
        why=why,
        is_low_traffic=is_low,
        lasts_seconds=None if left is None else floor(left),
    )


def forecast(
    count: Count,
    days: Sequence[Day],
    expected: int | None,
    target_ppm: int,
    window: tuple[datetime, datetime],
    as_of: datetime,
    time_zone: str,
    is_lower_better: bool = False,
) -> Forecast | None:
    """On which day of a window that is not over the target is lost, if failures go on as in its last days.

    None when the window is over, or nothing has come due in it.
    """
    if as_of >= window[1] or not count.n:
        return None
    zone = ZoneInfo(time_zone)
    first, today = window[0].astimezone(zone).date(), as_of.astimezone(zone).date()
    last = (window[1] - timedelta(microseconds=1)).astimezone(zone).date()
    past = [day for day in days if first <= day.day < today]
    assumptions = []
    if expected is None:
        elapsed, whole = (today - first).days or 1, (last - first).days + 1
        volume = max(count.n, count.n * whole // elapsed)
        assumptions.append(f"the window goes on as it began: {volume} items")
    else:
        volume = max(count.n, expected)
        assumptions.append(f"as many items as in the median of the three windows before: {volume}")
    bad = count.k if is_lower_better else count.n - count.k
    room = (volume * target_ppm // MILLION if is_lower_better else allowed(volume, target_ppm)) - bad
    recent = [day.count for day in past[-RECENT_DAYS:]]
    failed = sum(each.k if is_lower_better else each.n - each.k for each in recent)
    assumptions.append(f"failures as in the last {len(recent)} whole days of the window: {failed}")
    assumptions.append("what is not known by now turns out good")
    lost_on: date | None = None
    if room < 0:
        lost_on = _overdrawn(days, volume, target_ppm, is_lower_better) or today
    elif failed:
        ahead = -(-(room + 1) * len(recent) // failed)  # the day of the first failure too many
        lost_on = today + timedelta(days=ahead - 1) if ahead <= (last - today).days + 1 else None
    return Forecast(
        affordable=room,
        expected=volume,
        recent_bad=failed,
        recent_days=len(recent),
        lost_on=lost_on,
        assumptions=tuple(assumptions),
    )


def expected_volume(before: Sequence[int]) -> int | None:
    """How many items a window usually has: the median of those before it, the lower of two; None without any."""
    return median_low(before) if before else None


def _overdrawn(days: Sequence[Day], volume: int, target_ppm: int, is_lower_better: bool) -> date | None:
    room = volume * target_ppm // MILLION if is_lower_better else allowed(volume, target_ppm)
    for day in days:
        room -= day.count.k if is_lower_better else day.count.n - day.count.k
        if room < 0:
            return day.day
    return None


def _up(value: Fraction | None) -> int | None:
    return None if value is None else -floor(-value * MILLION)
