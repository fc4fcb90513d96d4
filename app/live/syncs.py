"""Runs the flows of one firm and writes down, beside what the platform says, what they really did."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import Any

from app.live.firms import Firm
from app.live.people import People
from app.live.plan import Deal
from app.live.runner import Prefect, Runner
from app.live.world import LiveWorld


@dataclass
class Case:
    """One deal as it lies in the systems: ids, when it was won, the project of its time, and the bill that the CRM was told of."""

    deal: Deal
    opportunity: int
    number: str
    won_at: dt.datetime | None = None
    project: int | None = None
    told: int | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """What a run for this won deal is told."""
        assert self.won_at is not None
        changed = self.won_at.isoformat()
        return {"opportunity": self.number, "source_key": self.number, "source_changed_at": changed}


class Syncs:
    """The integration between the firm's two systems, as its people trigger it."""

    def __init__(self, world: LiveWorld, firm: Firm, people: People, with_doomed: bool) -> None:
        """Start the process that runs flows, and another one if a run is going to be killed."""
        self.world, self.firm, self.people = world, firm, people
        password, platform = world.folder / "keys" / "integration", world.prefects[firm.key]
        self.runner = Runner(platform, world.tryton_url, firm, password, "flows")
        self._doomed: Runner | None = None
        if with_doomed:
            self._doomed = Runner(platform, world.tryton_url, firm, password, "flows-doomed")
        self.platform = Prefect(platform.url)
        self._projects: set[int] = set()
        self._invoices: set[int] = set()

    def close(self) -> None:
        """Stop the processes that run flows."""
        for runner in (self.runner, self._doomed):
            if runner is not None:
                runner.stop()
        self.platform.close()

    # -- runs ----------------------------------------------------------------------------------------------------

    def project_run(
        self, case: Case, lane: str = "checked", wait: bool = False, options: dict[str, Any] | None = None
    ) -> None:
        """Run won-to-project for one deal; the project that it really made becomes the case's."""
        parameters = {**case.parameters, "lane": lane, "wait": wait}
        answer = self.runner.run("won-to-project", parameters, [case.number, self.firm.key], options)
        found = self.people.psa.search("project.work", [["comment", "=", f"crm:{case.number}"]])
        new = [project for project in found if project not in self._projects]
        for project in new:
            case.project = project
            self.note_project(project, case, "run", answer["run"])
        self.note_run("won-to-project", answer["run"], new[0] if new else None)

    def killed_run(self, case: Case) -> None:
        """Run won-to-project for an account that finance never creates, and kill the process meanwhile."""
        assert self._doomed is not None
        self._doomed.send("won-to-project", {**case.parameters, "wait": True}, [case.number, self.firm.key])
        run = self.platform.wait_for_running(case.number)
        time.sleep(0.5)
        self._doomed.kill()
        self.note_run("won-to-project", run["id"], None)

    def invoice_run(self, project: int, period: str, post: bool = True, lane: str = "checked") -> list[int]:
        """Run time-to-invoice for one project; the invoices that it really made."""
        psa = self.people.psa
        number = psa.read("project.work", project, ["number"])["number"]
        # The express lane asks for a day that was never moved on: Tryton refuses, because there is nothing to bill.
        up_to = self.people.today if lane == "checked" else self.people.today - dt.timedelta(days=90)
        parameters = {
            "project": number,
            "source_key": f"{number}@{period}",
            "source_changed_at": self.last_entry(project).isoformat(),
            "up_to": up_to.isoformat(),
            "post": post,
            "lane": lane,
        }
        answer = self.runner.run("time-to-invoice", parameters, [number, self.firm.key])
        made = self.note_invoices(project, answer["run"])
        for invoice in made:
            if psa.read("account.invoice", invoice, ["state"])["state"] == "posted":
                self.people.note_posted(invoice, answer["run"])
        self.note_run("time-to-invoice", answer["run"], made[0] if made else None)
        return made

    def status_run(self, case: Case, invoice: int) -> None:
        """Tell the CRM what became of an invoice."""
        row = self.people.psa.read("account.invoice", invoice, ["number", "state", "write_date"])
        parameters = {
            "invoice": row["number"],
            "opportunity": case.number,
            "source_key": f"{row['number']}:{row['state']}",
            "source_changed_at": row["write_date"].isoformat(),
            "object_type": "invoice_status",
            "object_key": row["number"],
            "target_key": case.number,
        }
        tags = [row["number"], case.number, self.firm.key]
        answer = self.runner.run("invoice-status-to-crm", parameters, tags)
        there = self.people.crm.read("sale.opportunity", case.opportunity, ["reference"])["reference"] or ""
        wrote = case.opportunity if f"{row['number']} {row['state']}" in there else None
        self.note_run("invoice-status-to-crm", answer["run"], wrote)

    def expire_sessions(self) -> None:
        """The flows' password is set again, which ends their sessions: their next call is HTTP 401."""
        admin = self.people.admin
        users = admin.search("res.user", [["login", "=", "integration"]])
        admin.write("res.user", users, {"password": self.world.tryton.passwords["integration"]})

    def last_entry(self, project: int) -> dt.datetime:
        """When the newest time of a project was entered."""
        tasks = [f"project.work,{task['id']}" for task in self.people.tasks(project)]
        rows = self.people.psa.rows("timesheet.line", [["work.origin", "in", tasks]], ["create_date"])
        newest: dt.datetime = max(row["create_date"] for row in rows)
        return newest

    # -- writing down --------------------------------------------------------------------------------------------

    def note_run(self, flow: str, run: str, wrote: int | None) -> None:
        """What the platform says of a run, beside the record that it really wrote (None: nothing)."""
        row = self.platform.run(run)
        self.people.write(
            "run",
            dt.datetime.fromisoformat(row["start_time"]),
            id=run,
            flow=flow,
            source_key=row["parameters"]["source_key"],
            source_changed_at=row["parameters"]["source_changed_at"],
            due_at=row["expected_start_time"],
            state_type=row["state_type"],
            state_name=row["state_name"],
            run_count=row["run_count"],
            ended_at=row["end_time"],
            work_seconds=row["total_run_time"],
            message=(row["state"] or {}).get("message"),
            wrote=wrote,
        )

    def note_project(self, project: int, case: Case | None, by: str, run: str | None = None) -> None:
        """A project with its tasks; `by` is who made it: run or person."""
        self._projects.add(project)
        fields = ["number", "name", "comment", "create_date", "party"]
        row = self.people.psa.read("project.work", project, fields)
        self.people.write(
            "project_created",
            row["create_date"],
            id=project,
            number=row["number"],
            name=row["name"],
            key=row["comment"],
            party=row["party"],
            opportunity=case.number if case else None,
            by=by,
            run=run,
        )
        for task in self.people.tasks(project):
            price = task["list_price"]
            self.people.write(
                "task_created", task["create_date"], id=task["id"], project=project, price=price
            )

    def note_invoices(self, project: int, run: str | None) -> list[int]:
        """Invoices that bill this project's time and were not there before."""
        psa, tasks = self.people.psa, [task["id"] for task in self.people.tasks(project)]
        origins = [f"project.work,{task}" for task in tasks]
        lines: dict[int, list[int]] = {}
        for line in psa.rows("timesheet.line", [["work.origin", "in", origins]], ["invoice_line.invoice"]):
            if line["invoice_line."]:
                lines.setdefault(line["invoice_line."]["invoice"], []).append(line["id"])
        new = sorted(set(lines) - self._invoices)
        for invoice in new:
            row = psa.read("account.invoice", invoice, ["create_date", "untaxed_amount"])
            self.people.write(
                "invoice_created",
                row["create_date"],
                id=invoice,
                project=project,
                lines=lines[invoice],
                amount=row["untaxed_amount"],
                currency=self.firm.currency,
                run=run,
            )
        self._invoices.update(new)
        return new
