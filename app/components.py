"""What pages share on the screen: HTML whose figures can be opened, charts, the line about trust, the three states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st
import streamlit.components.v2 as components_v2

from app import charts, data, markup
from app.freshness import Trust, trust
from app.view import View

# One click listener for all figures of a panel. The HTML is made and escaped by our own server; the page's policy lets
# no script in it run.
_PANEL_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".panel");
  if (root.dataset.shown !== data.html) { root.innerHTML = data.html; root.dataset.shown = data.html; }
  root.onclick = (event) => {
    const target = event.target.closest("[data-open]");
    if (target) setTriggerValue("opened", target.dataset.open);
  };
}
"""
STATE = "what is looked at"
_panel = components_v2.component(
    "panel", html='<div class="panel"></div>', js=_PANEL_JS, isolate_styles=False
)


def current() -> View:
    """What this run of the page looks at."""
    view = st.session_state[STATE]
    assert isinstance(view, View)
    return view


def panel(*parts: str, key: str, kind: str = "") -> str | None:
    """HTML whose figures can be opened: the `data-open` of the one just clicked, else None."""
    result = _panel(data={"html": markup.sheet(*parts, kind=kind)}, key=key, on_opened_change=lambda: None)
    opened = result.opened
    return str(opened) if opened else None


def show(*parts: str, kind: str = "") -> None:
    """HTML without anything to open."""
    st.html(markup.sheet(*parts, kind=kind))


def line(html: str, *, key: str) -> None:
    """HTML that comes and goes, in a place that always is: what stands below is not moved, and a form in it stays open."""
    with st.container(key=key):
        if html:
            show(html)


def became(key: str) -> None:
    """What became of the last act, which left its sign and words under `key` in the session; said once."""
    said = st.session_state.pop(key, None)
    line(markup.banner(*said) if said else "", key="outcome")


def chart(view: View, name: str, *parts: Any, key: str, alt: str, **options: Any) -> None:
    """A chart of app/charts.py, built once."""
    figure = data.drawn(view.one, view.look, name, *parts, **options)
    st.plotly_chart(figure, key=key, theme=None, config=charts.CONFIG, alt=alt)


def trust_of(view: View, *, everything: bool = False) -> Trust:
    """How fresh the streams behind the page are: of the customer looked at, or of all in scope."""
    streams = data.streams(view.scope if everything else view.one, view.as_of)
    return trust(streams, view.as_of, view.words)


def footer(view: View, found: Trust) -> None:
    """Who serves, as of when, and how far the figures can be trusted."""
    said = f'{markup.sign(found.state)}<a href="/freshness" target="_self">{markup.e(found.says)}</a>'
    left = view.brand.footer or view.brand.name
    show(markup.foot(left, f"<span>Data as of {markup.e(view.words.instant(view.as_of))}</span> · {said}"))


def stale_banner(view: View, found: Trust) -> None:
    """A line over the page when what it shows may be old: why, what that means, and who does what; else nothing."""
    banner = ""
    if found.state == "risk":
        means = "Figures may be missing the latest changes."
        banner = markup.banner("risk", " ".join((found.because, found.says, means)))
    elif found.state == "breach":
        means = "What needs it is as old as its last complete read."
        said = " ".join(("Stale:", found.because, found.says, means, whose(view, found)))
        banner = markup.banner("breach", said)
    line(banner, key="stale")


def whose(view: View, found: Trust) -> str:
    """What the partner has to do; a customer reads who does it."""
    if not view.scope.is_customer:
        return found.do
    return f"{view.brand.name} looks after it." if found.do else ""


