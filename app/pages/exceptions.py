"""Exceptions: what went wrong, worst and dearest first, with all that is known about each."""

import streamlit as st

from app import components, data, markup, queue, queue_filters

view = components.current()
trust = components.trust_of(view, everything=True)
if trust.state == "unknown":
    components.nothing_read(view)
    st.stop()

components.stale_banner(trust)
counts = data.exception_counts(view.scope, view.as_of)
components.show(markup.facts(queue_filters.totals(counts, view.words)))
with st.container(horizontal=True, vertical_alignment="bottom", key="noprint"):
    which = components.switch("View", queue_filters.views(counts, view.words), "view")
    kind = components.switch("Kind", queue_filters.KINDS, "kind")
    names = queue_filters.customers(view)
    whose = components.pick("Customer", names, "whose", width=200) if len(names) > 2 else "all"
    words = components.search("Find", "Title, record, flow", "find")

scope = queue_filters.scope_of(view, whose)
rows = data.exceptions(scope, view.as_of, which, queue_filters.kind_of(kind), words)
if not rows:
    components.show(markup.screen("ok", *queue_filters.nothing(which, kind, whose, words, names)))
    components.footer(view, trust)
    st.stop()
left, right = st.columns([1.75, 1], gap="medium")
with left:
    wanted = st.query_params.get("open", "")
    here = queue.choose(rows, wanted, view, with_customer=whose == "all" and len(names) > 2)
    components.more(rows, view)
with right, st.container(border=True):
    found = data.exception(scope, queue.read_identity(here) or 0, view.as_of)
    components.show(queue.pane(found, view) if found else queue.gone())
components.footer(view, trust)
