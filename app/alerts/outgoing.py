"""The ways out of the house, handed in by whoever starts it: secrets by reference, mail, and posts to other systems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage


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
