"""Passwords: argon2id hashes, made-up passwords, and a check that takes as long for a stranger as for a friend."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

LONGEST = 1024
_WORDS_WITHOUT_LOOKALIKES = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """The argon2id hash to store; raises ValueError for a password that is empty or longer than 1024 characters."""
    if not 0 < len(password) <= LONGEST:
        raise ValueError(f"a password has 1 to {LONGEST} characters")
    return _hasher.hash(password)


def made_up_password() -> str:
    """A random password that can be read out: four groups of four, about 92 bits."""
    return "-".join("".join(secrets.choice(_WORDS_WITHOUT_LOOKALIKES) for _ in range(4)) for _ in range(4))


def is_password(password: str, stored: str | None) -> bool:
    """True when the password belongs to the hash. Without a hash it takes as long and is never true."""
    try:
        _hasher.verify(stored or _nobody(), password[:LONGEST])
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """True when the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))
