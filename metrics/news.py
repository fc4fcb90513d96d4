"""What has been written about each customer since a task looked last; each task keeps its own place."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from sql import query


@dataclass(frozen=True)
class News:
    """One customer's: rows stamped `since` or later may be new to the task. `since` None: all of them."""

    customer_id: int
    since: datetime | None
    poll_floor: int
    done: tuple[str, ...]


def heard(conn: Connection, task: str, version: int = 1) -> list[News]:
    """The customers with news for a task. Raising `version` makes everything news, once."""
    found = conn.execute(text(query("kpi/news")), {"task": task, "version": str(version)})
    return [News(row.customer_id, row.since, row.poll_floor, tuple(row.done)) for row in found]


def noted(conn: Connection, task: str, news: News) -> None:
    """Keep the place, in the transaction that did the work."""
    conn.execute(
        text(query("kpi/news_done")),
        {
            "customer_id": news.customer_id,
            "task": task,
            "poll_floor": news.poll_floor,
            "done": list(news.done),
        },
    )
