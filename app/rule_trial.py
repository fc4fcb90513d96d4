"""Try a rule: somebody writes one, and reads what it would have opened in the last 90 days and what that is worth; nothing is saved."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import streamlit as st

from app import components, markup, rule_board, rule_reads
from app.rule_reads import Trial
from app.view import View
from app.wording import plural
from app.yaml_file import EstateError
from metrics.rule_library import untold

_EXAMPLE = """\
key: large-draft
title: Large invoice still a draft
on: invoice
when: '$.state == "draft" && $.net > 5000'
began: created_at
amount: net
severity: 2
"""
_SAYS = (
    "<p>Write a rule as the estate has it: a condition over one kind of record, or a rule of the library set otherwise. "
    "It is held against the last 90 days beside the rules that hold; without <code>began</code>, against every record that is so now, "
    "however old. Nothing is saved.</p>"
)


def form(view: View) -> None:
    """The place to write in, and below it what the rule would have opened."""
    here = f"try {view.customer.key}"
    components.show(_SAYS)
    with st.form(here, border=False):
        st.text_area("Rule", _EXAMPLE, key=f"{here} rule", height=190)
        asked = st.form_submit_button("Try it", type="primary")
    if not asked:
        return
    try:
        with st.spinner("Ninety days are looked at", show_time=False):
            found = rule_reads.trial(
                view.scope, view.customer.customer_id, st.session_state[f"{here} rule"], view.as_of
            )
    except EstateError as error:
        components.show(markup.banner("risk", str(error)))
        return
    components.show(told(found, view))


def told(found: Trial, view: View) -> str:
    """How many it would have opened and what they are worth, by currency; then each, and what a try cannot know."""
    new = [row for row in found.rows if row["became"] == "opens"]
    became = Counter(row["became"] for row in found.rows)
    count = view.words.count
    amounts: dict[str, Decimal] = {}
    unknown = 0
    for row in new:
        if row["amount"] is None or row["currency"] is None:
            unknown += 1
        else:
            amounts[row["currency"]] = amounts.get(row["currency"], Decimal(0)) + row["amount"]
    worth = [view.words.money(amount, currency) for currency, amount in sorted(amounts.items())]
    worth += [f"{count(unknown)} of unknown value"] if unknown else []
    says = "In 90 days it would have opened nothing new."
    if new:
        says = f"In 90 days it would have opened {count(len(new))} {plural(len(new), 'exception')}: {', '.join(worth)}."
    because = [
        f"{count(became['known'])} {plural(became['known'], 'stands', 'stand')} in the queue already."
        if became["known"]
        else "",
        f"{count(became['not told'])} of the queue would not be there." if became["not told"] else "",
        "Nothing was saved: to keep it, write it into the estate, under rules.",
    ]
    because += [f"{found.titles[rule]}: {words}" for rule in found.titles if (words := untold(rule))]
    answer = markup.verdict("info", says, " ".join(part for part in because if part))
    return answer + (rule_board.would_open(new, found.titles, view) if new else "")
