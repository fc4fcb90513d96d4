"""The part of the list that the browser has: a few hundred rows around what is in sight, however long the list is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

SHOWN = 400
START = "the first row that the browser has"


def start(filtered: str, length: int) -> int:
    """The place, from 0, of the first of the rows that the browser has of a list of this length."""
    of, first = st.session_state.get(START, ("", 0))
    return max(0, min(first, length - SHOWN)) if of == filtered and "queue" in st.session_state else 0


def part(rows: Sequence[Mapping[str, Any]], first: int) -> Sequence[Mapping[str, Any]]:
    """The rows that the browser has."""
    return rows[first : first + SHOWN]


def move(said: str) -> None:
    """The browser came to another place, `number~filter`: its rows are those around it; nothing for anything else."""
    middle, _, filtered = said.partition("~")
    if middle.isdigit():
        st.session_state[START] = (filtered, max(0, int(middle) - SHOWN // 2))
