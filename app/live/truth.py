"""Reads the record of the live world and works out, from it alone, what every figure has to be.

Nothing of the product is used here, so that a test may compare. One firm at a time, as of an instant: whatever the
record dates later has not happened yet. All instants are the servers' own, in UTC.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections import Counter
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

from app.live.recorded import Deal, Line, Run, Transaction

Event = dict[str, Any]
POOLS = ("none", "draft", "credited")
CENT = Decimal("0.01")


def line_value(minutes: int, price: Decimal) -> Decimal:
    """Hours times hourly price in whole cents, halves to even, as Tryton rounds amounts.

    The driver enters only durations whose value is whole cents, so that rounding by line, by task or by invoice
    gives the same sum.
    """
    return (Decimal(minutes) * price / 60).quantize(CENT, ROUND_HALF_EVEN)


class Truth:
    """The record of one firm as of an instant (None: all of it)."""

    def __init__(self, path: Path, firm: str, as_of: dt.datetime | None = None) -> None:
        """Read the file; a last line that is still being written is left out."""
        self.as_of = as_of or dt.datetime.now(dt.UTC)
        self.events: list[Event] = []
        for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
            event: Event = json.loads(line)
            event["at"] = dt.datetime.fromisoformat(event["at"])
            if event["firm"] == firm and event["at"] <= self.as_of:
                self.events.append(event)

    def kind(self, kind: str) -> list[Event]:
        """All acts of one kind, in the order in which they were done."""
        return [event for event in self.events if event["kind"] == kind]

    def _gone(self, kind: str) -> set[int]:
        return {event["id"] for event in self.kind(kind)}

    # -- projects ------------------------------------------------------------------------------------------------

    def projects(self, number: str) -> list[Event]:
        """Projects of an opportunity that exist, oldest first, with or without the CRM's key on them."""
        gone = self._gone("project_deleted")
        made = [event for event in self.kind("project_created") if event["opportunity"] == number]
        return sorted((event for event in made if event["id"] not in gone), key=lambda event: event["at"])

    def won(self) -> list[Deal]:
        """All won opportunities."""
        return [
            Deal(
                event["number"],
                event["name"],
                event["account"],
                event["at"],
                Decimal(event["amount"]),
                event["currency"],
                None if self.projects(event["number"]) else self._why(event["number"]),
            )
            for event in self.kind("opportunity_won")
        ]

    def won_without_project(self) -> list[Deal]:
        """Won opportunities for which no project exists, whatever the platform claims."""
        return [deal for deal in self.won() if deal.why_without]

    def _why(self, number: str) -> str:
        runs = [run for run in self.runs("won-to-project") if run.source_key == number]
        if any(event["opportunity"] == number for event in self.kind("project_created")):
            return "deleted"
        if not runs:
            return "never_ran"
        return "silent" if runs[-1].is_silent_loss else runs[-1].outcome

    def seconds_to_project(self) -> dict[str, float]:
        """Seconds from won to the oldest existing project, by opportunity number; none for those without."""
        return {
            deal.number: (self.projects(deal.number)[0]["at"] - deal.won_at).total_seconds()
            for deal in self.won()
            if deal.why_without is None
        }

    def duplicate_projects(self) -> list[str]:
        """Numbers of opportunities that have more than one project."""
        return [deal.number for deal in self.won() if len(self.projects(deal.number)) > 1]

    def projects_without_key(self) -> list[Event]:
        """Existing projects that do not hold the CRM's key; `opportunity` says whose they are (None: nobody's)."""
        gone = self._gone("project_deleted")
        made = self.kind("project_created")
        return [event for event in made if event["key"] is None and event["id"] not in gone]

    # -- time and bills ------------------------------------------------------------------------------------------

    def lines(self) -> list[Line]:
        """All time entries that exist, with the invoice they are on now."""
        gone = self._gone("time_deleted")
        bills = {event["id"]: event for event in self.kind("invoice_created")}
        for deleted in self._gone("invoice_deleted"):
            bills.pop(deleted, None)
        on = {line: invoice for invoice, event in bills.items() for line in event["lines"]}
        posted = {event["id"]: event["at"] for event in self.kind("invoice_posted")}
        credited = self._gone("invoice_credited")
        lines = []
        for event in self.kind("time_entered"):
            if event["id"] in gone:
                continue
            invoice = on.get(event["id"])
            pool = "none" if invoice is None else "draft" if invoice not in posted else None
            pool = "credited" if invoice in credited else pool
            price = event["price"]
            lines.append(
                Line(
                    event["id"],
                    event["project"],
                    event["minutes"],
                    event["at"],
                    line_value(event["minutes"], Decimal(price)) if price is not None else None,
                    event["currency"],
                    invoice,
                    posted.get(invoice) if pool is None and invoice is not None else None,
                    pool,
                )
            )
        return lines

    def unbilled(self) -> dict[tuple[str, str], Decimal]:
        """Value of unbilled time by (pool, currency); time on tasks without a price has no value and is left out.

        Pools: `none` on no invoice, `draft` on one that is not posted, `credited` on one that was taken back.
        """
        sums: dict[tuple[str, str], Decimal] = {}
        for line in self.lines():
            if line.pool and line.value is not None:
                sums[line.pool, line.currency] = sums.get((line.pool, line.currency), Decimal(0)) + line.value
        return sums

    def unpriced_minutes(self) -> int:
        """Minutes on tasks without a price: they can never be billed as they are."""
        return sum(line.minutes for line in self.lines() if line.value is None)

    def time_to_bill(self) -> dict[int, float]:
        """Seconds from entered to posted for every billed entry, by its id. Open and credited ones are not in it."""
        return {
            line.id: (line.posted_at - line.entered_at).total_seconds()
            for line in self.lines()
            if line.posted_at is not None
        }

    def invoices(self) -> dict[str, int]:
        """How many invoices there are in each state: draft, posted (also part paid), paid, credited, deleted."""
        states = dict.fromkeys((event["id"] for event in self.kind("invoice_created")), "draft")
        states |= dict.fromkeys(self._gone("invoice_posted"), "posted")
        states |= {event["id"]: event["state"] for event in self.kind("invoice_paid")}
        for kind in ("credited", "deleted"):
            states |= dict.fromkeys(self._gone(f"invoice_{kind}"), kind)
        return dict(Counter(states.values()))

    # -- runs ----------------------------------------------------------------------------------------------------

    def runs(self, flow: str | None = None) -> list[Run]:
        """All runs, oldest first; one that ended after the instant is still open."""
        found = []
        for event in self.kind("run"):
            ended = dt.datetime.fromisoformat(event["ended_at"]) if event["ended_at"] else None
            if flow is None or event["flow"] == flow:
                run = Run(
                    event["id"],
                    event["flow"],
                    event["source_key"],
                    dt.datetime.fromisoformat(event["source_changed_at"]),
                    dt.datetime.fromisoformat(event["due_at"]),
                    event["at"],
                    ended if ended is None or ended <= self.as_of else None,
                    event["state_type"],
                    event["state_name"],
                    event["run_count"],
                    event["wrote"],
                    event["message"],
                )
                found.append(run)
        return sorted(found, key=lambda run: run.started_at)

    def runs_by_outcome(self, flow: str | None = None) -> dict[str, int]:
        """How many runs ended in each outcome of `Run.outcome`."""
        return dict(Counter(run.outcome for run in self.runs(flow)))

    def transactions(self, flow: str | None = None) -> list[Transaction]:
        """Runs gathered by the piece of work that they are about."""
        grouped: dict[tuple[str, str], list[Run]] = {}
        for run in self.runs(flow):
            grouped.setdefault((run.flow, run.source_key), []).append(run)
        return [Transaction(name, key, tuple(runs)) for (name, key), runs in grouped.items()]


