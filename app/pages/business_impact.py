"""Business impact: how long approved work waits for its invoice, what waits, and won deals without a project."""

import streamlit as st

from app import ageing, card, components, data, impact, markup, summary
from app.data import Asked

view = components.current()
words = view.words
trust = components.trust_of(view)
if trust.state == "unknown":
    components.nothing_read(view, trust)
    st.stop()

of_month = Asked(impact.COHORT, view.period)
answers = summary.answers(view, impact.KEYS, of_month)
targets = summary.promises(view)
bill = summary.measure(view, impact.BILL, answers, targets)
pools = data.unbilled_pools(view.one, view.period, view.as_of)
moves = data.unbilled_movement(view.one, view.period, view.as_of)
waited = ageing.waiting(view.one, ageing.year_of(view), view.as_of)

components.stale_banner(view, trust)
opened = components.panel(markup.tiles(impact.tiles(view, answers, targets)), key="numbers")
left, right = st.columns(2, gap="large")
with left:
    components.show(markup.section("Time to bill", "", "of all approved work, by days since approval"))
    days, billed, ended = impact.curve(data.billing_curve(view.one, view.period, view.as_of))
    if days:
        point = impact.target_point(targets, bill.main)
        components.chart(
            view,
            "billing_curve",
            days,
            billed,
            ended,
            bill.main.sample if bill.main else 0,
            point,
            key="curve",
            alt=summary.alt_of(bill, [words.month(month, short=True) for month in view.months()], words),
        )
        alone = impact.cohort(view, answers[of_month])
        opened = (components.panel(alone, key="cohort") if alone else None) or opened
    else:
        components.show('<p class="muted">No approved work in this month.</p>')
with right:
    deals = data.card(view.one, Asked(impact.DEALS, view.period), view.as_of)
    components.show(
        markup.section("Won, no project in time", impact.lacking(deals, words), "the dearest first")
    )
for currency in impact.currencies(pools):
    left, right = st.columns(2, gap="large")
    with left:
        components.show(
            markup.section("Approved, not yet invoiced", "", f"{currency}, by days since the work")
        )
        components.chart(
            view, "stacked", impact.BANDS, impact.bars(view, pools, currency), key=f"age-{currency}",
            alt=f"Unbilled work in {currency} by age", hover="%{y:,.0f}",
        )  # fmt: skip
    with right:
        content = impact.movement(moves, currency, words)
        moved = markup.section("What moved in the month", content, currency)
        opened = components.panel(moved, key=f"moved-{currency}") or opened
    weeks, ages = ageing.weeks(view, waited, currency)
    if weeks:
        said = f"{currency}, approved and not billed at each week's end, by days since approval"
        components.show(markup.section("How long work waited", "", said))
        components.chart(
            view, "stacked", weeks, ages, key=f"waited-{currency}",
            alt=f"Approved work in {currency} that waited for its bill, by age, over thirteen months", hover="%{y:,.0f}",
        )  # fmt: skip
    table = markup.section("Where it waits", impact.pools(view, pools, currency), currency)
    opened = components.panel(table, key=f"pools-{currency}") or opened
card.answer(view, opened)
components.footer(view, trust)
