"""The PSA side up to the invoice: people, projects, tasks, time entries, expenses and milestones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from app.demo import names
from app.demo.cast import Cast
from app.demo.clock import NEVER, Array, Office, local_dates, spans, wall
from app.demo.sales import Sales

INTERNAL = 0  # the position of the internal project: nothing on it is billable
TASKS = ("Consulting", "Implementation", "Project management")


def staff(cast: Cast, since: np.datetime64, now: np.datetime64, rng: np.random.Generator) -> pd.DataFrame:
    """The people of a customer: who they are, since when, what an hour of theirs costs (cents)."""
    count = cast.people
    people = names.people(count, rng)
    starts = np.full(count, since.astype("M8[D]") - 400)
    ends = np.full(count, np.datetime64("NaT", "D"))
    length = (now.astype("M8[D]") - since.astype("M8[D]")).astype("i8")
    starts[count - count // 5 :] = since.astype("M8[D]") + rng.integers(10, max(12, length - 20), count // 5)
    ends[: count // 8] = since.astype("M8[D]") + rng.integers(
        length // 2, max(length // 2 + 1, length - 5), count // 8
    )
    return pd.DataFrame(
        {
            "id": [str(40 + n) for n in range(count)],
            "employee_no": [f"E{1000 + 11 * n}" for n in range(count)],
            "name": people,
            "email": [f"{names.plain(name)}@{cast.key}.example" for name in people],
            "starts_on": starts,
            "ends_on": ends,
            "weekly_hours": np.where(np.arange(count) % 6 == 4, 30, 40),
            "cost": rng.integers(42, 88, count) * 100,
            "practice": [names.practice(place, cast.language) for place in range(count)],
        }
    )


def projects(
    cast: Cast, sales: Sales, made: pd.DataFrame, office: Office, since: np.datetime64, now: np.datetime64,
    rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """Projects older than the history, then those made for won opportunities (`made`: opportunity, created_at)."""
    old = max(4, cast.people * 2 // 3)
    regular = np.flatnonzero(sales.accounts["merged_into"].to_numpy() < 0)
    account = np.concatenate(
        [[-1], rng.choice(regular, old), sales.opportunities["account"].to_numpy()[made["opportunity"]]]
    )
    count = len(account)
    created = np.concatenate([
        np.full(1, since - spans(900 * 86400.0)),
        since - spans(rng.uniform(30, 300, old) * 86400),
        made["created_at"].to_numpy(),
    ])  # fmt: skip
    opportunity = np.concatenate([np.full(old + 1, -1), made["opportunity"].to_numpy()])
    starts = local_dates(created, cast.zone) + rng.integers(3, 12, count)
    length = rng.integers(70, 220, count)
    length[1 : old + 1] = rng.integers(350, 520, old)
    ends = starts + length
    ends[0] = np.datetime64("2099-12-31")
    title = names.work(count, cast.language, rng)
    fixed = np.concatenate(
        [np.zeros(old + 1, bool), sales.opportunities["fixed"].to_numpy()[made["opportunity"]]]
    )
    amount = np.concatenate(
        [np.zeros(old + 1, "i8"), sales.opportunities["amount"].to_numpy()[made["opportunity"]]]
    )
    key = sales.opportunities["number"].to_numpy()[np.maximum(opportunity, 0)].astype(object)
    key[opportunity < 0] = None
    lost_key = np.flatnonzero(opportunity >= 0)[5::31]  # made, but the CRM's key was never carried over
    key[lost_key] = None
    practice = np.array([names.practice_of(what, cast.language) for what in title], dtype=object)
    practice[old + 1 :] = sales.opportunities["practice"].to_numpy()[made["opportunity"]]
    practice[::19] = None  # the house's own, and those for whom nobody filled it in
    currency = np.full(count, cast.currency, dtype=object)
    currency[1:] = sales.accounts["currency"].to_numpy()[account[1:]]
    return pd.DataFrame(
        {
            "id": [str(2000 + n) for n in range(count)],
            "number": [f"P-{n:04d}" for n in range(count)],
            "name": ["Internal", *(title[1:])],
            "practice": practice,
            "account": account,
            "opportunity": opportunity,
            "opportunity_key": key,
            "fixed": fixed,
            "amount": amount,
            "currency": currency,
            "created_at": created,
            "starts_on": starts,
            "ends_on": ends,
            "rate": rng.integers(19, 40, count) * 500,  # cents an hour for the cheapest task
            "closed": ends < now.astype("M8[D]"),
        }
    )


def tasks(work: pd.DataFrame) -> pd.DataFrame:
    """Three tasks a project, in the order of the projects; rates in cents an hour."""
    count = len(work)
    project = np.repeat(np.arange(count), len(TASKS))
    step = np.tile(np.array([1500, 0, 3000]), count)
    return pd.DataFrame(
        {
            "id": [str(9000 + n) for n in range(len(project))],
            "project": project,
            "name": np.tile(np.array(TASKS, dtype=object), count),
            "rate": np.repeat(work["rate"].to_numpy(), len(TASKS)) + step,
            "created_at": np.repeat(work["created_at"].to_numpy(), len(TASKS)) + spans(20.0),
        }
    )


def time_entries(
    cast: Cast, people: pd.DataFrame, work: pd.DataFrame, jobs: pd.DataFrame, office: Office,
    since: np.datetime64, now: np.datetime64, rng: np.random.Generator,
) -> pd.DataFrame:  # fmt: skip
    """What everybody worked, entered by `now`, some of it days late; approved sheet by sheet, more at a month's end."""
    today = now.astype("M8[D]")
    days = office.days[(office.days >= since.astype("M8[D]")) & (office.days <= today)]
    person, day = (grid.ravel() for grid in np.meshgrid(np.arange(len(people)), days, indexing="ij"))
    starts, ends = people["starts_on"].to_numpy()[person], people["ends_on"].to_numpy()[person]
    here = (day >= starts) & (np.isnat(ends) | (day <= ends)) & (rng.random(len(day)) > 0.09)
    person, day = person[here], day[here]
    parts = rng.choice([2, 3, 4], len(day), p=[0.35, 0.45, 0.2])
    person, day = np.repeat(person, parts), np.repeat(day, parts)
    count = len(day)
    project = _project_of(people, work, person, day, rng)
    billable = (project != INTERNAL) & ~work["fixed"].to_numpy()[project]
    job = project * len(TASKS) + rng.choice(len(TASKS), count, p=[0.5, 0.35, 0.15])
    late = np.where(rng.random(count) < 0.11, rng.integers(1, 8, count), 0)
    entered = wall(office.next_day(day, 0) + late, rng.uniform(16.4, 18.9, count) * 3600, cast.zone)
    sheet_day = _sheet_day(office, local_dates(entered, cast.zone))
    sheet = person * 100_000 + sheet_day.astype("i8")
    codes, groups = np.unique(sheet, return_inverse=True)
    submitted = wall(sheet_day, 19.2 * 3600 + (rng.random(len(codes)) * 2400)[groups], cast.zone)
    wait = rng.choice([1, 1, 1, 2, 3], len(codes))
    approve_on = office.days[np.searchsorted(office.days, codes % 100_000 + np.datetime64(0, "D")) + wait]
    # one manager approves a pile: everything of a day within the same hour
    approved = wall(approve_on, (10 + (codes % 7) / 9 + rng.random(len(codes)) / 3) * 3600, cast.zone)[groups]
    frame = pd.DataFrame(
        {
            "person": person, "project": project, "task": job, "worked_on": day, "billable": billable,
            "minutes": rng.choice([60, 75, 90, 120, 150, 180, 240], count),
            "entered_at": entered, "submitted_at": np.where(submitted <= now, submitted, NEVER),
            "approved_at": np.where(approved <= now, approved, NEVER), "sheet": groups,
        }
    )  # fmt: skip
    frame = frame[frame["entered_at"] <= now].sort_values(
        ["entered_at", "person", "worked_on"], kind="stable"
    )
    frame = frame.reset_index(drop=True)
    frame["rate"] = jobs["rate"].to_numpy()[frame["task"]]
    frame["currency"] = work["currency"].to_numpy()[frame["project"]]
    frame["rejected"] = frame["approved_at"].notna() & (rng.random(len(frame)) < 0.004)
    frame.insert(0, "id", [str(100_001 + n) for n in range(len(frame))])
    return frame


