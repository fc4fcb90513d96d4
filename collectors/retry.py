"""Asks a platform to retry a run, once, where its preset says how and its entry in the estate switches it on; else the steps to do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import jmespath
from pydantic import BaseModel, ConfigDict, Field

from collectors.auth import AuthSpec
from collectors.http import Client
from collectors.http_preset import described
from collectors.paging import prepare
from collectors.redact import redact
from collectors.spec_parts import Request
from collectors.stream import SourceError
from collectors.system import System

SWITCH = "retry"
"""`options: {retry: true}` of a system lets us write to it; without it nothing is ever sent."""

_NOT_DONE = frozenset(
    {"secret", "auth", "rights", "refused", "rate_limit", "unreachable", "redirect", "address"}
)


class Before(BaseModel):
    """What must hold of a run before it is retried: an expression over what a request answers."""

    model_config = ConfigDict(extra="forbid")
    request: Request
    must: str
    otherwise: str = Field(alias="else")


class RetrySpec(BaseModel):
    """How a platform is asked to retry a run. Words: {id} of the run, {key} of the attempt, {now}, {workflow}."""

    model_config = ConfigDict(extra="forbid")
    request: Request
    accepted: str
    new_run: str | None = None
    reason: str | None = None
    right: str | None = None
    before: Before | None = None
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What became of it: 'accepted', 'refused' (it was not done) or 'unsure' (it may have been); why, and the new run."""

    state: Literal["accepted", "refused", "unsure"]
    said: str = ""
    new_run_id: str | None = None


def spec_of(kind: str) -> RetrySpec | None:
    """How this kind of platform is asked; None where its preset does not say."""
    found = described(kind)
    return RetrySpec.model_validate(found["retry"]) if found and "retry" in found else None


def switched_off(system: System) -> str | None:
    """Why nothing may be sent to this system, in one line; None when it may."""
    if spec_of(system.kind) is None:
        return f"{system.kind} says no way to retry a run through its API"
    if system.options.get(SWITCH) is not True:
        return f"retries are off for {system.label}; the estate switches them on: systems.{system.key}.options: {{retry: true}}"
    return None


def steps(kind: str, run_id: str | None, workflow: str) -> list[str]:
    """What a person does on the platform instead, in order."""
    spec = spec_of(kind)
    told = spec.steps if spec else ()
    general = (
        f"Open run {run_id or '(none was seen)'} of {workflow or 'the flow'} on the platform.",
        "Start it again there, or start the flow for the same record.",
        "What comes of it is read with the next poll.",
    )
    words = {"id": run_id or "(none was seen)", "workflow": workflow or "the flow"}
    return [step.format(**words) for step in told] or list(general)


def retry(system: System, run_id: str, key: str, now: datetime) -> Asked:
    """Ask once; nothing is raised for trouble with the platform, and nothing is ever sent twice by one call.

    Raises ValueError for a system that is not switched on.
    """
    spec = spec_of(system.kind)
    if spec is None or (why := switched_off(system)):
        raise ValueError(why if spec else switched_off(system))
    words: dict[str, Any] = {"id": run_id, "key": key, "now": now.isoformat()}
    is_sent = False
    try:
        with Client(system, auth=_signing(system)) as client:
            if spec.before is not None:
                state = client.request(**_ready(spec.before.request, words)).body
                if not jmespath.search(spec.before.must, state):
                    return Asked("refused", spec.before.otherwise)
            is_sent = True
            body = client.send_once(**_ready(spec.request, words)).body
    except SourceError as error:
        is_done = is_sent and error.kind not in _NOT_DONE
        return Asked("unsure" if is_done else "refused", redact(error))
    return _understood(spec, body, run_id)


def _understood(spec: RetrySpec, body: Any, run_id: str) -> Asked:
    if not isinstance(body, Mapping) or not jmespath.search(spec.accepted, body):
        said = jmespath.search(spec.reason, body) if spec.reason and isinstance(body, Mapping) else None
        return Asked(
            "refused" if said else "unsure", redact(str(said or "the platform's answer is not understood"))
        )
    new = jmespath.search(spec.new_run, body) if spec.new_run else None
    return Asked("accepted", "", None if new is None or str(new) == run_id else str(new))


def _ready(request: Request, words: Mapping[str, Any]) -> dict[str, Any]:
    return prepare(request, words, {})


def _signing(system: System) -> AuthSpec:
    entry = described(system.kind) or {}
    return AuthSpec.model_validate(system.options.get("auth") or entry.get("auth", {}))
