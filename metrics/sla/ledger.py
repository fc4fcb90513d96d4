"""The ledger of a month: what one side wants left out and the other accepts or disputes, and whose doing a miss is.

Each word is written by a person at a desk (metrics.sla.desk), stands in the audit, and shows at once in gross, agreed and net.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection

from metrics.period import Period
from metrics.sla import items, responsibility
from metrics.sla.desk import Desk, NotAllowedError
from metrics.sla.draft import evaluated
from metrics.sla.objective import Objective
from metrics.sla.responsibility import Side
from metrics.sla.terms import Terms
from metrics.sla.window import Subject, in_force, month_of, window_of
from metrics.sla.words import Party
from metrics.sla.works import flow_ids, flow_keys, touching
from sql import query
from sql.ask import mappings

PARTIES: tuple[str, ...] = get_args(Party)
Answer = Literal["accepted", "disputed", "withdrawn"]


@dataclass(frozen=True)
class Exclusion:
    """What somebody wants left out, as it stands; `seen` is the last word said of it, which an answer has to name."""

    number: int
    reason: str
    metric: str | None
    flows: tuple[str, ...]
    span: tuple[datetime, datetime] | None
    items: tuple[str, ...]
    state: str
    proposed_side: Side
    proposed_by: str
    proposed_at: datetime
    said_side: Side
    said_by: str
    said_at: datetime
    comment: str
    evidence: str | None
    seen: int

    @property
    def key(self) -> str:
        """How an evaluation calls it."""
        return f"exclusion {self.number}"

    def answers(self, side: Side | None) -> tuple[Answer, ...]:
        """What a side can still say of it: the other one accepts or disputes, its own takes it back."""
        if side is None or self.state == "withdrawn":
            return ()
        if side == self.proposed_side:
            return ("withdrawn",)
        said: tuple[Answer, ...] = ("accepted", "disputed")
        return tuple(each for each in said if each != self.state)


def exclusions(conn: Connection, customer_id: int, period: Period) -> list[Exclusion]:
    """What is proposed, accepted or disputed and touches a month, in the order of the last words; also what names items of another."""
    names = {flow.flow_id: flow.key for flow in items.flows(conn, customer_id)}
    return [
        Exclusion(
            number=row["exclusion_id"],
            reason=row["reason"],
            metric=row["metric"],
            flows=flow_keys(row["flow_ids"] or (), names),
            span=None if row["from_at"] is None else (row["from_at"], row["to_at"]),
            items=tuple(row["item_ids"]),
            state=row["state"],
            proposed_side=row["proposed_side"],
            proposed_by=row["proposed_by"],
            proposed_at=row["proposed_at"],
            said_side=row["side"],
            said_by=row["actor"],
            said_at=row["at"],
            comment=row["comment"],
            evidence=row["evidence"],
            seen=row["event_id"],
        )
        for row in mappings(conn, query("sla/claims"), touching(customer_id, period.since, period.until))
    ]


def in_month(found: Sequence[Exclusion], body: Mapping[str, Any]) -> list[Exclusion]:
    """Those of them that a month's body (metrics.sla.draft) is about: of a stretch of time, or of items that it tells."""
    held = body["evaluation"]["objectives"]
    told = {each["key"] for objective in held for each in objective["excluded"]}
    missed = {each["item"] for each in body["missed"]}
    return [each for each in found if each.span or each.key in told or missed.intersection(each.items)]


def propose(
    desk: Desk,
    subject: Subject,
    period: Period,
    reason: str,
    comment: str,
    *,
    objective: str | None = None,
    named: Sequence[str] = (),
    span: tuple[datetime, datetime] | None = None,
    flows: Sequence[str] = (),
    evidence: str | None = None,
) -> int:
    """Propose to leave out items of an objective, or what came due in a stretch of time; answers the number of the exclusion.

    Raises NotAllowedError for a reason that the terms do not allow, for an objective that is measured, for items that are not
    among those of the objective, for some flows only where it is the availability of a service, and without a comment.
    """
    terms = _terms(desk, subject, period)
    asked = None if objective is None else _objective(terms, objective)
    if named and asked is None:
        raise NotAllowedError("say of which objective the items are")
    if asked is not None and asked.is_measured:
        raise NotAllowedError(f"{asked.key} is measured and counts no items: nothing can be left out of it")
    rule = (asked.exclusions if asked else None) or terms.exclusions
    if reason == "maintenance" or reason not in rule.allowed:
        allowed = ", ".join(each for each in rule.allowed if each != "maintenance")
        raise NotAllowedError(
            f"the terms do not allow '{reason}' to be left out; they allow {allowed or 'nothing'}"
        )
    if not comment.strip():
        raise NotAllowedError("say why, so that the other side can judge it")
    if asked is not None and flows and not named and asked.indicator.key == "availability":
        _whole(desk, subject, terms, period, asked, flows)
    if asked is not None and named:
        _among(desk, subject, terms, period, asked, named)
    try:
        number = responsibility.propose(
            desk.conn,
            desk.customer_id,
            reason,
            desk.side,
            desk.person.email,
            desk.now,
            comment.strip(),
            named,
            span,
            flow_ids(desk, flows) if flows else None,
            None if asked is None else asked.indicator.key,
            evidence,
        )
    except ValueError as error:
        raise NotAllowedError(str(error)) from None
    desk.note("propose", period=period.label, exclusion=number, reason=reason, items=list(named), span=span)
    return number


