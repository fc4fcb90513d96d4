"""How one page leads to the next: nine styles, a guard against standing still, and request templates."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import jmespath

from collectors.spec_parts import Paging, Request
from collectors.stream import BadRecord, SourceError
from collectors.times import InstantReader

_WHOLE = re.compile(r"\{([a-z_]+(?:\.[A-Za-z0-9_]+)*)\}")
MISSING: Any = object()


def fill(value: Any, words: Mapping[str, Any]) -> Any:
    """A request template with its placeholders filled in; MISSING when what it asks for is not known.

    A value that is nothing but a placeholder keeps its type. Keys without a value are left out, and so are objects
    that are empty for that reason.
    """
    if isinstance(value, str):
        if whole := _WHOLE.fullmatch(value):
            found = _look_up(whole[1], words)
            return MISSING if found is None else found
        named = _WHOLE.findall(value)
        if any(_look_up(name, words) is None for name in named):
            return MISSING
        return _WHOLE.sub(lambda match: str(_look_up(match[1], words)), value)
    if isinstance(value, Mapping):
        filled = {key: fill(part, words) for key, part in value.items()}
        kept = {key: part for key, part in filled.items() if part is not MISSING}
        return kept if kept or not value else MISSING
    if isinstance(value, list):
        return [part for part in (fill(part, words) for part in value) if part is not MISSING]
    return value


def _look_up(name: str, words: Mapping[str, Any]) -> Any:
    found: Any = words
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def placeholders(request: Request) -> frozenset[str]:
    """The first names of all placeholders of a request."""
    said = repr((request.path, request.params, request.body, request.text, request.headers))
    return frozenset(name.split(".")[0] for name in _WHOLE.findall(said))


def prepare(request: Request, words: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """A request ready to be sent: method, url and what goes with it. `extra`: parameters a paging style adds."""
    url = fill(request.path, words)
    if url is MISSING:
        raise SourceError(
            f"request path {request.path}: a placeholder has no value", permanent=True, kind="mapping"
        )
    params = fill(dict(request.params), words) if request.params else {}
    params = {**({} if params is MISSING else params), **extra}
    ready: dict[str, Any] = {"method": request.method, "url": url}
    if params:
        ready["params"] = params
    if request.headers:
        ready["headers"] = {key: str(part) for key, part in fill(dict(request.headers), words).items()}
    if request.text is not None:
        ready["content"] = str(fill(request.text, words))
    elif request.body is not None:
        body = fill(request.body, words)
        ready["json"] = {} if body is MISSING else body
    return ready


class Pager:
    """Walks one list. `words` and `extra` go into the next request; `turn` says whether there is a next page."""

    def __init__(self, paging: Paging, request: Request, times: InstantReader) -> None:
        self.paging = paging
        self._times = times
        self._named = placeholders(request)
        self._from = jmespath.compile(paging.source) if paging.source else None
        self._total = jmespath.compile(paging.total) if paging.total else None
        self._received = 0
        self._first_size = 0
        self._number = paging.first
        self._value: Any = None
        self._last_page: Any = None
        self.url: str | None = None
        self.raw: tuple[str, str] | None = None
        self.total: int | None = None
        self._time_field = paging.source

    @property
    def words(self) -> dict[str, Any]:
        """Placeholders of the next request."""
        return {
            "cursor": self._value,
            "offset": self._received,
            "page": self._number,
            "limit": self.paging.limit,
        }

    @property
    def extra(self) -> dict[str, Any]:
        """Parameters that the template does not name itself."""
        paging, found = self.paging, {}
        if paging.limit and paging.limit_param and "limit" not in self._named:
            found[paging.limit_param] = paging.limit
        own = {"offset": self._received, "page": self._number}.get(paging.style, self._value)
        name = paging.style if paging.style in ("offset", "page") else "cursor"
        if paging.param and name not in self._named and own is not None:
            found[paging.param] = own
        return found

    def turn(self, body: Any, records: list[Any], headers: Mapping[str, str]) -> bool:
        """Take note of a page; True when another follows. Raises SourceError when the same page came twice."""
        style = self.paging.style
        if records and records == self._last_page:
            raise SourceError("the same page came twice: the source does not turn its pages", kind="paging")
        self._last_page = records
        self._received += len(records)
        self._first_size = self._first_size or len(records)
        if self._total is not None and isinstance(total := self._total.search(body), (int, float)):
            self.total = int(total)
        if style == "none":
            return False
        if style in ("offset", "page"):
            self._number += 1
            return self._more_by_count(len(records))
        if style == "link_header":
            self.url = _next_link(headers.get("link", ""))
            return self.url is not None
        if style in ("last_id", "time_descending"):
            return bool(records) and self._from_last(records)
        value = self._from.search(body) if self._from is not None else None
        if value is None or value == "" or value is False:
            return False
        if style == "next_url":
            self.url = str(value)
        elif style == "token_post":
            self.raw = (self.paging.path or "", str(value))
        else:
            if value == self._value:
                raise SourceError(f"the cursor stands still at {str(value)[:60]!r}", kind="paging")
            self._value = value
        return True

    def _more_by_count(self, size: int) -> bool:
        """A page shorter than asked is the last one only when the source gives as many as it is asked for."""
        if size == 0:
            return False
        if self.total is not None:
            return self._received < self.total
        limit = self.paging.limit
        if limit is None or size >= limit:
            return True
        return not self.paging.trust_limit and size >= self._first_size

    def _from_last(self, records: list[Any]) -> bool:
        if self.paging.limit and self.paging.trust_limit and len(records) < self.paging.limit:
            return False
        value = self._before(records) if self.paging.style == "time_descending" else self._of(records[-1])
        if value is None:
            return False
        if value == self._value:
            raise SourceError(f"the list stands still at {str(value)[:60]!r}", kind="paging")
        self._value = value
        return True

    def _of(self, record: Any) -> Any:
        return self._from.search(record) if self._from is not None else None

    def _before(self, records: list[Any]) -> Any:
        """The moment before the last record that tells a time: one whose date cannot be must not end the list."""
        for record in reversed(records):
            try:
                return self._times.write(self._times.read(self._of(record)) - timedelta(milliseconds=1))
            except BadRecord:
                continue
        return None


def _next_link(header: str) -> str | None:
    for part in header.split(","):
        found = re.match(r"\s*<([^>]*)>(.*)", part)
        if found and re.search(r'rel\s*=\s*"?[^";]*\bnext\b', found[2]):
            return found[1]
    return None
