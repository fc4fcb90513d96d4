"""Secrets by reference: env:NAME or file:PATH, looked up when they are needed and kept nowhere."""

import os
from collections.abc import Iterable
from pathlib import Path

from collectors.stream import SourceError
from collectors.system import System


class SecretError(SourceError):
    """A secret cannot be had; the message names every reference that is missing, never a secret."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=True, kind="secret")


def resolve(reference: str) -> str:
    """The secret behind a reference. Raises SecretError with one line that says what to do."""
    if trouble := _trouble(reference):
        raise SecretError(trouble)
    kind, _, name = reference.partition(":")
    return os.environ[name].strip() if kind == "env" else _file(name).read_text(encoding="utf-8").strip()


def missing(systems: Iterable[System]) -> list[str]:
    """One line for every secret of these systems that cannot be had; empty when all are there."""
    return [
        f"{system.label}: {trouble}"
        for system in systems
        if system.secret and (trouble := _trouble(system.secret))
    ]


def require(systems: Iterable[System]) -> None:
    """Raise SecretError that names every missing secret at once."""
    if lines := missing(systems):
        raise SecretError("; ".join(lines))


def _file(name: str) -> Path:
    return Path(name).expanduser()


def _trouble(reference: str) -> str | None:
    kind, colon, name = reference.partition(":")
    if not colon or kind not in ("env", "file") or not name:
        # what stands here instead may be the secret itself: it is not repeated
        return "the secret must be a reference, env:NAME or file:PATH"
    if kind == "env":
        return None if os.environ.get(name, "").strip() else f"environment variable {name} is not set"
    try:
        return None if _file(name).read_text(encoding="utf-8").strip() else f"file {name} is empty"
    except (OSError, UnicodeDecodeError) as error:
        return f"file {name} cannot be read ({getattr(error, 'strerror', None) or 'not text'})"
