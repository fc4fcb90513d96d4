"""Incidents: the same trouble at several customers at once, for the partner's people; and a draft of what each is told."""

import streamlit as st

from app import components, incident_board, incident_reads, markup
from app.notice import draft

view = components.current()
found = incident_reads.found(view.scope, view.as_of)
components.show(markup.verdict(*incident_board.answer(found, view)))
if found:
    components.show(incident_board.listed(found, view))
    names = {each.key: incident_board.name(each, view) for each in found}
    with st.container(key="noprint"):
        chosen = components.pick("Incident", names, "incident", width=480)
    incident = next(each for each in found if each.key == chosen)
    components.show(incident_board.parts(incident, view))
    components.show(
        markup.section("What each is told", "", "a draft from its own part alone; nothing is sent")
    )
    for own in incident.members:
        written = draft(own, incident.error_class)
        with st.expander(own.customer):
            st.code(f"{written.subject}\n\n{written.body}", language=None, wrap_lines=True)
            components.show(incident_board.notice(written))
components.footer(view, components.trust_of(view, everything=True))
