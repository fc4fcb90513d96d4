"""What a pack tells beside the promises: what is still to settle, causes by money, what is out of danger, actions, risks, signatures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from app.report.said import EXCLUDED, Body, Said
from app.report.table import Exact, Table
from app.rule_names import rule_name
from app.wording import NOTHING, plural
from metrics.expectation_library import LIBRARY
from metrics.sla.responsibility import Side
from metrics.sla.review import ReviewNotes

SIDES: dict[str, Side] = {"partner": "customer", "customer": "partner"}
"""Whose answer a word of one side waits for."""
_UNTOLD = "The statement of this month does not tell of it."
_TITLES: Mapping[str, str] = {each.key: each.title for each in LIBRARY}
_STATUS = {"open": "Open", "done": "Done", "dropped": "Dropped"}


def to_settle(said: Said) -> Table:
    """What somebody proposed to leave out and the other side has not accepted, with what it would change."""
    words = {each["key"]: each for each in said.body["agreed"]}
    rows, exact = [], []
    for objective in said.body["evaluation"]["objectives"]:
        for it in objective["excluded"]:
            word = words.get(it["key"])
            if it["state"] not in ("proposed", "disputed") or word is None:
                continue
            items = it["count"]["n"] + it["count"]["unknown"]
            rows.append(
                (
                    objective["title"],
                    said.party(it["reason"]),
                    said.words.count(items),
                    said.worth(it["key"], objective["key"]) or NOTHING,
                    f"{EXCLUDED[it['state']]} by {said.side(word['side'])}, {said.instant(word['at'])}",
                    said.side(SIDES[word["side"]]),
                    said.stood(objective, objective["agreed"]),
                    said.stood(objective, objective["net"]),
                )
            )
            exact.append({2: items})
    columns = (
        "Objective",
        "Whose doing",
        "Items",
        "Worth",
        "Where it stands",
        "Waits for",
        "As agreed",
        "If all were left out",
    )
    return Table("Still to settle", columns, tuple(rows), "Nothing waits for an answer.", exact=exact)


def causes(said: Said) -> Table:
    """The exceptions that hit records in the month, the dearest of each currency first."""
    context = _context(said)
    rows, exact = [], []
    for it in () if context is None else context["causes"]:
        rows.append(
            (
                it["title"],
                it["flow"] or NOTHING,
                said.words.count(it["records"]),
                said.words.count(it["open"]),
                said.money(it["amount"], it["currency"]) if it["amount"] is not None else "not known",
            )
        )
        exact.append({2: it["records"], 3: it["open"], 4: _money(it)})
    return Table(
        "Causes by money",
        ("Cause", "Flow", "Records hit", "Still open", "Value"),
        tuple(rows),
        _UNTOLD if context is None else "Nothing went wrong with any record.",
        "The dearest of each currency. A record that two causes have hit stands in both, so that the values do not add up to a sum.",
        exact,
    )


def out_of_danger(said: Said) -> Table:
    """What was in trouble and came out of it in the month."""
    context = _context(said)
    rows, exact = [], []
    for it in () if context is None else context["out_of_danger"]:
        rows.append(
            (
                rule_name(it["rule"]),
                said.words.count(it["records"]),
                said.money(it["amount"], it["currency"]) if it["amount"] is not None else "not known",
            )
        )
        exact.append({1: it["records"], 2: _money(it)})
    return Table(
        "Value out of danger again",
        ("What it was", "Records", "Value"),
        tuple(rows),
        _UNTOLD if context is None else "No record came out of trouble.",
        "Records whose trouble ended in the month and that are in no other. What of it was invoiced since is not measured.",
        exact,
    )


def risks(said: Said) -> Table:
    """What threatens the month after: promises that may be lost, work that has to follow, value at risk, the next cut-off."""
    context = _context(said)
    title, columns = "Risks of the month after", ("What", "Where it stands", "By when")
    if context is None:
        return Table(title, columns, (), _UNTOLD)
    found = context["risks"]
    if found is None:
        return Table(title, columns, (), "That month was over already.")
    words, rows = said.words, []
    for it in found["objectives"]:
        rows.append(
            (
                it["title"],
                _threat(said, it),
                words.day(date.fromisoformat(it["lost_on"])) if it["lost_on"] else NOTHING,
            )
        )
    for it in found["expectations"]:
        parts = [
            f"{words.count(it[name])} {what}"
            for name, what in (("overdue", "overdue"), ("pending", "not due yet"))
            if it[name]
        ]
        rows.append((_rule(it["key"]), " and ".join(parts), NOTHING))
    by = said.instant(found["cut_off"]) if found["cut_off"] else NOTHING
    for it in found["value_at_risk"]:
        amount = said.money(it["amount"], it["currency"]) if it["amount"] is not None else "value not known"
        number = it["records"] or it["unknown"]
        rows.append(
            (f"At risk: {it['reason']}", f"{amount}, {words.count(number)} {plural(number, 'record')}", by)
        )
    month = words.month(found["month"])
    note = f"{month}, as it stood on {said.instant(said.body['evaluation']['as_of'])}."
    return Table(
        f"Risks of {month}", columns, tuple(rows), f"Nothing threatens {month} by what is known.", note
    )


def actions(said: Said, notes: ReviewNotes) -> Table:
    """What is to be done, with who does it; what an earlier month opened says so."""
    words = said.words
    rows = tuple(
        (
            it.what,
            it.owner,
            words.day(it.due_on) if it.due_on else NOTHING,
            _STATUS[it.status],
            words.month(it.since) + (", carried over" if it.is_carried else ""),
        )
        for it in notes.actions
    )
    exact = [{2: it.due_on} for it in notes.actions]
    return Table(
        "Actions", ("What", "Who", "Due", "Where it stands", "Since"), rows, "No action is open.", exact=exact
    )


def signatures(said: Said, notes: ReviewNotes) -> Table:
    """Who signed the version that the pack is of, for which side."""
    columns = ("For", "Signed by", "When")
    if "sealed" not in said.body:
        return Table("Signatures", columns, (), "It is signed by both sides once it is sealed.")
    signed = {each.side: each for each in notes.signed(said.body["version"])}
    rows, exact = [], []
    sides: tuple[Side, ...] = ("partner", "customer")
    for side in sides:
        one = signed.get(side)
        when = said.words.instant(one.signed_at) if one else NOTHING
        rows.append((said.side(side), one.name if one else "not signed yet", when))
        exact.append({2: one.signed_at} if one else {})
    return Table("Signatures", columns, tuple(rows), "", exact=exact)


def _threat(said: Said, it: Body) -> str:
    stands = f"{said.stood(it, it['agreed'])}, agreed is {said.target(it)}"
    if it["verdict"] == "missed":
        return f"Missed as it stands: {stands}"
    if it["left"] is not None and it["left"] <= 0:
        return f"Nothing more may fail: {stands}"
    left = "" if it["left"] is None else f"; {said.words.count(it['left'])} more may fail"
    return f"Lost at the rate of the last days: {stands}{left}"


def _rule(key: str) -> str:
    return _TITLES.get(key, key.replace("-", " ").capitalize())


def _context(said: Said) -> Body | None:
    found: Body | None = said.body.get("context")
    return found


def _money(it: Body) -> Exact:
    return None if it["amount"] is None else (Decimal(it["amount"]), str(it["currency"]))
