"""Review: every promise of the month with its verdict and the reason beside each miss; here a month is settled, sealed and signed."""

from functools import partial
from zoneinfo import ZoneInfo

import streamlit as st

from app import (
    card,
    components,
    data,
    markup,
    present,
    recovered,
    review,
    review_actions,
    review_beside,
    review_mailed,
    review_reads,
    review_settle,
    whatif,
)
from app.report import beside
from app.report.file import MEDIA, NAMES

view = components.current()
words, between = view.words, review_reads.parties(view)
trust, side = components.trust_of(view), review_actions.may(view)
if side == "partner" and st.query_params.get("whatif"):
    whatif.page(view)
    components.footer(view, trust)
    st.stop()
found = review_reads.review(view.scope, between, view.period, view.as_of)
if found.body is None:
    why = (
        found.trouble
        or "Terms say which promises there are; they stand in the estate, with the day they hold from."
    )
    asked = f"{view.brand.name} agrees them with you." if view.scope.is_customer else why
    components.show(markup.screen("info", f"Nothing is agreed for {words.month(view.month)}", asked))
    if side == "partner":
        review_actions.what_if_button()
    st.stop()

said = found.said(words)
today = view.as_of.astimezone(ZoneInfo(view.customer.time_zone)).date()
flows = {flow["key"]: flow["name"] for flow in data.flows(view.one, view.as_of)}
if st.query_params.get("present"):
    left, opened = present.stage(found, view, today, flows)
    if left:
        del st.query_params["present"]
        st.rerun()
    card.answer(view, opened)
    components.footer(view, trust)
    st.stop()
components.show(markup.banner(*review.standing(found, view)))
components.became(review_actions.SAID)
opened = components.panel(
    markup.answered(*review.answer(said)),
    markup.section(
        "Promises", review.objectives(found, view) + review.together(said), words.month(view.month)
    ),
    review.facts(said),
    key="promises",
    kind="parts",
)
compare = False
with st.container(horizontal=True, gap="small", key="seal"):
    if side == "partner" and not view.is_running:
        review_actions.seal_button(found, view)
    if side:
        review_actions.sign_button(found, view)
    if found.sealed or not view.scope.is_customer:
        with st.popover("Review pack"):
            for format_, label in NAMES.items():
                drawn = partial(
                    review_reads.pack,
                    view.scope,
                    between,
                    view.period,
                    view.brand,
                    view.customer.locale,
                    format_,
                )
                name = f"{view.customer.key}-{view.month}.{format_}"
                st.download_button(label, drawn, name, MEDIA[format_], key=f"pack {format_}", width="stretch")
    if st.button("Present", key="present", icon=":material/slideshow:"):
        st.query_params["present"] = "1"
        st.rerun()
    if side == "partner":
        review_actions.what_if_button()
    if found.sealed:
        name = f"{view.customer.key}-{view.month}-v{found.sealed[0].place[2]}.json"
        st.download_button("Statement with its hash", found.sealed[0].file(), name, "application/json")
        compare = st.toggle("Compare with today", key="compare")

components.show(markup.section(f"What {said.side('partner')} says", review_beside.commentary(found, view)))
if side == "partner":
    review_actions.commentary_form(found, view)
against = markup.section(
    f"What counted against it: {words.count(len(found.missed))}",
    review.missed(found, view, names=flows),
    "first 50" if len(found.missed) > 50 else "",
)
components.line(against if found.missed else "", key="missed")
components.show(markup.section("Causes by money", review_beside.causes(found, view)))
components.show(markup.section("What is left out", review_beside.left_out(found, view)))
if side:
    with st.container(horizontal=True, gap="small", key="ledger"):
        if side == "partner":
            review_settle.doing_form(found, view)
        review_settle.out_form(found, view)
        review_settle.stretch_form(found, view)
        if side == "partner":
            review_settle.work_forms(found, view)
        review_settle.answer_form(found, view)
opened = components.panel(recovered.section(found, view), key="recovered", kind="parts") or opened
components.show(markup.section(beside.risks(said).title, review_beside.risks(found, view)))
components.show(markup.section("Actions", review_beside.actions(found, view, today)))
if side == "partner":
    with st.container(horizontal=True, gap="small", key="actions"):
        review_actions.action_forms(found, view)
components.show(markup.section("Signed by", review_beside.signatures(found, view)))
if not view.scope.is_customer:
    components.show(review_mailed.section(view, [view.customer]))
if side == "partner":
    review_mailed.form(view)
if compare:
    with st.spinner("Everything is counted again", show_time=False):
        differs = review_reads.pending(view.scope, between, view.period, view.as_of)
    components.show(markup.section("What the month would say otherwise today", review.causes(differs)))
card.answer(view, opened)
components.footer(view, trust)
