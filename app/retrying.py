"""Retries through platforms, for the page and the command line alike: planned, written down as begun, sent once, and what was answered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sqlalchemy import Connection

from metrics.triage.act import Actor, Target, desk, find
from metrics.triage.moves import NotAllowed
from metrics.triage.retry import Candidate, begin, candidates, end
from sql.database import Database


@dataclass(frozen=True)
class Answer:
    """What a platform said to a retry: 'accepted', 'refused' (it was not done) or 'unsure' (it may have been)."""

    state: str
    said: str
    new_run_id: str | None


class Platforms(Protocol):
    """The platforms as whoever starts the process has wired them in: pages and figures know none themselves."""

    def barred(self, chosen: Candidate) -> str | None:
        """Why nothing may be sent to the platform of this run, in one line; None when it may."""

    def steps(self, chosen: Candidate) -> Sequence[str]:
        """What a person does on the platform instead, in order."""

    def ask(self, chosen: Candidate, key: str, now: datetime) -> Answer:
        """Ask it once to run this again; trouble with the platform is an answer."""


@dataclass(frozen=True)
class Planned:
    """One open transaction: why it is not sent (None: it may be), what to do by hand, and what was answered if it was sent."""

    chosen: Candidate
    why: str | None
    steps: tuple[str, ...] = ()
    answer: Answer | None = None


def planned(conn: Connection, target: Target, platforms: Platforms) -> list[Planned]:
    """What would be asked for the open transactions of an exception, the latest first; empty when it has none.

    Raises NotFound, and Faster when the exception has left the version of `target`.
    """
    find(conn, target)
    return [_planned(each, platforms) for each in candidates(conn, target)]


def _planned(chosen: Candidate, platforms: Platforms) -> Planned:
    if chosen.barred is not None:
        return Planned(chosen, chosen.barred)
    why = platforms.barred(chosen)
    return Planned(chosen, why, tuple(platforms.steps(chosen)) if why else ())


def carry_out(
    db: Database,
    customer_ids: Sequence[int],
    actor: Actor,
    target: Target,
    platforms: Platforms,
    now: datetime,
    only: Collection[str] | None = None,
) -> list[Planned]:
    """Retry what may be, each transaction once (`only` these, by name); what was begun is committed before it is sent.

    Raises NotAllowed as `planned` does; nothing has been sent then.
    """
    told: list[Planned] = []
    begun: list[Candidate] = []
    with desk(db, customer_ids) as conn:
        for each in planned(conn, target, platforms):
            if only is not None and each.chosen.subject_id not in only:
                continue
            if each.why is None and not begin(conn, actor, each.chosen, now):
                each = replace(each, why="somebody has begun it this moment")
            elif each.why is None:
                begun.append(each.chosen)
            told.append(each)
    answers = {}
    for chosen in begun:
        key = f"retry {chosen.attempt} of {chosen.subject_id}, exception {chosen.exception_id}"
        answer = platforms.ask(chosen, key, now)
        with desk(db, customer_ids) as conn:
            end(conn, actor, chosen, answer.state, answer.new_run_id, answer.said, now)
        answers[chosen.subject_id] = answer
    return [replace(each, answer=answers.get(each.chosen.subject_id)) for each in told]


class NoPlatforms:
    """A process into which no platform is wired: nothing is ever sent from it."""

    def barred(self, chosen: Candidate) -> str | None:
        return "this server asks no platform; use queue retry on the command line"

    def steps(self, chosen: Candidate) -> Sequence[str]:
        return ()

    def ask(self, chosen: Candidate, key: str, now: datetime) -> Answer:
        raise NotAllowed("this server asks no platform")
