"""One customer's whole world from the first day to `now`: cause first, effect after, or never."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from app.demo import billing, delivery, running, sales, service_desk
from app.demo.cast import Cast, Flow
from app.demo.clock import NEVER, Array, Office, instant, spans, start_of, wall
from app.demo.trouble import Window, windows


@dataclass(frozen=True)
class Customer:
    """Everything that happened at one customer; tables refer to each other by position, money is cents."""

    cast: Cast
    office: Office
    since: np.datetime64
    now: np.datetime64
    trouble: tuple[Window, ...]
    sales: sales.Sales
    people: pd.DataFrame
    projects: pd.DataFrame
    tasks: pd.DataFrame
    entries: pd.DataFrame
    expenses: pd.DataFrame
    milestones: pd.DataFrame
    billed: billing.Billed
    runs: pd.DataFrame  # in the order they started; `id` counts up
    handed: service_desk.Handed | None  # None: no service desk


def simulate(cast: Cast, now: datetime, seed: int) -> Customer:
    """The same world for the same customer, moment and seed."""

    def chance(purpose: str) -> np.random.Generator:
        return np.random.default_rng([seed, zlib.crc32(f"{cast.key}/{purpose}".encode())])

    began = start_of(cast.months, now)
    until = instant(now)
    since = wall(np.array([began], "M8[D]"), 0.0, cast.zone)[0]
    office = Office.of(cast.zone, cast.country, began, now.date())
    sold = sales.sell(cast, office, since, until, chance("sales"))
    wins = np.sort(sold.opportunities["decided_at"].to_numpy()[sold.opportunities["won"].to_numpy()])
    trouble = windows(cast, office, wins, until, chance("trouble"))
    flows = {flow.key: flow for flow in cast.flows}

    def play(flow: Flow, work: pd.DataFrame) -> running.Outcome:
        return running.run(cast, flow, work, trouble, office, until, chance(flow.key))

    people = delivery.staff(cast, since, until, chance("people"))
    won, made = _won(
        cast, flows["won-to-project"], sold, trouble, office, until, play, chance("made by hand")
    )
    projects = delivery.projects(cast, sold, made, office, since, until, chance("projects"))
    jobs = delivery.tasks(projects)
    entries = delivery.time_entries(cast, people, projects, jobs, office, since, until, chance("time"))
    expenses = delivery.expenses(cast, people, projects, entries, until, chance("expenses"))
    marks = delivery.milestones(cast, projects, until, chance("milestones"))
    marked, drafted = _milestones(flows["milestone-to-invoice"], marks, play)
    billed = billing.bill(
        cast, projects, entries, expenses, marks, drafted, office, since, until, chance("billing")
    )
    handed = None
    if cast.desk:
        handed = service_desk.hand_over(projects, cast.language, office, since, until, chance("service desk"))
    runs = [won, marked, play(flows["approved-time"], _approved(cast, entries, projects)).runs]
    runs.append(play(flows["invoice-status"], _statuses(billed.invoices)).runs)
    for flow in cast.flows:
        if flow.every:
            due = running.slots(flow, cast, since, until, chance(f"slots {flow.key}"))
            runs.append(play(flow, running.silence(flow, due, trouble)[0]).runs)
    frame = _targets(_seasoned(cast, _numbered(runs), until, chance("seasoning")), sold, projects)
    return Customer(
        cast,
        office,
        since,
        until,
        trouble,
        sold,
        people,
        projects,
        jobs,
        entries,
        expenses,
        marks,
        billed,
        frame,
        handed,
    )


Play = Callable[[Flow, pd.DataFrame], running.Outcome]


def _won(
    cast: Cast, flow: Flow, sold: sales.Sales, trouble: tuple[Window, ...], office: Office, now: np.datetime64, play: Play,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """The runs that turn wins into projects, and the projects that came of it, by whatever way."""
    deals = sold.opportunities
    place = np.flatnonzero((deals["won"] & deals["requires_delivery"]).to_numpy())
    some = deals.iloc[place]
    work = running.events(some["decided_at"].to_numpy(), "opportunity", some["id"].to_numpy(), None, some["amount"].to_numpy(), some["currency"].to_numpy())  # fmt: skip
    heard, unheard = running.silence(flow, work, trouble)
    outcome = play(flow, heard)
    where = pd.Series(place, index=some["id"].to_numpy())
    made = pd.DataFrame(
        {
            "opportunity": where[heard["key"][outcome.ok]].to_numpy(),
            "created_at": outcome.committed[outcome.ok],
        }
    )
    by_hand = unheard.iloc[
        :: max(1, round(1 / 0.25))
    ]  # somebody noticed these, too late, and made them by hand
    at = office.due(by_hand["due"].to_numpy() + spans(9 * 86400.0), rng.uniform(600, 20_000, len(by_hand)))
    late = pd.DataFrame({"opportunity": where[by_hand["key"]].to_numpy(), "created_at": at})[at <= now]
    runs = outcome.runs
    if cast.story == "duplicates":
        runs, twins = _redelivered(runs, where, now, rng)
        late = pd.concat([late, twins], ignore_index=True)
    made = pd.concat([made, late], ignore_index=True).sort_values(
        "created_at", kind="stable", ignore_index=True
    )
    return runs, made


def _redelivered(
    runs: pd.DataFrame, where: pd.Series, now: np.datetime64, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A webhook that is delivered twice: the second is mostly recognised; three times it makes a second project."""
    first = runs[(runs["status"] == "success").to_numpy() & (runs["retry_of"] < 0).to_numpy()].iloc[::3]
    again = first.copy()
    gap = spans(rng.uniform(3, 70, len(again)))
    for name in ("started", "finished", "committed"):
        again[name] = again[name].to_numpy() + gap
    again["due"] = again["due"].to_numpy() + gap
    again["status"] = "duplicate"
    again["root"] = np.arange(len(again)) + int(runs["root"].max()) + 1
    missed = np.arange(len(again)) % max(3, len(again) // 3) == 1
    again.loc[missed, "status"] = "success"
    again.loc[~missed, "finished"] = again["started"].to_numpy()[~missed] + spans(0.3)
    again.loc[~missed, "committed"] = NEVER
    again = again[(again["finished"] <= now).to_numpy()]
    twins = again[(again["status"] == "success").to_numpy()]
    made = pd.DataFrame(
        {"opportunity": where[twins["key"]].to_numpy(), "created_at": twins["committed"].to_numpy()}
    )
    return pd.concat([runs, again], ignore_index=True), made


def _milestones(flow: Flow, marks: pd.DataFrame, play: Play) -> tuple[pd.DataFrame, Array]:
    """The runs that turn completed milestones into drafts, and when each draft was written."""
    done = np.flatnonzero(marks["completed_at"].notna().to_numpy())
    some = marks.iloc[done]
    work = running.events(some["completed_at"].to_numpy(), "milestone", some["id"].to_numpy(), None, some["amount"].to_numpy(), some["currency"].to_numpy())  # fmt: skip
    outcome = play(flow, work)
    drafted = np.full(len(marks), NEVER)
    where = pd.Series(np.arange(len(marks)), index=marks["id"].to_numpy())
    drafted[where[work["key"][outcome.ok]].to_numpy()] = outcome.committed[outcome.ok]
    return outcome.runs, drafted


def _approved(cast: Cast, entries: pd.DataFrame, projects: pd.DataFrame) -> pd.DataFrame:
    """What the approved-time flow has to carry: client work, entry by entry or sheet by sheet."""
    some = entries[
        (entries["approved_at"].notna() & ~entries["rejected"] & (entries["project"] != 0)).to_numpy()
    ]
    cents = (some["minutes"] * some["rate"] // 60).to_numpy()
    if not cast.sheets:
        work = running.events(some["approved_at"].to_numpy(), "time_entry", some["id"].to_numpy(), None, cents, some["currency"].to_numpy())  # fmt: skip
        billable = some.set_index("id")["billable"]
        return work.assign(filtered=~billable[work["key"]].to_numpy())
    sheets = some.assign(cents=cents).groupby("sheet", sort=True)
    frame = sheets.agg(
        due=("approved_at", "first"),
        cents=("cents", "sum"),
        count=("id", "size"),
        currency=("currency", "first"),
    )
    keys = np.array([f"TS-{sheet}" for sheet in frame.index], dtype=object)
    return running.events(frame["due"].to_numpy(), "timesheet", keys, None, frame["cents"].to_numpy(), frame["currency"].to_numpy(), frame["count"].to_numpy())  # fmt: skip


def _statuses(invoices: pd.DataFrame) -> pd.DataFrame:
    """Each time a bill is posted, sent or paid, the CRM is to hear of it."""
    parts = []
    for column in ("posted_at", "sent_at", "paid_at"):
        some = invoices[invoices[column].notna()]
        parts.append(some.assign(due=some[column], key=some["number"] + "/" + column[:-3]))
    every = pd.concat(parts, ignore_index=True)
    return running.events(every["due"].to_numpy(), "invoice", every["key"].to_numpy(), every["id"].to_numpy(), every["gross"].to_numpy(), every["currency"].to_numpy())  # fmt: skip


def _numbered(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """All runs of a customer in the order they started; `root` and `retry_of` become positions in it."""
    offset, moved = 0, []
    for part in parts:
        part = part.copy()
        width = int(part["root"].max()) + 1 if len(part) else 0
        part["chain"] = part["root"] + offset
        offset += width
        moved.append(part)
    frame = pd.concat(moved, ignore_index=True).sort_values(
        ["started", "chain"], kind="stable", ignore_index=True
    )
    first = frame.groupby("chain", sort=False)["started"].idxmin()
    frame["root"] = frame["chain"].map(first).to_numpy()
    frame["retry_of"] = np.where(frame["retry_of"] >= 0, frame["root"], -1)
    return frame.drop(columns="chain")


def _seasoned(cast: Cast, runs: pd.DataFrame, now: np.datetime64, rng: np.random.Generator) -> pd.DataFrame:
    """The rarer things: partial batches, no-ops, cancelled, timed out and stuck runs, tests, words nobody knows."""
    luck, pick = rng.random(len(runs)), rng.integers(1, 4, len(runs))
    good = (runs["status"] == "success").to_numpy() & (runs["trigger"] == "automatic").to_numpy()
    records = runs["records"].to_numpy()
    batch = runs["kind"].isin(["slot", "timesheet"]).to_numpy()
    share = 0.02 if cast.story == "data-quality" else 0.0004 if cast.story == "excellent" else 0.004
    partial = good & batch & (records > 3) & (luck < share)
    runs["bad"] = np.where(partial, np.minimum(pick, records - 1), 0)
    runs.loc[partial, "status"] = "partial"
    filtered = (
        good & runs["filtered"].eq(True).to_numpy() if "filtered" in runs else np.zeros(len(runs), bool)
    )
    runs.loc[filtered, "status"] = "skipped"
    scheduled = good & (runs["kind"] == "slot").to_numpy() & ~partial
    few = 0.0 if cast.story == "excellent" else 0.0003
    for word, low, finished in (("cancelled", 0.90, True), ("timeout", 0.92, True), ("running", 0.94, False)):
        share = few if finished else (0.0006 if cast.story == "scheduler" else 0.00006)
        hit = scheduled & (luck >= low) & (luck < low + share) & (records > 0)
        runs.loc[hit, "status"] = word
        runs.loc[hit, "committed"] = NEVER
        if not finished:
            runs.loc[hit, "finished"] = NEVER
    if cast.story in ("duplicates", "outage"):
        odd = np.flatnonzero(scheduled & (runs["due"] > now - spans(25 * 86400.0)).to_numpy())[7::151][:4]
        runs.loc[odd, "status"] = "unknown"
    tests = np.flatnonzero(scheduled & (runs["flow"] == "employees").to_numpy())[3::400]
    runs.loc[tests, "trigger"] = "test"
    runs["id"] = 100_001 + np.arange(len(runs))
    return runs


def _targets(runs: pd.DataFrame, sold: sales.Sales, projects: pd.DataFrame) -> pd.DataFrame:
    """Runs that say they made a project name it; one that never came to be has a name all the same."""
    said = (runs["flow"] == "won-to-project").to_numpy() & (runs["status"] == "success").to_numpy()
    first = projects[projects["opportunity"] >= 0].drop_duplicates("opportunity")
    opportunity = sold.opportunities["id"].to_numpy()[first["opportunity"]]
    known = pd.Series(first["id"].to_numpy(), index=opportunity)
    named = runs["key"].map(known)
    ghost = "9" + runs["id"].astype(str).str[-4:]
    runs["target"] = np.where(said, named.fillna(ghost), runs["target"])
    return runs
