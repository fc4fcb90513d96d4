"""Speaks Tryton's REST: pages by domain, all ids, counts, values as of an instant; as the company of the key's user."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any

import httpx

from collectors.auth import AuthSpec
from collectors.http import Client
from collectors.stream import SourceError
from collectors.system import System
from collectors.tryton.options import TrytonOptions
from collectors.tryton.values import Domain, Row, packed

IDS_AT_ONCE = 200
NAMES_AT_ONCE = 100
"""So many ids, and so many references ("timesheet.line,123"), fit into an address that every server and proxy takes."""

_SMALLEST_PAGE = 25
_INACTIVE_TOO: Row = {"active_test": False}
"""Tryton hides inactive records. Naming `active` in the domain does not help: every OR in it hides them again."""

Order = Sequence[Sequence[str]]
BY_ID: Order = (("id", "ASC"),)


class Reader:
    """One database of one Tryton server, as one key sees it; open it with `with`.

    What it looks up is remembered until it is closed, so use a new one for every poll.
    """

    def __init__(self, system: System, options: TrytonOptions, transport: httpx.BaseTransport | None) -> None:
        self.options = options
        self.label = system.label
        self.page_size = options.page_size
        self.context: Row = {}
        self.preferences: Row = {}
        self.unseen: Mapping[str, frozenset[str]] = {}
        self.closed: frozenset[str] = frozenset()
        self._client = Client(system, auth=AuthSpec(style="bearer"), transport=transport)
        self._found: dict[str, dict[int, Row | None]] = {}

    def __enter__(self) -> "Reader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.__exit__(kind, error, trace)

    @property
    def skew(self) -> float | None:
        """Seconds that the source's clock is ahead of ours, once it has answered."""
        return self._client.notes.clock_skew_seconds

    def source_time(self, otherwise: datetime) -> datetime:
        """What time it is at the source, two seconds early to be on the safe side; `otherwise` when it does not say."""
        if self.skew is None:
            return otherwise
        return datetime.now(UTC) + timedelta(seconds=self.skew - 2)

    def enter_company(self) -> None:
        """Ask who the key's user works for, and speak as that company from here on.

        Raises SourceError (rights): for nobody, so that Tryton would answer every question with nothing.
        """
        self.preferences = self.call("res.user", "get_preferences", {"context_only": True})
        companies = list(self.preferences.get("companies") or ())
        chosen = self.options.company or self.preferences.get("company") or (companies or [None])[0]
        if chosen is None or (companies and chosen not in companies):
            whose = f"company {chosen}" if chosen else "any company"
            raise SourceError(
                f"{self.label}: the key's user does not work for {whose}, so Tryton shows it no records",
                permanent=True,
                kind="rights",
            )
        self.context = {"company": chosen, "companies": [chosen] if self.options.company else companies}

    def call(self, model: str, action: str, arguments: Mapping[str, Any]) -> Any:
        """What a method of a model answers."""
        return self._ask("POST", model, action, json=arguments, headers=self._headers())

    def count(self, model: str, domain: Domain) -> int:
        """How many records of this domain the key may see."""
        return int(self.call(model, "search_count", {"domain": domain}))

    def ids(self, model: str, domain: Domain) -> list[int]:
        """The ids of all records of this domain, ascending."""
        arguments = {"domain": domain, "offset": 0, "limit": None, "order": BY_ID}
        found: list[int] = self.call(model, "search", arguments)
        return found

    def page(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        order: Order = BY_ID,
        size: int | None = None,
        at: Row | None = None,
        strict: bool = True,
    ) -> list[Row]:
        """The first `size` records of a domain, with exactly these fields; `at`: as they were at that instant.

        Raises SourceError (rights) when Tryton has left a field out, which it does without a word; unless not `strict`.
        """
        names = [name for name in fields if name not in self.unseen.get(model, ())]
        query: list[tuple[str, Any]] = [("f", name) for name in names]
        query += [("d", packed(domain)), ("o", packed(order))]
        if size is not None:
            query.append(("s", size))
        answer = self._ask("GET", model, params=query, headers=self._headers({"_datetime": at} if at else {}))
        rows: list[Row] = answer if isinstance(answer, list) else []
        if not isinstance(answer, list) or not all(isinstance(row, dict) for row in rows):
            raise SourceError(f"{self.label}: {model} was not answered as a list of records", kind="shape")
        if strict and rows and (missing := absent(rows[0], names)):
            raise SourceError(
                f"{self.label}: the key may not see {', '.join(f'{model}.{name}' for name in missing)}",
                permanent=True,
                kind="rights",
            )
        return rows

    def pages(
        self, model: str, domain: Domain, fields: Sequence[str], size: int | None = None
    ) -> Iterator[list[Row]]:
        """All records of a domain by id, in pages."""
        last, size = 0, size or self.page_size
        while True:
            rows, size = self.sized(model, both(domain, [["id", ">", last]]), fields, BY_ID, size)
            if rows:
                yield rows
                last = rows[-1]["id"]
            if len(rows) < size:
                return

    def sized(
        self, model: str, domain: Domain, fields: Sequence[str], order: Order, size: int
    ) -> tuple[list[Row], int]:
        """A page, and the size that the server agreed to: halved for as long as it answers 413."""
        while True:
            try:
                return self.page(model, domain, fields, order, size), size
            except SourceError as error:
                if " answered 413" not in str(error) or size <= _SMALLEST_PAGE:
                    raise
                size //= 2

    def related(
        self, model: str, field: str, ids: Collection[int], fields: Sequence[str], more: Domain | None = None
    ) -> Iterator[Row]:
        """All records of a model whose `field` is one of these ids."""
        for domain in among(field, ids):
            for rows in self.pages(model, both(domain, more or []), (field, *fields)):
                yield from rows

    def look_up(
        self, model: str, ids: Collection[int | None], fields: Sequence[str]
    ) -> Mapping[int, Row | None]:
        """Records by id, remembered; None for those that are not there. Ask for the same fields every time."""
        known = self._found.setdefault(model, {})
        for row in self.related(
            model, "id", {one for one in ids if one is not None and one not in known}, fields
        ):
            known[row["id"]] = row
        for one in ids:
            if one is not None:
                known.setdefault(one, None)
        return known

    def _ask(self, method: str, model: str, action: str | None = None, **more: Any) -> Any:
        path = f"/{self.options.database}/rest/model/{model}" + (f"/{action}" if action else "")
        try:
            return self._client.request(method, path, **more).body
        except SourceError as error:
            if "not allowed to" not in str(error) or error.kind != "refused":
                raise
            # Tryton answers 400 where others answer 403
            raise SourceError(
                f"{self.label}: the key may not see {model} ({str(error).rpartition(': ')[2]})",
                permanent=True,
                kind="rights",
            ) from None

    def _headers(self, more: Row | None = None) -> dict[str, str]:
        return {"X-Tryton-Context": packed({**_INACTIVE_TOO, **self.context, **(more or {})})}


def among(field: str, ids: Collection[int]) -> list[Domain]:
    """Domains that together name all records whose `field` is one of these ids, each short enough for an address."""
    wanted = sorted(ids)
    return [
        [[field, "in", wanted[start : start + IDS_AT_ONCE]]] for start in range(0, len(wanted), IDS_AT_ONCE)
    ]


def both(*domains: Domain) -> Domain:
    """The records that are in all of these domains, whatever stands in them."""
    return [domain for domain in domains if domain]


def absent(row: Row, names: Sequence[str]) -> list[str]:
    """The fields that were asked for and left out of a record."""
    return [name for name in names if not _holds(row, name)]


def _holds(row: Row, name: str) -> bool:
    first, _, rest = name.partition(".")
    if first not in row:
        return False
    value = row[first]
    if not rest or value is None:
        return True
    if isinstance(value, list):
        return not value or not isinstance(value[0], dict) or _holds(value[0], rest)
    return isinstance(value, dict) and _holds(value, rest)
