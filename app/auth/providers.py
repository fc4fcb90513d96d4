"""The ways to sign in. Each proves who somebody is; what they may do is always decided by our own tables.

An OpenID provider is one more entry: it says which button to show, brings its routes (start, call-back) and ends both
in `Door.admit`, with `method="oidc"`, the provider's session id and the id token. Nothing else changes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from app.auth.sessions import Method
from app.branding import Brand


@dataclass(frozen=True)
class Proven:
    """Somebody whose identity a provider has proven: one of our people."""

    person_id: int
    partner_id: int
    method: Method
    provider_sid: str | None = None
    id_token: str | None = None


class Door(Protocol):
    """What a provider needs of the house: let somebody in, or say why not."""

    def admit(self, request: Request, proven: Proven) -> Awaitable[Response]:
        """Begin the session and send the person to the first page."""
        ...

    def refuse(self, request: Request, reason: str, status: int) -> Awaitable[Response]:
        """Show the sign-in page again with a reason."""
        ...


class Provider(Protocol):
    """One way to sign in."""

    @property
    def key(self) -> str:
        """What it is called in forms and addresses."""
        ...

    @property
    def method(self) -> Method:
        """What the session remembers of it."""
        ...

    def offers(self, brands: Sequence[Brand]) -> bool:
        """True when the people of these partners may use it."""
        ...

    def form(self, csrf: str, email: str) -> str:
        """The part of the sign-in page that starts it, as HTML."""
        ...

    def submit(self, request: Request, door: Door) -> Awaitable[Response]:
        """Answer the form."""
        ...

    def routes(self, door: Door) -> list[BaseRoute]:
        """What else it answers, under /auth/<key>/."""
        ...
