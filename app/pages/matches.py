"""Matches: records of two systems that may be one, what they differ in, and the word of the partner's people on it."""

import streamlit as st

from app import components, markup, match_acts, match_board

view = components.current()
trust = components.trust_of(view)
if trust.state == "unknown":
    components.nothing_read(view, trust)
    st.stop()

components.stale_banner(view, trust)
components.became(match_acts.SAID)
waiting = match_acts.pairs(view.one, "suggested", view.as_of)
people = [row for state in ("manual", "apart") for row in match_acts.pairs(view.one, state, view.as_of)]
pressed = components.panel(
    markup.verdict(*match_board.answer(waiting)),
    match_board.waiting(waiting, view),
    match_board.decided(people, view),
    key="matches",
    kind="parts",
)
if pressed:
    match_acts.by_button(pressed, view)
    st.rerun()
components.footer(view, trust)
