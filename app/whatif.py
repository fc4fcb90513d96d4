"""What if other terms were agreed: past months held against a proposal, what they would cost, and which tier they would bear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from app import components, house, markup, review_reads, terms_file
from app.data import HISTORY_SECONDS, Customer
from app.markup import Column
from app.report.outcomes import became
from app.report.said import STATES, Said
from app.scope import Scope
from app.terms_named import refer_there
from app.view import View
from app.wording import NOTHING, plural
from app.yaml_file import EstateError
from metrics.sla import whatif
from metrics.sla.evaluation import Evaluation, Result, plain
from metrics.sla.statement import StatementError
from metrics.sla.terms import Terms, TermsError
from metrics.sla.whatif import Advice, Missed, Replay
from metrics.sla.window import months_before, on_day
from sql.database import viewer

MONTHS = 13
MOST_ITEMS = 50
_ATTAINED = (
    Column("Promise", "first"),
    Column("Target"),
    Column("Met", "n"),
    Column("Missed", "n"),
    Column("Not proven", "n"),
    Column("Reached in every proven month", "n wide"),
)
_ITEMS = (
    Column("What", "first"),
    Column("Promise", "wide"),
    Column("Came due"),
    Column("What became of it"),
)


@dataclass(frozen=True)
class Held:
    """Past months held against proposals, the earliest first; what was agreed in them, and what would be missed."""

    replays: tuple[Replay, ...]
    agreed: tuple[Evaluation | None, ...]
    missed: tuple[tuple[Missed, ...], ...]
    advice: Advice


@st.cache_data(ttl=HISTORY_SECONDS, max_entries=20, show_spinner=False)
def hold(scope: Scope, customer: Customer, text: str, last: date, months: int) -> Held:
    """So many months up to one, held against the terms in a text. Raises EstateError, one line, for what cannot be read, and for
    terms that name what the customer does not have."""
    proposed = terms_file.load_text(text, "terms")
    subject, firsts = review_reads.subject(customer), months_before(last, months)
    memory: whatif.Memory = {}
    own = scope.only(customer.customer_id).customer_ids
    with viewer(house.current().db, own, steady=True) as conn:
        refer_there(conn, customer.customer_id, proposed, "terms")
        replays = tuple(whatif.replay(conn, subject, each, firsts, memory=memory) for each in proposed)
        agreed = whatif.as_agreed(conn, subject, firsts, memory=memory)
        missed = tuple(tuple(whatif.missed_items(conn, subject, each, MOST_ITEMS)) for each in replays)
    return Held(replays, tuple(agreed.values()), missed, whatif.advise(replays))


def in_force_now(view: View) -> str:
    """The terms in force on the last day looked at, as an estate file has them; an example where there are none."""
    own = view.customer.customer_id
    with viewer(house.current().db, view.one.customer_ids) as conn:
        try:
            agreed = on_day(conn, own, view.last_day)
        except TermsError:
            agreed = None
    return _EXAMPLE if agreed is None else terms_file.write(agreed)


_EXAMPLE = """\
valid_from: 2026-01-01
tier: gold
objectives:
  - {key: sync, metric: sync_success_rate, target: 99.5}
