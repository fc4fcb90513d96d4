"""Freshness: what was read when, what is missing from the figures, and the ledger behind it."""

import streamlit as st

from app import components, data, freshness, ledger, markup, queue_filters
from app.data import Asked

view = components.current()
names = queue_filters.customers(view)
many = len(names) > 2
whose = "all"
if many:
    with st.container(key="noprint"):
        whose = components.pick("Customer", names, "whose")
scope = queue_filters.scope_of(view, whose)
streams = data.streams(scope, view.as_of)
trust = freshness.trust(streams, view.as_of, view.words)
if trust.state == "unknown" and not streams:
    components.nothing_read(view)
    st.stop()

components.show(markup.verdict(trust.state, trust.says, ledger.meaning(trust)))
shown = many and whose == "all"
components.show(markup.section("Streams", ledger.streams(streams, view, with_customer=shown)))
left, right = st.columns(2, gap="large")
with left:
    asked = tuple(Asked(key, view.period) for key in ledger.MEASURES)
    answers = data.figures(view.one, asked, view.as_of)
    content = ledger.coverage([found[0] for found in answers.values() if found], view.words)
    components.show(
        markup.section("Coverage", content, f"{view.customer.name}, {view.words.month(view.month)}")
    )
with right:
    held = data.quarantine(scope, view.as_of)
    components.show(markup.section("Held back", ledger.quarantine(held, view.words, with_customer=shown)))
components.show(markup.section("Ledger", "", "the latest reads"))
components.table(ledger.polls(data.polls(scope, view.as_of), view), "Nothing was read yet.", view)
components.footer(view, trust)
