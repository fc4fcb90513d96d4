"""One HTTP client for every source: time-outs, retries, limits, same host, and errors that hold no secret."""

import codecs
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import stamina

from collectors.answer import content_of, message, note, reason, retry_after
from collectors.auth import Auth, AuthSpec
from collectors.guard import GuardedTransport, TookTooLong
from collectors.pace import pace_of
from collectors.payload import BOM, read_json
from collectors.redact import redact
from collectors.secrets import resolve
from collectors.stream import Notes, SourceError
from collectors.system import System

LEAST_TIMEOUT = 30.0
LONGEST_WAIT = 120.0
LONGEST_ANSWER = 300.0
"""Seconds in which an answer has to be whole, when the entry's `timeout` allows no more."""
ATTEMPTS = 4
NOTHING = frozenset({204, 304})
"""Answers without a body: there is nothing, or nothing new."""
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class Again(SourceError):
    """Worth another attempt; `wait` is what the source asked for, in seconds."""

    def __init__(self, message: str, *, kind: str, wait: float | None = None) -> None:
        super().__init__(message, kind=kind)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Answer:
    """A decoded answer: its body as JSON (numbers exact; None of a refusal that was allowed, or of nothing), the status and the headers."""

    body: Any
    status: int
    headers: httpx.Headers


