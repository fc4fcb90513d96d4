"""Why a sealed month would say something else today: each cause by itself, with what it changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection

from metrics.period import Period
from metrics.sla import items
from metrics.sla.draft import Parties, evaluated
from metrics.sla.evaluation import Evaluation, plain
from metrics.sla.facts import Count
from metrics.sla.objective import Objective
from metrics.sla.statement import Change, Statement, changes
from metrics.sla.terms import Terms, read
from sql import query
from sql.ask import mappings

Kind = Literal["late_data", "calendar", "terms", "definition", "agreement"]

_NUMBERS = ("k", "n", "unknown")
_SAID = ("party", "evidence", "decided_by")


@dataclass(frozen=True)
class Cause:
    """One reason why a sealed month would say something else: what happened, and what that changes.

    late_data   runs or records that were received or changed after the seal
    calendar    opening hours or closed days of the month
    terms       what is agreed for the month
    definition  what a number means: its version in the catalogue
    agreement   what both sides leave out, announced work, and whose doing a miss is
    """

    kind: Kind
    said: tuple[str, ...]
    changes: tuple[Change, ...] = field(default=())


def causes(
    conn: Connection,
    parties: Parties,
    period: Period,
    sealed: Statement,
    terms: Terms,
    now: Mapping[str, Any],
) -> list[Cause]:
    """Every cause for which the month's body is not what was sealed; none when nothing differs.

    `terms` are those in force for the month today, `now` its body under them (metrics.sla.draft). Late data and a
    changed calendar are told apart by the transactions of which anything was written after the seal.
    """
    was = sealed.body
    agreed_then = read(was["evaluation"]["terms"])
    facts_now = evaluated(conn, parties.subject, agreed_then, period)
    found = [*_definitions(was, now), *_terms(was, now, facts_now)]
    calendar = tuple(changes(was["calendars"], plain(now["calendars"])))
    same_terms = plain(facts_now)
    agreement = tuple(_settled(was, plain(now), same_terms))
    late, rest = _by_what_came(conn, parties, sealed, agreed_then, facts_now)
    came = _came(conn, parties, period, sealed)
    others = tuple(_figures(was, now)) if not any(cause.kind == "terms" for cause in found) else ()
    if came or late or (others and not calendar and not found):
        found.append(Cause("late_data", came or ("records changed after the seal",), (*late, *others)))
    if calendar:
        said = tuple(f"{each.place}: {each.was} became {each.now}" for each in calendar)
        found.append(Cause("calendar", said, rest))
    elif rest and not agreement:
        found.append(Cause("late_data", ("slots and deadlines that were counted again",), rest))
    if agreement:
        said = tuple(f"{each.place}: {_short(each.was)} became {_short(each.now)}" for each in agreement)
        left_out = tuple(_left_out(was["evaluation"], same_terms))
        found.append(Cause("agreement", said, left_out if calendar else (*left_out, *rest)))
    return found


def _definitions(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Cause]:
    then = {figure["key"]: figure["definition_version"] for figure in was["figures"]}
    today = {figure["key"]: figure["definition_version"] for figure in now["figures"]}
    moved = [key for key in sorted({*then} & {*today}) if then[key] != today[key]]
    if moved:
        said = tuple(f"{key}: version {then[key]} became {today[key]}" for key in moved)
        yield Cause(
            "definition",
            said,
            tuple(each for each in _figures(was, now) if each.place.split(".")[0] in moved),
        )


def _settled(
    was: Mapping[str, Any], now: Mapping[str, Any], same_terms: Mapping[str, Any]
) -> Iterator[Change]:
    """What people said since: of what is left out, of announced work, and whose doing a miss is that was there already."""
    yield from changes(was["agreed"], now["agreed"])
    yield from changes(_works(was["evaluation"]), _works(same_terms))
    then, today = ({each["key"]: each for each in body["missed"]} for body in (was, now))
    for key in sorted(then.keys() & today.keys()):
        before, after = ({name: each[key].get(name) for name in _SAID} for each in (then, today))
        yield from changes(before, after, key)


def _works(evaluation: Mapping[str, Any]) -> dict[str, str]:
    """Announced work by the objectives of which it leaves something out, or would."""
    return {
        f"{each['key']} of {objective['key']}": f"{each['state']}, {each['seconds']} s"
        for objective in evaluation["objectives"]
        for each in objective["excluded"]
        if each["reason"] == "maintenance"
        and (any(each["count"].values()) or objective["agreed"] != objective["gross"])
    }


def _left_out(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    """How much more or less is left out of each objective, and what becomes of its verdict where nothing else has changed."""
    then = {each["key"]: each for each in was["objectives"]}
    for each in now["objectives"]:
        before = then[each["key"]]
        yield from changes(_gross_less_agreed(before), _gross_less_agreed(each), f"{each['key']}.left_out")
        if before["gross"] == each["gross"] and before["verdict"] != each["verdict"]:
            yield Change(f"{each['key']}.verdict", before["verdict"], each["verdict"])


def _gross_less_agreed(objective: Mapping[str, Any]) -> dict[str, int]:
    gross, agreed = objective["gross"], objective["agreed"]
    return {name: gross[name] - agreed[name] for name in _NUMBERS if None not in (gross[name], agreed[name])}


def _terms(was: Mapping[str, Any], now: Mapping[str, Any], facts_now: Evaluation) -> Iterator[Cause]:
    differing = tuple(changes(was["evaluation"]["terms"], plain(now["evaluation"]["terms"])))
    if differing:
        said = tuple(f"{each.place}: {_short(each.was)} became {_short(each.now)}" for each in differing)
        yield Cause("terms", said, tuple(changes(_told(plain(facts_now)), _told(plain(now["evaluation"])))))


def _came(conn: Connection, parties: Parties, period: Period, sealed: Statement) -> tuple[str, ...]:
    late = _late(conn, parties, period, sealed)
    new = sum(row["is_new"] for row in late)
    told = ((new, "received after the seal"), (len(late) - new, "changed after the seal"))
    return tuple(f"{number} transactions {how}" for number, how in told if number)


def _late(conn: Connection, parties: Parties, window: Period, sealed: Statement) -> list[dict[str, Any]]:
    asked = {
        "customer_ids": [parties.subject.customer_id],
        "since": window.since,
        "until": window.until,
        "after": sealed.sealed_at,
    }
    return mappings(conn, query("sla/late"), asked)


def _by_what_came(
    conn: Connection, parties: Parties, sealed: Statement, terms: Terms, facts_now: Evaluation
) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """What of the difference in each objective came with late data, and what did not."""
    late: list[Change] = []
    rest: list[Change] = []
    then = {each["key"]: each for each in sealed.body["evaluation"]["objectives"]}
    known = items.flows(conn, parties.subject.customer_id)
    for objective in terms.objectives:
        result, before = facts_now.of(objective.key), then[objective.key]["gross"]
        if plain(result.gross) == before:
            continue
        window = Period(result.since, result.until, parties.subject.time_zone, result.window)
        came = {
            (row["flow_key"], row["item_id"]): row["is_new"] for row in _late(conn, parties, window, sealed)
        }
        if objective.is_by_slices:  # a slice is of all that came due in it: it is not taken apart
            chosen = items.flows_in(objective, known)
            about = None if chosen is None else {flow.key for flow in chosen}
            is_late = any(about is None or flow in about for flow, _ in came)
            (late if is_late else rest).extend(_numbered(objective.key, before, plain(result.gross)))
        elif result.gross.k is None or before["k"] is None:
            late += _numbered(objective.key, before, plain(result.gross))
        else:
            was = Count(*(before[name] for name in _NUMBERS))
            listed = items.listed(conn, parties.subject, objective, window, None, known)
            by_late = vars(was + _moved_by(objective, listed, came, sealed.body["missed"]))
            late += _numbered(objective.key, before, by_late)
            rest += _numbered(objective.key, by_late, plain(result.gross))
    return tuple(late), tuple(rest)


def _moved_by(
    objective: Objective,
    listed: Sequence[items.Listed],
    touched: Mapping[tuple[str | None, str], bool],
    missed: Sequence[Mapping[str, Any]],
) -> Count:
    """What the touched items add to the count; one that was there and not missed was good."""
    sealed = {
        (each["flow"], each["item"]): Count(*each["count"])
        for each in missed
        if each["objective"] == objective.key
    }
    good = Count(int(objective.better == "higher"), 1, 0)
    moved = Count()
    for each in listed:
        place = (each.item.flow, each.item.key)
        if place in touched:
            before = sealed.get(place, Count() if touched[place] else good)
            moved = moved + (each.item.count - before)
    return moved


def _numbered(key: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """What differs in the whole numbers, or in the value of what has none."""
    names = (*_NUMBERS, *(("value",) if was["k"] is None else ()))
    return [Change(f"{key}.{name}", was[name], now[name]) for name in names if was[name] != now[name]]


def _told(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """What a reader compares of an evaluation: targets, verdicts, values, credits."""
    kept = ("target", "verdict", "gross", "agreed", "credit")
    return {
        **{each["key"]: {name: each[name] for name in kept} for each in evaluation["objectives"]},
        "credits": evaluation["credits"],
    }


def _figures(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    """Figures of the catalogue that have another value, other parts or another number of unknowns."""
    names = ("value", "numerator", "denominator", "unknown")
    then, today = (
        {figure["key"]: {name: figure[name] for name in names} for figure in said["figures"]}
        for said in (was, now)
    )
    return changes(then, plain(today))


def _short(value: Any) -> str:
    said = str(value)
    return said if len(said) <= 80 else f"{said[:79]}…"
