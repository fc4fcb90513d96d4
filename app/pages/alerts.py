"""Alerts: what people are told, who has it, what did not arrive, and the rules and channels in force."""

import streamlit as st

from app import card, components, lists_alerts, markup, queue_filters
from app.alerts import acts, board, reads
from app.target import read_target

view = components.current()
names = queue_filters.customers(view)
whose = "all"
if len(names) > 2:
    with st.container(key="noprint"):
        whose = components.pick("Customer", names, "whose")
scope = queue_filters.scope_of(view, whose)
components.became(acts.SAID)
found, rules, channels = (
    reads.counts(scope, view.as_of),
    reads.rules(scope, view.as_of),
    reads.channels(scope, view.as_of),
)
pressed = components.panel(
    markup.verdict(*board.answer(found, bool(rules))),
    board.facts(found, view, whose),
    board.open_alerts(reads.alerts(scope, view.as_of, is_open=True), view),
    board.stuck(reads.stuck(scope, view.as_of), view),
    key="alerts",
    kind="parts",
)
if pressed and read_target(pressed).key != lists_alerts.KEY:
    acts.by_button(pressed)
    st.rerun()
components.show(board.closed(reads.alerts(scope, view.as_of, is_open=False), view))
components.show(
    board.channels(channels, reads.by_channel(scope, view.as_of), reads.digests(scope, view.as_of), view)
)
if channels and view.scope.role in acts.TESTERS:
    customers = {
        each.customer_id: each.name for each in view.customers if each.customer_id in scope.customer_ids
    }
    with st.popover("Test a channel"), st.form("test a channel", border=False):
        key = st.selectbox("Channel", [each.key for each in channels], key="test channel")
        whom = st.selectbox(
            "In the name of", list(customers), format_func=customers.__getitem__, key="test customer"
        )
        if st.form_submit_button("Send a test", type="primary"):
            acts.test(whom, key)
            st.rerun()
components.show(board.rules(rules, reads.by_rule(scope, view.as_of), view))
card.answer(view, pressed)
components.footer(view, components.trust_of(view, everything=True))
