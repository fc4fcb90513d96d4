"""Rules: what is watched at a customer and how, for the partner's people; what a rule that is off would have opened."""

import streamlit as st

from app import card, components, markup, rule_board, rule_reads, rule_trial

view = components.current()
customer = view.customer.customer_id
rules = rule_reads.told(view.scope, customer, view.as_of)
components.show(markup.verdict(*rule_board.answer(rules, view)))
with st.expander("Try a rule", key="trial"):
    rule_trial.form(view)
counts = rule_reads.counts(view.scope, customer, view.as_of)
opened = components.panel(rule_board.listed(rules, counts, view), key="rules")
off = rule_board.off(rules)
if off and components.panel(off, key="try"):
    components.show(rule_board.would(rule_reads.tried(view.scope, customer, view.as_of), rules, view))
components.show(rule_board.watched())
card.answer(view, opened)
components.footer(view, components.trust_of(view))