def answer(desk: Desk, number: int, state: Answer, comment: str, seen: int | None) -> None:
    """Accept or dispute what the other side proposed, or take back what one's own did.

    `seen` is the last word that was looked at; None for whichever it is. Raises NotAllowedError when this side may not say
    that, when somebody has spoken of it since, and for a dispute without a comment.
    """
    if state == "disputed" and not comment.strip():
        raise NotAllowedError("say why it is disputed")
    said = (desk.side, desk.person.email, desk.now, comment.strip(), seen)
    try:
        responsibility.say(desk.conn, desk.customer_id, number, state, *said)
    except ValueError as error:
        raise NotAllowedError(str(error)) from None
    desk.note(state, exclusion=number, comment=comment.strip())


def attribute(
    desk: Desk,
    subject: Subject,
    period: Period,
    objective: str,
    named: Sequence[str],
    party: str,
    evidence: str,
) -> None:
    """Say whose doing items of an objective are, and what shows it.

    Raises NotAllowedError for the customer's side, an unknown party, no evidence, and items that are not the objective's.
    """
    desk.partner_only("say whose doing a miss is")
    if party not in PARTIES:
        raise NotAllowedError(f"'{party}' is no party; it is one of {', '.join(PARTIES)}")
    if not evidence.strip():
        raise NotAllowedError("say what shows it: a ticket, a status page, a log")
    if not named:
        raise NotAllowedError("say which items")
    terms = _terms(desk, subject, period)
    asked = _objective(terms, objective)
    _among(desk, subject, terms, period, asked, named)
    said = (party, evidence.strip(), desk.person.email, desk.now)
    for item in named:
        responsibility.attribute(desk.conn, desk.customer_id, asked.indicator.key, item, *said)
    desk.note("attribute", period=period.label, objective=objective, items=list(named), party=party)


def _terms(desk: Desk, subject: Subject, period: Period) -> Terms:
    terms = in_force(desk.conn, subject.customer_id, month_of(period))
    if terms is None:
        raise NotAllowedError(f"nothing was agreed for {period.label}")
    return terms


def _objective(terms: Terms, key: str) -> Objective:
    for each in terms.objectives:
        if each.key == key:
            return each
    raise NotAllowedError(f"'{key}' is no objective; there are {', '.join(o.key for o in terms.objectives)}")


def _whole(
    desk: Desk, subject: Subject, terms: Terms, period: Period, objective: Objective, flows: Sequence[str]
) -> None:
    """Raises NotAllowedError for flows that are not all of the service in an objective's window."""
    first = month_of(period)
    window = window_of(objective.window, first, subject.time_zone, desk.now, terms.valid_from)
    known = items.flows(desk.conn, subject.customer_id)
    service = items.service(objective, known, window.since)
    if not service.issubset(flows):
        named = ", ".join(sorted(service))
        raise NotAllowedError(
            f"{objective.key} is of the service as a whole: name all of its flows ({named}) or none"
        )


def _among(
    desk: Desk, subject: Subject, terms: Terms, period: Period, objective: Objective, named: Sequence[str]
) -> None:
    """Raises NotAllowedError for what is not among the items of an objective's window."""
    held = evaluated(desk.conn, subject, terms, period).of(objective.key)
    window = Period(held.since, held.until, subject.time_zone, held.window)
    known = items.flows(desk.conn, subject.customer_id)
    there = {each.item.key for each in items.listed(desk.conn, subject, objective, window, None, known)}
    if strange := [each for each in named if each not in there]:
        raise NotAllowedError(
            f"{', '.join(strange[:3])}: not among the items of {objective.key} in {period.label}"
        )
