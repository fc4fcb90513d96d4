"""The one table of what can be done with an exception: which states a verb leaves, which it reaches, what it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

OPEN = ("new", "triaged", "waiting", "fix_claimed", "reopened")
STATES = (*OPEN, "verified_closed", "waived", "merged")
FOUND_BY = ("us", "customer")
WAITING_ON = ("customer", "vendor", "partner", "internal")


class NotAllowed(ValueError):
    """A verb that this exception does not admit, or that lacks what it needs; one line that says which and what would do."""


@dataclass(frozen=True)
class Standing:
    """All that a person can change of an exception. Instants have a zone; severity is 1 (urgent) to 4."""

    state: str
    waiting_on: str | None = None
    owner_person_id: int | None = None
    severity: int = 3
    tags: tuple[str, ...] = ()
    snoozed_until: datetime | None = None
    snoozed_count: int | None = None
    waived_until: datetime | None = None
    claimed_at: datetime | None = None
    closed_at: datetime | None = None
    merged_into_exception_id: int | None = None
    found_by: str = "us"


@dataclass(frozen=True)
class Verb:
    """One thing a person can do.

    leaves    states in which it can be done
    reaches   the state it leads to; None: the state stays as it is
    kind      what the appended event is called
    needs     what has to be said with it
    moves     it leaves the version it saw, so that the second of two people is refused; False: it only adds to the history
    undoable  the person who did it can take it back while nobody has moved since
    """

    key: str
    says: str
    leaves: tuple[str, ...]
    reaches: str | None
    kind: str
    needs: tuple[str, ...] = ()
    moves: bool = True
    undoable: bool = True


VERBS = (
    Verb("take", "takes it", OPEN, None, "assigned"),
    Verb("assign", "gives it to somebody", OPEN, None, "assigned", ("owner_person_id",)),
    Verb("unassign", "gives it back to nobody", OPEN, None, "assigned"),
    Verb("note", "writes a note", STATES, None, "noted", ("note",), moves=False, undoable=False),
    Verb("tag", "adds or removes tags", STATES, None, "tagged"),
    Verb("prioritise", "sets the severity", OPEN, None, "ranked", ("severity",)),
    Verb("found", "says who saw it first", STATES, None, "found", ("found_by",)),
    Verb("triage", "has looked at it", ("new", "reopened", "waiting", "fix_claimed"), "triaged", "moved"),
    Verb("wait", "waits for somebody", OPEN, "waiting", "moved", ("waiting_on",)),
    Verb("claim", "says it is fixed", ("new", "triaged", "waiting", "reopened"), "fix_claimed", "moved"),
    Verb("waive", "accepts it for a time", OPEN, "waived", "moved", ("note", "waived_until")),
    Verb("snooze", "wants to see it later", OPEN, None, "snoozed"),
    Verb("wake", "wants to see it again", OPEN, None, "woken"),
    Verb("reopen", "says it is not over", ("waived", "verified_closed"), "reopened", "moved", ("note",)),
    Verb("merge", "puts it into another one", OPEN, "merged", "merged", ("merged_into_exception_id",)),
    Verb("split", "takes records out of it", OPEN, None, "split", undoable=False),
    Verb("log", "logs minutes of work", STATES, None, "logged", ("minutes",), moves=False),
)
_VERBS = {verb.key: verb for verb in VERBS}
_LONGEST_TAG, _MOST_TAGS, _LONGEST_NOTE = 40, 20, 4000


def verb(key: str) -> Verb:
    """The verb that is called so; NotAllowed for any other word."""
    if key not in _VERBS:
        raise NotAllowed(f"there is no verb '{key}'; the verbs are {', '.join(_VERBS)}")
    return _VERBS[key]


def possible(state: str) -> tuple[Verb, ...]:
    """What can be done with an exception in this state."""
    return tuple(each for each in VERBS if state in each.leaves)


def apply(key: str, now: Standing, at: datetime, given: Mapping[str, Any]) -> Standing:
    """What the exception is after a verb at an instant; the same standing when the verb only adds to the history.

    `given` may hold note, owner_person_id, tags (to add), untags (to remove), severity, waiting_on, waived_until,
    snoozed_until, snoozed_count, merged_into_exception_id, minutes, found_by, and person_id of who acts. Raises NotAllowed.
    """
    wanted = verb(key)
    if now.state not in wanted.leaves:
        raise NotAllowed(
            f"{_said(now.state)}: '{key}' is done from {', '.join(map(_said, wanted.leaves))};"
            f" possible now: {', '.join(each.key for each in possible(now.state))}"
        )
    if missing := [name for name in wanted.needs if given.get(name) in (None, "", ())]:
        raise NotAllowed(f"'{key}' needs {' and '.join(_NEEDED[name] for name in missing)}")
    if len(given.get("note") or "") > _LONGEST_NOTE:
        raise NotAllowed(f"a note has at most {_LONGEST_NOTE} characters")
    after = _reached(wanted, now, at)
    return _CHANGES[key](after, at, given) if key in _CHANGES else after


def differing(before: Standing, after: Standing) -> dict[str, Any]:
    """The fields of `before` that are others in `after`: what an undo puts back."""
    return {
        field.name: getattr(before, field.name)
        for field in fields(Standing)
        if getattr(before, field.name) != getattr(after, field.name)
    }


def _reached(verb: Verb, now: Standing, at: datetime) -> Standing:
    """The standing in the state that the verb leads to, without what belonged to the state before."""
    if verb.reaches is None:
        return now
    closed = verb.reaches in ("waived", "merged")
    return replace(
        now,
        state=verb.reaches,
        waiting_on=None,
        waived_until=None,
        claimed_at=at if verb.reaches == "fix_claimed" else None,
        closed_at=(now.closed_at or at) if closed else None,
        snoozed_until=None,
        snoozed_count=None,
    )


def _owned(now: Standing, person_id: int | None) -> Standing:
    """Owned by the person; what is new counts as looked at."""
    seen = person_id is not None and now.state in ("new", "reopened")
    return replace(now, owner_person_id=person_id, state="triaged" if seen else now.state)


def _take(now: Standing, at: datetime, given: Mapping[str, Any]) -> Standing:
    if given.get("person_id") is None:
        raise NotAllowed("'take' is done by a person")
    if now.owner_person_id == given["person_id"]:
        raise NotAllowed("you have it already")
    return _owned(now, given["person_id"])


def _assign(now: Standing, at: datetime, given: Mapping[str, Any]) -> Standing:
    if now.owner_person_id == given["owner_person_id"]:
        raise NotAllowed("they have it already")
    return _owned(now, given["owner_person_id"])


def _unassign(now: Standing, at: datetime, given: Mapping[str, Any]) -> Standing:
    if now.owner_person_id is None:
        raise NotAllowed("nobody has it")
    return _owned(now, None)


def _tag(now: Standing, at: datetime, given: Mapping[str, Any]) -> Standing:
    adds, removes = _tags(given.get("tags") or ()), _tags(given.get("untags") or ())
    if not adds and not removes:
        raise NotAllowed("'tag' needs a tag to add or to remove")
    after = tuple(dict.fromkeys(tag for tag in (*now.tags, *adds) if tag not in removes))
    if len(after) > _MOST_TAGS:
        raise NotAllowed(f"an exception has at most {_MOST_TAGS} tags")
    if after == now.tags:
        raise NotAllowed("the tags are so already")
    return replace(now, tags=after)


def _tags(words: tuple[str, ...]) -> tuple[str, ...]:
    tags = tuple(" ".join(word.split()).casefold() for word in words)
    if bad := [tag for tag in tags if not tag or len(tag) > _LONGEST_TAG]:
        raise NotAllowed(f"a tag has 1 to {_LONGEST_TAG} characters, not {bad[0]!r}")
    return tags


def _prioritise(now: Standing, at: datetime, given: Mapping[str, Any]) -> Standing:
    if given["severity"] not in (1, 2, 3, 4):
        raise NotAllowed(f"a severity is 1 (urgent) to 4, not {given['severity']}")
    if given["severity"] == now.severity:
        raise NotAllowed(f"its severity is {now.severity} already")
    return replace(now, severity=given["severity"])


def _found(now: Standing, at: datetime, given: Mapping[str, Any]) -> Standing:
    if given["found_by"] not in FOUND_BY:
        raise NotAllowed(f"it was found by {' or '.join(FOUND_BY)}, not by '{given['found_by']}'")
    if given["found_by"] == now.found_by:
        raise NotAllowed(f"it says already that it was found by {now.found_by}")
    return replace(now, found_by=given["found_by"])


def _wait(now: Standing, at: datetime, given: Mapping[str, Any]) -> Standing:
    if given["waiting_on"] not in WAITING_ON:
        raise NotAllowed(f"it can wait for {', '.join(WAITING_ON)}, not for '{given['waiting_on']}'")
    return replace(now, waiting_on=given["waiting_on"])


def _waive(now: Standing, at: datetime, given: Mapping[str, Any]) -> Standing:
    return replace(now, waived_until=_later("a waiver ends", given["waived_until"], at))


def _snooze(now: Standing, at: datetime, given: Mapping[str, Any]) -> Standing:
    until, often = given.get("snoozed_until"), given.get("snoozed_count")
    if until is None and often is None:
        raise NotAllowed("'snooze' needs an instant to wake at, or how often it has happened by then")
    if often is not None and often < 1:
        raise NotAllowed("it can sleep until it has happened once or more often")
    if until is not None:
        _later("it wakes", until, at)
    return replace(now, snoozed_until=until, snoozed_count=often)


def _wake(now: Standing, at: datetime, given: Mapping[str, Any]) -> Standing:
    if now.snoozed_until is None and now.snoozed_count is None:
        raise NotAllowed("it is awake")
    return replace(now, snoozed_until=None, snoozed_count=None)


def _merge(now: Standing, at: datetime, given: Mapping[str, Any]) -> Standing:
    return replace(now, merged_into_exception_id=given["merged_into_exception_id"])


def _log(now: Standing, at: datetime, given: Mapping[str, Any]) -> Standing:
    if not 0 < given["minutes"] <= 24 * 60:
        raise NotAllowed("between 1 minute and 24 hours can be logged at once")
    return now


def _later(what: str, until: datetime, at: datetime) -> datetime:
    if until.tzinfo is None:
        raise NotAllowed(f"{what} at an instant with a time zone, not {until.isoformat()}")
    if until <= at:
        raise NotAllowed(f"{what} later than now, not {until.isoformat()}")
    return until


def _said(state: str) -> str:
    return state.replace("_", " ")


_CHANGES = {
    "take": _take,
    "assign": _assign,
    "unassign": _unassign,
    "tag": _tag,
    "prioritise": _prioritise,
    "found": _found,
    "wait": _wait,
    "waive": _waive,
    "snooze": _snooze,
    "wake": _wake,
    "merge": _merge,
    "log": _log,
}
_NEEDED = {
    "owner_person_id": "the person to give it to",
    "note": "a reason in words",
    "severity": "a severity",
    "found_by": "who found it",
    "waiting_on": "whom it waits for",
    "waived_until": "an end",
    "merged_into_exception_id": "the exception to put it into",
    "minutes": "minutes",
}