def main() -> None:
    """`python -m app.live.truth FILE`: the figures of every firm in the record."""
    path = Path(sys.argv[1])
    firms = {json.loads(line)["firm"] for line in path.read_text(encoding="utf-8").split("\n")[:-1]}
    for firm in sorted(firms):
        truth = Truth(path, firm)
        print(f"{firm}: {dict(Counter(event['kind'] for event in truth.events))}")
        for deal in truth.won_without_project():
            print(
                f"  no project: {deal.number} {deal.name} ({deal.why_without}) {deal.amount} {deal.currency}"
            )
        print(f"  two projects: {truth.duplicate_projects()}")
        print(f"  without key: {[event['number'] for event in truth.projects_without_key()]}")
        seconds = {key: round(value, 3) for key, value in truth.seconds_to_project().items()}
        print(f"  seconds to project: {seconds}")
        unbilled = {" ".join(key): str(value) for key, value in sorted(truth.unbilled().items())}
        print(f"  unbilled: {unbilled}, minutes without price: {truth.unpriced_minutes()}")
        print(f"  invoices: {truth.invoices()}, entries billed: {len(truth.time_to_bill())}")
        for flow in sorted({run.flow for run in truth.runs()}):
            print(f"  {flow}: {truth.runs_by_outcome(flow)}")


if __name__ == "__main__":
    main()
