"""Links into the systems that are read: an address with a place for the record's number, as the estate gives it for each kind of record."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator

from app.settings import is_loopback

PLACE = "{id}"


def checked(template: str) -> str:
    """The template, when it leads to one system over https (on this machine also http) and says once where the number goes; else ValueError."""
    parts = urlsplit(template)
    host = parts.hostname or ""
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        raise ValueError("a link begins with https:// and a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a link holds no name and no password")
    rest = template.replace(PLACE, "", 1)
    if rest == template or "{" in rest or "}" in rest or PLACE in parts.netloc:
        raise ValueError(f"a link has {PLACE} once, after the host, where the record's number goes")
    if any(character.isspace() or not character.isprintable() for character in template):
        raise ValueError("a link has no spaces")
    return template


LinkTemplate = Annotated[str, AfterValidator(checked)]


def address(template: str | None, number: str) -> str | None:
    """The address of one record; None without a template, and for one that does not hold to the rules."""
    try:
        return checked(template).replace(PLACE, quote(number, safe="")) if template else None
    except ValueError:
        return None
