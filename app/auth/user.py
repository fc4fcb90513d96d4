"""The one answer, inside a page, to the question who is looking at it."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from app import house
from app.auth.sessions import Session


def current_user() -> Session | None:
    """The person behind this page, read from the session table on every rerun; None when they are signed out.

    The guard puts the session's hash into a header of the websocket that no browser can send; the table decides.
    Looking does not keep the session alive: only what a person does counts, and the guard sees that.
    """
    sha256 = st.context.headers.get("x-portal-session", "")
    host = st.context.headers.get("host", "")
    if not sha256:
        return None
    return house.current().session(bytes.fromhex(sha256), host, datetime.now(UTC))
