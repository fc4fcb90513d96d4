"""The things that happen while the demo runs: time is approved, a deal is won, its project is made, a bill is paid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from app.demo import names
from app.demo.clock import local_dates
from app.demo.delivery import TASKS
from app.demo.pens import Desk, append_csv, append_ndjson, moment
from app.demo.service_desk import WHAT

DAY = 86_400_000
TICKET_EVERY = 1500.0  # seconds between two tickets at a service desk


def entry(desk: Desk, state: dict[str, Any], at: int, rng: np.random.Generator) -> dict[str, Any]:
    """An entry of yesterday that is approved now."""
    project, task, rate, currency = state["jobs"][int(rng.integers(len(state["jobs"])))]
    state["entry"] += 1
    minutes = int(rng.choice([60, 90, 120, 180, 240]))
    worked = local_dates(np.array([at - DAY], "M8[ms]"), desk.cast.zone)[0]
    row = {
        "id": str(state["entry"]), "person_id": state["people"][int(rng.integers(len(state["people"])))], "project_id": project,
        "task_id": task, "worked_on": str(worked), "minutes": minutes, "billable": 1, "rate": _money(rate), "currency": currency,
        "cost_rate": None, "entered_at": moment(at - 7_200_000), "submitted_at": moment(at - 3_600_000),
        "approved_at": moment(at), "state": "approved", "bill_state": "open", "written_off_at": None, "invoice_line_id": None,
        "updated_at": moment(at),
    }  # fmt: skip
    if desk.cast.psa == "file":
        append_ndjson(_month_file(desk.home / "psa", "time", at), row)
    else:
        desk.book("psa").put("time_entries", row)
    return {
        "at": at,
        "type": "time_entry",
        "key": row["id"],
        "amount": _money(minutes * rate // 60),
        "currency": currency,
    }


def win(desk: Desk, state: dict[str, Any], at: int, rng: np.random.Generator) -> dict[str, Any]:
    """A deal that is won now."""
    account, client, firm, currency = state["accounts"][int(rng.integers(len(state["accounts"])))]
    state["deal"] += 1
    number = f"OPP-{moment(at)[:4]}-9{state['deal']:03d}"  # type: ignore[index]
    amount = _money(int(rng.integers(20, 180)) * 50_000)
    practice = names.practice(state["deal"], desk.cast.language)
    deal = {
        "id": f"006{desk.cast.key[:2].upper()}9{state['deal']:05d}", "number": number, "account_id": account,
        "name": f"{firm.title()}: {'Erweiterung' if desk.cast.language == 'de' else 'Extension'}", "practice": practice,
        "stage": "closed_won", "won": 1, "lost": 0, "needs_delivery": 1, "amount": amount, "currency": currency, "owner_id": "U1",
        "expected_start_on": None, "created_at": moment(at - 20 * DAY), "won_at": moment(at), "lost_at": None, "deleted_at": None, "updated_at": moment(at),
    }  # fmt: skip
    step = {"id": 1_000_000 + state["deal"], "opportunity_id": deal["id"], "from_stage": "negotiation",
            "to_stage": "closed_won", "changed_at": moment(at)}  # fmt: skip
    if desk.cast.crm == "file":
        append_ndjson(desk.home / "crm" / "opportunities.ndjson", deal)
        append_csv(desk.home / "crm" / "stage_history.csv", step)
    else:
        desk.book("crm").put("opportunities", deal)
        desk.book("crm").put("stage_history", step)
    state["project"] += 1
    about = {
        "client": client,
        "number": number,
        "name": deal["name"],
        "id": str(state["project"]),
        "practice": practice,
    }
    return {"at": at, "type": "opportunity", "key": deal["id"], "amount": amount, "currency": currency, "deal": about,
            "target": about["id"]}  # fmt: skip


def project(desk: Desk, run: dict[str, Any]) -> None:
    """The project that a run made, with its contract and tasks."""
    about, made = run["deal"], moment(run["ends"] - 300)
    contract = {"id": f"C{about['id']}", "client_id": about["client"], "crm_key": about["number"], "number": f"CT-{about['id']}",
                "kind": "time_and_materials", "state": "signed", "value": run["amount"], "currency": run["currency"],
                "billing_rule": "monthly", "updated_at": made}  # fmt: skip
    project = {"id": about["id"], "number": f"P-{about['id']}", "name": about["name"], "client_id": about["client"],
               "practice": about.get("practice"), "contract_id": contract["id"], "crm_key": about["number"], "status": "open",
               "active": 1, "billing": "time",
               "budget_amount": run["amount"], "currency": run["currency"], "created_at": made, "updated_at": made}  # fmt: skip
    tasks = [
        {"id": f"{about['id']}{place}", "project_id": about["id"], "name": name, "rate": "140.00", "currency": run["currency"],
         "updated_at": made}
        for place, name in enumerate(TASKS)
    ]  # fmt: skip
    rows = [("contracts", contract), ("projects", project), *(("tasks", task) for task in tasks)]
    if desk.cast.psa == "file":
        for name, row in rows:
            append_csv(desk.home / "psa" / f"{name}.csv", row)
        return
    for name, row in rows:
        desk.book("psa").put(name, row)


def bill(desk: Desk, at: int) -> dict[str, Any] | None:
    """The oldest bill that was sent is paid now; None when there is none, or when the system only drops files."""
    if desk.cast.psa == "file":
        return None
    book = desk.book("psa")
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
    paid_on = str(local_dates(np.array([at], "M8[ms]"), desk.cast.zone)[0])
    payment = {"id": f"9{bill['id']}", "invoice_id": bill["id"], "paid_on": paid_on, "amount": bill["gross"],
               "currency": bill["currency"], "recorded_at": moment(at), "updated_at": moment(at)}  # fmt: skip
    book.put("payments", payment)
    return {"at": at, "type": "invoice", "key": f"{bill['number']}/paid", "amount": bill["gross"], "currency": bill["currency"],
            "target": bill["id"]}  # fmt: skip


def tickets(desk: Desk, state: dict[str, Any], last: int, at: int, rng: np.random.Generator) -> None:
    """New tickets at the service desk, and the tasks that the PSA makes of them minutes later; one in five it forgets."""
    file = desk.home / "desk" / "tickets.csv"
    if not file.is_file() or not state["jobs"]:
        return
    count = min(3, rng.poisson((at - last) / 1000 / TICKET_EVERY))
    for when in np.sort(rng.integers(last, at, count)).tolist():
        state["ticket"] = state.get("ticket", 5000) + 1
        number, name = f"T-{state['ticket']}", str(rng.choice(WHAT[desk.cast.language]))
        append_csv(
            file,
            {
                "number": number,
                "subject": name,
                "billable": "yes",
                "state": "open",
                "opened_at": moment(when),
            },
        )
        task = {"id": f"7{state['ticket']}", "project_id": state["jobs"][int(rng.integers(len(state["jobs"])))][0],
                "name": name, "ticket": number}  # fmt: skip
        if rng.random() > 0.2:
            state.setdefault("handed", []).append([when + int(rng.integers(60, 600)) * 1000, task])
    waiting = state.get("handed", [])
    for when, task in waiting:
        if when <= at:
            made = moment(when)
            desk.book("psa").put("ticket_tasks", task | {"created_at": made, "updated_at": made})
    state["handed"] = [each for each in waiting if each[0] > at]


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _month_file(folder: Path, stem: str, at: int) -> Path:
    return folder / f"{stem}-{moment(at)[:7]}.ndjson"  # type: ignore[index]
