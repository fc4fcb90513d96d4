"""Exceptions: what went wrong, worst and dearest first, with all that is known about each."""

import streamlit as st

from app import card, components, data, markup, queue, queue_actions, queue_filters

view = components.current()
trust = components.trust_of(view, everything=True)
if trust.state == "unknown":
    components.nothing_read(view, trust, everything=True)
    st.stop()

components.stale_banner(view, trust)
if said := queue_actions.outcome():
    components.show(said)
above = st.container(key="above")
names = queue_filters.customers(view)
with st.container(horizontal=True, vertical_alignment="bottom", key="noprint"):
    whose = components.pick("Customer", names, "whose", width=200) if len(names) > 2 else "all"
    scope = queue_filters.scope_of(view, whose)
    counts = data.exception_counts(scope, view.as_of)
    which = components.switch("View", queue_filters.views(counts, view.words), "view")
    kind = components.switch("Kind", queue_filters.KINDS, "kind")
    words = components.search("Find", "Title, record, flow", "find")

rows = data.exceptions(scope, view.as_of, which, queue_filters.kind_of(kind), words)
with above:
    totals = markup.facts(queue_filters.totals(counts, whose, view.words))
    causes = queue_filters.causes(data.exception_causes(scope, view.as_of), view.words)
    opened = components.panel(totals, causes, key="totals", kind="parts")
rows = queue.with_wanted(rows, st.query_params.get("open", ""), scope, view)
if not rows:
    components.show(markup.screen("ok", *queue_filters.nothing(which, kind, whose, words, names)))
else:
    left, right = st.columns([1.75, 1], gap="medium")
    with left:
        wanted = st.query_params.get("open", "")
        here = queue.choose(rows, wanted, view, with_customer=whose == "all" and len(names) > 2)
        components.more(rows, view)
    with right, st.container(border=True):
        found = data.exception(scope, queue.read_identity(here) or 0, view.as_of)
        if found:
            queue_actions.bar(found, view)
        opened = components.panel(queue.pane(found, view) if found else queue.gone(), key="pane") or opened
card.answer(view, opened)
components.footer(view, trust)
