"""What an act makes old of all that is remembered of the queue: one's own views, and what is read of the customers it touched."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import astuple
from typing import Any

from app.scope import Scope

OPENS_OR_CLOSES = frozenset({"waive", "reopen", "merge", "split", "undo"})
"""Verbs after which another number of exceptions may be open: amounts and the rows behind them must go on adding up."""

_guard = threading.Lock()
_of_person: Counter[int] = Counter()
_of_customer: Counter[int] = Counter()
_opened_or_closed: Counter[int] = Counter()


@contextmanager
def acting(scope: Scope, customer_ids: Collection[int], verb: str) -> Iterator[None]:
    """Somebody acts on exceptions of these customers; when it ends, done or refused, what it made old is asked anew.

    Whoever was refused looks at something old. Customers outside the person's scope are left alone.
    """
    try:
        yield
    finally:
        touched = set(scope.customer_ids).intersection(customer_ids)
        with _guard:
            _of_person[scope.person_id] += 1
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