class Client:
    """Talks to one system; open it with `with`. `url` of a request is a path below the system's, or a next page's address.

    Raises SourceError: unreachable, refused, not JSON, cut short. Options it reads: timeout, requests_per_second,
    headers, allow_private, auth.
    """

    def __init__(
        self,
        system: System,
        *,
        auth: AuthSpec | None = None,
        transport: httpx.BaseTransport | None = None,
        rate: float | None = None,
    ) -> None:
        self.system = system
        self.base = _base(system)
        options = system.options
        secret = resolve(system.secret) if system.secret else None
        self.auth = Auth(auth or AuthSpec.model_validate(options.get("auth", {})), secret)
        self.notes = Notes()
        self._pace = pace_of(system, float(options.get("requests_per_second") or rate or 0))
        timeout = max(LEAST_TIMEOUT, float(options.get("timeout", LEAST_TIMEOUT)))
        longest = max(LONGEST_ANSWER, timeout)
        self._http = httpx.Client(
            base_url=self.base,
            timeout=timeout,
            headers={"Accept": "application/json", "User-Agent": "integration-monitor", **options.get("headers", {})},
            transport=transport or GuardedTransport(bool(options.get("allow_private")), longest),
            follow_redirects=False,
        )  # fmt: skip

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, url: str, params: Mapping[str, Any] | None = None) -> Any:
        """The body of a GET."""
        return self.request("GET", url, params=params).body

    def request(self, method: str, url: str, **more: Any) -> Answer:
        """One answer, after as many attempts as make sense. `more`: params, json, content, headers, data, allow (statuses)."""
        self._check_host(url)
        refreshed = False
        while True:
            try:
                return self._with_retries(method, url, more, signed=True)
            except SourceError as error:
                if error.kind != "auth" or refreshed or not self.auth.can_refresh:
                    raise
                refreshed = True
                self.auth.forget()

    def send_once(self, method: str, url: str, **more: Any) -> Answer:
        """One answer to one attempt: for what must not be sent twice. Raises SourceError; then it may have been done or not.

        Kinds that mean it was not done: secret, auth, rights, refused, rate_limit, unreachable, redirect.
        """
        self._check_host(url)
        return self._once(method, url, dict(more), signed=True)

    def send_plain(self, method: str, url: str, **more: Any) -> Any:
        """The body of a request without credentials: for signing in."""
        return self._with_retries(method, url, more, signed=False).body

    def _with_retries(self, method: str, url: str, more: dict[str, Any], signed: bool) -> Answer:
        def again(error: Exception) -> bool | float:
            if not isinstance(error, Again) or (error.wait or 0) > LONGEST_WAIT:
                return False
            return True if error.wait is None else error.wait

        for attempt in stamina.retry_context(
            on=again, attempts=ATTEMPTS, timeout=None, wait_initial=0.5, wait_max=20, wait_jitter=0.5
        ):
            with attempt:
                return self._once(method, url, dict(more), signed)
        raise AssertionError("a retry ends with an answer or an error")

    def _once(self, method: str, url: str, more: dict[str, Any], signed: bool) -> Answer:
        allowed = more.pop("allow", ())
        request = self._http.build_request(method, url, **more)
        if signed:
            request = self.auth.sign(request, self)
        what = f"{method} {request.url.path}"
        with self._named(what):
            self._pace.wait()
            asked = datetime.now(UTC)
            response = self._http.send(request, stream=True)
            try:
                content = content_of(response, f"{self.system.label}: {what}")
            finally:
                response.close()
        note(self.notes, response, asked + (datetime.now(UTC) - asked) / 2)
        if response.status_code in (*allowed, *NOTHING):
            return Answer(None, response.status_code, response.headers)
        if response.status_code >= 300:
            raise self._refusal(what, response, content)
        return Answer(self._json(what, response, content), response.status_code, response.headers)

    @contextmanager
    def _named(self, what: str) -> Iterator[None]:
        """Give the errors of the network a sentence."""
        host = f"{self.system.label}: {what}"
        try:
            yield
        except httpx.ConnectTimeout:
            raise Again(f"{host} cannot be reached: nobody answers", kind="unreachable") from None
        except httpx.TimeoutException as error:
            if isinstance(error.__cause__, TookTooLong):
                said = f"{host} did not end its answer in time: left to the next poll (options.timeout gives it longer)"
                raise SourceError(said, kind="timeout") from None
            raise Again(f"{host} timed out ({type(error).__name__})", kind="timeout") from None
        except httpx.ConnectError as error:
            raise Again(self._clean(f"{host} cannot be reached: {error}"), kind="unreachable") from None
        except httpx.RemoteProtocolError as error:
            raise Again(self._clean(f"{host} was cut short: {error}"), kind="truncated") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Again(
                self._clean(f"{host} failed: {type(error).__name__} {error}"), kind="network"
            ) from None

    def _refusal(self, what: str, response: httpx.Response, content: bytes) -> SourceError:
        status = response.status_code
        said = self._clean(reason(response, content), 160)
        line = f"{self.system.label}: {what} answered {status}" + (f": {said}" if said else "")
        if status == 401:
            return SourceError(f"{line} (the key is wrong or has expired)", permanent=True, kind="auth")
        if status == 402 or (status == 403 and b"LIMIT_EXCEEDED" in content):
            return SourceError(f"{line} (what it allows is spent)", kind="rate_limit")
        if status == 403:
            return SourceError(f"{line} (the key lacks the right)", permanent=True, kind="rights")
        if status in _AGAIN:
            wait = retry_after(response.headers.get("retry-after"), datetime.now(UTC))
            kind = "rate_limit" if status == 429 or (status == 503 and wait is not None) else "server"
            if wait is not None and wait > LONGEST_WAIT:
                line += f" (it asks to wait {wait:,.0f} s: left to the next poll)"
            return Again(line, kind=kind, wait=wait)
        if status < 400:
            return SourceError(
                f"{line} (it leads elsewhere; is the address right?)", permanent=True, kind="redirect"
            )
        return SourceError(line, permanent=True, kind="refused")

    def _json(self, what: str, response: httpx.Response, content: bytes) -> Any:
        line = f"{self.system.label}: {what}"
        if not content.strip():
            return None
        if content.lstrip()[:1] == b"<" or "html" in response.headers.get("content-type", ""):
            title = self._clean(reason(response, content), 80)
            raise Again(
                f"{line} answered a web page instead of data" + (f" ({title})" if title else ""), kind="html"
            )
        try:
            body = read_json(content, _charset(response))
        except ValueError as error:
            raise Again(
                f"{line} answered {len(content):,} bytes that are no whole JSON ({error})", kind="truncated"
            ) from None
        if isinstance(body, dict) and body.get("errors") and body.keys() <= {"data", "errors", "extensions"}:
            said = self._clean(message(body["errors"]), 200)
            raise SourceError(f"{line} answered errors: {said}", kind="graphql")
        return body

    def _check_host(self, url: str) -> None:
        target = httpx.URL(url)
        if target.is_relative_url:
            return
        own = httpx.URL(self.base)
        if (target.scheme, target.host, _port(target)) != (
            own.scheme,
            own.host,
            _port(own),
        ) or target.userinfo:
            raise SourceError(
                f"{self.system.label}: the next page lies at {target.host}, not at {own.host}: refused",
                permanent=True,
                kind="other_host",
            )

    def _clean(self, text: str, longest: int = 300) -> str:
        return redact(text, self.auth.secrets, longest)


def _charset(response: httpx.Response) -> str:
    """What the answer says it is written in; UTF-8 where it says nothing that can be read."""
    try:
        found = codecs.lookup(response.charset_encoding or "utf-8").name
    except LookupError:
        return BOM
    return BOM if found in ("utf-8", "ascii") else found


def _base(system: System) -> str:
    url = httpx.URL(system.url or "")
    if url.scheme not in ("http", "https") or not url.host:
        raise SourceError(
            f"{system.label}: url must be http://… or https://…", permanent=True, kind="address"
        )
    if url.userinfo:
        raise SourceError(
            f"{system.label}: url holds a password; put it behind secret: env:NAME",
            permanent=True,
            kind="address",
        )
    return str(url).rstrip("/")


def _port(url: httpx.URL) -> int | None:
    return url.port or {"http": 80, "https": 443}.get(url.scheme)
