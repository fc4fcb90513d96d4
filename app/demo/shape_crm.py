"""A customer's CRM and HR system as their own tables would show them."""

from __future__ import annotations

import numpy as np

from app.demo.clock import days_iso, iso
from app.demo.sales import stage_of
from app.demo.simulate import Customer
from app.demo.tables import Table, money, refs, texts


def accounts(world: Customer) -> Table:
    """The customer's own customers; merged ones stay, inactive, and name what they became."""
    frame = world.sales.accounts
    return Table(
        "accounts",
        {
            "id": texts(frame["id"]),
            "name": texts(frame["name"]),
            "code": texts(frame["code"]),
            "vat_id": texts(frame["tax_id"]),
            "domain": texts(frame["domain"]),
            "merged_into_id": refs(frame["id"], frame["merged_into"].to_numpy()),
            "active": [int(at < 0) for at in frame["merged_into"].tolist()],
            "updated_at": iso(frame["updated_at"]),
        },
    )


def opportunities(world: Customer) -> Table:
    """Deals with the stage they are in now; the history is a table of its own."""
    frame = world.sales.opportunities
    stage = stage_of(frame)
    decided = frame["decided_at"].to_numpy()
    back = frame["reopened_at"].to_numpy()
    lost_at = np.where(np.isnat(back), decided, back + np.timedelta64(3_600_000, "ms"))
    nothing = np.datetime64("NaT", "ms")
    return Table(
        "opportunities",
        {
            "id": texts(frame["id"]),
            "number": texts(frame["number"]),
            "account_id": refs(world.sales.accounts["id"], frame["account"].to_numpy()),
            "name": texts(frame["name"]),
            "practice": texts(frame["practice"]),
            "stage": texts(stage),
            "won": (stage == "closed_won").astype(int).tolist(),
            "lost": (stage == "closed_lost").astype(int).tolist(),
            "needs_delivery": frame["requires_delivery"].astype(int).tolist(),
            "amount": money(frame["amount"]),
            "currency": texts(frame["currency"]),
            "owner_id": [f"U{owner + 1}" for owner in frame["owner"].tolist()],
            "expected_start_on": days_iso(frame["expected_start"]),
            "created_at": iso(frame["created_at"]),
            "won_at": iso(np.where(stage == "closed_won", decided, nothing)),
            "lost_at": iso(np.where(stage == "closed_lost", lost_at, nothing)),
            "deleted_at": iso(frame["deleted_at"]),
            "updated_at": iso(frame["updated_at"]),
        },
    )


def stage_history(world: Customer) -> Table:
    """Each change of a deal's stage, to the millisecond; rows are only ever added."""
    frame = world.sales.stages
    return Table(
        "stage_history",
        {
            "id": list(range(1, len(frame) + 1)),
            "opportunity_id": texts(frame["opportunity"]),
            "from_stage": texts(frame["from_stage"]),
            "to_stage": texts(frame["to_stage"]),
            "changed_at": iso(frame["at"]),
        },
        changed="changed_at",
    )


def crm(world: Customer) -> list[Table]:
    """The whole CRM."""
    return [accounts(world), opportunities(world), stage_history(world)]


def employees(world: Customer) -> Table:
    """Who works at the customer, as HR has it."""
    people = world.people
    return Table(
        "employees",
        {
            "employee_no": texts(people["employee_no"]),
            "name": texts(people["name"]),
            "email": texts(people["email"]),
            "starts_on": days_iso(people["starts_on"]),
            "ends_on": days_iso(people["ends_on"]),
            "weekly_hours": people["weekly_hours"].tolist(),
            "department": texts(people["practice"]),
        },
        key="employee_no",
        changed=None,
    )


def cost_rates(world: Customer) -> Table:
    """What an hour of everybody costs; it rises for all in the middle of the history."""
    people = world.people
    cost = people["cost"].to_numpy()
    first = people["starts_on"].to_numpy()
    raised = np.full(
        len(people), (world.since + (world.now - world.since) // 2).astype("M8[M]").astype("M8[D]")
    )
    later = np.maximum(raised, first + 1)
    numbers = people["employee_no"].tolist()
    return Table(
        "cost_rates",
        {
            "id": [f"{number}/{step}" for step in (1, 2) for number in numbers],
            "employee_no": numbers * 2,
            "valid_from": days_iso(np.concatenate([first, later])),
            "rate": money(np.concatenate([cost, cost + cost // 2500 * 100])),
            "currency": [world.cast.currency] * (2 * len(people)),
        },
        changed=None,
    )