def _project_of(people: pd.DataFrame, work: pd.DataFrame, person: Array, day: Array, rng: np.random.Generator) -> Array:  # fmt: skip
    """The project of each entry: people stay with a few of those that run on the day, and do internal work too."""
    days, at = np.unique(day, return_inverse=True)
    starts, ends = work["starts_on"].to_numpy(), work["ends_on"].to_numpy()
    running = (starts[None, :] <= days[:, None]) & (days[:, None] <= ends[None, :])
    running[:, INTERNAL] = False
    order = np.argsort(~running, axis=1, kind="stable")
    counts = running.sum(axis=1)
    taste = np.linspace(0, 1, len(people), endpoint=False)[person]
    share = (taste + rng.normal(0, 0.09, len(day))) % 1
    pick = (share * counts[at]).astype("i8")
    chosen = order[at, pick]
    internal = (rng.random(len(day)) < 0.16) | (counts[at] == 0)
    return np.where(internal, INTERNAL, chosen)


def _sheet_day(office: Office, entered_on: Array) -> Array:
    """When the sheet that holds an entry is handed in: its Friday, or the month's last working day before that."""
    friday = entered_on + (4 - (entered_on.astype("i8") + 3) % 7) % 7
    friday = office.days[np.searchsorted(office.days, friday, side="right") - 1]
    friday = np.maximum(friday, entered_on)
    month_end = (entered_on.astype("M8[M]") + 1).astype("M8[D]") - 1
    month_end = office.days[np.searchsorted(office.days, month_end, side="right") - 1]
    return np.where((month_end >= entered_on) & (month_end < friday), month_end, friday)


