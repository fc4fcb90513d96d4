"""Signing in to HTTP sources: none, bearer, basic, header, query, OAuth 2 client credentials, login for a token."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol

import jmespath
from pydantic import BaseModel, ConfigDict, Field

from collectors.stream import SourceError

if TYPE_CHECKING:
    import httpx


class AuthSpec(BaseModel):
    """`options.auth` of a system. The secret itself is the system's `secret`."""

    model_config = ConfigDict(extra="forbid")

    style: Literal["none", "bearer", "basic", "header", "query", "oauth2", "login"] = "none"
    username: str | None = None
    name: str | None = None
    prefix: str | None = None
    token_url: str | None = None
    client_id: str | None = None
    scope: str | None = None
    extra: dict[str, str] = Field(default_factory=dict)
    client_in: Literal["body", "basic"] = "body"
    path: str | None = None
    method: Literal["POST", "PUT", "GET"] = "POST"
    body: dict[str, Any] = Field(default_factory=dict)
    token: str = "token"


class Sender(Protocol):
    """What signing in needs of the client: one plain request, answered as JSON."""

    def send_plain(self, method: str, url: str, **more: Any) -> Any:
        """The decoded answer of a request that carries no credentials of its own."""


class Auth:
    """The credentials of one client; a token is fetched when first needed and again when it was refused."""

    def __init__(self, spec: AuthSpec, secret: str | None) -> None:
        self.spec = spec
        self._secret = secret
        self._token: str | None = None
        if spec.style != "none" and not secret:
            raise SourceError(
                f"auth style {spec.style} needs the system's secret (env:NAME or file:PATH)",
                permanent=True,
                kind="secret",
            )

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must not appear in a text."""
        pair = (self._secret or "").split(":", 1) if self.spec.style == "basic" else []
        return tuple(part for part in (self._secret, self._token, *pair[1:]) if part)

    @property
    def can_refresh(self) -> bool:
        """Whether a refused token can be replaced by a new one."""
        return self.spec.style in ("oauth2", "login")

    def forget(self) -> None:
        """Drop the token: the next request fetches another."""
        self._token = None

    def sign(self, request: httpx.Request, sender: Sender) -> httpx.Request:
        """Put the credentials on a request."""
        spec, secret = self.spec, self._secret or ""
        if spec.style == "bearer":
            request.headers["Authorization"] = (spec.prefix or "Bearer ") + secret
        elif spec.style == "basic":
            pair = secret if spec.username is None else f"{spec.username}:{secret}"
            request.headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        elif spec.style == "header":
            request.headers[spec.name or "X-API-Key"] = (spec.prefix or "") + secret
        elif spec.style == "query":
            request.url = request.url.copy_merge_params({spec.name or "api_key": secret})
        elif self.can_refresh:
            if self._token is None:
                self._token = self._fetch(sender)
            request.headers[spec.name or "Authorization"] = (
                "Bearer " if spec.prefix is None else spec.prefix
            ) + self._token
        return request

    def _fetch(self, sender: Sender) -> str:
        spec, secret = self.spec, self._secret or ""
        if spec.style == "oauth2":
            form = {"grant_type": "client_credentials", **spec.extra}
            if spec.scope:
                form["scope"] = spec.scope
            more: dict[str, Any] = {"data": form}
            if spec.client_in == "basic":
                pair = f"{spec.client_id or ''}:{secret}"
                more["headers"] = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
            else:
                form |= {"client_id": spec.client_id or "", "client_secret": secret}
            answer, at = sender.send_plain("POST", spec.token_url or "", **more), "access_token"
        else:
            body = _filled(spec.body, {"secret": secret, "username": spec.username or ""})
            answer, at = sender.send_plain(spec.method, spec.path or "", json=body), spec.token
        token = jmespath.search(at, answer)
        if not isinstance(token, str) or not token:
            raise SourceError(f"the sign-in answered no token at {at!r}", permanent=True, kind="auth")
        return token


def _filled(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for name, word in words.items():
            value = value.replace("{" + name + "}", word)
        return value
    if isinstance(value, Mapping):
        return {key: _filled(part, words) for key, part in value.items()}
    return [_filled(part, words) for part in value] if isinstance(value, list) else value
