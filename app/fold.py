"""The button that on a phone opens the filters of a page; on a wide screen they always stand open, and it is not there."""

from __future__ import annotations

import streamlit.components.v2 as components_v2

from app.wording import plural

# Whether they are open is the browser's own: no answer of the server is waited for. app.css hides what is folded.
_SCRIPT = """
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button"), page = document.documentElement;
  const show = () => {
    const open = page.dataset.filters === "open";
    button.setAttribute("aria-expanded", open);
    button.textContent = open ? "Hide the filters" : data.label;
  };
  button.onclick = () => { page.dataset.filters = page.dataset.filters === "open" ? "" : "open"; show(); };
  show();
}
"""
_fold = components_v2.component(
    "fold", html='<button type="button" class="fold"></button>', js=_SCRIPT, isolate_styles=False
)


def button(chosen: int) -> None:
    """The button, which says how many filters are set otherwise than usual."""
    said = f"Filters: {chosen} {plural(chosen, 'is', 'are')} set" if chosen else "Filters"
    _fold(key="fold", data={"label": said})
