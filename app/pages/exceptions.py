"""Exceptions: what went wrong, worst and dearest first, with all that is known about each."""

from functools import partial

import streamlit as st

from app import (
    card,
    components,
    fold,
    markup,
    queue,
    queue_actions,
    queue_bulk,
    queue_filters,
    queue_lately,
    queue_length,
    queue_pane,
    queue_reads,
    queue_retry,
    queue_safe,
    queue_saved,
    queue_watch,
    recovered,
    saved_views,
)
from metrics.triage.many import AT_MOST

view = components.current()
trust = components.trust_of(view, everything=True)
if trust.state == "unknown":
    components.nothing_read(view, trust, everything=True)
    st.stop()

components.stale_banner(view, trust)
components.line(queue_actions.outcome(), key="outcome")
totals, above = st.container(key="totals-box"), st.container(key="above")
saved = queue_saved.of(view)
names, staff = queue_filters.customers(view), not view.scope.is_customer
filters = st.container(horizontal=True, vertical_alignment="bottom", key="filters")
seldom = st.container(horizontal=True, vertical_alignment="bottom", key="seldom-used")
with seldom:
    whose = components.pick("Customer", names, "whose", width=200) if len(names) > 2 else "all"
    scope = queue_filters.scope_of(view, whose)
    counts = queue_reads.exception_counts(scope, view.as_of)
    who = components.switch("Whose", queue_filters.who(counts, view.words), "owner") if staff else "anybody"
    kind = components.pick("Kind", queue_filters.KINDS, "kind", width=130)
    order = components.pick("Order", queue_lately.ORDERS, "order", width=150)
with filters:
    folded = st.container(key="folded", width="content")
    which = components.switch("View", queue_filters.views(counts, view.words, staff=staff), "view")
    words = components.search("Find", "Title, record, flow, tag", "find")
    chosen = {"whose": whose, "view": which, "owner": who, "kind": kind, "order": order, "find": words}
    queue_saved.keep(chosen)
    with folded:
        set_to = sum(chosen[key] != usual for key, usual in saved_views.USUAL.items())
        fold.button(set_to, queue_filters.seldom_used(chosen, names))
    queue_saved.bar(saved, view)

narrowed = queue_filters.asked_of(who, scope)
ask = partial(
    queue_reads.exceptions,
    scope,
    view.as_of,
    which,
    queue_filters.kind_of(kind),
    words,
    order=order,
    _counts=counts,
    **narrowed,
)
filtered = "~".join((whose, which, who, kind, order, words))
read = queue_length.read(ask, filtered, scope, view)
with totals:
    facts = [*queue_filters.totals(counts, whose, view.words), *recovered.this_month(view, whose)]
    opened = components.panel(markup.facts(facts), key="totals", kind="parts")
with above:
    dearest = queue_reads.exception_causes(scope, view.as_of)
    safe = queue_safe.phrases(scope, queue_safe.asked_of(dearest), view.as_of)
    runs = queue_reads.lately(scope, tuple(row["exception_id"] for row in dearest), True, view.as_of)
    causes = queue_filters.causes(dearest, counts, view, runs, safe)
    opened = components.panel(causes, key="causes", kind="parts") or opened
wanted = st.query_params.get("open", "")
rows = queue.with_wanted(read, wanted, scope, view)
if not rows:
    components.show(markup.screen("ok", *queue_filters.nothing(which, kind, whose, words, names, who)))
    found = None
else:
    left, right = st.columns([1.75, 1], gap="medium")
    with left:
        queue_bulk.bar(filtered, read[0]["total"] if read else 0, partial(ask, limit=AT_MOST), view)
        with_customer = whose == "all" and len(names) > 2
        here = queue.choose(rows, wanted, view, with_customer=with_customer, filtered=filtered)
    with right, st.container(border=True):
        found = queue_reads.exception(scope, queue.read_identity(here) or 0, view.as_of)
        if found:
            found["lately"] = next((row["lately"] for row in rows if queue_pane.identity(row) == here), None)
            queue_actions.bar(found, rows, view, partial(queue_retry.form, found, view))
            if said := queue_reads.what_to_do(scope, found["customer_id"], found["rule"], view.as_of):
                st.expander("What to do", key="runbook").markdown(said)
        pane = queue_pane.pane(found, view) if found else queue_pane.gone()
        opened = components.panel(pane, key="pane") or opened
card.answer(view, opened, lives=True)
if not opened:  # to draw the page again would close the card
    queue_watch.watch(rows, found, filtered, scope)
components.footer(view, trust)
