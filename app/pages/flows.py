"""Flows: does what should move between the systems arrive, how fast, and which transactions did not."""

import streamlit as st

from app import breaks, card, components, data, flow_page, markup, side_by_side, summary
from app.data import Asked

view = components.current()
words = view.words
trust = components.trust_of(view)
if trust.state == "unknown":
    components.nothing_read(view, trust)
    st.stop()

both, months = side_by_side.question(view), side_by_side.over_time(view)
lasting = breaks.question(view)
answers = data.figures(view.one, (*flow_page.questions(view), both, months, lasting), view.as_of)
flows = data.flows(view.one, view.as_of)
targets = summary.promises(view)
by_day = answers[Asked("A1", view.period, "day")]
latency = answers[Asked("A6", view.period, "day")]

components.stale_banner(view, trust)
if not any(figure.sample for figure in by_day):
    components.nothing_happened(view, "transaction came due")
    components.footer(view, trust)
    st.stop()
opened = components.panel(
    markup.tiles(flow_page.tiles(view, answers, targets)),
    markup.section(
        "By flow", markup.table(flow_page.COLUMNS, flow_page.rows(view, flows, answers, targets), "Flows")
    ),
    side_by_side.section(answers[both], words),
    breaks.section(answers[lasting], words),
    side_by_side.months(answers[months], view),
    key="numbers",
    kind="parts",
)
left, right = st.columns(2, gap="large")
with left:
    components.show(markup.section("Transactions", "", "by day due"))
    days, parts = flow_page.days(view, by_day), flow_page.outcomes(view, by_day)
    components.chart(view, "stacked", days, parts, key="outcomes", alt="Transactions of each day by outcome")
with right:
    components.show(markup.section("From source to target", "", "seconds, by day due"))
    days, parts = flow_page.days(view, latency), flow_page.percentiles(view, latency)
    components.chart(view, "lines", days, parts, key="latency", alt="Median and 95th percentile of each day")

components.show(markup.section("Transactions", "", "newest first"))
with st.container(horizontal=True, vertical_alignment="bottom", key="noprint"):
    flow = components.pick(
        "Flow", {"all": "All flows", **{flow["key"]: flow["name"] for flow in flows}}, "flow"
    )
    which = components.switch("Which", {"bad": "Not right or not in time", "all": "All"}, "which")
rows = data.transactions(
    view.one, view.period, view.as_of, None if flow == "all" else flow, which == "bad", flow_page.ROWS_SHOWN
)
components.table(flow_page.transactions(rows, view), "Every transaction was right and in time.")
components.more(rows, view)
card.answer(view, opened)
components.footer(view, trust)
