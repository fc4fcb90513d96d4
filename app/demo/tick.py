"""New things happen at a customer: slots come, time is approved, deals are won, bills are sent and paid."""

from __future__ import annotations

import json
import zlib
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from app.demo.cast import Cast, Flow
from app.demo.clock import local_dates
from app.demo.delivery import TASKS
from app.demo.pens import Book, append_csv, append_ndjson, moment, write_run
from app.demo.simulate import Customer

ENTRY_EVERY, WIN_EVERY, BILL_EVERY = 20.0, 1200.0, 240.0  # seconds between two of a kind at one customer
MOST = {"entry": 40, "win": 2, "bill": 6}  # in one tick, however long the last one was ago
DAY = 86_400_000


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
    entries = [_entry(cast, home, state, when, rng) for when in times["entry"]] if state["jobs"] else []
    begun += [_run(state, flows["approved-time"], row["at"], rng, row) for row in entries]
    wins = [_win(cast, home, state, when, rng) for when in times["win"]]
    begun += [_run(state, flows["won-to-project"], row["at"], rng, row) for row in wins]
    bills = [row for when in times["bill"] if (row := _bill(cast, home, when))]
    begun += [_run(state, flows["invoice-status"], row["at"], rng, row) for row in bills]
    runs = [*state["open"], *begun]
    shown = [_seen_at(run, at) for run in runs]
    for run in runs:
        if run["deal"] and run["ends"] <= at and run["outcome"] == "success":
            _project(cast, home, state, run)
    state["open"] = [run for run in runs if run["ends"] > at]
    write_run(cast, home, shown)
    state["last"] = at
    _keep(home, state)
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
        "amount": about.get("amount"), "currency": about.get("currency"), "error": int(rng.integers(0, 6)),
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


