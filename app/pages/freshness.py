"""Freshness: what was read when, what is missing from the figures, and the ledger behind it."""

import streamlit as st

from app import card, components, data, freshness, ledger, markup, queue_filters

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
    components.nothing_read(view, trust, everything=whose == "all")
    st.stop()

says = " ".join(part for part in (trust.because, trust.says) if part)
means = " ".join((ledger.meaning(trust), components.whose(view, trust)))
components.show(markup.verdict(trust.state, says, means))
shown = many and whose == "all"
listed = markup.section("Streams", ledger.streams(streams, view, with_customer=shown))
opened = components.panel(listed, key="streams")
held = data.quarantine(scope, view.as_of)
content = markup.section("Held back", ledger.quarantine(held, view.words, with_customer=shown))
opened = components.panel(content, key="held") or opened
shares = data.coverage(view.one, view.period, view.as_of, ledger.measured())
remark = f"how much of the month the measures could see; {view.customer.name}, {view.words.month(view.month)}"
content = markup.section("Coverage", ledger.coverage(shares, view.words), remark)
opened = components.panel(content, key="coverage") or opened
components.show(markup.section("Ledger", "", "the latest reads"))
components.table(ledger.polls(data.polls(scope, view.as_of), view), "Nothing was read yet.")
card.answer(view, opened)
components.footer(view, trust)
