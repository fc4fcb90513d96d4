"""Looks at the address before a connection is made: private networks are refused unless the system's entry allows them."""

import ipaddress
import socket
from collections.abc import Iterable
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


class Guard(httpcore.NetworkBackend):
    """Connects to the very address that was looked at, so that a name cannot change its mind in between."""

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private
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
                return self._network.connect_tcp(address, port, timeout, local_address, socket_options)
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
    """httpx's own transport over guarded connections."""

    def __init__(self, allow_private: bool) -> None:
        # The parent would load the certificates again for every client; one context serves them all.
        super().__init__(verify=_tls())
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(), max_connections=4, keepalive_expiry=30, network_backend=Guard(allow_private)
        )


@cache
def _tls() -> SSLContext:
    return httpx.create_ssl_context()