def nothing_read(view: View, found: Trust, *, everything: bool = False) -> None:
    """The screen for customers of whom nothing was ever read: not asked yet, or asked and not answered."""
    many = everything and len(view.customers) > 1
    name = f"any of {len(view.customers)} customers" if many else view.customer.name
    if found.because:
        means = "There are no figures until it answers; nothing is lost, its history is loaded then."
        show(
            markup.screen(
                "breach",
                f"{'No customer can' if many else f'{name} cannot'} be read",
                found.because,
                means,
                whose(view, found),
            )
        )
        return
    do = f"{view.brand.name} connects the systems; you need not do anything."
    if not view.scope.is_customer:
        do = "If nothing changes within a few minutes, see whether its systems are configured and the workers run."
    show(
        markup.screen(
            "unknown",
            f"Nothing has been read for {name} yet",
            "As soon as the first system answers, its history is loaded and figures appear here.",
            do,
        )
    )


def nothing_happened(view: View, what: str) -> None:
    """The screen for a period without a single event: an answer, not a fault."""
    show(
        markup.screen(
            "info",
            f"No {what} in {view.words.month(view.month)}",
            "Everything was read; there was nothing to count. This is neither good nor bad, so nothing is judged.",
            "Choose another month above.",
        )
    )


def broken(reference: str, at: datetime) -> None:
    """The screen when something of ours failed: a reference to quote, nothing that only we understand."""
    show(
        markup.screen(
            "breach",
            "This could not be drawn",
            f"Something failed on our side. Quote reference {reference} ({at:%Y-%m-%d %H:%M} UTC) when you ask about it.",
            "No figure is shown rather than a wrong one. Other pages may still work; reloading this one is safe.",
        )
    )


def table(rows: pd.DataFrame, nothing: str) -> None:
    """Rows to scroll and search; a sentence when there are none."""
    if rows.empty:
        show(f'<p class="muted">{markup.sign("ok")} {markup.e(nothing)}</p>')
        return
    st.dataframe(rows, hide_index=True, width="stretch", height="content" if len(rows) <= 11 else 430)


def pick(label: str, names: Mapping[str, str], key: str, width: int = 240, usual: str | None = None) -> str:
    """One of several by name; its key is kept in the address, and while other pages are looked at."""
    first = usual if usual is not None and usual in names else next(iter(names))
    _recall(key, names, first)
    chosen = st.selectbox(
        label, list(names), format_func=names.__getitem__, key=key, persist_state="session", width=width
    )
    return _note(key, chosen if chosen in names else first, first)


def switch(label: str, names: Mapping[str, str], key: str) -> str:
    """One of a few, side by side; kept in the address."""
    usual = next(iter(names))
    _recall(key, names, usual)
    chosen = st.segmented_control(
        label, list(names), required=True, format_func=names.__getitem__, key=key, persist_state="session"
    )
    return _note(key, chosen if chosen is not None and chosen in names else usual, usual)


def search(label: str, placeholder: str, key: str) -> str:
    """Words to look for, applied while they are typed; kept in the address."""
    _recall(key, None, "")
    words = st.text_input(
        label,
        placeholder=placeholder,
        icon=":material/search:",
        key=key,
        live=True,
        persist_state="session",
        width=220,
    )
    return _note(key, (words or "").strip(), "")


def _recall(key: str, names: Mapping[str, str] | None, usual: str) -> None:
    """Before a widget is drawn: an address that was followed decides, else what was chosen before, else the usual.

    Keys stand in the address and not, as a bound widget would have it, the words of one language.
    """
    given, told = st.query_params.get(key), st.session_state.get(f"{key} in the address")
    followed = given is not None and given != told and (names is None or given in names)
    if followed:
        st.session_state[key] = given
    elif key not in st.session_state or (names is not None and st.session_state[key] not in names):
        st.session_state[key] = usual


def _note(key: str, chosen: str, usual: str) -> str:
    """After it was drawn: write the choice into the address, unless it is the usual one."""
    if chosen != usual:
        st.query_params[key] = chosen
    elif key in st.query_params:
        del st.query_params[key]
    st.session_state[f"{key} in the address"] = chosen if chosen != usual else None
    return chosen


def more(rows: Sequence[Mapping[str, Any]], view: View) -> None:
    """How many of a list are not shown, if any."""
    total = rows[0]["total"] if rows else 0
    if total > len(rows):
        words = view.words
        show(f'<p class="muted small">The first {words.count(len(rows))} of {words.count(total)}.</p>')
