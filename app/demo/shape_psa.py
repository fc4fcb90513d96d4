"""A customer's PSA and billing system as its own tables would show them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from app.demo import shape_bills
from app.demo.clock import Array, days_iso, iso
from app.demo.shape_bills import latest
from app.demo.simulate import Customer
from app.demo.tables import Table, money, refs, texts


def _clients(world: Customer) -> Table:
    frame = world.sales.accounts
    return Table(
        "clients",
        {
            "id": texts(frame["psa_id"]),
            "name": texts(frame["psa_name"]),
            "code": texts(frame["psa_code"]),
            "vat_id": texts(frame["tax_id"]),
            "merged_into_id": refs(frame["psa_id"], frame["merged_into"].to_numpy()),
            "active": [int(at < 0) for at in frame["merged_into"].tolist()],
            "updated_at": iso(latest(frame["created_at"], frame["merged_at"])),
        },
    )


def _projects(world: Customer) -> Table:
    frame = world.projects
    fixed = frame["fixed"].to_numpy()
    internal = np.arange(len(frame)) == 0
    closed = np.where(
        frame["closed"], frame["ends_on"].to_numpy().astype("M8[ms]"), np.datetime64("NaT", "ms")
    )
    return Table(
        "projects",
        {
            "id": texts(frame["id"]),
            "number": texts(frame["number"]),
            "name": texts(frame["name"]),
            "client_id": refs(world.sales.accounts["psa_id"], frame["account"].to_numpy()),
            "practice": texts(frame["practice"]),
            "contract_id": [
                None if own else f"C{key}" for own, key in zip(internal, frame["id"], strict=True)
            ],
            "crm_key": texts(frame["opportunity_key"]),
            "status": np.where(frame["closed"], "closed", "open").tolist(),
            "active": [1] * len(frame),
            "billing": np.where(internal, "none", np.where(fixed, "fixed", "time")).tolist(),
            "budget_amount": money(np.where(frame["amount"] > 0, frame["amount"], -1)),
            "currency": texts(frame["currency"]),
            "created_at": iso(frame["created_at"]),
            "starts_on": days_iso(frame["starts_on"]),
            "ends_on": days_iso(frame["ends_on"]),
            "updated_at": iso(np.minimum(latest(frame["created_at"], closed), world.now)),
        },
    )


def _contracts(world: Customer) -> Table:
    frame = world.projects.iloc[1:]
    fixed = frame["fixed"].to_numpy()
    return Table(
        "contracts",
        {
            "id": [f"C{key}" for key in frame["id"].tolist()],
            "client_id": refs(world.sales.accounts["psa_id"], frame["account"].to_numpy()),
            "crm_key": texts(frame["opportunity_key"]),
            "number": [f"CT-{key}" for key in frame["id"].tolist()],
            "kind": np.where(fixed, "fixed", "time_and_materials").tolist(),
            "state": ["signed"] * len(frame),
            "starts_on": days_iso(frame["starts_on"]),
            "ends_on": days_iso(frame["ends_on"]),
            "value": money(np.where(frame["amount"] > 0, frame["amount"], -1)),
            "currency": texts(frame["currency"]),
            "billing_rule": np.where(fixed, "milestone", "monthly").tolist(),
            "updated_at": iso(frame["created_at"]),
        },
    )


def _tasks(world: Customer) -> Table:
    frame = world.tasks
    project = frame["project"].to_numpy()
    return Table(
        "tasks",
        {
            "id": texts(frame["id"]),
            "project_id": refs(world.projects["id"], project),
            "name": texts(frame["name"]),
            "rate": money(frame["rate"]),
            "currency": texts(world.projects["currency"].to_numpy()[project]),
            "updated_at": iso(frame["created_at"]),
        },
    )


def _people(world: Customer) -> Table:
    frame = world.people
    ended = np.where(
        frame["ends_on"].notna(), frame["ends_on"].to_numpy().astype("M8[ms]"), np.datetime64("NaT", "ms")
    )
    return Table(
        "people",
        {
            "id": texts(frame["id"]),
            "name": texts(frame["name"]),
            "email": texts(frame["email"]),
            "employee_no": texts(frame["employee_no"]),
            "starts_on": days_iso(frame["starts_on"]),
            "ends_on": days_iso(frame["ends_on"]),
            "weekly_hours": frame["weekly_hours"].tolist(),
            "active": np.isnat(ended).astype(int).tolist(),
            "updated_at": iso(latest(frame["starts_on"].to_numpy().astype("M8[ms]"), ended)),
        },
    )


def approval_state(frame: pd.DataFrame) -> Array:
    """draft, submitted, approved or rejected, for each entry or expense."""
    rejected = frame["rejected"].to_numpy() if "rejected" in frame else np.zeros(len(frame), bool)
    state = np.where(frame["submitted_at"].notna(), "submitted", "draft")
    state = np.where(frame["approved_at"].notna(), "approved", state)
    return np.where(rejected, "rejected", state)


def bill_state(world: Customer, frame: pd.DataFrame) -> Array:
    """What the PSA's own flag says: a posted bill that stands makes an entry billed."""
    invoices = world.billed.invoices
    counts = (invoices["posted_at"].notna() & invoices["voided_at"].isna()).to_numpy()
    invoice = frame["invoice"].to_numpy()
    billed = (invoice >= 0) & counts[np.maximum(invoice, 0)]
    written = (
        frame["written_off_at"].notna().to_numpy()
        if "written_off_at" in frame
        else np.zeros(len(frame), bool)
    )
    state = np.where(billed, "billed", np.where(written, "written_off", "open"))
    return np.where(frame["billable"], state, "not_billable")


