"""The button that opens the filters of a page: on a wide screen those that are seldom used, on a phone all of them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit.components.v2 as components_v2

from app.wording import plural

# Whether they are open is the browser's own: no answer of the server is waited for. app.css hides what is folded.
_SCRIPT = """
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button"), page = document.documentElement;
  const narrow = parentElement.narrow ??= matchMedia("(max-width: 640px)");
  const show = () => {
    const open = page.dataset.filters === "open";
    button.setAttribute("aria-expanded", open);
    button.textContent = open ? "Hide the filters" : narrow.matches ? data.narrow : data.wide;
  };
  button.onclick = () => { page.dataset.filters = page.dataset.filters === "open" ? "" : "open"; show(); };
  narrow.onchange = show;
  show();
}
"""
_fold = components_v2.component(
    "fold", html='<button type="button" class="fold"></button>', js=_SCRIPT, isolate_styles=False
)


def button(chosen: int, folded: Sequence[str]) -> None:
    """The button. On a phone it says how many filters are set otherwise than usual, on a wide screen what those behind it say."""
    said = f"Filters: {chosen} {plural(chosen, 'is', 'are')} set" if chosen else "Filters"
    _fold(key="fold", data={"narrow": said, "wide": f"Filters: {', '.join(folded)}" if folded else "Filters"})
