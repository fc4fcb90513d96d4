"""Portfolio: all customers of the partner side by side, the worst first, and what serving them earns."""

from app import card, components, earning, markup, portfolio, review_mailed, review_overdue

view = components.current()
found = portfolio.standings(view)
components.show(markup.verdict(*portfolio.answer(found)))
table = markup.table(portfolio.COLUMNS, portfolio.rows(found, view.month), "Customers")
# not st.html: it takes the lines of the months out
components.panel(markup.section("Customers", table, view.words.month(view.month)), key="customers")
components.show(review_overdue.calendar(view))
components.show(review_mailed.section(view, view.customers))
opened = components.panel(earning.section(view), key="earning")
components.footer(view, components.trust_of(view, everything=True))
card.answer(view, opened)
