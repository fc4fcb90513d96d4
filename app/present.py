"""The review of a month as it is shown in a meeting: one thing per screen, large, walked with the keys, without navigation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import streamlit.components.v2 as components_v2

from app import markup, review, review_beside, review_proof
from app.report import beside
from app.report.recovered import recovered
from app.report.said import STATES, Said
from app.report.sentences import spoken
from app.report.spoken import AGAINST, OBJECTIVE
from app.review_reads import Review
from app.target import Target
from app.view import View

MOST = 6
"""So many rows of a list are read on one screen."""
# A number opens its card above the screens. They are a modal dialog, over which a card could not stand: they lie down for as
# long as it is open, and then stand up again on the same number.
_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const stage = parentElement.querySelector("dialog");
  const show = (wanted) => {
    const slides = [...stage.querySelectorAll(".slide")];
    const at = Math.max(0, Math.min(slides.length - 1, wanted));
    slides.forEach((slide, n) => slide.classList.toggle("here", n === at));
    if (document.activeElement?.closest(".slide:not(.here)")) stage.focus();
    stage.dataset.at = at;
    stage.querySelector(".place").textContent = `${at + 1} of ${slides.length}`;
  };
  const at = () => Number(stage.dataset.at || 0);
  if (stage.dataset.shown !== data.html) { stage.innerHTML = data.html; stage.dataset.shown = data.html; show(at()); }
  const card = () => document.querySelector('[data-testid="stDialog"]');
  const stand = (on) => { stage.close(); stage.classList.remove("lies"); stage.showModal(); (on || stage).focus(); };
  const lie = (on) => {
    let seen = false;
    const watch = new MutationObserver(() => {
      seen = seen || Boolean(card());
      if (!stage.isConnected) watch.disconnect();
      else if (seen && !card()) { watch.disconnect(); stand(on); }
    });
    stage.close();
    stage.classList.add("lies");
    stage.show();
    watch.observe(document.body, { childList: true, subtree: true });
  };
  if (!stage.open) { stage.showModal(); stage.focus(); }
  const steps = { ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1, Home: -999, End: 999 };
  stage.onkeydown = (event) => {
    if (!(event.key in steps) || (event.key === " " && event.target.closest("button"))) return;
    event.preventDefault();
    event.stopPropagation();
    show(event.key === "Home" ? 0 : at() + steps[event.key]);
  };
  stage.onclick = (event) => {
    const number = event.target.closest("[data-open]"), step = event.target.closest("[data-step]");
    if (number && !stage.classList.contains("lies")) { lie(number); setTriggerValue("opened", number.dataset.open); }
    if (!step) return;
    if (step.dataset.step === "leave") stage.close(); else show(at() + Number(step.dataset.step));
  };
  stage.onclose = () => { if (!stage.open) setTriggerValue("left", true); };
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


def stage(found: Review, view: View, today: date, flows: Mapping[str, str]) -> tuple[bool, str | None]:
    """Show the month over the whole screen: whether the person has left, and the `data-open` of the number just clicked."""
    result = _stage(
        data={"html": screens(found, view, today, flows)},
        key="stage",
        on_left_change=lambda: None,
        on_opened_change=lambda: None,
    )
    return bool(result.left), str(result.opened) if result.opened else None


def screens(found: Review, view: View, today: date, flows: Mapping[str, str] | None = None) -> str:
    """All screens of the month, with what stands above and under each; `flows` are their names by key."""
    words, said = view.words, found.said(view.words)
    state, standing = review.standing(found, view)
    first, *rest = map(review.opening, spoken(said))
    lines = "".join(f"<li>{line}</li>" for line in rest)
    parts = [
        f"<h1>{first}</h1><ul>{lines}</ul><p class='muted'>{markup.sign(state)} {markup.e(standing)}</p>",
        *(_objective(each, said, review_proof.cell(found, each, said)) for each in found.objectives),
    ]
    if together := review.together(said):
        parts.append(f"<h2>Taken together</h2>{together}")
    if found.missed:
        count = words.count(len(found.missed))
        number = markup.opens(str(Target(AGAINST)), f"{count} counted against it. Which", count)
        more = f"<p class='muted'>The first {MOST}.</p>" if len(found.missed) > MOST else ""
        parts.append(
            f"<h2>What counted against it: {number}</h2>{review.missed(found, view, MOST, flows)}{more}"
        )
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


def _objective(it: Mapping[str, Any], said: Said, verified: str) -> str:
    def opens(name: str, shown: str) -> str:
        label = f"{it['title']}, {name}: {shown}. What it consists of"
        return markup.opens(str(Target(OBJECTIVE, None, it["key"])), label, markup.e(shown))

    three = "".join(
        f"<div><span>{name}</span><b>{opens(name.lower(), said.stood(it, it[name.lower()]))}</b></div>"
        for name in ("Gross", "Agreed", "Net")
    )
    agreed = it["agreed"]
    says = " ".join(
        f"{part[:1].upper()}{part[1:]}."
        for part in (said.bounds(it, agreed), review.reason(it, said))
        if part
    )
    beside = f"<div class='says'>{verified}</div>" if verified else ""
    shown = said.value(it, agreed["value"])
    return (
        f"<h2>{markup.e(it['title'])}</h2><div class='huge'>{opens('as agreed', shown)}</div>"
        f"<p>{markup.status(STATES[it['verdict']])}</p><p class='says'>{markup.e(said.target(it)[:1].upper() + said.target(it)[1:])}"
        f" was promised. {markup.e(says)}</p>{beside}<div class='three'>{three}</div>"
    )
