"""The one answer, inside a page, to the question who is looking at it."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import streamlit as st

from app import house
from app.auth.sessions import Session

_KNOWN, _FOR = "who is looking", 1.0


def current_user() -> Session | None:
    """The person behind this page, read from the session table; None when they are signed out.

    The guard puts the session's hash into a header of the websocket that no browser can send; the table decides, and the
    guard asks it for every message as well. An act and the page that is drawn after it ask once: the answer holds a second.
    Looking does not keep the session alive: only what a person does counts, and the guard sees that.
    """
    asked = st.context.headers.get("x-portal-session", ""), st.context.headers.get("host", "")
    if not asked[0]:
        return None
    found: Session | None
    known, at, found = st.session_state.get(_KNOWN, (None, 0.0, None))
    if known == asked and time.monotonic() - at < _FOR:
        return found
    found = house.current().session(bytes.fromhex(asked[0]), asked[1], datetime.now(UTC))
    if found is not None:
        st.session_state[_KNOWN] = (asked, time.monotonic(), found)
    return found
