"""Does one thing to many exceptions: each for itself, at the version that was looked at, and says of each what became of it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from metrics.triage.act import Done, Target, desk
from metrics.triage.moves import NotAllowed
from sql import query
from sql.database import Database

AT_MOST = 1000
"""So many at once: more are a matter for a rule, not for a person."""


@dataclass(frozen=True)
class Refused:
    """One that was left as it is: which, what it is called (empty when it is no longer there), and why."""

    target: Target
    title: str
    why: str


@dataclass(frozen=True)
class Outcome:
    """What became of many: those done, each with its event and its new version, and those refused."""

    done: tuple[Done, ...]
    refused: tuple[Refused, ...]

    @property
    def reasons(self) -> dict[str, int]:
        """How many were refused for which reason, the most frequent first."""
        return dict(Counter(each.why for each in self.refused).most_common())


def each(
    database: Database,
    customer_ids: Sequence[int],
    targets: Sequence[Target],
    do: Callable[[Connection, Target], Done],
) -> Outcome:
    """Do `do` to every target, as a desk of these customers; what is not allowed for one does not keep the others back.

    Each is a transaction of its own: nobody waits for a row until all of them are done, and two people who work through
    the same rows in different order cannot lock each other out. Raises NotAllowed for none, and for more than AT_MOST.
    """
    if not targets:
        raise NotAllowed("nothing is chosen")
    if len(targets) > AT_MOST:
        raise NotAllowed(f"at most {AT_MOST} can be done at once, not {len(targets)}; narrow the filter")
    done: list[Done] = []
    refused: list[tuple[Target, str]] = []
    for target in dict.fromkeys(targets):
        try:
            with desk(database, customer_ids) as conn:
                done.append(do(conn, target))
        except NotAllowed as error:
            refused.append((target, str(error)))
    return Outcome(tuple(done), _named(database, customer_ids, refused))


def _named(
    database: Database, customer_ids: Sequence[int], refused: Sequence[tuple[Target, str]]
) -> tuple[Refused, ...]:
    if not refused:
        return ()
    asked = {
        "customer_ids": list(customer_ids),
        "exception_ids": [target.exception_id for target, _ in refused],
    }
    with desk(database, customer_ids) as conn:
        titles = {row.exception_id: row.title for row in conn.execute(text(query("triage/standing")), asked)}
    return tuple(Refused(target, titles.get(target.exception_id, ""), why) for target, why in refused)
