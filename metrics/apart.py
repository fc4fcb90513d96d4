"""One that fails stands in nobody's way: the others are done first, and its error is raised then."""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = min(4, os.cpu_count() or 1)
"""So many customers are worked on side by side: the database does the work, each connection on a core of its own."""


def each(items: Iterable[T], do: Callable[[T], R]) -> list[R]:
    """What `do` answers for each item, in order. Raises the first database error after all of them were tried."""
    return _without_failed([_tried(do, item) for item in items])


def side_by_side(items: Sequence[T], do: Callable[[T], R]) -> list[R]:
    """The same, several at a time: for work on different customers, each in a transaction of its own."""
    if len(items) < 2:
        return each(items, do)
    with ThreadPoolExecutor(min(AT_ONCE, len(items))) as pool:
        return _without_failed(list(pool.map(lambda item: _tried(do, item), items)))


def _tried(do: Callable[[T], R], item: T) -> R | SQLAlchemyError:
    try:
        return do(item)
    except SQLAlchemyError as error:
        return error


def _without_failed(answers: list[R | SQLAlchemyError]) -> list[R]:
    for answer in answers:
        if isinstance(answer, SQLAlchemyError):
            raise answer
    return [answer for answer in answers if not isinstance(answer, SQLAlchemyError)]
