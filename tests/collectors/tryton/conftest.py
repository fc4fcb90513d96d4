"""A Tryton in memory that serves rows recorded from a real one, so that a test can bend what the server does."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from collectors.stream import Mapped, Record, Stream, Window
from collectors.system import System
from collectors.tryton import rights, streams
from collectors.tryton.values import moment

RECORDED = json.loads((Path(__file__).parent / "recorded.json").read_text())
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ENTERED = datetime(2026, 11, 20, 9, 0, 0, 605710, UTC)
TARGETS = {
    "party": "party.party",
    "move": "account.move",
    "cancel_move": "account.move",
    "journal": "account.journal",
    "invoice": "account.invoice",
    "work": "timesheet.work",
}
Row = dict[str, Any]


class FakeTryton:
    """Answers like Tryton's REST interface: domains, orders, dotted fields, silent gaps, history, a log."""

    def __init__(self, tables: dict[str, list[Row]]) -> None:
        self.tables = tables
        self.hidden: set[str] = set()
        self.closed: set[str] = set()
        self.rules: list[Row] = []
        self.field_access: list[Row] = []
        self.log: list[Row] | None = None
        self.largest = 0
        self.preferences: Row = {"company": 1, "companies": [1], "groups": [20], "administrator": 0}
        self.asked: list[tuple[str, str]] = []
        self.before_page: Callable[[str], None] = lambda model: None

    def transport(self) -> httpx.MockTransport:
        """For the client."""
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """One answer."""
        model, _, action = request.url.path.removeprefix("/db/rest/model/").partition("/")
        self.asked.append((model, action))
        context = _unpacked(request.headers["X-Tryton-Context"])
        assert context["active_test"] is False
        if request.headers["Authorization"] != "Bearer right":
            return httpx.Response(401, html="<title>401 Unauthorized</title>")
        if model in self.closed:
            return httpx.Response(400, json={"message": f'You are not allowed to access "{model}".'})
        if action:
            return httpx.Response(200, json=self._action(model, action, json.loads(request.content)))
        return self._page(model, request.url.params, context)

    def _action(self, model: str, action: str, body: Row) -> Any:
        if action == "get_preferences":
            return self.preferences
        rows = self._rows(model)
        if action == "fields_get":
            known = {name for row in rows for name in row} | {f.rpartition(".")[2] for f in self.hidden}
            return {name: {} for name in body["fields_names"] if name in known or not rows}
        if action == "history_revisions":
            return [
                [at, row["id"], "Somebody"]
                for row in rows
                if row["id"] in body["ids"]
                for at, _ in row["__history"]
            ][::-1]
        found = [row for row in rows if self._matches(row, body["domain"])]
        return len(found) if action == "search_count" else [row["id"] for row in found]

    def _page(self, model: str, params: httpx.QueryParams, context: Row) -> httpx.Response:
        size = int(params.get("s") or 0)
        if self.largest and size > self.largest:
            return httpx.Response(413, html="<title>413 Request Entity Too Large</title>")
        domain = _unpacked(params["d"])
        if model == "ir.model.log" and self.log is None:
            return httpx.Response(400, json={"message": "You are not allowed to search on the log."})
        self.before_page(model)
        found = [row for row in self._rows(model) if self._matches(row, domain)]
        for name, _ in reversed(_unpacked(params["o"])):
            found.sort(key=lambda row, name=name: _plain(row[name]))  # type: ignore[misc]
        names = [name for name in params.get_list("f") if f"{model}.{name}" not in self.hidden]
        rows = [self._shown(self._then(row, context.get("_datetime")), names) for row in found]
        return httpx.Response(200, json=rows[: size or None])

    def _rows(self, model: str) -> list[Row]:
        if model == "ir.model":
            return [{"id": n, "name": name} for n, name in enumerate(self.tables)]
        special = {
            "ir.rule.group": self.rules,
            "ir.model.field.access": self.field_access,
            "ir.model.log": self.log,
        }
        return special[model] or [] if model in special else self.tables[model]

    def _shown(self, row: Row, names: list[str]) -> Row:
        shown: Row = {"id": row["id"], "__name__": "of the model"}
        for name in names:
            first, _, rest = name.partition(".")
            if first not in row:
                continue
            value = row[first]
            if rest and isinstance(value, int):
                related = self._one(TARGETS[first], value)
                shown.setdefault(first, {"id": value}).update(self._shown(related, [rest]))
            elif first not in shown:
                shown[first] = value
        return shown

    def _one(self, model: str, number: int) -> Row:
        return next(row for row in self.tables[model] if row["id"] == number)

    def _then(self, row: Row, at: Row | None) -> Row:
        if not at or "__history" not in row:
            return row
        past = [state for moment, state in row["__history"] if _plain(moment) <= _plain(at)]
        return {**row, "state": past[-1]} if past else {"id": row["id"]}

    def _value(self, row: Row, path: str) -> Any:
        first, _, rest = path.partition(".")
        value = row.get(first)
        return self._value(self._one(TARGETS[first], value), rest) if rest and value else value

    def _matches(self, row: Row, domain: list[Any]) -> bool:
        if not domain:
            return True
        if domain[0] == "OR":
            return any(self._matches(row, one) for one in domain[1:])
        if not isinstance(domain[0], str):
            return all(self._matches(row, one) for one in domain)
        path, operator, wanted = domain
        if operator == "child_of":
            return bool(set(wanted) & set(self._line(row)))
        value = _plain(self._value(row, path))
        if operator == "in":
            return bool(set(value) & set(wanted)) if isinstance(value, list) else value in wanted
        if operator == "like":
            return str(value).startswith(wanted.rstrip("%"))
        wanted = _plain(wanted)
        if operator in ("=", "!="):
            return (value == wanted) is (operator == "=")
        return bool({">": value > wanted, ">=": value >= wanted, "<=": value <= wanted}[operator])

    def _line(self, row: Row) -> Iterator[int]:
        yield row["id"]
        if row["parent"]:
            yield from self._line(self._one("project.work", row["parent"]))


