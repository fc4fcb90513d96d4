"""A real Tryton server for the connector's tests, an office that works in it, and a reader that holds what came."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.live import tryton
from app.live.rpc import Tryton
from app.live.tryton import TrytonWorld
from collectors.stream import Mapped, Record, Window
from collectors.system import System
from collectors.tryton import rights, streams

_numbers = count(1)


@pytest.fixture(scope="session")
def tryton_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrytonWorld]:
    """A fresh Tryton with the configured databases crm and psa."""
    world = tryton.start(tmp_path_factory.mktemp("world"))
    yield world
    world.stop()


@pytest.fixture(autouse=True)
def nothing_proven() -> None:
    """Every test proves its rights anew."""
    rights.forget()


@pytest.fixture(scope="session")
def crm(tryton_world: TrytonWorld) -> Tryton:
    """Somebody who may write in the CRM."""
    return tryton_world.session("crm")


@pytest.fixture(scope="session")
def office(tryton_world: TrytonWorld) -> "Office":
    """Somebody who runs projects and sends bills in the PSA."""
    return Office(tryton_world.session("psa"))


@pytest.fixture(scope="session")
def admin(tryton_world: TrytonWorld) -> Callable[[str], Tryton]:
    """The administrator of a database."""
    return lambda database: tryton_world.session(database, "admin")


@pytest.fixture
def system(tryton_world: TrytonWorld, tmp_path: Path) -> Callable[..., System]:
    """A system entry for a database; `key` in place of the collector's own."""

    def make(name: str, login: str = "collector", key: str | None = None, **options: Any) -> System:
        path = tmp_path / f"key-{next(_numbers)}"
        path.write_text(key or tryton_world.keys[name, login])
        entry = {"database": name, "allow_private": True, "approval": "entered", **options}
        return System(1, 1, name, name.partition("_")[0], "tryton", tryton_world.url, f"file:{path}", entry)

    return make


@pytest.fixture
def held(system: Callable[..., System]) -> Callable[..., "Held"]:
    """What a collector holds of a database."""
    return lambda *args, **options: Held(system(*args, **options))


def parts(object_: str, mapped: Mapped) -> list[Record]:
    """What a mapping answered, as records."""
    if not mapped:
        return []
    return [Record(object_, mapped)] if isinstance(mapped, Mapping) else list(mapped)


class Held:
    """Rows by object and id as they would stand in the tables, and the cursor of every stream."""

    def __init__(self, system: System) -> None:
        self.streams = {stream.name: stream for stream in streams(system)}
        self.rows: dict[str, dict[str, dict[str, Any]]] = {}
        self.events: list[dict[str, Any]] = []
        self.positions: dict[str, dict[str, Any]] = {}
        self.read = 0
        self.warnings: list[str] = []

    def poll(self, *names: str) -> "Held":
        """Read these streams once, as the harness would."""
        for name in names:
            self._poll(name)
        return self

    def _poll(self, name: str) -> None:
        stream, now = self.streams[name], datetime.now(UTC)
        rows = self.rows.setdefault(stream.object, {})
        position = self.positions.get(name, {})
        since = datetime.fromisoformat(position["since"]) - stream.overlap if "since" in position else None
        self.read, self.warnings = 0, []
        for page in stream.fetch(Window(until=now, since=since, position=position)):
            self.read += len(page.records)
            self.warnings += page.notes.warnings
            for record in page.records:
                mapped = stream.map(stream.unpack(stream.pack(record)))
                for one in parts(stream.object, mapped):
                    if one.object == "state_event":
                        self.events.append(dict(one.row))
                    else:
                        rows.setdefault(one.row["source_id"], {}).update(one.row)
            if page.present is not None:
                for source_id in rows.keys() - page.present:
                    rows[source_id].setdefault("deleted_at", now)
                    rows[source_id].setdefault("deleted_how", "absence")
            if page.position is not None:
                self.positions[name] = dict(page.position)

    def row(self, object_: str, source_id: int | str) -> dict[str, Any]:
        """One row as it is held."""
        return self.rows[object_][str(source_id)]


