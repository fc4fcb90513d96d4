"""Runs of integrations: work falls due, is tried, retried, recovers or fails, and is perhaps run again by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from app.demo.cast import Cast, Flow
from app.demo.clock import NEVER, Array, Office, local, spans, wall
from app.demo.trouble import ERRORS, OUTAGE_ERROR, TRANSIENT, Window, data_errors

OFFSETS = np.array([0.0, 60.0, 300.0, 900.0])  # seconds until each of the four attempts
NONE = -1


@dataclass(frozen=True)
class Outcome:
    """What became of each piece of work, and the run rows that tell it."""

    runs: pd.DataFrame  # one row a run: see _rows
    ok: Array  # the target has it
    committed: Array  # since when


def busy(at: Array, office: Office) -> Array:
    """How loaded the platform is: 1 on a quiet day, more around the last and first working days of a month."""
    dates, which = np.unique(local(at, office.zone).astype("M8[D]"), return_inverse=True)
    months = dates.astype("M8[M]")
    here = np.searchsorted(office.days, dates, side="right") - 1
    first = np.searchsorted(office.days, months.astype("M8[D]"))
    last = np.searchsorted(office.days, (months + 1).astype("M8[D]")) - 1
    before, after = np.maximum(last - here, 0), np.maximum(here - first, 0)
    return (1 + 2.2 * np.exp(-before / 0.9) + 1.6 * np.exp(-after / 0.9))[which]


def run(
    cast: Cast,
    flow: Flow,
    work: pd.DataFrame,
    trouble: tuple[Window, ...],
    office: Office,
    now: np.datetime64,
    rng: np.random.Generator,
) -> Outcome:
    """Runs a flow over work (due, key, target, amount, currency, records, place); everything after `now` is cut off."""
    due = work["due"].to_numpy().astype("M8[ms]")
    load = busy(due, office)
    peak = load**3.2 if cast.story == "month-end" else load**0.6
    started = due + spans(rng.exponential(0.9, len(work)) * peak + 0.15 + work["place"].to_numpy() * 0.35)
    seconds = rng.lognormal(np.log(flow.median), 0.42, len(work)) * peak
    bad = rng.random(len(work)) < cast.bad_data
    flaky = (rng.random(len(work)) < cast.flaky * np.sqrt(load)) & ~bad
    again = rng.random(len(work)) < 0.25
    at = started[:, None] + spans(OFFSETS)[None, :]
    down, error = _down(flow, at, trouble)
    fails = down | bad[:, None]
    fails[:, 0] |= flaky
    fails[:, 1] |= flaky & again
    succeeds = ~fails.all(axis=1)
    attempts = np.where(succeeds, (~fails).argmax(axis=1) + 1, 4)
    attempts[bad & ~down[:, 0]] = 1  # a refused record is not tried again by the platform
    finished = started + spans(OFFSETS[attempts - 1]) + spans(seconds)
    picks = rng.integers(0, 1 << 30, len(work))
    possible = np.array(data_errors(flow.key))
    data_error = possible[picks % len(possible)]
    error = np.where(down.any(axis=1), error, np.where(bad, data_error, picks % len(TRANSIENT)))
    frame = work.assign(
        flow=flow.key, started=started, finished=finished, attempts=attempts, error=error,
        status=np.where(succeeds, "success", "failed"), trigger="automatic", retry_of=NONE,
    )  # fmt: skip
    frame["root"] = np.arange(len(frame))
    frame["committed"] = np.where(succeeds, finished - spans(np.minimum(0.4, seconds / 4)), NEVER)
    replays = _replays(cast, frame, flow, down.any(axis=1), bad, trouble, office, now, rng)
    return _until(pd.concat([frame, replays], ignore_index=True), flow, trouble, now, len(work))


def _down(flow: Flow, at: Array, trouble: tuple[Window, ...]) -> tuple[Array, Array]:
    down = np.zeros(at.shape, dtype=bool)
    error = np.full(len(at), OUTAGE_ERROR)
    for window in trouble:
        if window.effect == "down":
            inside = window.holds(flow.key, at)
            error[inside.any(axis=1)] = window.error
            down |= inside
    return down, error


def _replays(
    cast: Cast, frame: pd.DataFrame, flow: Flow, down: Array, bad: Array, trouble: tuple[Window, ...],
    office: Office, now: np.datetime64, rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """A person runs some of what failed again, in office hours, once the cause is gone."""
    luck = rng.random(len(frame))
    slack = rng.uniform(0.4, 5.5, len(frame)) * 3600
    failed = (frame["status"] == "failed").to_numpy() & (frame["kind"] != "slot").to_numpy()
    ready = frame["finished"].to_numpy().copy()
    chance = np.full(len(frame), cast.replay)
    for window in trouble:
        if window.effect == "down":
            inside = window.holds(flow.key, ready)
            ready[inside] = window.until
            chance[inside] = window.recovers
    chosen = np.flatnonzero(failed & (luck < chance))
    again = frame.iloc[chosen].copy()
    again["started"] = office.due(ready[chosen], 1.0) + spans(slack[chosen])
    again["finished"] = again["started"] + spans(rng.lognormal(np.log(flow.median), 0.3, len(chosen)))
    again["retry_of"] = frame["root"].to_numpy()[chosen]
    again["attempts"], again["trigger"] = 1, "manual"
    fixed = ~bad[chosen] | (rng.random(len(chosen)) < 0.8)
    again["status"] = np.where(fixed, "success", "failed")
    again["committed"] = np.where(fixed, again["finished"] - spans(0.4), NEVER)
    return again[again["started"].to_numpy() <= now]


def _until(
    frame: pd.DataFrame, flow: Flow, trouble: tuple[Window, ...], now: np.datetime64, count: int
) -> Outcome:
    """Cuts at `now`: what is unfinished is running; what was claimed falsely never reached the target."""
    finished = frame["finished"].to_numpy().copy()
    open_now = finished > now
    frame.loc[open_now, "status"] = "running"
    frame.loc[open_now, "finished"] = NEVER
    frame.loc[open_now, "committed"] = NEVER
    frame = frame[frame["started"].to_numpy() <= now].copy()
    done = frame[(frame["status"] == "success").to_numpy()]
    ok = np.zeros(count, dtype=bool)
    committed = np.full(count, NEVER)
    roots = done["root"].to_numpy()
    ok[roots] = True
    committed[roots] = done["committed"].to_numpy()
    due = frame["due"].to_numpy()
    for window in trouble:
        if window.effect == "claims":
            untrue = np.unique(frame["root"].to_numpy()[window.holds(flow.key, due)])
            ok[untrue], committed[untrue] = False, NEVER
    return Outcome(frame, ok, committed)


def silence(flow: Flow, work: pd.DataFrame, trouble: tuple[Window, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """Splits work into what runs and what nobody hears of: no run, no error, no effect."""
    due = work["due"].to_numpy()
    quiet = np.zeros(len(work), dtype=bool)
    for window in trouble:
        if window.effect in ("silent", "unscheduled"):
            quiet |= window.holds(flow.key, due)
    return work[~quiet].reset_index(drop=True), work[quiet].reset_index(drop=True)


def slots(
    flow: Flow, cast: Cast, since: np.datetime64, now: np.datetime64, rng: np.random.Generator
) -> pd.DataFrame:
    """One piece of work for each slot of a scheduled flow from `since` on, with the records that wait in it."""
    step = np.timedelta64(flow.every * 1000, "ms")
    due = np.arange(since, now, step)
    clock = local(due, cast.zone)
    hour = (clock - clock.astype("M8[D]")).astype("m8[m]").astype("i8") / 60
    weekday = (clock.astype("M8[D]").astype("i8") + 3) % 7
    daytime = np.exp(-(((hour - 13) / 4.2) ** 2)) * np.where(weekday < 5, 1.0, 0.12)
    rate = {"accounts": 2.2, "expenses": 7.0, "employees": 1.6}[flow.key] * flow.every / 3600 / 2
    records = rng.poisson(rate * (0.05 + daytime))
    return pd.DataFrame(
        {"due": due, "kind": "slot", "key": None, "target": None, "amount": NONE, "currency": None,
         "records": records, "place": 0}
    )  # fmt: skip


def events(
    due: Array, kind: str, keys: Array, targets: Array, amounts: Array, currencies: Array, records: Array | int = 1
) -> pd.DataFrame:  # fmt: skip
    """Work set off by records, in the order it falls due; `place` is its place among what came with it at once."""
    frame = pd.DataFrame(
        {"due": due, "kind": kind, "key": keys, "target": targets, "amount": amounts,
         "currency": currencies, "records": records}
    )  # fmt: skip
    frame = frame.sort_values(["due", "key"], kind="stable").reset_index(drop=True)
    frame["place"] = frame.groupby("due", sort=False).cumcount() % 60
    return frame


def message(error: int, key: object) -> tuple[str, str, str, str]:
    """The code, type, text and step of an error about a record."""
    code, kind, text, step = ERRORS[error]
    return code, kind, text.format(key=key or "the batch"), step


__all__ = ["NONE", "Outcome", "busy", "events", "message", "run", "silence", "slots", "wall"]
