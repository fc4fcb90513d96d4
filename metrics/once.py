"""What a transaction was answered already: a review asks the same of the same months in several places."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")
_ANSWERS = "answers"


@contextmanager
def asked_once(conn: Connection) -> Iterator[None]:
    """Meanwhile what was answered is not asked again: for a steady transaction, in which it would be the same."""
    if _ANSWERS in conn.info:
        yield
        return
    conn.info[_ANSWERS] = {}
    try:
        yield
    finally:
        del conn.info[_ANSWERS]


def once(conn: Connection, about: tuple[Any, ...], asked: Mapping[str, Any], ask: Callable[[], T]) -> T:
    """What `ask` answers, or answered before to the same: `about` what, with which parameters. Nobody changes it."""
    if (answers := conn.info.get(_ANSWERS)) is None:
        return ask()
    question = (about, repr(asked))
    if question not in answers:
        answers[question] = ask()
    found: T = answers[question]
    return found