def expenses(
    cast: Cast, people: pd.DataFrame, work: pd.DataFrame, entries: pd.DataFrame, now: np.datetime64, rng: np.random.Generator
) -> pd.DataFrame:  # fmt: skip
    """Travel and materials beside the time, about one for every thirty entries; amounts in cents."""
    picks = np.sort(rng.choice(len(entries), len(entries) // 30, replace=False))
    base = entries.iloc[picks]
    approved = base["approved_at"].to_numpy()
    return pd.DataFrame(
        {
            "id": [f"X{30_001 + n}" for n in range(len(base))],
            "person": base["person"].to_numpy(),
            "project": base["project"].to_numpy(),
            "incurred_on": base["worked_on"].to_numpy(),
            "amount": np.round(np.exp(rng.normal(4.6, 0.8, len(base))) * 100).astype("i8"),
            "currency": base["currency"].to_numpy(),
            "billable": base["billable"].to_numpy() & (not cast.claims),
            "entered_at": base["entered_at"].to_numpy() + spans(90.0),
            "submitted_at": base["submitted_at"].to_numpy(),
            "approved_at": approved,
        }
    )


def milestones(cast: Cast, work: pd.DataFrame, now: np.datetime64, rng: np.random.Generator) -> pd.DataFrame:
    """Three payments for each project at a fixed price, completed about when they are due."""
    fixed = np.flatnonzero(work["fixed"].to_numpy() & (work["amount"].to_numpy() > 0))
    project = np.repeat(fixed, 3)
    share = np.tile([0.3, 0.65, 1.0], len(fixed))
    starts, ends = work["starts_on"].to_numpy()[project], work["ends_on"].to_numpy()[project]
    due = starts + ((ends - starts).astype("i8") * share).astype("i8")
    done = wall(due + rng.integers(-4, 9, len(due)), rng.uniform(9, 17, len(due)) * 3600, cast.zone)
    third = work["amount"].to_numpy()[project] // 3
    last = np.tile([False, False, True], len(fixed))
    amount = np.where(last, work["amount"].to_numpy()[project] - 2 * third, third)
    return pd.DataFrame(
        {
            "id": [f"M{7_001 + n}" for n in range(len(project))],
            "project": project,
            "name": np.tile(np.array(["Start", "Halfway", "Acceptance"], dtype=object), len(fixed)),
            "amount": amount,
            "currency": work["currency"].to_numpy()[project],
            "due_on": due,
            "completed_at": np.where(done <= now, done, NEVER),
            "created_at": work["created_at"].to_numpy()[project],
        }
    )
