"""What the partner's people do on the page Matches: say that two records are one, that they are not, or take it back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, get_args

import streamlit as st

from app import data, house
from app.auth.user import current_user
from app.data import Row
from app.scope import Scope
from app.view import View
from app.wording import sentence
from metrics import matches
from metrics.matches import KINDS, OF_RELATION, Judge, Named, NotAllowed, Word

SAID = "what became of a word on a match"
SHOWN = 50
_SAYS = {
    "together": "They belong together",
    "apart": "They do not belong together, and are not suggested again",
    "undecided": "The word is taken back, and the rules speak again",
}


@data.cached
def pairs(scope: Scope, state: str, as_of: datetime) -> list[Row]:
    """The first pairs of a state at the one customer in scope; columns as in kpi/matches.sql."""
    (customer_id,) = scope.customer_ids
    with data.look(scope, as_of) as conn:
        return list(matches.matches(conn, customer_id, [state], SHOWN))


def button(word: Word, row: Row) -> str:
    """What a button says when it is pressed: the word and the two records as people name them."""
    left, right = ((row[f"{side}_system"], row[f"{side}_id"]) for side in ("left", "right"))
    return json.dumps([word, OF_RELATION[row["relation"]], *left, *right])


def by_button(said: str, view: View) -> None:
    """Write down what a button said as the signed-in person; what became of it is shown next."""
    word, named = _read(said)
    try:
        user = current_user()
        if user is None or user.role.startswith("customer"):
            raise NotAllowed("this is not yours to say")
        customer = view.customer.customer_id, view.customer.key
        judge = Judge(user.email, user.customer_ids)
        matches.say(house.current().db, judge, customer, named, word, datetime.now(UTC))
        ends = f"{named.left[1]} and {named.right[1]}"
        st.session_state[SAID] = (
            "ok",
            f"{ends}: {_SAYS[word].lower()}. It counts in figures within minutes.",
        )
    except (matches.NoRecord, ValueError) as error:
        st.session_state[SAID] = ("risk", sentence(str(error)))
    pairs.clear()


def _read(said: str) -> tuple[Word, Named]:
    """Raises ValueError for what no button says."""
    parts: Any = json.loads(said)
    if not (isinstance(parts, list) and len(parts) == 6 and all(isinstance(part, str) for part in parts)):
        raise ValueError("no button says this")
    word, kind, left_system, left_id, right_system, right_id = parts
    if word not in get_args(Word) or kind not in KINDS:
        raise ValueError("no button says this")
    return word, Named(kind, (left_system, left_id), (right_system, right_id))
