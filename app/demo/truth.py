"""What really happened, from the simulation's own lists: the figures that the product has to arrive at by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from app.demo import outcomes, service_desk
from app.demo.cast import UNREADABLE_DAYS
from app.demo.clock import Array, aware, local
from app.demo.simulate import Customer
from app.demo.spoil import SPOILED
from app.demo.tables import money


def of(world: Customer) -> dict[str, Any]:
    """One customer's truth as plain JSON: money as texts, instants as ISO texts in UTC."""
    told = outcomes.transactions(world)
    cast = world.cast
    return {
        "name": cast.name,
        "story": cast.story,
        "time_zone": cast.zone,
        "currencies": sorted(set(world.projects["currency"])),
        "since": _at(world.since),
        "runs_known_until": _at(world.now - np.timedelta64(UNREADABLE_DAYS if cast.story == "stale" else 0, "D")),
        "windows": [
            {"effect": w.effect, "flows": list(w.flows), "since": _at(w.since), "until": _at(w.until)} for w in world.trouble
        ],
        "runs": outcomes.by_flow_and_month(world, told),
        "won_to_project": won_to_project(world),
        "unbilled": unbilled(world),
        "billed": billed(world),
        "expected": service_desk.expected(world.handed, world.office, world.now) if world.handed else {},
        "quarantined": {
            table: len(rows) for (customer, table), rows in SPOILED.items() if customer == cast.key
        },
    }  # fmt: skip


def _at(moment: np.datetime64) -> str:
    return aware(moment).isoformat()


def won_to_project(world: Customer) -> dict[str, Any]:
    """Wins that need delivery, by what became of them within four office hours; those that failed by name."""
    deals, projects = world.sales.opportunities, world.projects
    won = deals[(deals["won"] & deals["requires_delivery"] & deals["reopened_at"].isna()).to_numpy()]
    made = projects[projects["opportunity"] >= 0].groupby("opportunity")["created_at"].agg(["min", "size"])
    created = won.index.to_series().map(made["min"]).to_numpy().astype("M8[ms]")
    due = outcomes.deadline_of(world.office, won["decided_at"].to_numpy(), 4)
    late, none = created > due, np.isnat(created)
    pending = none & (due > world.now)
    month = local(won["decided_at"].to_numpy(), world.cast.zone).astype("M8[M]").astype(str)
    twice = won[won.index.to_series().map(made["size"]).gt(1).to_numpy()]
    return {
        "won": len(won),
        "in_time": int((~late & ~none).sum()),
        "pending": int(pending.sum()),
        "late": _named(won[late & ~none], month[late & ~none]),
        "never": _named(won[none & ~pending], month[none & ~pending]),
        "won_by_month": {str(key): int(count) for key, count in pd.Series(month).value_counts().sort_index().items()},
        "two_projects": sorted(twice["number"].tolist()),
        "without_key": sorted(
            deals["number"].iloc[projects["opportunity"][projects["opportunity_key"].isna() & (projects["opportunity"] >= 0)]].tolist()
        ),
    }  # fmt: skip


def _named(deals: pd.DataFrame, months: Array) -> list[dict[str, Any]]:
    amounts = money(deals["amount"].to_numpy())
    rows = zip(
        deals["id"],
        deals["number"],
        deals["name"],
        amounts,
        deals["currency"],
        deals["decided_at"],
        months,
        strict=True,
    )
    return [
        {"id": key, "number": number, "name": name, "amount": amount, "currency": currency,
         "won_at": aware(at.to_datetime64()).isoformat(), "month": str(month)}
        for key, number, name, amount, currency, at, month in rows
    ]  # fmt: skip


def _work(world: Customer) -> pd.DataFrame:
    """Billable time and expenses with what they are worth and where they stand with their bill."""
    invoices = world.billed.invoices
    posted = invoices["posted_at"].to_numpy()
    void = invoices["voided_at"].notna().to_numpy()
    parts = []
    for kind, frame in (("time_entry", world.entries), ("expense", world.expenses)):
        some = frame[frame["billable"].to_numpy()]
        cents = some["minutes"] * some["rate"] // 60 if kind == "time_entry" else some["amount"]
        invoice = some["invoice"].to_numpy()
        at = np.maximum(invoice, 0)
        billed_at = np.where(invoice >= 0, posted[at], np.datetime64("NaT", "ms"))
        rejected = some["rejected"] if kind == "time_entry" else np.zeros(len(some), bool)
        gone = some["written_off_at"].notna() if kind == "time_entry" else np.zeros(len(some), bool)
        standing = np.select(
            [
                np.asarray(gone),
                np.asarray(rejected) | some["submitted_at"].isna().to_numpy(),
                some["approved_at"].isna().to_numpy(),
                (invoice >= 0) & void[at],
                ~np.isnat(billed_at),
                invoice >= 0,
            ],
            [
                "written_off",
                "unsubmitted",
                "submitted_unapproved",
                "cancelled_or_credited",
                "billed",
                "draft",
            ],
            "no_invoice",
        )
        parts.append(
            pd.DataFrame(
                {
                    "kind": kind,
                    "currency": some["currency"].to_numpy(),
                    "cents": cents.to_numpy(),
                    "minutes": some["minutes"].to_numpy() if kind == "time_entry" else 0,
                    "standing": standing,
                    "approved_at": some["approved_at"].to_numpy(),
                    "billed_at": billed_at,
                    "rebilled": invoices["source"].to_numpy()[at] == "rebill",
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def unbilled(world: Customer) -> dict[str, Any]:
    """What is not billed at `now`, by pool and currency: money, minutes and pieces of work."""
    work = _work(world)
    some = work[(work["standing"] != "billed").to_numpy()]
    told: dict[str, Any] = {}
    for (pool, currency), rows in some.groupby(["standing", "currency"], sort=True):
        told.setdefault(str(pool), {})[str(currency)] = {
            "amount": money(np.array([rows["cents"].sum()]))[0],
            "minutes": int(rows["minutes"].sum()),
            "pieces": len(rows),
        }
    return told


def billed(world: Customer) -> dict[str, Any]:
    """Work billed by month of posting and currency: money, pieces, and the days from approval to the bill, summed."""
    work = _work(world)
    some = work[((work["standing"] == "billed") & ~work["rebilled"]).to_numpy()]
    month = local(some["billed_at"].to_numpy(), world.cast.zone).astype("M8[M]").astype(str)
    wait = (some["billed_at"] - some["approved_at"]).dt.total_seconds()
    told: dict[str, Any] = {}
    for (when, currency), rows in some.assign(month=month, wait=wait).groupby(
        ["month", "currency"], sort=True
    ):
        told.setdefault(str(when), {})[str(currency)] = {
            "amount": money(np.array([rows["cents"].sum()]))[0],
            "pieces": len(rows),
            "milliseconds": round(float(rows["wait"].sum()) * 1000),
        }
    return told
