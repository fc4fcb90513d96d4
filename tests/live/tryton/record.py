"""Records a small real Tryton for the fast tests: `python -m tests.live.tryton.record` builds the traps and keeps the rows."""

import json
import tempfile
from pathlib import Path
from typing import Any

import httpx

from app.live import tryton
from app.live.tryton import TrytonWorld
from collectors.tryton.values import packed
from tests.live.tryton.conftest import Office
from tests.live.tryton.test_tryton_sales import Sales

TARGET = Path(__file__).parents[2] / "collectors" / "tryton" / "recorded.json"
STAMPED = ("create_date", "last_modified_at")
READ = {
    "crm": {
        "party.party": ("name", "code", "replaced_by", "active", *STAMPED),
        "party.identifier": ("party", "type", "code", *STAMPED),
        "party.contact_mechanism": ("party", "type", "value", *STAMPED),
        "company.employee": ("party", "company", "start_date", "end_date", "active", *STAMPED),
        "company.company": ("party", "currency"),
        "currency.currency": ("code", "rounding"),
        "sale.opportunity": (
            *("number", "reference", "description", "party", "state", "amount", "currency", "employee"),
            *STAMPED,
        ),
        "sale.sale": ("number", "party", "origin", "state", "sale_date", "currency", *STAMPED),
        "sale.line": ("sale", "type", "quantity", "unit_price", *STAMPED),
    },
    "psa": {
        "party.party": ("name", "code", "replaced_by", "active", *STAMPED),
        "party.identifier": ("party", "type", "code", *STAMPED),
        "party.contact_mechanism": ("party", "type", "value", *STAMPED),
        "company.employee": ("party", "company", "start_date", "end_date", "active", *STAMPED),
        "company.employee_cost_price": ("employee", "date", "cost_price", *STAMPED),
        "company.company": ("party", "currency"),
        "currency.currency": ("code", "rounding"),
        "project.work.status": ("name",),
        "project.work": (
            *("number", "name", "type", "parent", "company", "effort_duration", "party", "status", "comment"),
            *("progress", "list_price", "project_invoice_method", "invoice_line", *STAMPED),
        ),
        "project.work.invoiced_progress": ("work", "invoice_line"),
        "timesheet.work": ("origin",),
        "timesheet.line": ("employee", "date", "duration", "work", "company", "invoice_line", *STAMPED),
        "product.uom": ("symbol",),
        "account.journal": ("type",),
        "account.move": ("origin", "journal", "create_date"),
        "account.move.line": (
            *(
                "date",
                "debit",
                "credit",
                "second_currency",
                "amount_second_currency",
                "move",
                "reconciliation",
            ),
            *("maturity_date", "create_date"),
        ),
        "account.invoice": (
            *(
                "number",
                "type",
                "state",
                "party",
                "currency",
                "company",
                "invoice_date",
                "numbered_at",
                "move",
            ),
            *(
                "cancel_move",
                "additional_moves",
                "lines_to_pay",
                "payment_lines",
                "reconciliation_lines",
                *STAMPED,
            ),
        ),
        "account.invoice.line": (
            *("invoice", "type", "quantity", "unit", "unit_price", "currency", "origin", *STAMPED),
        ),
        "account.invoice.tax": ("invoice", "amount", *STAMPED),
    },
}


def play(world: TrytonWorld) -> None:
    """One of each: won, lost, open; draft, posted, paid in parts, credited; a merge; projects with and without key."""
    sales, office = Sales(world.session("crm")), Office(world.session("psa"))
    won, lost = sales.deal("5000"), sales.deal("700", "EUR")
    sales.deal("900")
    sales.win(won)
    sales.crm.button("sale.opportunity", "lost", lost)
    key = f"crm:{sales.crm.read('sale.opportunity', won, ['number'])['number']}"
    party = office.customer("Recorded Ltd", code="ACC-0001")
    first = office.project(party, comment=key, price="118.40")
    second = office.project(party, comment=key, price="165")
    manual = office.project(party, price="100", project_invoice_method="manual")
    office.enter(first, 45, 50)
    office.post(office.bill(first))
    office.enter(first, 15)
    office.bill(first)
    office.enter(second, 120)
    paid = office.post(office.bill(second))
    due = office.psa.read("account.invoice", paid, ["amount_to_pay"])["amount_to_pay"]
    office.pay(paid, due / 4)
    office.pay(paid)
    office.enter(second, 60)
    office.credit(office.post(office.bill(second)))
    office.enter(manual, 30)
    office.merge(office.customer("Twin"), office.customer("Twin"))


class Recorder:
    """Asks as the collector's key and keeps the answers as they came."""

    def __init__(self, world: TrytonWorld, database: str) -> None:
        """One database of a running server."""
        self.base = f"{world.url}/{database}/rest/model"
        self.key = world.keys[database, "collector"]

    def headers(self, **context: Any) -> dict[str, str]:
        """The key and the context."""
        told = {"company": 1, "companies": [1], "active_test": False, **context}
        return {"Authorization": f"Bearer {self.key}", "X-Tryton-Context": packed(told)}

    def rows(self, model: str, fields: tuple[str, ...], **context: Any) -> list[dict[str, Any]]:
        """Every record of a model with these fields."""
        params: list[tuple[str, Any]] = [*(("f", name) for name in fields), ("o", packed([["id", "ASC"]]))]
        answer = httpx.get(
            f"{self.base}/{model}",
            params=params,
            headers=self.headers(**context),
            trust_env=False,
            timeout=60,
        )
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return [{name: row[name] for name in sorted(row) if name != "__name__"} for row in found]

    def add_history(self, model: str, rows: list[dict[str, Any]]) -> None:
        """Put the state at every revision on the rows."""
        answer = httpx.post(
            f"{self.base}/{model}/history_revisions",
            json={"ids": [row["id"] for row in rows]},
            headers=self.headers(),
            trust_env=False,
            timeout=60,
        )
        by_id = {row["id"]: row for row in rows}
        for at, record, _ in reversed(answer.raise_for_status().json()):
            then = {row["id"]: row["state"] for row in self.rows(model, ("state",), _datetime=at)}
            by_id[record].setdefault("__history", []).append([at, then[record]])


def main() -> None:
    """Build, read, write."""
    recorded: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        world = tryton.start(Path(folder))
        try:
            play(world)
            for database, models in READ.items():
                recorder = Recorder(world, database)
                recorded[database] = {model: recorder.rows(model, fields) for model, fields in models.items()}
            Recorder(world, "crm").add_history("sale.opportunity", recorded["crm"]["sale.opportunity"])
        finally:
            world.stop()
    TARGET.write_text(
        json.dumps(recorded, separators=(",", ":"), sort_keys=True).replace("}],", "}],\n") + "\n"
    )


if __name__ == "__main__":
    main()
