"""What project managers and staff do in the PSA: projects by hand, products, timesheets."""

from __future__ import annotations

import datetime as dt

from app.live.desk import Desk
from app.live.plan import Account, Deal
from app.live.rpc import Row


class Delivery(Desk):
    """The PSA's people who do the work."""

    def add_product(self, code: str) -> None:
        """Somebody adds a product that the PSA did not know, priced like the cheapest one."""
        (model,) = self.psa.rows(
            "product.template", [["products.code", "=", "DISC"]], ["default_uom", "account_category"]
        )
        sold = next(item for item in self.firm.products if item.code == code)
        values = {
            "name": sold.name,
            "type": "service",
            "default_uom": model["default_uom"],
            "account_category": model["account_category"],
            "list_price": self.firm.price("DISC"),
            "products": [["create", [{"suffix_code": code}]]],
        }
        self.psa.create("product.template", values)

    def make_project(self, deal: Deal, key: str | None, name: str | None = None) -> int:
        """A project made by hand, with the CRM's key or without; its id."""
        party = self.find_party(deal.account)
        company = self.psa.context["company"]
        tasks = [
            {
                "name": self.done[code]["name"],
                "type": "task",
                "company": company,
                "timesheet_available": True,
                "product": self.done[code]["id"],
                "list_price": self.done[code]["template."]["list_price"],
                "effort_duration": dt.timedelta(hours=hours),
            }
            for code, hours in deal.lines
        ]
        values: Row = {
            "name": name or deal.description,
            "type": "project",
            "company": company,
            "party": party,
            "project_invoice_method": "timesheet",
            "timesheet_available": False,
            "children": [["create", tasks]],
        }
        if key:
            values["comment"] = key
        (made,) = self.psa.create("project.work", values)
        return made

    def find_party(self, account: Account) -> int:
        """The PSA's party of an account: by code, else by the name that accounting typed."""
        found = self.psa.search("party.party", [["code", "=", account.code]])
        return (found or self.psa.search("party.party", [["name", "=", account.psa_name]]))[0]

    def make_stranger(self, like: Deal) -> int:
        """A project by hand for somebody whom sales has never heard of; its id."""
        (party,) = self.psa.create("party.party", {"name": f"Walk-in client of {self.firm.name}"})
        values: Row = {
            "name": f"Walk-in {like.theme}",
            "type": "project",
            "company": self.psa.context["company"],
            "party": party,
            "project_invoice_method": "timesheet",
            "timesheet_available": False,
        }
        (made,) = self.psa.create("project.work", values)
        return made

    def rename_project(self, project: int, name: str) -> None:
        """Somebody types another name into a project that a flow made."""
        self.psa.write("project.work", [project], {"name": name})
        row = self.psa.read("project.work", project, ["write_date", "name"])
        self.write("project_renamed", row["write_date"], id=project, name=row["name"])

    def delete_project(self, project: int) -> None:
        """Take a project and its tasks away; the instant comes from the server's own log."""
        tasks = self.psa.search("project.work", [["parent", "=", project]])
        works = self.psa.search(
            "timesheet.work", [["origin", "in", [f"project.work,{task}" for task in tasks]]]
        )
        if works:
            self.psa.model("timesheet.work", "delete", works)
        self.psa.model("project.work", "delete", [*tasks, project])
        self.write("project_deleted", self.deleted_at("project.work", project), id=project)

    def enter_time(self, tasks: list[Row], rows: list[tuple[int, int, int, int]]) -> None:
        """One person's timesheet in one go; rows are (employee, days ago, minutes, index of the task)."""
        values = [
            {
                "company": self.psa.context["company"],
                "employee": self.employees[employee % len(self.employees)],
                "date": self.today - dt.timedelta(days=ago),
                "duration": dt.timedelta(minutes=minutes),
                "work": tasks[task % len(tasks)]["timesheet_works"][0],
            }
            for employee, ago, minutes, task in rows
        ]
        made = self.psa.create("timesheet.line", *values)
        stored = self.psa.rows("timesheet.line", [["id", "in", made]], ["create_date", "date"])
        for line, (employee, _, minutes, task) in zip(stored, rows, strict=True):
            chosen = tasks[task % len(tasks)]
            self.write(
                "time_entered",
                line["create_date"],
                id=line["id"],
                project=chosen["parent"],
                task=chosen["id"],
                employee=self.employees[employee % len(self.employees)],
                date=line["date"],
                minutes=minutes,
                price=chosen["list_price"],
                currency=self.firm.currency,
            )

    def open_time(self, project: int) -> list[int]:
        """Entries on a project that are on no invoice, oldest first."""
        origins = [f"project.work,{task['id']}" for task in self.tasks(project)]
        return self.psa.search(
            "timesheet.line", [["work.origin", "in", origins], ["invoice_line", "=", None]], [["id", "ASC"]]
        )

    def delete_time(self, lines: list[int]) -> None:
        """Somebody takes entries back."""
        self.psa.model("timesheet.line", "delete", lines)
        for line in lines:
            self.write("time_deleted", self.deleted_at("timesheet.line", line), id=line)

    def tasks(self, project: int) -> list[Row]:
        """Tasks of a project with price and timesheet work."""
        fields = ["name", "number", "list_price", "timesheet_works", "parent", "create_date"]
        return self.psa.rows("project.work", [["parent", "=", project]], fields)
