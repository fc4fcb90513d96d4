"""Posts one message to an address outside: over a guarded connection, within a time, with one line for an error and no secret in it."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import httpx

from collectors.answer import retry_after
from collectors.guard import AddressRefused, GuardedTransport
from collectors.redact import redact
from collectors.stream import SourceError

TIMEOUT = 15.0
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class HookRefused(SourceError):
    """It was not taken. `permanent`: the same again does not help; `wait`: seconds that the other side asks for.

    `doubtful`: it broke off before an answer came, and may have been taken.
    """

    def __init__(
        self, message: str, *, permanent: bool, wait: float | None = None, doubtful: bool = False
    ) -> None:
        super().__init__(message, permanent=permanent, kind="hook")
        self.wait = wait
        self.doubtful = doubtful


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allow_private: bool = False,
    secrets: Collection[str] = (),
) -> str:
    """Send it once and give back the text of the answer; a redirect is not followed. Raises HookRefused.

    After a connection that broke before the answer nobody knows whether it was taken: sending again then needs a key
    by which the other side tells a repeat.
    """
    try:
        with httpx.Client(
            transport=GuardedTransport(allow_private, TIMEOUT), timeout=TIMEOUT, follow_redirects=False
        ) as client:
            answer = client.post(url, content=body, headers=headers)
    except AddressRefused as error:
        raise HookRefused(
            redact(f"{_host(url)} is a private address; say allow_private: true if that is meant", secrets),
            permanent=error.permanent,
        ) from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol):
        raise HookRefused("its address must be http://… or https://…", permanent=True) from None
    except httpx.HTTPError as error:
        said = redact(f"{_host(url)}: {type(error).__name__} {error}", secrets)
        never_left = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        raise HookRefused(said, permanent=False, doubtful=not never_left) from None
    if answer.is_success:
        return answer.text
    said = redact(f"{_host(url)} answered {answer.status_code} {answer.text[:200]}", secrets)
    wait = retry_after(answer.headers.get("retry-after"), datetime.now(UTC))
    raise HookRefused(said, permanent=answer.status_code not in _AGAIN, wait=wait)


def _host(url: str) -> str:
    try:
        return httpx.URL(url).host or "the address"
    except httpx.InvalidURL:
        return "the address"