def _entry(
    cast: Cast, home: Path, state: dict[str, Any], at: int, rng: np.random.Generator
) -> dict[str, Any]:
    """An entry of yesterday that is approved now."""
    project, task, rate, currency = state["jobs"][int(rng.integers(len(state["jobs"])))]
    state["entry"] += 1
    minutes = int(rng.choice([60, 90, 120, 180, 240]))
    worked = local_dates(np.array([at - DAY], "M8[ms]"), cast.zone)[0]
    row = {
        "id": str(state["entry"]), "person_id": state["people"][int(rng.integers(len(state["people"])))], "project_id": project,
        "task_id": task, "worked_on": str(worked), "minutes": minutes, "billable": 1, "rate": _money(rate), "currency": currency,
        "cost_rate": None, "entered_at": moment(at - 7_200_000), "submitted_at": moment(at - 3_600_000),
        "approved_at": moment(at), "state": "approved", "bill_state": "open", "written_off_at": None, "invoice_line_id": None,
        "updated_at": moment(at),
    }  # fmt: skip
    if cast.psa == "file":
        append_ndjson(_month_file(home / "psa", "time", at), row)
    else:
        with Book(home / "psa.db") as book:
            book.put("time_entries", row)
    return {
        "at": at,
        "type": "time_entry",
        "key": row["id"],
        "amount": _money(minutes * rate // 60),
        "currency": currency,
    }


def _win(cast: Cast, home: Path, state: dict[str, Any], at: int, rng: np.random.Generator) -> dict[str, Any]:
    """A deal that is won now."""
    account, client, firm, currency = state["accounts"][int(rng.integers(len(state["accounts"])))]
    state["deal"] += 1
    number = f"OPP-{moment(at)[:4]}-9{state['deal']:03d}"  # type: ignore[index]
    amount = _money(int(rng.integers(20, 180)) * 50_000)
    deal = {
        "id": f"006{cast.key[:2].upper()}9{state['deal']:05d}", "number": number, "account_id": account,
        "name": f"{firm.title()}: {'Erweiterung' if cast.language == 'de' else 'Extension'}", "stage": "closed_won", "won": 1,
        "lost": 0, "needs_delivery": 1, "amount": amount, "currency": currency, "owner_id": "U1", "expected_start_on": None,
        "created_at": moment(at - 20 * DAY), "won_at": moment(at), "lost_at": None, "deleted_at": None, "updated_at": moment(at),
    }  # fmt: skip
    step = {"id": 1_000_000 + state["deal"], "opportunity_id": deal["id"], "from_stage": "negotiation",
            "to_stage": "closed_won", "changed_at": moment(at)}  # fmt: skip
    if cast.crm == "file":
        append_ndjson(home / "crm" / "opportunities.ndjson", deal)
        append_csv(home / "crm" / "stage_history.csv", step)
    else:
        with Book(home / "crm.db") as book:
            book.put("opportunities", deal)
            book.put("stage_history", step)
    state["project"] += 1
    about = {"client": client, "number": number, "name": deal["name"], "id": str(state["project"])}
    return {"at": at, "type": "opportunity", "key": deal["id"], "amount": amount, "currency": currency, "deal": about,
            "target": about["id"]}  # fmt: skip


def _project(cast: Cast, home: Path, state: dict[str, Any], run: dict[str, Any]) -> None:
    """The project that a run made, with its contract and tasks."""
    about, made = run["deal"], moment(run["ends"] - 300)
    contract = {"id": f"C{about['id']}", "client_id": about["client"], "crm_key": about["number"], "number": f"CT-{about['id']}",
                "kind": "time_and_materials", "state": "signed", "value": run["amount"], "currency": run["currency"],
                "billing_rule": "monthly", "updated_at": made}  # fmt: skip
    project = {"id": about["id"], "number": f"P-{about['id']}", "name": about["name"], "client_id": about["client"],
               "contract_id": contract["id"], "crm_key": about["number"], "status": "open", "active": 1, "billing": "time",
               "budget_amount": run["amount"], "currency": run["currency"], "created_at": made, "updated_at": made}  # fmt: skip
    tasks = [
        {"id": f"{about['id']}{place}", "project_id": about["id"], "name": name, "rate": "140.00", "currency": run["currency"],
         "updated_at": made}
        for place, name in enumerate(TASKS)
    ]  # fmt: skip
    rows = [("contracts", contract), ("projects", project), *(("tasks", task) for task in tasks)]
    if cast.psa == "file":
        for name, row in rows:
            append_csv(home / "psa" / f"{name}.csv", row)
        return
    with Book(home / "psa.db") as book:
        for name, row in rows:
            book.put(name, row)


def _bill(cast: Cast, home: Path, at: int) -> dict[str, Any] | None:
    """The oldest bill that was sent is paid now; None when there is none, or when the system only drops files."""
    if cast.psa == "file":
        return None
    with Book(home / "psa.db") as book:
        table = book.table("invoices")
        sent = (
            sa.select(table)
            .where(table.c.state == "sent", table.c.kind == "invoice")
            .order_by(table.c.sent_at, table.c.id)
        )
        bill = book.first(sent.limit(1))
        if bill is None:
            return None
        book.change("invoices", bill["id"], state="paid", updated_at=moment(at))
        paid_on = str(local_dates(np.array([at], "M8[ms]"), cast.zone)[0])
        payment = {"id": f"9{bill['id']}", "invoice_id": bill["id"], "paid_on": paid_on, "amount": bill["gross"],
                   "currency": bill["currency"], "recorded_at": moment(at), "updated_at": moment(at)}  # fmt: skip
        book.put("payments", payment)
    return {"at": at, "type": "invoice", "key": f"{bill['number']}/paid", "amount": bill["gross"], "currency": bill["currency"],
            "target": bill["id"]}  # fmt: skip


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _month_file(folder: Path, stem: str, at: int) -> Path:
    return folder / f"{stem}-{moment(at)[:7]}.ndjson"  # type: ignore[index]
