"""New things happen at a customer: slots come, time is approved, deals are won, bills are sent and paid."""

from __future__ import annotations

import json
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from app.demo import happenings
from app.demo.cast import Cast, Flow
from app.demo.pens import Desk, write_runs
from app.demo.simulate import Customer
from app.demo.trouble import data_errors

ENTRY_EVERY, WIN_EVERY, BILL_EVERY = 20.0, 1200.0, 240.0  # seconds between two of a kind at one customer
MOST = {"entry": 40, "win": 2, "bill": 6}  # in one tick, however long the last one was ago


def prepare(world: Customer, sources: Path) -> None:
    """Writes down what later ticks have to know: who works on what, and which numbers come next."""
    open_work = world.projects[(~world.projects["closed"] & ~world.projects["fixed"]).to_numpy()].iloc[1:]
    jobs = world.tasks[world.tasks["project"].isin(open_work.index)]
    accounts = world.sales.accounts[(world.sales.accounts["merged_into"] < 0).to_numpy()]
    state = {
        "last": int(world.now.astype("i8")),
        "since": int(world.since.astype("i8")),
        "run": 10 * (100_001 + len(world.runs)),
        "entry": 500_001,
        "deal": 1,
        "project": 5_001,
        "people": world.people["id"][world.people["ends_on"].isna().to_numpy()].tolist(),
        "jobs": [
            [project, task, rate, currency]
            for project, task, rate, currency in zip(
                world.projects["id"].to_numpy()[jobs["project"]].tolist(),
                jobs["id"].tolist(),
                jobs["rate"].tolist(),
                world.projects["currency"].to_numpy()[jobs["project"]].tolist(),
                strict=True,
            )
        ],
        "accounts": accounts[["id", "psa_id", "psa_name", "currency"]].to_numpy().tolist(),
        "open": [],
    }
    _keep(sources / world.cast.key, state)


def _keep(home: Path, state: dict[str, Any]) -> None:
    fresh = home / "tick.new"
    fresh.write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
    fresh.replace(home / "tick.json")


def customer(cast: Cast, sources: Path, now: datetime, seed: int) -> dict[str, int]:
    """Everything that happens at a customer from the last tick to `now`; the same state and moment give the same.

    Answers how many runs began, entries were approved, deals won and bills moved.
    """
    home = sources / cast.key
    state = json.loads((home / "tick.json").read_text(encoding="utf-8"))
    last, at = int(state["last"]), int(now.timestamp() * 1000)
    if at <= last:
        return {"runs": 0, "entries": 0, "wins": 0, "bills": 0}
    rng = np.random.default_rng([seed, zlib.crc32(f"{cast.key}/tick".encode()), last // 1000, last % 1000])
    flows = {flow.key: flow for flow in cast.flows}
    begun = [_run(state, flow, due, rng) for flow in cast.flows if flow.every for due in _slots(flow, state["since"], last, at)]  # fmt: skip
    times = {
        kind: np.sort(rng.integers(last, at, _count(kind, (at - last) / 1000, rng))).tolist() for kind in MOST
    }
    with Desk(cast, home) as desk:
        happened = _happen(desk, state, flows, begun, times, at, rng)
        happenings.tickets(desk, state, last, at, rng)
    _keep(home, state | {"last": at})  # last: a tick that is cut short happens again, with the same keys
    return happened


def _happen(
    desk: Desk, state: dict[str, Any], flows: dict[str, Flow], begun: list[dict[str, Any]], times: dict[str, list[int]],
    at: int, rng: np.random.Generator,
) -> dict[str, int]:  # fmt: skip
    entries = [happenings.entry(desk, state, when, rng) for when in times["entry"]] if state["jobs"] else []
    begun += [_run(state, flows["approved-time"], row["at"], rng, row) for row in entries]
    wins = [happenings.win(desk, state, when, rng) for when in times["win"]]
    begun += [_run(state, flows["won-to-project"], row["at"], rng, row) for row in wins]
    bills = [row for when in times["bill"] if (row := happenings.bill(desk, when))]
    begun += [_run(state, flows["invoice-status"], row["at"], rng, row) for row in bills]
    runs = [*state["open"], *begun]
    shown = [_seen_at(run, at) for run in runs if run["started"] <= at]
    for run in runs:
        if run["deal"] and run["ends"] <= at and run["outcome"] == "success":
            happenings.project(desk, run)
    state["open"] = [run for run in runs if run["ends"] > at]
    write_runs(desk, shown)
    return {"runs": len(begun), "entries": len(entries), "wins": len(wins), "bills": len(bills)}


def _slots(flow: Flow, since: int, last: int, at: int) -> range:
    step = flow.every * 1000
    return range(since + -(-(last - since) // step) * step, at, step)


def _count(kind: str, seconds: float, rng: np.random.Generator) -> int:
    every = {"entry": ENTRY_EVERY, "win": WIN_EVERY, "bill": BILL_EVERY}[kind]
    return int(min(MOST[kind], rng.poisson(seconds / every)))


def _run(state: dict[str, Any], flow: Flow, due: int, rng: np.random.Generator, about: dict[str, Any] | None = None) -> dict[str, Any]:  # fmt: skip
    """A run as it will have been: how it ends is known now and shown when it has."""
    state["run"] += 1
    about = about or {}
    started = due + int(rng.exponential(900)) + 150
    failed = bool(rng.random() < 0.012)
    records = 1 if about else int(rng.poisson(2))
    return {
        "id": state["run"], "flow": flow.key, "due": due, "started": started, "attempts": 1,
        "ends": started + int(rng.lognormal(np.log(flow.median), 0.4) * 1000), "outcome": "failed" if failed else "success",
        "records": records, "object_type": about.get("type"), "object_key": about.get("key"), "deal": about.get("deal"),
        "amount": about.get("amount"), "currency": about.get("currency"), "error": int(rng.choice((0, 1, 2, *data_errors(flow.key)))),
        "target_key": about.get("target"),
    }  # fmt: skip


def _seen_at(run: dict[str, Any], at: int) -> dict[str, Any]:
    """The run as its platform shows it at a moment."""
    ended = run["ends"] <= at
    good = ended and run["outcome"] == "success"
    return {
        **run, "status": run["outcome"] if ended else "running", "finished": run["ends"] if ended else None,
        "committed": run["ends"] - 300 if good else None, "records_in": run["records"] if ended else None,
        "records_ok": run["records"] * good if ended else None, "records_bad": run["records"] * (not good) if ended else None,
    }  # fmt: skip
