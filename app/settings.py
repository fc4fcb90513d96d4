"""What the server is told at its start, read once from arguments and environment and checked there."""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class SettingsError(ValueError):
    """A setting that cannot be used; one line that names it and says what would do."""


def is_loopback(host: str) -> bool:
    """True for a name or an address that only this machine reaches."""
    if host in LOOPBACK_NAMES or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Settings:
    """How the server listens and how long people stay signed in."""

    host: str = "127.0.0.1"
    port: int = 8501
    allow_demo_people: bool = False
    https: bool = False
    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)
    cookie_secret: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)

    @property
    def is_local(self) -> bool:
        """True when nobody but this machine can reach the server."""
        return is_loopback(self.host)


def read_settings(
    host: str = "127.0.0.1",
    port: int = 8501,
    allow_demo_people: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """The settings of a start. Environment: THROUGHLINE_HTTPS (0 or 1: cookies only over TLS),
    THROUGHLINE_IDLE_MINUTES, THROUGHLINE_SESSION_HOURS, THROUGHLINE_COOKIE_SECRET (shared by all processes of one
    installation). Raises SettingsError.
    """
    given = os.environ if environment is None else environment
    known = (
        {"cookie_secret": given["THROUGHLINE_COOKIE_SECRET"]}
        if given.get("THROUGHLINE_COOKIE_SECRET")
        else {}
    )
    if len(known.get("cookie_secret", "x" * 32)) < 32:
        raise SettingsError("THROUGHLINE_COOKIE_SECRET is too short; give at least 32 characters")
    if not 0 <= port <= 65535:
        raise SettingsError(f"port {port} does not exist; give 1 to 65535")
    return Settings(
        host=host,
        port=port,
        allow_demo_people=allow_demo_people,
        https=_number(given, "THROUGHLINE_HTTPS", 0, 1, 0) == 1,
        idle=timedelta(minutes=_number(given, "THROUGHLINE_IDLE_MINUTES", 1, 24 * 60, 30)),
        longest=timedelta(hours=_number(given, "THROUGHLINE_SESSION_HOURS", 1, 24 * 30, 12)),
        **known,
    )


def _number(given: Mapping[str, str], name: str, least: int, most: int, default: int) -> int:
    text = given.get(name, "")
    if not text:
        return default
    if not text.isdigit() or not least <= int(text) <= most:
        raise SettingsError(f"{name} is {text!r}; give a number from {least} to {most}")
    return int(text)
