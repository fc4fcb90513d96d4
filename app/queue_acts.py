"""What an act makes old of all that is remembered of the queue: one's own views, and what is read of the customers it touched."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import astuple
from typing import Any

from app.scope import Scope

OPENS_OR_CLOSES = frozenset({"waive", "reopen", "merge", "split", "undo"})
"""Verbs after which another number of exceptions may be open: amounts and the rows behind them must go on adding up."""

STAYS = frozenset({"take", "assign", "unassign", "note", "log", "tag", "found", "triage", "wait", "claim"})
"""Verbs after which an exception stands in the queue where it stood, if it is still in the list at all."""
REMEMBERED = 50

_guard = threading.Lock()
_last: dict[int, deque[frozenset[int] | None]] = {}
_of_person: Counter[int] = Counter()
_of_customer: Counter[int] = Counter()
_opened_or_closed: Counter[int] = Counter()


@contextmanager
def acting(
    scope: Scope, customer_ids: Collection[int], verb: str, exception_ids: Collection[int] = ()
) -> Iterator[None]:
    """Somebody acts on exceptions of these customers; when it ends, done or refused, what it made old is asked anew.

    Whoever was refused looks at something old. Customers outside the person's scope are left alone. With `exception_ids`,
    when it was done and nothing but these can look otherwise, a list that is held needs no more than them.
    """
    alone = None
    try:
        yield
        alone = frozenset(exception_ids) if verb in STAYS and exception_ids else None
    finally:
        touched = set(scope.customer_ids).intersection(customer_ids)
        with _guard:
            _of_person[scope.person_id] += 1
            _last.setdefault(scope.person_id, deque(maxlen=REMEMBERED)).append(alone)
            _of_customer.update(touched)
            if verb in OPENS_OR_CLOSES:
                _opened_or_closed.update(touched)


def stand(scope: Scope) -> tuple[Any, ...]:
    """Under what a reader of the queue remembers an answer: whose eyes, and how many acts made earlier answers old.

    Acts of one's own count, those at the one customer that is looked at, and in a scope of several customers those that
    open or close. What else colleagues do there is seen with the next step of `data.now`, as what other processes do is.
    """
    alone = scope.customer_ids if len(scope.customer_ids) == 1 else ()
    return (
        *astuple(scope),
        _of_person[scope.person_id],
        sum(_of_customer[each] for each in alone),
        sum(_opened_or_closed[each] for each in scope.customer_ids),
    )


def changed(scope: Scope, before: tuple[Any, ...]) -> frozenset[int] | None:
    """The exceptions that one's own acts changed since a `stand`, where nothing else made it old; None: everything has to be asked."""
    with _guard:
        now = stand(scope)
        acts = now[-3] - before[-3]
        last = list(_last.get(scope.person_id, ()))[-acts:] if acts > 0 else []
    elsewhere = now[-2] - before[-2] not in (0, acts) or now[-1] != before[-1]
    if before[:-3] != now[:-3] or elsewhere or len(last) != acts or acts <= 0:
        return None
    return None if None in last else frozenset().union(*(each for each in last if each))
