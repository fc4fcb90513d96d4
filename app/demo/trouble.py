"""What goes wrong and when: outages, expired credentials, silence, dead schedulers, and claims that are not true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from app.demo.cast import Cast
from app.demo.clock import Array, Office, spans, wall

# (code, type, message, step); {key} is the record
TRANSIENT = (
    ("503", "HttpError", "Target answered 503 Service Unavailable while writing {key}", "Write"),
    ("ETIMEDOUT", "Timeout", "No answer within 30 s while reading {key}", "Read"),
    ("429", "RateLimited", "Too many requests, retry after 20 s ({key})", "Write"),
)
BAD_DATA = (
    ("422", "ValidationError", "Tax setting is missing on the account of {key}", "Validate"),
    ("404", "NotFound", "Project of {key} does not exist in the target", "Look up project"),
    ("422", "ValidationError", "Billing code is missing on {key}", "Validate"),
    ("409", "Conflict", "Resource of {key} is inactive", "Look up resource"),
    ("404", "NotFound", "No opportunity in the CRM carries the bill {key}", "Look up opportunity"),
    ("409", "Conflict", "Account code of {key} exists twice in the target", "Match account"),
    ("422", "ValidationError", "Cost centre of {key} is unknown", "Validate"),
)
OUTAGE = ("503", "HttpError", "Target is unavailable: connection refused while writing {key}", "Write")
CREDENTIAL = ("401", "AuthenticationError", "Access token expired; the CRM refused {key}", "Sign in")
ERRORS = (*TRANSIENT, *BAD_DATA, OUTAGE, CREDENTIAL)
FIRST_BAD_DATA = len(TRANSIENT)
OUTAGE_ERROR = FIRST_BAD_DATA + len(BAD_DATA)
CREDENTIAL_ERROR = OUTAGE_ERROR + 1
WRONG_WITH = {  # which of BAD_DATA a flow can meet
    "won-to-project": (0, 5),
    "approved-time": (1, 2, 3),
    "milestone-to-invoice": (0, 2),
    "invoice-status": (4,),
    "accounts": (0, 5),
    "expenses": (1, 2, 6),
    "employees": (3, 6),
}


def data_errors(flow: str) -> tuple[int, ...]:
    """The positions in ERRORS of what can be wrong with a flow's records."""
    return tuple(FIRST_BAD_DATA + place for place in WRONG_WITH[flow])


@dataclass(frozen=True)
class Window:
    """A stretch of time in which some flows misbehave in one way."""

    effect: str  # down, silent, unscheduled, claims
    flows: tuple[str, ...]
    since: np.datetime64
    until: np.datetime64
    error: int = OUTAGE_ERROR
    recovers: float = 1.0  # share of what failed that is run again by hand afterwards

    def holds(self, flow: str, at: Array) -> Array:
        """Which of these instants fall into the window for a flow."""
        return (at >= self.since) & (at < self.until) & (flow in self.flows)


TO_PSA = ("won-to-project", "approved-time", "milestone-to-invoice", "accounts", "expenses", "employees")
CRM_SIDE = ("won-to-project", "accounts", "invoice-status")
SCHEDULED = ("accounts", "expenses", "employees")


def windows(
    cast: Cast, office: Office, wins: Array, now: np.datetime64, rng: np.random.Generator
) -> tuple[Window, ...]:
    """Everything that goes wrong at a customer, oldest first; `wins` are the moments of its won deals, ascending."""
    found = [*_hiccups(cast, office, now, rng)]
    month = now.astype("M8[M]") - 1
    if cast.story == "silent":
        found.append(Window("silent", ("won-to-project",), now - _days(46), now - _days(12), recovers=0.25))
        found.append(Window("claims", ("milestone-to-invoice",), now - _days(60), now - _days(15)))
    if cast.story == "duplicates":
        three = wins[int(len(wins) * 0.78) :][:3]
        found.append(Window("claims", ("won-to-project",), three[0] - _hours(1), three[-1] + _hours(1)))
    if cast.story == "outage":
        tuesday = np.busday_offset(month.astype("M8[D]"), 1, roll="forward", weekmask="Tue")
        at = wall(np.array([tuesday, tuesday]), np.array([13.2, 17.7]) * 3600, cast.zone)
        found.append(Window("down", TO_PSA, at[0], at[1], recovers=0.8))
        friday = np.busday_offset(month.astype("M8[D]"), 2, roll="forward", weekmask="Fri")
        at = wall(np.array([friday, friday + 3]), np.array([21.1, 9.7]) * 3600, cast.zone)
        found.append(Window("down", CRM_SIDE, at[0], at[1], CREDENTIAL_ERROR, recovers=0.85))
    if cast.story == "scheduler":
        for days, hours in ((97, 52), (61, 7), (40, 9), (18, 6), (5, 11)):
            since = (now - _days(days)).astype("M8[h]").astype("M8[ms]")
            found.append(Window("unscheduled", SCHEDULED, since, since + _hours(hours)))
    if cast.story == "new":
        first = now - _days(80)
        found.append(Window("down", TO_PSA, first, first + _hours(9), recovers=0.5))
    return tuple(sorted(found, key=lambda window: (window.since, window.effect)))


def _hiccups(cast: Cast, office: Office, now: np.datetime64, rng: np.random.Generator) -> list[Window]:
    """Short outages of the target in office hours: most of what they touch recovers by itself."""
    if cast.story == "excellent":
        return []
    days = office.days[office.days < now.astype("M8[D]") - 2]
    days = days[-22 * cast.months :]
    picks = np.sort(rng.choice(days, size=max(2, cast.months // 2), replace=False))
    since = wall(picks, rng.uniform(9, 18, len(picks)) * 3600, cast.zone)
    lengths = spans(rng.choice([6, 11, 14, 35], len(picks), p=[0.4, 0.25, 0.2, 0.15]) * 60.0)
    return [
        Window("down", TO_PSA, start, start + length, recovers=0.7)
        for start, length in zip(since, lengths, strict=True)
    ]


def _days(number: float) -> np.timedelta64:
    return np.timedelta64(timedelta(days=number), "ms")


def _hours(number: float) -> np.timedelta64:
    return np.timedelta64(timedelta(hours=number), "ms")
