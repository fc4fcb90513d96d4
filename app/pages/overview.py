"""Overview: is work turning into invoices, in plain words, on one page."""

import streamlit as st

from app import attention, card, components, data, flow_rows, markup, summary, verdict
from app.data import Asked

view = components.current()
words = view.words
trust = components.trust_of(view)
if trust.state == "unknown":
    components.nothing_read(view, trust)
    st.stop()

by_flow = tuple(Asked(key, view.period, "flow") for key in ("A1", "V1"))
proof = Asked("V1", view.period)
answers = summary.answers(view, summary.KEYS, *by_flow, proof)
targets = summary.promises(view)
sync, bill, unbilled, deals = (summary.measure(view, key, answers, targets) for key in summary.KEYS)
before = words.month(view.months(2)[0], short=True)
answer = verdict.answer(sync, bill, unbilled, deals, words)
tiles = (
    summary.bill_tile(bill, words, before),
    summary.unbilled_tile(unbilled, words, before),
    summary.deals_tile(deals, words, before),
    summary.sync_tile(sync, words, before, next(iter(answers[proof]), None)),
)

components.stale_banner(view, trust)
opened = components.panel(
    markup.verdict(answer.state, answer.says, answer.because),
    markup.tiles(tiles),
    key="numbers",
    kind="parts",
)
with st.container(key="answers"):
    left, right = st.columns([1.7, 1], gap="large")
with left:
    success, verified = (answers[asked] for asked in by_flow)
    flows = data.flows(view.one, view.as_of)
    rows = flow_rows.rows(flows, success, verified, targets, words)
    table = markup.table(flow_rows.COLUMNS, rows, "Flows")
    opened = components.panel(markup.section("Flows", table), key="flows") or opened
with right:
    opened = components.panel(markup.section(*attention.list_of(view)), key="attention") or opened
    components.show(markup.section("Right and in time", "", "all flows, by month"))
    months = [words.month(month, short=True) for month in view.months()]
    values, goal = summary.values_of(sync), summary.goal_of(sync)
    drawn = (months, values, *summary.trend_of(sync, words), goal)
    components.chart(view, "trend", *drawn, key="trend", alt=summary.alt_of(sync, months, words))
card.answer(view, opened)
components.footer(view, trust)
