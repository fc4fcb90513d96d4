"""What has been written about each customer since a task looked last; each task keeps its own place."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from metrics import apart
from sql.ask import execute
from sql.database import Database

R = TypeVar("R")


@dataclass(frozen=True)
class News:
    """One customer's: rows stamped `since` or later may be new to the task. `since` None: all of them."""

    customer_id: int
    since: datetime | None
    poll_floor: int
    done: tuple[str, ...]


def heard(conn: Connection, task: str, version: int = 1) -> list[News]:
    """The customers with news for a task. Raising `version` makes everything news, once."""
    found = execute(conn, "kpi/news", task=task, version=str(version))
    return [News(row.customer_id, row.since, row.poll_floor, tuple(row.done)) for row in found]


def noted(conn: Connection, task: str, news: News) -> None:
    """Keep the place, in the transaction that did the work."""
    kept = {"customer_id": news.customer_id, "poll_floor": news.poll_floor, "done": list(news.done)}
    execute(conn, "kpi/news_done", task=task, **kept)


def each(database: Database, task: str, version: int, do: Callable[[Connection, News], R]) -> list[R]:
    """What `do` answers of every customer with news for a task, each in a transaction of its own that keeps the place as well.

    One process is at a customer's task, the others wait for it. Raises the first database error after all had their turn.
    """

    def one(customer: News) -> R:
        with database.engine("metrics").begin() as conn:
            execute(conn, "kpi/task_lock", customer_id=customer.customer_id, task=task)
            done = do(conn, customer)
            noted(conn, task, customer)
        return done

    with database.engine("metrics").begin() as conn:
        waiting = heard(conn, task, version)
    return apart.side_by_side(waiting, one)
