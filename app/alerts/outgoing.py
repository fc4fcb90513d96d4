"""The ways out of the house, handed in by whoever starts it: secrets by reference, mail, and posts to other systems."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage

ATTEMPTS = 12
FIRST_WAIT = timedelta(seconds=20)
LONGEST_WAIT = timedelta(hours=2)


class Undelivered(Exception):
    """It did not arrive, in one line. `permanent`: the same again does not help; `wait`: seconds the other side asks for.

    `doubtful`: there was no answer, and it may have arrived after all.
    """

    def __init__(
        self, said: str, *, permanent: bool, wait: float | None = None, doubtful: bool = False
    ) -> None:
        super().__init__(said)
        self.permanent = permanent
        self.wait = wait
        self.doubtful = doubtful


def wait_after(attempts: int, error: Undelivered) -> timedelta | None:
    """How long to leave it before the next attempt, longer each time and as long as the other side asks; None: give up."""
    if error.permanent or attempts >= ATTEMPTS:
        return None
    wait: timedelta = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
    wait *= random.uniform(0.8, 1.2)  # many that failed together do not come back together
    return wait if error.wait is None else max(wait, timedelta(seconds=min(error.wait, 86400)))


@dataclass(frozen=True)
class Post:
    """One request to an address outside; `secrets` stand in no error text."""

    url: str = field(repr=False)
    body: bytes
    headers: dict[str, str]
    allow_private: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Ways:
    """How things leave: each raises Undelivered. `mail` takes the partner whose server it goes through; `post` answers a text."""

    secret: Callable[[str], str]
    mail: Callable[[int, EmailMessage], None]
    post: Callable[[Post], str]
