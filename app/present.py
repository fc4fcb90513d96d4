"""The review of a month as it is shown in a meeting: one thing per screen, large, walked with the keys, without navigation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import streamlit.components.v2 as components_v2

from app import markup, review, review_beside, review_proof
from app.report import beside
from app.report.recovered import recovered
from app.report.said import STATES, Said
from app.report.sentences import sentences
from app.review_reads import Review
from app.view import View

MOST = 8
"""So many rows of a list are read on one screen."""
_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const stage = parentElement.querySelector("dialog");
  const show = (wanted) => {
    const slides = [...stage.querySelectorAll(".slide")];
    const at = Math.max(0, Math.min(slides.length - 1, wanted));
    slides.forEach((slide, n) => slide.classList.toggle("here", n === at));
    stage.dataset.at = at;
    stage.querySelector(".place").textContent = `${at + 1} of ${slides.length}`;
  };
  const at = () => Number(stage.dataset.at || 0);
  if (stage.dataset.shown !== data.html) { stage.innerHTML = data.html; stage.dataset.shown = data.html; show(at()); }
  if (!stage.open) { stage.showModal(); stage.focus(); }
  const steps = { ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1, Home: -999, End: 999 };
  stage.onkeydown = (event) => {
    if (!(event.key in steps) || (event.key === " " && event.target.closest("button"))) return;
    event.preventDefault();
    event.stopPropagation();
    show(event.key === "Home" ? 0 : at() + steps[event.key]);
  };
  stage.onclick = (event) => {
    const step = event.target.closest("[data-step]");
    if (!step) return;
    if (step.dataset.step === "leave") stage.close(); else show(at() + Number(step.dataset.step));
  };
  stage.onclose = () => setTriggerValue("left", true);
  return () => { stage.onclose = null; if (stage.open) stage.close(); };
}
"""
_stage = components_v2.component(
    "stage",
    html='<div class="sheet"><dialog class="stage" tabindex="-1" aria-label="Presentation"></dialog></div>',
    css=(Path(__file__).parent / "static" / "present.css").read_text(encoding="utf-8"),
    js=_JS,
    isolate_styles=False,
)


def stage(found: Review, view: View, today: date, flows: Mapping[str, str]) -> bool:
    """Show the month over the whole screen; True once the person has left."""
    result = _stage(
        data={"html": screens(found, view, today, flows)}, key="stage", on_left_change=lambda: None
    )
    return bool(result.left)


def screens(found: Review, view: View, today: date, flows: Mapping[str, str] | None = None) -> str:
    """All screens of the month, with what stands above and under each; `flows` are their names by key."""
    words, said = view.words, found.said(view.words)
    state, standing = review.standing(found, view)
    first, *rest = sentences(said)
    lines = "".join(f"<li>{markup.e(line)}</li>" for line in rest)
    parts = [
        f"<h1>{markup.e(first)}</h1><ul>{lines}</ul><p class='muted'>{markup.sign(state)} {markup.e(standing)}</p>",
        *(_objective(each, said, review_proof.lines(found, each, said)) for each in found.objectives),
    ]
    if together := review.together(said):
        parts.append(f"<h2>Taken together</h2>{together}")
    if found.missed:
        title = f"What counted against it: {words.count(len(found.missed))}"
        more = f"<p class='muted'>The first {MOST}.</p>" if len(found.missed) > MOST else ""
        parts.append(f"<h2>{markup.e(title)}</h2>{review.missed(found, view, MOST, flows)}{more}")
    lists = (
        (beside.causes(said), review_beside.causes),
        (recovered(said), review_beside.recovered),
        (beside.risks(said), review_beside.risks),
    )
    parts += [
        f"<h2>{markup.e(table.title)}</h2>{told(found, view, MOST)}" for table, told in lists if table.rows
    ]
    if found.exclusions or found.works:
        parts.append(f"<h2>What is left out</h2>{review_beside.left_out(found, view)}")
    if found.notes.commentary.text:
        parts.append(
            f"<h2>What {markup.e(said.side('partner'))} says</h2>{review_beside.commentary(found, view)}"
        )
    parts.append(f"<h2>Actions</h2>{review_beside.actions(found, view, today)}")
    parts.append(f"<h2>Signed by</h2>{review_beside.signatures(found, view)}")
    slides = "".join(f'<section class="slide">{part}</section>' for part in parts)
    return (
        f'<div class="top"><b>{markup.e(view.customer.name)}</b><span>{markup.e(words.month(view.month))}</span>'
        f"<span>{markup.e(said.side('partner'))}</span></div><div class='slides'>{slides}</div>"
        '<div class="bottom"><span class="place" role="status"></span><span class="keys">← → to walk, Esc to leave</span>'
        '<nav><button type="button" data-step="-1" aria-label="Back">←</button>'
        '<button type="button" data-step="1" aria-label="On">→</button>'
        '<button type="button" data-step="leave">Leave</button></nav></div>'
    )


def _objective(it: Mapping[str, Any], said: Said, verified: Sequence[str]) -> str:
    three = "".join(
        f"<div><span>{name}</span><b>{markup.e(said.stood(it, it[name.lower()]))}</b></div>"
        for name in ("Gross", "Agreed", "Net")
    )
    agreed = it["agreed"]
    says = ". ".join(
        part[:1].upper() + part[1:] for part in (said.bounds(it, agreed), review.reason(it, said)) if part
    )
    beside = f"<p class='says'>{markup.e('; '.join(verified))}</p>" if verified else ""
    return (
        f"<h2>{markup.e(it['title'])}</h2><div class='huge'>{markup.e(said.value(it, agreed['value']))}</div>"
        f"<p>{markup.status(STATES[it['verdict']])}</p><p class='says'>{markup.e(said.target(it)[:1].upper() + said.target(it)[1:])}"
        f" was promised. {markup.e(says)}</p>{beside}<div class='three'>{three}</div>"
    )