def time_entries(world: Customer) -> Table:
    """What everybody worked; the invoice line stands on the entry that it bills."""
    frame = world.entries
    person = frame["person"].to_numpy()
    approved = np.where(frame["rejected"], np.datetime64("NaT", "ms"), frame["approved_at"].to_numpy())
    moments = (frame["entered_at"], frame["submitted_at"], frame["approved_at"], frame["written_off_at"])
    return Table(
        "time_entries",
        {
            "id": texts(frame["id"]),
            "person_id": refs(world.people["id"], person),
            "project_id": refs(world.projects["id"], frame["project"].to_numpy()),
            "task_id": refs(world.tasks["id"], frame["task"].to_numpy()),
            "worked_on": days_iso(frame["worked_on"]),
            "minutes": frame["minutes"].tolist(),
            "billable": frame["billable"].astype(int).tolist(),
            "rate": money(frame["rate"]),
            "currency": texts(frame["currency"]),
            "cost_rate": money(world.people["cost"].to_numpy()[person]),
            "entered_at": iso(frame["entered_at"]),
            "submitted_at": iso(frame["submitted_at"]),
            "approved_at": iso(approved),
            "state": texts(approval_state(frame)),
            "bill_state": texts(bill_state(world, frame)),
            "written_off_at": iso(frame["written_off_at"]),
            "invoice_line_id": refs(world.billed.lines["id"], frame["line"].to_numpy()),
            "updated_at": iso(latest(*moments, shape_bills.touched(world, frame))),
        },
    )


def expenses(world: Customer) -> Table:
    """Travel and materials, approved with the sheet of the same day."""
    frame = world.expenses
    project = frame["project"].to_numpy()
    return Table(
        "expenses",
        {
            "id": texts(frame["id"]),
            "person_id": refs(world.people["id"], frame["person"].to_numpy()),
            "employee_no": refs(world.people["employee_no"], frame["person"].to_numpy()),
            "project_id": refs(world.projects["id"], project),
            "project_number": refs(world.projects["number"], project),
            "incurred_on": days_iso(frame["incurred_on"]),
            "amount": money(frame["amount"]),
            "currency": texts(frame["currency"]),
            "billable": frame["billable"].astype(int).tolist(),
            "entered_at": iso(frame["entered_at"]),
            "submitted_at": iso(frame["submitted_at"]),
            "approved_at": iso(frame["approved_at"]),
            "state": texts(approval_state(frame)),
            "bill_state": texts(bill_state(world, frame)),
            "invoice_line_id": refs(world.billed.lines["id"], frame["line"].to_numpy()),
            "updated_at": iso(
                latest(
                    frame["entered_at"],
                    frame["submitted_at"],
                    frame["approved_at"],
                    shape_bills.touched(world, frame),
                )
            ),
        },
    )


def psa(world: Customer) -> list[Table]:
    """The whole PSA: who, what, how long, and what was billed for it."""
    work = (_clients, _contracts, _projects, _tasks, _people, time_entries, expenses)
    return [*(make(world) for make in work), *shape_bills.bills(world)]
