"""What a connection may do: private addresses are refused unless the system's entry allows them, and an answer has its time."""

import ipaddress
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from ssl import SSLContext
from typing import Any

import httpcore
import httpx

from collectors.stream import SourceError


class AddressRefused(SourceError):
    """A name leads to an address that this system's entry does not allow."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host} is a private address; say options.allow_private: true if that is meant",
            permanent=True,
            kind="address",
        )


class TookTooLong(httpcore.ReadTimeout):
    """An answer did not end in its time, however busily it dripped."""


class Deadline:
    """When the answer to a request has to be whole; each read alone may wait for no longer than what is left."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends = time.monotonic() + seconds

    def start(self) -> None:
        """A new request, a new time."""
        self._ends = time.monotonic() + self.seconds

    @contextmanager
    def within(self, timeout: float | None) -> Iterator[float]:
        """How long the next step may wait, in seconds. Raises TookTooLong when it was the whole that ran out."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TookTooLong
        try:
            yield left if timeout is None else min(timeout, left)
        except httpcore.TimeoutException:
            if time.monotonic() >= self._ends:
                raise TookTooLong from None
            raise


class _Timed(httpcore.NetworkStream):
    """A connection whose reads and writes keep to a deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with self._deadline.within(timeout) as seconds:
            return self._inner.read(max_bytes, seconds)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with self._deadline.within(timeout) as seconds:
            self._inner.write(buffer, seconds)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        with self._deadline.within(timeout) as seconds:
            return _Timed(self._inner.start_tls(ssl_context, server_hostname, seconds), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class Guard(httpcore.NetworkBackend):
    """Connects to the very address that was looked at, so that a name cannot change its mind in between."""

    def __init__(self, allow_private: bool, deadline: Deadline) -> None:
        self._allow_private = allow_private
        self._deadline = deadline
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Open a connection to the first allowed address of the host."""
        addresses = _addresses(host, port)
        if not self._allow_private and any(is_private(address) for address in addresses):
            raise AddressRefused(host)
        error: Exception | None = None
        for address in addresses:
            try:
                with self._deadline.within(timeout) as seconds:
                    found = self._network.connect_tcp(address, port, seconds, local_address, socket_options)
                return _Timed(found, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as tried:
                error = tried
        raise error or httpcore.ConnectError(f"{host} has no address")

    def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> httpcore.NetworkStream:
        """Refused: a source is a host."""
        raise AddressRefused(path)

    def sleep(self, seconds: float) -> None:
        """Wait as the network library asks."""
        self._network.sleep(seconds)


def is_private(address: str) -> bool:
    """Whether an address is anything but a public one: loopback, private, link-local (cloud metadata), reserved."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return not found.is_global or found.is_multicast


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(f"the name {host} is not known") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedTransport(httpx.HTTPTransport):
    """httpx's own transport over guarded connections; from connecting to its last byte an answer takes `seconds` at most."""

    def __init__(self, allow_private: bool, seconds: float) -> None:
        self._deadline = Deadline(seconds)
        # The parent would load the certificates again for every client; one context serves them all.
        super().__init__(verify=_tls())
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(),
            max_connections=4,
            keepalive_expiry=30,
            network_backend=Guard(allow_private, self._deadline),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; its time begins."""
        self._deadline.start()
        return super().handle_request(request)


@cache
def _tls() -> SSLContext:
    return httpx.create_ssl_context()
