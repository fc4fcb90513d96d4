"""The billing half of a customer's PSA: milestones, invoices, their lines and payments."""

from __future__ import annotations

import numpy as np
import pandas as pd

from app.demo.clock import Array, days_iso, iso, local_dates, spans
from app.demo.simulate import Customer
from app.demo.tables import Table, money, refs, texts


def latest(*columns: Array) -> Array:
    """The latest of several moments, row by row; NaT where there is none."""
    latest = np.asarray(columns[0], dtype="M8[ms]")
    for column in columns[1:]:
        latest = np.fmax(latest, np.asarray(column, dtype="M8[ms]"))
    return latest


def touched(world: Customer, frame: pd.DataFrame) -> Array:
    """When an entry was last touched by billing: linked, posted or taken back."""
    invoices = world.billed.invoices
    at = latest(invoices["created_at"], invoices["posted_at"], invoices["voided_at"])
    invoice = frame["invoice"].to_numpy()
    moment = at[np.maximum(invoice, 0)]
    moment[invoice < 0] = np.datetime64("NaT", "ms")
    return moment


def _milestones(world: Customer) -> Table:
    frame = world.milestones
    return Table(
        "milestones",
        {
            "id": texts(frame["id"]),
            "project_id": refs(world.projects["id"], frame["project"].to_numpy()),
            "name": texts(frame["name"]),
            "amount": money(frame["amount"]),
            "currency": texts(frame["currency"]),
            "due_on": days_iso(frame["due_on"]),
            "completed_at": iso(frame["completed_at"]),
            "invoice_line_id": refs(world.billed.lines["id"], frame["line"].to_numpy()),
            "updated_at": iso(latest(frame["created_at"], frame["completed_at"], touched(world, frame))),
        },
    )


def _invoices(world: Customer) -> Table:
    frame = world.billed.invoices
    credit = frame["credits"].to_numpy()
    moments = ("created_at", "posted_at", "sent_at", "paid_at", "part_paid_at", "voided_at", "deleted_at")
    return Table(
        "invoices",
        {
            "id": texts(frame["id"]),
            "client_id": refs(world.sales.accounts["psa_id"], frame["account"].to_numpy()),
            "number": texts(frame["number"]),
            "kind": np.where(credit >= 0, "credit", "invoice").tolist(),
            "state": texts(frame["state"]),
            "created_at": iso(frame["created_at"]),
            "posted_at": iso(frame["posted_at"]),
            "voided_at": iso(frame["voided_at"]),
            "issued_on": days_iso(local_dates(frame["posted_at"].to_numpy(), world.cast.zone)),
            "sent_at": iso(frame["sent_at"]),
            "due_on": days_iso(frame["due_on"]),
            "net": money(frame["net"]),
            "tax": money(frame["tax"]),
            "gross": money(frame["gross"]),
            "currency": texts(frame["currency"]),
            "credits_id": refs(frame["id"], credit),
            "deleted_at": iso(frame["deleted_at"]),
            "updated_at": iso(latest(*(frame[name] for name in moments))),
        },
    )


def _lines(world: Customer) -> Table:
    frame = world.billed.lines
    minutes = frame["minutes"].to_numpy()
    hours = [f"{m // 60}.{m % 60 * 100 // 60:02d}" for m in minutes.tolist()]
    return Table(
        "invoice_lines",
        {
            "id": texts(frame["id"]),
            "invoice_id": refs(world.billed.invoices["id"], frame["invoice"].to_numpy()),
            "project_id": refs(world.projects["id"], frame["project"].to_numpy()),
            "task_id": refs(world.tasks["id"], frame["task"].to_numpy()),
            "kind": texts(frame["kind"]),
            "quantity": hours,
            "unit": np.where(frame["kind"] == "time", "hour", "piece").tolist(),
            "unit_price": money(frame["price"]),
            "net": money(frame["net"]),
            "currency": texts(frame["currency"]),
            "updated_at": iso(np.asarray(frame["at"], "M8[ms]") + spans(1.0)),
        },
    )


def _payments(world: Customer) -> Table:
    frame = world.billed.payments
    return Table(
        "payments",
        {
            "id": texts(frame["id"]),
            "invoice_id": refs(world.billed.invoices["id"], frame["invoice"].to_numpy()),
            "paid_on": days_iso(frame["paid_on"]),
            "amount": money(frame["amount"]),
            "currency": texts(frame["currency"]),
            "recorded_at": iso(frame["at"]),
            "updated_at": iso(frame["at"]),
        },
    )


def bills(world: Customer) -> list[Table]:
    """Everything that says what was billed."""
    return [make(world) for make in (_milestones, _invoices, _lines, _payments)]
