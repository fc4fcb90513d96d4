"""Real Prefect flows that synchronise a firm's CRM and PSA; run by Prefect's own Python, one command a line.

`python -m app.live.flows` reads `{"flow": …, "parameters": …, "tags": […], "options": {…}}` from standard input, runs it
and answers with one line `{"run": id, "state": name, …}`. Each run is one business object, so a run is a logical
transaction; what it wrote stands in the message of its state and in an artifact called `sync-result`.

The express lane is careless on purpose, the way integrations are: it reads the HTTP status and not the body, and
Tryton refuses with HTTP 200. What it loses, it reports as done.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from prefect import flow, tags  # type: ignore[import-not-found]
from prefect.artifacts import create_table_artifact  # type: ignore[import-not-found]
from prefect.settings import (  # type: ignore[import-not-found]
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    temporary_settings,
)
from prefect.states import Completed, State  # type: ignore[import-not-found]

from app.live.rpc import Row, Tryton, TrytonError

RETRIES, RETRY_SECONDS, TIMEOUT_SECONDS = 1, 1, 60
_sessions: dict[str, Tryton] = {}


def session(role: str) -> Tryton:
    """The kept session on the CRM or the PSA of this firm; signed in on first use."""
    if role not in _sessions:
        password = Path(os.environ["LIVE_PASSWORD_FILE"]).read_text().strip()
        database = os.environ[f"LIVE_{role.upper()}"]
        _sessions[role] = Tryton(os.environ["LIVE_TRYTON_URL"], database, "integration", password)
    return _sessions[role]


def forget_sessions(error: TrytonError) -> None:
    """After HTTP 401 the next attempt has to sign in again."""
    if error.status == 401:
        _sessions.clear()


def accepted(db: Tryton, method: str, records: list[Any]) -> None:
    """The careless check of the express lane: HTTP 200 is taken for success."""
    answer = db.post(method, records, db.context)
    if answer.status_code != 200:
        raise TrytonError(f"{method}: HTTP {answer.status_code}", answer.status_code)


def done(source: str, target: str, did: str, name: str | None = None) -> State:
    """The final state and its artifact: what was read, what was written, in words that a collector can take apart."""
    create_table_artifact(key="sync-result", table=[{"source": source, "target": target, "did": did}])
    return Completed(message=f"{did} {target} for {source}", name=name)


@flow(  # type: ignore[untyped-decorator]
    name="won-to-project", retries=RETRIES, retry_delay_seconds=RETRY_SECONDS, timeout_seconds=TIMEOUT_SECONDS
)
def won_to_project(
    opportunity: str, source_key: str, source_changed_at: str, lane: str = "checked", wait: bool = False
) -> State:
    """One won opportunity becomes one project with a task a line; the project's comment keeps the CRM's key."""
    try:
        crm, psa = session("crm"), session("psa")
        deal = read_deal(crm, opportunity)
        key = f"crm:{opportunity}"
        there = psa.rows("project.work", [["comment", "=", key]], ["number"])
        if there:
            return done(opportunity, there[0]["number"], "found")
        party = account(psa, deal, wait)
        values = project(psa, deal, party, key)
        if lane == "express":
            accepted(psa, "model.project.work.create", [values])
            return done(opportunity, f"the project of {key}", "created")
        (made,) = psa.create("project.work", values)
        number = psa.read("project.work", made, ["number"])["number"]
        return done(opportunity, number, "created")
    except TrytonError as error:
        forget_sessions(error)
        raise


def read_deal(crm: Tryton, number: str) -> Row:
    """The opportunity with its account and its lines (product code, hours)."""
    fields = ["description", "state", "party.code", "party.name", "currency.code"]
    (deal,) = crm.rows("sale.opportunity", [["number", "=", number]], fields)
    lines = crm.rows(
        "sale.opportunity.line", [["opportunity", "=", deal["id"]]], ["product.code", "quantity"]
    )
    return {**deal, "lines": lines}


def account(psa: Tryton, deal: Row, wait: bool) -> int:
    """The PSA's party with the account's code; created when missing, or waited for where finance creates accounts."""
    code = deal["party."]["code"]
    while True:
        found = psa.search("party.party", [["code", "=", code]])
        if found:
            return found[0]
        if not wait:
            break
        time.sleep(0.5)
    address = [["create", [{"street": "1 High Street", "city": "Springfield"}]]]
    (made,) = psa.create("party.party", {"name": deal["party."]["name"], "code": code, "addresses": address})
    return made


def project(psa: Tryton, deal: Row, party: int, key: str) -> Row:
    """The values of the project and its tasks. Raises LookupError for a product that the PSA does not know."""
    codes = [line["product."]["code"] for line in deal["lines"]]
    products = {
        row["code"]: row
        for row in psa.rows(
            "product.product", [["code", "in", codes]], ["code", "name", "template.list_price"]
        )
    }
    tasks = []
    for line in deal["lines"]:
        product = products.get(line["product."]["code"])
        if product is None:
            raise LookupError(f"the PSA knows no product {line['product.']['code']} of {key[4:]}")
        task = {
            "name": product["name"],
            "type": "task",
            "company": psa.context["company"],
            "timesheet_available": True,
            "product": product["id"],
            "list_price": product["template."]["list_price"],
            "effort_duration": dt.timedelta(hours=line["quantity"]),
        }
        tasks.append(task)
    return {
        "name": deal["description"],
        "type": "project",
        "company": psa.context["company"],
        "party": party,
        "project_invoice_method": "timesheet",
        "timesheet_available": False,
        "comment": key,
        "children": [["create", tasks]],
    }


@flow(  # type: ignore[untyped-decorator]
    name="time-to-invoice",
    retries=RETRIES,
    retry_delay_seconds=RETRY_SECONDS,
    timeout_seconds=TIMEOUT_SECONDS,
)
def time_to_invoice(
    project: str,
    source_key: str,
    source_changed_at: str,
    up_to: str,
    post: bool = True,
    lane: str = "checked",
) -> State:
    """All unbilled time of one project becomes one invoice, posted unless finance wants to look at it first."""
    try:
        psa = session("psa")
        (work,) = psa.rows("project.work", [["number", "=", project]], ["name"])
        tasks = psa.search("project.work", [["parent", "=", work["id"]]])
        origins = [f"project.work,{task}" for task in tasks]
        domain = [["work.origin", "in", origins], ["invoice_line", "=", None]]
        waiting = psa.search("timesheet.line", domain)
        psa.write(
            "project.work", [work["id"]], {"project_invoice_timesheet_up_to": dt.date.fromisoformat(up_to)}
        )
        if lane == "express":
            accepted(psa, "model.project.work.invoice", [work["id"]])
            return done(project, f"an invoice of {len(waiting)} lines", "drafted")
        psa.button("project.work", "invoice", work["id"])
        fields = ["invoice_line", "invoice_line.invoice"]
        after = psa.rows("timesheet.line", [["id", "in", waiting]], fields)
        billed = [row["invoice_line."]["invoice"] for row in after if row["invoice_line"]]
        if not billed:
            raise RuntimeError(f"none of the {len(waiting)} open time lines of {project} could be invoiced")
        target = f"draft invoice {billed[0]}"
        if post:
            psa.button("account.invoice", "post", billed[0])
            target = psa.read("account.invoice", billed[0], ["number"])["number"]
        rejected = len(after) - len(billed)
        if rejected:
            did = f"{len(billed)} of {len(after)} time lines, {rejected} rejected (task without price):"
            return done(project, target, did, "CompletedWithRejects")
        return done(project, target, "posted" if post else "drafted")
    except TrytonError as error:
        forget_sessions(error)
        raise


@flow(  # type: ignore[untyped-decorator]
    name="invoice-status-to-crm",
    retries=RETRIES,
    retry_delay_seconds=RETRY_SECONDS,
    timeout_seconds=TIMEOUT_SECONDS,
)
def invoice_status_to_crm(
    invoice: str,
    opportunity: str,
    source_key: str,
    source_changed_at: str,
    object_type: str,
    object_key: str,
    target_key: str,
    lane: str = "checked",
) -> State:
    """The state of one invoice becomes the reference of the opportunity; its state stays won, its history grows."""
    try:
        crm, psa = session("crm"), session("psa")
        fields = ["state", "total_amount", "currency.code"]
        (bill,) = psa.rows("account.invoice", [["number", "=", invoice]], fields)
        (deal,) = crm.search("sale.opportunity", [["number", "=", opportunity]])
        amount: Decimal = bill["total_amount"]
        line = f"{invoice} {bill['state']} {amount} {bill['currency.']['code']}"
        crm.write("sale.opportunity", [deal], {"reference": line})
        return done(invoice, opportunity, f"wrote {bill['state']} to")
    except TrytonError as error:
        forget_sessions(error)
        raise


FLOWS = {item.name: item for item in (won_to_project, time_to_invoice, invoice_status_to_crm)}


def run(command: Row) -> Row:
    """Run one flow to its end and say how it ended; a flow that raises has ended too."""
    chosen = FLOWS[command["flow"]].with_options(**command.get("options", {}))
    with tags(*command["tags"]):
        state = chosen(**command["parameters"], return_state=True)
    return {
        "run": str(state.state_details.flow_run_id),
        "type": state.type.value,
        "state": state.name,
        "message": state.message,
    }


def _end_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def main() -> None:
    """Answer commands until standard input closes; end at once when whoever started this is gone."""
    threading.Thread(target=_end_with_parent, args=[os.getppid()], daemon=True).start()
    answers: Any = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints is not an answer
    print(json.dumps({"ready": True}), file=answers)
    # The heartbeat's thread takes a second to end, four times as long as a run; only automations need it.
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        for line in sys.stdin:
            print(json.dumps(run(json.loads(line))), file=answers)


if __name__ == "__main__":
    main()
