"""Review: every promise of the month with its verdict and the reason beside each miss; here a month is sealed."""

from datetime import UTC, datetime
from functools import partial

import streamlit as st

from app import card, components, markup, review, review_reads
from app.auth.user import current_user
from app.report.file import MEDIA
from metrics.sla.draft import Parties

SAID = "what became of the seal"
view = components.current()
words = view.words
found = review_reads.review(view.scope, view.customer, view.period, view.as_of)
trust = components.trust_of(view)
if found.evaluation is None:
    why = (
        found.trouble
        or "Terms say which promises there are; they stand in the estate, with the day they hold from."
    )
    asked = f"{view.brand.name} agrees them with you." if view.scope.is_customer else why
    components.show(markup.screen("info", f"Nothing is agreed for {words.month(view.month)}", asked))
    st.stop()

components.show(markup.banner(*review.standing(found, view)))
if SAID in st.session_state:
    components.show(markup.banner(*st.session_state.pop(SAID)))
opened = components.panel(
    markup.verdict(*review.answer(found.evaluation, words)),
    markup.section("Promises", review.objectives(found.evaluation, view), words.month(view.month)),
    review.facts(found.evaluation, words),
    key="promises",
    kind="parts",
)

parties = Parties(review_reads.subject(view.customer), view.customer.name, view.brand.key, view.brand.name)


def seal() -> None:
    """Seal the month as the signed-in person."""
    user = current_user()
    assert user is not None
    st.session_state[SAID] = review_reads.seal_month(
        view.scope, parties, view.period, user.email, datetime.now(UTC)
    )


with st.container(horizontal=True, gap="small", key="seal"):
    if view.scope.role == "partner_manager" and not view.is_running:
        label = "Restate the month" if found.sealed else "Seal the month"
        with st.popover(label):
            st.write(
                "A sealed month never changes. What comes later can only be told as a restatement, with its reasons."
            )
            st.button(label, key="seal it", type="primary", on_click=seal)
    if found.sealed or not view.scope.is_customer:
        with st.popover("Review pack"):
            for format_, label in (
                ("pdf", "PDF"),
                ("xlsx", "Workbook"),
                ("pptx", "Slides"),
                ("html", "Page"),
            ):
                st.download_button(
                    label,
                    partial(
                        review_reads.pack,
                        view.scope,
                        view.customer,
                        parties,
                        view.period,
                        view.brand,
                        format_,
                    ),
                    f"{view.customer.key}-{view.month}.{format_}",
                    MEDIA[format_],
                    key=f"pack {format_}",
                    width="stretch",
                )
    if found.sealed:
        name = f"{view.customer.key}-{view.month}-v{found.sealed[0].place[2]}.json"
        st.download_button("Statement with its hash", found.sealed[0].file(), name, "application/json")
        compare = st.toggle("Compare with today", key="compare")
    else:
        compare = False
if found.missed:
    title = f"What counted against it: {words.count(len(found.missed))}"
    components.show(
        markup.section(title, review.missed(found, view), "first 50" if len(found.missed) > 50 else "")
    )
if compare:
    with st.spinner("Everything is counted again", show_time=False):
        differs = review_reads.pending(view.scope, view.customer, parties, view.period, view.as_of)
    components.show(markup.section("What the month would say otherwise today", review.causes(differs)))
card.answer(view, opened)
components.footer(view, trust)
