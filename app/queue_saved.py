"""The row of saved views over the queue: to switch by button or key, to follow from an address, to save and to forget."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import streamlit as st

from app import house, queue_filters, queue_reads, saved_views
from app.queue_actions import SAID, worker
from app.saved_views import USUAL, Saved, SavedViewError
from app.view import View
from app.wording import sentence
from metrics.triage.moves import NotAllowed

FOLLOWED = "the saved view in the address"


def of(view: View) -> list[Saved]:
    """The saved views, before the filters are drawn, which the one in the address sets. A customer has none."""
    if view.scope.is_customer:
        return []
    found = saved_views.of_person(house.current().db, view.scope.person_id)
    follow(found)
    return found


def bar(found: list[Saved], view: View) -> None:
    """The saved views as buttons, nine of them with a key, and the way to save one; nothing for a customer."""
    if view.scope.is_customer:
        return
    with st.container(horizontal=True, gap="small", key="saved"):
        for saved in found:
            whose = "" if saved.is_mine else f" ({saved.by})"
            st.button(
                f"{saved.name}{whose} {counted(saved, view)}",
                key=f"saved view {saved.view_id}",
                type="secondary" if _is_on(saved) else "tertiary",
                on_click=choose,
                args=(saved,),
            )
        with st.popover("Save this view"):
            with st.form("save a view", border=False):
                st.text_input("Name", key="name of the view", max_chars=saved_views.LONGEST_NAME)
                st.checkbox("My colleagues see it too", key="share the view")
                st.form_submit_button("Save", type="primary", on_click=save)
            for saved in (each for each in found if each.is_mine):
                label, key = f"Forget “{saved.name}”", f"forget view {saved.view_id}"
                st.button(label, key=key, type="tertiary", on_click=forget, args=(saved,))


def counted(saved: Saved, view: View) -> str:
    """How many it holds in this moment: 12, or 1,000+ where nobody would count on."""
    chosen = saved.whole
    scope = queue_filters.scope_of(view, chosen["whose"])
    kind, narrowed = queue_filters.kind_of(chosen["kind"]), queue_filters.asked_of(chosen["owner"], scope)
    number = queue_reads.matching(scope, view.as_of, chosen["view"], kind, chosen["find"], **narrowed)
    more = "+" if number >= queue_reads.COUNTED_TO else ""
    return f"{view.words.count(number)}{more}"


def follow(found: list[Saved]) -> None:
    """Set the filter that the address names by a saved view, once; an address of a view that is not there sets nothing."""
    asked = st.query_params.get("saved")
    if asked is None or asked == st.session_state.get(FOLLOWED):
        return
    for saved in found:
        if str(saved.view_id) == asked:
            choose(saved)
            return
    del st.query_params["saved"]


def keep(chosen: Mapping[str, str]) -> None:
    """After the filters are drawn: the address names the saved view as long as they say what it says."""
    st.session_state["filter of the queue"] = dict(chosen)
    followed = st.session_state.get(FOLLOWED)
    if followed is None:
        return
    if dict(chosen) == st.session_state.get(f"{FOLLOWED} says"):
        st.query_params["saved"] = followed
    else:
        st.session_state[FOLLOWED] = None
        if "saved" in st.query_params:
            del st.query_params["saved"]


def choose(saved: Saved) -> None:
    """Set the filters as a saved view has them."""
    for key, value in saved.whole.items():
        st.session_state[key] = value
        st.session_state[f"{key} in the address"] = None
        if key in st.query_params:
            del st.query_params[key]
    st.session_state[FOLLOWED] = str(saved.view_id)
    st.session_state[f"{FOLLOWED} says"] = saved.whole


def save() -> None:
    """Save the filters as they stand under the name in the form."""
    said = st.session_state
    try:
        chosen = said.get("filter of the queue", USUAL)
        name, shared = str(said["name of the view"]), bool(said["share the view"])
        number = saved_views.save(
            house.current().db, worker().person_id, name, chosen, shared, datetime.now(UTC)
        )
        said[FOLLOWED], said[f"{FOLLOWED} says"] = str(number), {**USUAL, **chosen}
        said[SAID] = ("ok", "The view is saved; its address stands in the browser.")
    except (NotAllowed, SavedViewError) as error:
        said[SAID] = ("risk", sentence(str(error)))


def forget(saved: Saved) -> None:
    """Forget a view of one's own."""
    try:
        saved_views.forget(house.current().db, worker().person_id, saved.view_id)
        st.session_state[SAID] = ("ok", f"“{saved.name}” is forgotten.")
    except (NotAllowed, SavedViewError) as error:
        st.session_state[SAID] = ("risk", sentence(str(error)))


def _is_on(saved: Saved) -> bool:
    return st.session_state.get(FOLLOWED) == str(saved.view_id)