def parts(object_: str, mapped: Mapped) -> list[Record]:
    """What a mapping answered, as records."""
    if not mapped:
        return []
    return [Record(object_, mapped)] if isinstance(mapped, Mapping) else list(mapped)


class Poller:
    """Polls streams as the harness does, and keeps what it would keep."""

    def __init__(self, fake: FakeTryton, role: str, monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
        monkeypatch.setenv("TRYTON_KEY", "right")
        entry = {"database": "db", "approval": "entered", **options}
        system = System(
            1, 1, role, role, "tryton", "http://tryton.test", "env:TRYTON_KEY", entry, customer="acme"
        )
        self.fake = fake
        self.streams: dict[str, Stream] = {s.name: s for s in streams(system, fake.transport())}
        self.positions: dict[str, Row] = {}
        self.pages: list[Any] = []

    def enter(self, count: int, at: datetime = ENTERED, first: int = 1) -> None:
        """Time lines entered in one transaction, so with one stamp; what has an id from `first` on is replaced."""
        table = self.fake.tables["timesheet.line"]
        stamped = {"create_date": moment(at), "last_modified_at": moment(at), "invoice_line": None}
        made = [{**table[0], **stamped, "id": n} for n in range(first, first + count)]
        self.fake.tables["timesheet.line"] = [row for row in table if row["id"] < first] + made

    def poll(self, name: str, now: datetime = NOW, pages: int | None = None) -> list[Row]:
        """The rows of one poll (of its first pages)."""
        stream, position = self.streams[name], self.positions.get(name, {})
        since = datetime.fromisoformat(position["since"]) - stream.overlap if "since" in position else None
        rows: list[Row] = []
        self.pages = []
        for page in stream.fetch(Window(until=now, since=since, position=position)):
            self.pages.append(page)
            for record in page.records:
                mapped = stream.map(stream.unpack(stream.pack(record)))
                for one in parts(stream.object, mapped):
                    rows.append({"": one.object, **one.row})
            if page.position is not None:
                self.positions[name] = dict(page.position)
            if len(self.pages) == pages:
                break
        return rows


@pytest.fixture(autouse=True)
def nothing_proven() -> None:
    """Every test proves its rights anew."""
    rights.forget()


@pytest.fixture
def fake() -> Callable[[str], FakeTryton]:
    """A server with the recorded rows of `crm` or `psa`."""
    return lambda role: FakeTryton(deepcopy(RECORDED[role]))


@pytest.fixture
def poller(fake: Callable[[str], FakeTryton], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Poller]:
    """A poller of a server of its own."""
    return lambda role, **options: Poller(fake(role), role, monkeypatch, **options)


def _unpacked(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text))


def _plain(value: Any) -> Any:
    if isinstance(value, dict) and "year" in value:
        names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        return tuple(value.get(name, 0) for name in names)
    return value