"""


def page(view: View) -> None:
    """The form, and below it what the past months would have come to."""
    here = f"whatif {view.customer.key}"
    components.show(
        markup.section(
            "What if other terms were agreed",
            "<p>Change the terms, or give several tiers as a list: past months are held against them by what decides and seals a month. "
            "Nothing is changed.</p>",
        )
    )
    with st.form(here, border=False):
        st.text_area("Terms", in_force_now(view), key=f"{here} terms", height=320)
        st.number_input("Past months", 1, MONTHS, MONTHS, key=f"{here} months")
        asked = st.form_submit_button("Hold the past months against them", type="primary")
    if st.button("Back to the review", key=f"{here} back"):
        del st.query_params["whatif"]
        st.rerun()
    if not asked:
        return
    today = view.as_of.astimezone(ZoneInfo(view.customer.time_zone)).date()
    last = months_before(today.replace(day=1), 2)[0]
    try:
        with st.spinner("Months are counted again", show_time=False):
            held = hold(
                view.scope,
                view.customer,
                st.session_state[f"{here} terms"],
                last,
                st.session_state[f"{here} months"],
            )
    except (EstateError, TermsError, StatementError) as error:
        components.show(markup.banner("risk", str(error)))
        return
    for part in told(held, view):
        components.show(part)


def told(held: Held, view: View) -> list[str]:
    """What the past months would have come to: the advice, and each proposal with its months, its credits and what it would miss."""
    best = held.advice.terms
    says = "No tier can be advised." if best is None else f"{name_of(best)} would have held."
    why = held.advice.why
    parts = [markup.verdict("risk" if best is None else "ok", says, f"{why[:1].upper()}{why[1:]}.")]
    for replay, missed in zip(held.replays, held.missed, strict=True):
        parts.append(_proposal(replay, missed, held.agreed, view))
    return parts


def name_of(terms: Terms) -> str:
    """A proposal as people name it."""
    return terms.tier.capitalize() if terms.tier else f"Terms of {terms.valid_from}"


def _proposal(it: Replay, missed: Sequence[Missed], agreed: Sequence[Evaluation | None], view: View) -> str:
    said = Said({"evaluation": {"objectives": ()}, "missed": ()}, view.words)
    first = {each.key: plain(each) for each in it.months[0].objectives}
    attained = [
        (
            markup.e(first[each.key]["title"]),
            markup.e(said.target(first[each.key])),
            markup.e(view.words.count(each.met)),
            markup.e(view.words.count(each.missed)),
            markup.e(view.words.count(each.not_proven)),
            markup.e(said.value(first[each.key], each.attainable)),
        )
        for each in it.attainments()
    ]
    told = list(zip(it.months, agreed, strict=True))
    while len(told) > 1 and not any(each.gross.n or each.gross.unknown for each in told[0][0].objectives):
        told.pop(0)
    months = [_month(held, was, said, view) for held, was in reversed(told)]
    left = len(it.months) - len(told)
    columns = [Column("Month", "first"), *(Column(each["title"]) for each in first.values())]
    columns.append(Column("Owed", "n"))
    rows = [_item(each, first, view) for each in missed]
    items = (
        markup.folded(
            f"{view.words.count(len(rows))} items that would be missed, of the newest months",
            markup.table(_ITEMS, rows, "Items that would be missed", of_rows=True),
        )
        if rows
        else ""
    )
    content = markup.table(_ATTAINED, attained, "How often") + markup.table(columns, months, "Months")
    if left:
        before = f"Nothing came due in the {left} {plural(left, 'month')} before."
        content += f'<p class="muted">{before}</p>'
    if it.counted_again:
        named = ", ".join(each["title"] for key, each in first.items() if key in it.counted_again)
        content += f'<p class="muted">{markup.e(f"Counted from what is known today, in sealed months too: {named}.")}</p>'
    return markup.section(name_of(it.terms), content + items, _credits(it, said))


def _month(held: Evaluation, was: Evaluation | None, said: Said, view: View) -> tuple[str, ...]:
    def cell(result: Result) -> str:
        it, before = plain(result), whatif.counterpart(result, was)
        under = said.stood(it, it["agreed"])
        if before is not None and before.verdict != result.verdict:
            under += f"; as agreed: {before.verdict.replace('_', ' ')}"
        return f'{markup.status(STATES[result.verdict])}<span class="sub">{markup.e(under)}</span>'

    credits = plain(held.credits)
    return (
        markup.e(view.words.month(held.period)),
        *(cell(each) for each in held.objectives),
        markup.e(_amounts(said, credits["least_amount"], credits["most_amount"], credits["currency"])),
    )


def _item(it: Missed, first: Mapping[str, Mapping[str, Any]], view: View) -> tuple[str, ...]:
    return (
        markup.two_lines(it.label or it.item, it.flow or ""),
        markup.e(first[it.objective]["title"]),
        markup.e(view.words.instant(it.at, with_zone=False)),
        markup.e(became(it.outcome, is_good=False)),
    )


def _credits(it: Replay, said: Said) -> str:
    if it.terms.fee is None or it.least_owed is None or it.most_owed is None:
        return "no fee is given: what it would cost cannot be told"
    owed = _amounts(said, str(it.least_owed), str(it.most_owed), it.terms.fee.currency)
    return f"{owed} of credits in {len(it.months)} months"


def _amounts(said: Said, least: str | None, most: str | None, currency: str | None) -> str:
    if least is None or most is None:
        return NOTHING
    low, high = said.money(least, currency), said.money(most, currency)
    return low if low == high else f"{low} to {high}"
