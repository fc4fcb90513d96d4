"""A small client of Tryton's JSON-RPC, for people and flows that write; collectors have their own and read REST."""

from __future__ import annotations

import base64
import datetime as dt
import itertools
import json
from decimal import Decimal
from typing import Any

import httpx

Domain = list[Any]
Row = dict[str, Any]


class TrytonError(RuntimeError):
    """Tryton refused a call: a rule of the business (HTTP 200 with `error`) or a status other than 200."""

    def __init__(self, text: str, status: int = 200, warning: str | None = None) -> None:
        """Keep the HTTP status beside the text, and the name of a warning that could be confirmed."""
        super().__init__(text)
        self.status, self.warning = status, warning


def encode(value: object) -> object:
    """JSON form of the types that JSON lacks, as Tryton writes them."""
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    if isinstance(value, dt.datetime):
        fields = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        naive = value.astimezone(dt.UTC)
        return {"__class__": "datetime", **{name: getattr(naive, name) for name in fields}}
    if isinstance(value, dt.date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    if isinstance(value, dt.timedelta):
        return {"__class__": "timedelta", "seconds": value.total_seconds()}
    raise TypeError(f"{type(value).__name__} has no form in Tryton's JSON")


def decode(item: Row) -> object:
    """The Python value of one JSON object; instants become aware in UTC."""
    kind = item.get("__class__")
    if kind == "Decimal":
        return Decimal(item["decimal"])
    if kind == "datetime":
        day = dt.datetime(item["year"], item["month"], item["day"], tzinfo=dt.UTC)
        parts = {f"{name}s": item[name] for name in ("hour", "minute", "second", "microsecond")}
        return day + dt.timedelta(**parts)
    if kind == "date":
        return dt.date(item["year"], item["month"], item["day"])
    if kind == "timedelta":
        return dt.timedelta(seconds=item["seconds"])
    return item


class Tryton:
    """One signed-in session on one database."""

    def __init__(self, url: str, database: str, user: str, password: str, timeout: float = 60.0) -> None:
        """Sign in; the session's company becomes part of every call. Raises TrytonError when refused."""
        self.database = database
        self._http = httpx.Client(base_url=url, timeout=timeout, trust_env=False)
        self._numbers = itertools.count(1)
        self._headers: dict[str, str] = {}
        self.context: Row = {}
        uid, token, *_ = self.call("common.db.login", user, {"password": password}, "en")
        self.user: int = uid
        raw = f"{user}:{uid}:{token}".encode()
        self._headers["Authorization"] = "Session " + base64.b64encode(raw).decode()
        self.refresh_context()

    def refresh_context(self) -> None:
        """Read the user's preferences again, after the user got a company."""
        preferences = self.call("model.res.user.get_preferences", True, {})
        wanted = ("company", "companies", "employee", "groups")
        self.context = {key: preferences[key] for key in wanted if key in preferences}

    def close(self) -> None:
        """Give the connection back."""
        self._http.close()

    def post(self, method: str, *params: object) -> httpx.Response:
        """The answer as it came; whoever reads only the status sees 200 for refused calls too."""
        body = json.dumps({"id": next(self._numbers), "method": method, "params": params}, default=encode)
        headers = {"Content-Type": "application/json", **self._headers}
        return self._http.post(f"/{self.database}/rpc/", content=body, headers=headers)

    def call(self, method: str, *params: object) -> Any:
        """Result of a method of the server; TrytonError when it was refused."""
        answer = self.post(method, *params)
        if answer.status_code != 200:
            raise TrytonError(
                f"{method}: HTTP {answer.status_code} {answer.reason_phrase}", answer.status_code
            )
        body = json.loads(answer.content, object_hook=decode)
        if body.get("error"):
            raise TrytonError(f"{method}: {_plain(body['error'])}", warning=_warning(body["error"]))
        return body.get("result")

    def model(self, model: str, method: str, *params: object, **context: object) -> Any:
        """Result of one method of one model, in the session's context plus `context`."""
        return self.call(f"model.{model}.{method}", *params, {**self.context, **context})

    def search(self, model: str, domain: Domain, order: Domain | None = None, **context: object) -> list[int]:
        """Ids of all records of `domain`."""
        found: list[int] = self.model(model, "search", domain, 0, None, order, **context)
        return found

    def rows(self, model: str, domain: Domain, fields: list[str], **context: object) -> list[Row]:
        """All records of `domain` by id, with `fields`; dotted fields come nested under `"name."`."""
        order = [["id", "ASC"]]
        found: list[Row] = self.model(model, "search_read", domain, 0, None, order, fields, **context)
        return found

    def read(self, model: str, record: int, fields: list[str], **context: object) -> Row:
        """One record."""
        row: Row = self.model(model, "read", [record], fields, **context)[0]
        return row

    def create(self, model: str, *values: Row) -> list[int]:
        """Ids of the records created in one transaction."""
        made: list[int] = self.model(model, "create", list(values))
        return made

    def write(self, model: str, records: list[int], values: Row) -> None:
        """Change some records in one transaction."""
        self.model(model, "write", records, values)

    def button(self, model: str, name: str, *records: int) -> Any:
        """Press a button on records."""
        return self.model(model, name, list(records))

    def wizard(self, name: str, model: str, records: list[int], forms: list[tuple[str, str, Row]]) -> None:
        """Walk through a wizard: each form is (state of the form, button pressed, values); warnings are confirmed."""
        context = {**self.context, "active_model": model, "active_id": records[0], "active_ids": records}
        session, _start, _end = self.call(f"wizard.{name}.create", context)
        try:
            for state, press, values in forms:
                self._confirmed(f"wizard.{name}.execute", session, {state: values}, press, context)
        finally:
            self.call(f"wizard.{name}.delete", session, context)

    def _confirmed(self, method: str, *params: object) -> Any:
        """The result of a call, after saying yes to the first warning it raises, as a person would.

        The answer is a record that only its user may make, and only with the right to administer users.
        """
        try:
            return self.call(method, *params)
        except TrytonError as error:
            if error.warning is None:
                raise
            self.create("res.user.warning", {"user": self.user, "name": error.warning, "always": False})
        return self.call(method, *params)


def _warning(error: Any) -> str | None:
    """The name of a `UserWarning`, which may be confirmed; None for every other refusal."""
    if isinstance(error, list) and len(error) > 1 and error[0] == "UserWarning":
        return str(error[1][0])
    return None


def _plain(error: Any) -> str:
    """One line of Tryton's error value: a list of kind and arguments, or a list of text and traceback."""
    if isinstance(error, list) and error:
        kind, rest = error[0], error[1:]
        text = rest[0] if rest else ""
        if isinstance(text, list):
            text = " ".join(str(part) for part in text if part)
        return f"{kind}: {text}".replace("\n", " ")[:600]
    return str(error)[:600]
