"""What stands beside the promises of a month: its causes and risks, what is to be left out, announced work, actions, commentary, signatures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app import markup
from app.markup import Column
from app.report import beside
from app.report.recovered import recovered as told_of_recovery
from app.report.said import EXCLUDED, Said
from app.report.table import Table
from app.review_reads import Review
from app.view import View
from app.wording import NOTHING
from metrics.sla.ledger import Exclusion
from metrics.sla.responsibility import Side
from metrics.sla.review import Action
from metrics.sla.works import Work

OUT = (
    Column("What", "first"),
    Column("Where it stands"),
    Column("Items, worth", "n"),
    Column("Who said so last", "wide"),
    Column("Why", "wide"),
)
ACTIONS = (
    Column("What", "first"),
    Column("Who"),
    Column("Due"),
    Column("Where it stands"),
    Column("Since", "wide"),
)
_CAUSES, _RISKS, _RECOVERED = (
    ("first", "wide", "n", "n wide", "n"),
    ("first", "", ""),
    ("first", "n", "n", "n", "wide"),
)
_SIGNS = {"accepted": "ok", "proposed": "info", "disputed": "risk", "refused": "unknown"}


def causes(it: Review, view: View, most: int | None = None) -> str:
    """What went wrong in the month by money, as the pack tells it; each cause leads to its exception."""
    said = it.said(view.words)
    keys = [each["key"] for each in (said.body.get("context") or {}).get("causes", ())]
    table = beside.causes(said)
    led = [
        f'<a href="/exceptions?open={view.customer.customer_id}-{key.split()[1]}" target="_self">{markup.e(row[0])}</a>'
        for key, row in zip(keys, table.rows, strict=True)
    ]
    return of_pack(table, _CAUSES, led, most)


def risks(it: Review, view: View, most: int | None = None) -> str:
    """What threatens the month after, as the pack tells it."""
    return of_pack(beside.risks(it.said(view.words)), _RISKS, most=most)


def recovered(it: Review, view: View, most: int | None = None) -> str:
    """What came out of trouble, as the pack tells it."""
    return of_pack(told_of_recovery(it.said(view.words)), _RECOVERED, most=most)


def of_pack(table: Table, kinds: Sequence[str], first: Sequence[str] = (), most: int | None = None) -> str:
    """A list of the pack on the screen; `first` are its first cells as HTML, where they are more than words."""
    if not table.rows:
        return f'<p class="muted">{markup.e(table.empty)}</p>'
    rows = [[markup.e(cell) for cell in row] for row in table.rows]
    for row, cell in zip(rows, first, strict=False):
        row[0] = cell
    columns = [Column(title, kind) for title, kind in zip(table.columns, kinds, strict=True)]
    cut = f"The first {most}. " if most is not None and len(rows) > most else ""
    note = f'<p class="muted small">{markup.e(cut + table.note)}</p>' if cut or table.note else ""
    return markup.table(columns, rows[:most], table.title, of_rows=True) + note


def left_out(it: Review, view: View) -> str:
    """Every exclusion and all announced work of the month: how it stands, what it takes, who said so last and why."""
    said = it.said(view.words)
    rows = [_exclusion(each, it, said) for each in it.exclusions] + [
        _work(each, it, said) for each in it.works
    ]
    if not rows:
        return '<p class="muted">Nothing was proposed to be left out.</p>'
    return markup.table(OUT, rows, "What is left out", of_rows=True)


def name_of(it: Exclusion, said: Said) -> str:
    """An exclusion as people name it: its number and whose doing it says that it is."""
    return f"{it.number} · {said.party(it.reason)}"


def _exclusion(it: Exclusion, found: Review, said: Said) -> tuple[str, ...]:
    words = said.words
    state, items, why = _effect(it.key, found, it.state)
    about = (
        f"{words.instant(it.span[0], with_zone=False)} to {words.instant(it.span[1], with_zone=False)}"
        if it.span
        else ", ".join(_labels(it, found))
    )
    by = f"{it.said_by} for {said.side(it.said_side)}"
    told = "; ".join(part for part in (why, it.comment, it.evidence or "") if part)
    return (
        markup.two_lines(name_of(it, said), about),
        markup.status(_SIGNS[state], EXCLUDED[state]),
        markup.two_lines(words.count(items), said.worth(it.key), ""),
        markup.two_lines(by, words.instant(it.said_at), ""),
        markup.e(told or NOTHING),
    )


def _labels(it: Exclusion, found: Review, most: int = 3) -> list[str]:
    labels = {each["item"]: each["label"] or each["item"] for each in found.missed}
    named = [str(labels.get(item, item)) for item in it.items]
    return named[:most] + ([f"{len(named) - most} more"] if len(named) > most else [])


def _work(it: Work, found: Review, said: Said) -> tuple[str, ...]:
    words = said.words
    state, items, why = _effect(it.key, found, "proposed")
    about = f"{words.instant(it.starts_at, with_zone=False)} to {words.instant(it.ends_at, with_zone=False)}, {', '.join(it.flows)}"
    return (
        markup.two_lines(f"Maintenance: {it.reason}", about),
        markup.status(_SIGNS[state], "Announced" if state == "proposed" else EXCLUDED[state]),
        markup.two_lines(words.count(items), said.worth(it.key), ""),
        markup.two_lines(it.announced_by, words.instant(it.announced_at), ""),
        markup.e(why or NOTHING),
    )


def _effect(key: str, found: Review, otherwise: str) -> tuple[str, int, str]:
    """The state of an entry, how many items it takes over all objectives, and why it is refused where it is."""
    told = [each for objective in found.objectives for each in objective["excluded"] if each["key"] == key]
    states = [each["state"] for each in told]
    state = "accepted" if "accepted" in states else states[0] if states else otherwise
    why = dict.fromkeys(each["why"] for each in told if each["why"])
    return state, sum(each["count"]["n"] + each["count"]["unknown"] for each in told), "; ".join(why)


def actions(it: Review, view: View, today: date) -> str:
    """What is to be done, the open ones first; what came from an earlier month says so."""
    rows = [_action(each, view, today) for each in it.notes.actions]
    if not rows:
        return '<p class="muted">No action is open.</p>'
    return markup.table(ACTIONS, rows, "Actions", of_rows=True)


def _action(it: Action, view: View, today: date) -> tuple[str, ...]:
    words = view.words
    state, said = {"open": ("info", "Open"), "done": ("ok", "Done"), "dropped": ("", "Dropped")}[it.status]
    if it.is_overdue(today):
        state, said = "risk", "Overdue"
    return (
        markup.two_lines(it.what, ""),
        markup.e(it.owner),
        markup.e(words.day(it.due_on)),
        markup.status(state, said) if state else f'<span class="muted">{said}</span>',
        markup.e(words.month(it.since) + (", carried over" if it.is_carried else "")),
    )


def commentary(it: Review, view: View) -> str:
    """The partner's own words of the month, paragraph by paragraph."""
    said = it.notes.commentary
    if not said.text:
        return (
            f'<p class="muted">{markup.e(it.said(view.words).side("partner"))} has written nothing yet.</p>'
        )
    parts = "".join(f"<p>{markup.e(part.strip())}</p>" for part in said.text.split("\n\n") if part.strip())
    by = f"{said.said_by}, {view.words.instant(said.said_at)}"
    return f'<div class="prose">{parts}</div><p class="muted small">{markup.e(by)}</p>'


def signatures(it: Review, view: View) -> str:
    """Who signed the newest sealed version for each side; who has not."""
    if not it.sealed:
        return '<p class="muted">It is signed by both sides once it is sealed.</p>'
    version = it.sealed[0].place[2]
    signed = {each.side: each for each in it.notes.signed(version)}
    said, lines = it.said(view.words), []
    sides: tuple[Side, ...] = ("partner", "customer")
    for side in sides:
        one = signed.get(side)
        how = (
            f"{one.name} ({one.email}), {view.words.instant(one.signed_at)}, version {version}"
            if one
            else "not signed yet"
        )
        lines.append((said.side(side), f"{markup.sign('ok' if one else 'unknown')} {markup.e(how)}"))
    earlier = [each for each in it.notes.signatures if each.version < version]
    more = "".join(
        f'<p class="muted small">Version {each.version} was signed by {markup.e(each.name)}, {markup.e(view.words.instant(each.signed_at))}.</p>'
        for each in earlier
    )
    return markup.listing(lines) + more
