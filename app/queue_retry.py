"""Retrying what failed, from the pane: what would be asked of the platform, why what is barred is, and what became of earlier retries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from app import components, house, markup, queue_actions, queue_acts, queue_reads
from app.queue_actions import SAID
from app.retrying import Planned, carry_out
from app.scope import scope_of
from app.view import View
from app.wording import plural, sentence
from metrics.triage.act import Actor, Target
from metrics.triage.advice import WORDS
from metrics.triage.moves import NotAllowed
from metrics.triage.retry import AT_ONCE

_NAMED = 5
_BECAME = {"success": "succeeded", None: "not read yet"}
_ANSWERS = {
    "accepted": "accepted",
    "refused": "refused",
    "unsure": "nobody knows whether it was done",
    "begun": "begun, no answer",
}


def plan(found: Mapping[str, Any], view: View) -> list[Planned]:
    """What a retry would ask for; empty for a customer, for what is closed, and where no transaction is open."""
    is_open = any(
        row["subject_type"] == "transaction" and row["cleared_at"] is None for row in found["happened_to"]
    )
    if view.scope.is_customer or found["closed_at"] is not None or not is_open:
        return []
    return queue_reads.retry_plan(view.scope, found["customer_id"], found["exception_id"], view.as_of)


def form(found: Mapping[str, Any], view: View) -> None:
    """The form under the button: which runs would be run again and which not, and why; nothing where no transaction is open."""
    planned = plan(found, view)
    if not planned:
        return
    words = view.words
    may = [each for each in planned if each.why is None]
    with st.popover("Retry"):
        components.show(listed(planned))
        if len(planned) == AT_ONCE:
            components.show(f'<p class="muted small">The latest {AT_ONCE} are looked at; then the next.</p>')
        often = f"{words.count(len(may))} {plural(len(may), 'run')}"
        st.button(
            f"Ask the platform to run {often} again" if may else "Nothing may be sent",
            key="retry it",
            type="primary" if may else "secondary",
            disabled=not may,
            on_click=do,
            args=(Target(found["customer_id"], found["exception_id"], found["version"]),),
        )


def listed(planned: Sequence[Planned]) -> str:
    """What would be sent and what would not, each reason once with the records it holds back, and the steps by hand."""
    parts = []
    may = [each for each in planned if each.why is None]
    if may:
        lines = "".join(f"<li>{_run(each)}: {markup.e(WORDS[each.chosen.advice])}</li>" for each in may)
        parts.append(f"<p><b>May be sent</b></p><ul>{lines}</ul>")
    for why in dict.fromkeys(each.why for each in planned if each.why is not None):
        held = [each for each in planned if each.why == why]
        lines = "".join(f"<li>{_run(each)}</li>" for each in held[:_NAMED])
        if len(held) > _NAMED:
            lines += f"<li>and {len(held) - _NAMED} more</li>"
        parts.append(f"<p><b>Not sent:</b> {markup.e(sentence(why))}</p><ul>{lines}</ul>")
        if held[0].steps:
            steps = "".join(f"<li>{markup.e(step)}</li>" for step in held[0].steps)
            parts.append(f"<p>By hand:</p><ol>{steps}</ol>")
    return f'<div class="small">{"".join(parts)}</div>'


def _run(each: Planned) -> str:
    return markup.e(f"{each.chosen.subject_id}, attempt {each.chosen.attempt}")


def history(found: Mapping[str, Any], view: View) -> str:
    """The retries that were asked for: which run, by whom, what the platform said, and what became of the run; empty when none was."""
    if view.scope.is_customer:
        return ""
    rows = queue_reads.retries(view.scope, found["exception_id"], view.as_of)
    if not rows:
        return ""
    lines = [
        (
            markup.two_lines(
                f"{row['subject_id']}, attempt {row['attempt']}",
                f"{row['actor']}, {view.words.instant(row['begun_at'], with_zone=False)}",
                "",
            ),
            markup.two_lines(_ANSWERS[row["state"]], _lineage(row), ""),
        )
        for row in rows
    ]
    columns = (markup.Column("Retried"), markup.Column("What became of it"))
    return markup.section("Retries", markup.table(columns, lines, of_rows=True))


def _lineage(row: Mapping[str, Any]) -> str:
    """Run 4 became run 9, failed; with what the platform said to it."""
    to = f" became run {row['new_run_id']}" if row["new_run_id"] else ""
    became = _BECAME.get(row["became"], row["became"]) if row["state"] == "accepted" else ""
    return ", ".join(part for part in (f"run {row['run_id']}{to}", became, row["said"] or "") if part)


def do(target: Target) -> None:
    """Ask for the retries as the signed-in person, if the exception is still at the version they saw."""
    try:
        user = queue_actions.worker()
        with queue_acts.acting(scope_of(user), (target.customer_id,), "retry"):
            told = carry_out(
                house.current().db,
                user.customer_ids,
                Actor(user.person_id, user.email),
                target,
                house.current().platforms,
                datetime.now(UTC),
            )
        st.session_state[SAID] = outcome(told)
    except NotAllowed as error:
        st.session_state[SAID] = ("risk", sentence(str(error)))


def outcome(told: Sequence[Planned]) -> tuple[str, str, list[str]]:
    """A sign, how many were accepted, and a line for each that was not."""
    accepted = [each for each in told if each.answer is not None and each.answer.state == "accepted"]
    rest = [each for each in told if each not in accepted]
    words = f"{len(accepted)} {plural(len(accepted), 'retry', 'retries')} accepted by the platform."
    if rest:
        words += f" {len(rest)} not done."
    lines = [f"{each.chosen.subject_id}: {_reason(each)}" for each in rest]
    return ("risk" if rest else "ok"), words, lines


def _reason(each: Planned) -> str:
    if each.answer is None:
        return each.why or ""
    return ": ".join(part for part in (_ANSWERS[each.answer.state], each.answer.said) if part)