class Office:
    """What people do in the PSA, through Tryton's own network interface."""

    def __init__(self, psa: Tryton) -> None:
        self.psa = psa
        self.company = psa.context["company"]
        fields = ["code", "default_uom", "template.list_price"]
        self.products = {row["code"]: row for row in psa.rows("product.product", [], fields)}
        self.employee = self.hire("EMP-001")

    @property
    def today(self) -> date:
        """The company's own date."""
        return datetime.now(ZoneInfo("America/New_York")).date()

    def hire(self, code: str) -> int:
        """An employee who costs 50 an hour."""
        (party,) = self.psa.create(
            "party.party", {"name": f"Employee {code}", "code": f"{code}-{next(_numbers)}"}
        )
        cost = {"date": date(2024, 1, 1), "cost_price": Decimal(50)}
        values = {"party": party, "company": self.company, "cost_prices": [["create", [cost]]]}
        return self.psa.create("company.employee", values)[0]

    def customer(self, name: str | None = None, **values: Any) -> int:
        """A party with an address."""
        made = {
            "name": name or f"Customer {next(_numbers)}",
            "addresses": [["create", [{"street": "1 High Street"}]]],
        }
        (term,) = self.psa.search("account.invoice.payment_term", [["name", "=", "Net 30"]])
        return self.psa.create("party.party", {**made, "customer_payment_term": term, **values})[0]

    def project(
        self, party: int | None = None, comment: str | None = None, price: str = "165", **values: Any
    ) -> int:
        """A project with one task that time can be entered on."""
        task = {
            "name": "Build",
            "type": "task",
            "company": self.company,
            "timesheet_available": True,
            "product": self.products["BUILD"]["id"],
            "list_price": Decimal(price),
            "effort_duration": timedelta(hours=10),
        }
        made = {
            "name": f"Project {next(_numbers)}",
            "type": "project",
            "company": self.company,
            "party": party or self.customer(),
            "project_invoice_method": "timesheet",
            "timesheet_available": False,
            "comment": comment,
            "children": [["create", [task]]],
        }
        return self.psa.create("project.work", {**made, **values})[0]

    def tasks(self, project: int) -> list[int]:
        """The tasks of a project."""
        return self.psa.search("project.work", [["parent", "=", project]])

    def enter(self, project: int, *minutes: float) -> list[int]:
        """Time on the project's first task, all in one transaction."""
        (work,) = self.psa.read("project.work", self.tasks(project)[0], ["timesheet_works"])[
            "timesheet_works"
        ]
        lines = [
            {
                "company": self.company,
                "employee": self.employee,
                "date": date(2026, 11, 2),
                "duration": timedelta(minutes=each),
                "work": work,
            }
            for each in minutes
        ]
        return self.psa.create("timesheet.line", *lines)

    def bill(self, project: int) -> int:
        """A draft invoice for all open time of a project."""
        before = set(self.psa.search("account.invoice", []))
        self.psa.button("project.work", "invoice", project)
        (made,) = set(self.psa.search("account.invoice", [])) - before
        return made

    def post(self, invoice: int) -> int:
        """Post a draft."""
        self.psa.button("account.invoice", "post", invoice)
        return invoice

    def pay(self, invoice: int, amount: Decimal | None = None, on: date | None = None) -> None:
        """Pay an invoice, in full or in part."""
        due = self.psa.read(
            "account.invoice", invoice, ["amount_to_pay", "currency", "company", "account", "party"]
        )
        (method,) = self.psa.search("account.invoice.payment.method", [["name", "=", "Bank"]])
        form = {
            "payee": due["party"],
            "amount": amount or due["amount_to_pay"],
            "currency": due["currency"],
            "date": on or self.today,
            "payment_method": method,
            "company": due["company"],
            "invoice_account": due["account"],
        }
        forms: list[tuple[str, str, dict[str, Any]]] = [("start", "choice", form)]
        if amount is not None:
            forms.append(("ask", "pay", {"type": "partial"}))
        self.psa.wizard("account.invoice.pay", "account.invoice", [invoice], forms)

    def credit(self, invoice: int) -> int:
        """Take an invoice back with a credit note; the credit note."""
        before = set(self.psa.search("account.invoice", []))
        form = {"with_refund": True, "invoice_date": self.today}
        self.psa.wizard("account.invoice.credit", "account.invoice", [invoice], [("start", "credit", form)])
        (note,) = set(self.psa.search("account.invoice", [])) - before
        return note

    def settle(self, wizard: str, lines: list[int]) -> None:
        """Reconcile move lines with one another, or undo that: wizards that ask nothing."""
        context = {
            **self.psa.context,
            "active_model": "account.move.line",
            "active_id": lines[0],
            "active_ids": lines,
        }
        session, start, _ = self.psa.call(f"wizard.{wizard}.create", context)
        self.psa.call(f"wizard.{wizard}.execute", session, {}, start, context)
        self.psa.call(f"wizard.{wizard}.delete", session, context)

    def merge(self, source: int, destination: int) -> None:
        """One party takes over another."""
        values = {"source": source, "destination": destination}
        self.psa.wizard("party.replace", "party.party", [source], [("ask", "replace", values)])
