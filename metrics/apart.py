"""One that fails stands in nobody's way: the others are done first, and its error is raised then."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

T = TypeVar("T")
R = TypeVar("R")


def each(items: Iterable[T], do: Callable[[T], R]) -> list[R]:
    """What `do` answers for each item, in order. Raises the first database error after all of them were tried."""
    answers: list[R] = []
    failed: list[SQLAlchemyError] = []
    for item in items:
        try:
            answers.append(do(item))
        except SQLAlchemyError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return answers
