"""What a partner looks like: names, logo, and a palette whose contrasts are checked instead of hoped for."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from app.colour import contrast, ensure, ink_for, mix

Mode = Literal["light", "dark"]
State = Literal["ok", "risk", "breach", "unknown", "info"]

# Told apart by lightness as well as by hue (ok lightest, breach darkest on light), so that they hold for protan, deutan
# and tritan eyes; a shape and a word always stand beside them. A partner's own colours never mean a state.
STATUS: Mapping[Mode, Mapping[State, str]] = {
    "light": {
        "ok": "#0899b3",
        "risk": "#dd7a05",
        "breach": "#8f1d14",
        "unknown": "#4b5563",
        "info": "#4f46e5",
    },
    "dark": {
        "ok": "#5eead4",
        "risk": "#fbbf24",
        "breach": "#f0524a",
        "unknown": "#8b93a7",
        "info": "#a5b4fc",
    },
}
FONTS: Mapping[str, str] = {"Inter": "inter", "Plus Jakarta Sans": "plus-jakarta-sans"}
_NEUTRAL: Mapping[Mode, tuple[str, str]] = {"light": ("#ffffff", "#10201f"), "dark": ("#14151c", "#f1f2f7")}


@dataclass(frozen=True)
class Palette:
    """Every colour of one brand in one mode. `primary` is fit for text and lines, `fill` is the raw brand colour."""

    mode: Mode
    background: str
    surface: str
    sidebar: str
    text: str
    muted: str
    line: str
    primary: str
    fill: str
    ink: str
    status: Mapping[State, str]
    status_text: Mapping[State, str]
    status_tint: Mapping[State, str]
    series: tuple[str, ...]


@dataclass(frozen=True)
class Brand:
    """A partner as its users see it."""

    partner_id: int
    key: str
    name: str
    time_zone: str = "UTC"
    locale: str = "en-GB"
    primary: str = "#0b5fff"
    mode: Mode = "light"
    font: str = "Inter"
    background: str | None = None
    surface: str | None = None
    text: str | None = None
    radius: str = "10px"
    footer: str = ""
    logo: str | None = None
    hosts: tuple[str, ...] = field(default=())

    def palette(self, mode: Mode | None = None) -> Palette:
        """The colours in a mode; without one, in the brand's own."""
        return _palette(self, mode or self.mode)

    @property
    def logo_is_wordmark(self) -> bool:
        """True for a logo at least twice as wide as it is high: it says the name itself."""
        box = re.search(r'viewBox="\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)', self.logo or "")
        return box is not None and float(box[1]) >= 2 * float(box[2])

    def logo_in(self, mode: Mode) -> str | None:
        """The partner's logo where it can be read: drawn for one mode, its lettering would vanish in the other."""
        return self.logo if mode == self.mode or not self.logo_is_wordmark else None

    def mark(self) -> str:
        """The square sign of the brand as SVG: the initial on the brand's colour. It is the favicon."""
        ink = ink_for(self.primary)
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
            f'<rect width="32" height="32" rx="8" fill="{self.primary}"/><text x="16" y="22.5" text-anchor="middle" '
            'font-family="Inter,Arial,Helvetica,sans-serif" font-size="19" font-weight="700" '
            f'fill="{ink}">{html.escape(self.name[:1].upper())}</text></svg>'
        )


def brand_from_row(row: Mapping[str, Any]) -> Brand:
    """The brand in one row of ops.partner (partner_id, key, name, hosts, time_zone, locale, brand).

    What the row leaves out is derived; a colour, mode, radius or font that cannot be used falls back to the default
    instead of breaking every page of the partner.
    """
    given: Mapping[str, Any] = row["brand"] or {}
    logo = given.get("logo")
    return Brand(
        partner_id=row["partner_id"],
        key=row["key"],
        name=str(given.get("name") or row["name"]),
        time_zone=row["time_zone"],
        locale=row["locale"],
        primary=_colour(given.get("primary")) or Brand.primary,
        mode="dark" if given.get("mode") == "dark" else "light",
        font=given["font"] if given.get("font") in FONTS else "Inter",
        background=_colour(given.get("background")),
        surface=_colour(given.get("surface")),
        text=_colour(given.get("text")),
        radius=_radius(given.get("radius")),
        footer=str(given.get("footer") or ""),
        logo=logo if isinstance(logo, str) and logo.lstrip().startswith("<svg") else None,
        hosts=tuple(row["hosts"]),
    )


def _colour(text: object) -> str | None:
    return text.lower() if isinstance(text, str) and re.fullmatch(r"#[0-9A-Fa-f]{6}", text) else None


def _radius(text: object) -> str:
    return text if isinstance(text, str) and re.fullmatch(r"\d{1,2}(\.\d)?(px|rem)", text) else Brand.radius


@cache
def _palette(brand: Brand, mode: Mode) -> Palette:
    own = mode == brand.mode
    neutral_background, neutral_text = _NEUTRAL[mode]
    background = (own and brand.background) or mix(
        neutral_background, brand.primary, 0 if mode == "light" else 0.03
    )
    text = ensure((own and brand.text) or neutral_text, background, 7)
    surface = (own and brand.surface) or mix(background, brand.primary if mode == "light" else text, 0.045)
    status = STATUS[mode]
    tint = {state: mix(background, colour, 0.12) for state, colour in status.items()}
    primary = ensure(ensure(brand.primary, background), surface)
    fill = brand.primary if contrast(brand.primary, background) >= 1.5 else primary
    return Palette(
        mode=mode,
        background=background,
        surface=surface,
        sidebar=surface if mode == "light" else mix(background, "#000000", 0.28),
        text=text,
        muted=ensure(mix(text, background, 0.34), surface, 4.6),
        line=mix(background, text, 0.14 if mode == "light" else 0.19),
        primary=primary,
        fill=fill,
        ink=ink_for(fill),
        status={state: ensure(colour, background, 3) for state, colour in status.items()},
        status_text={state: ensure(colour, tint[state]) for state, colour in status.items()},
        status_tint=tint,
        series=(
            primary,
            ensure(mix(brand.primary, neutral_text, 0.45), background, 3),
            status["info"],
            mix(text, background, 0.4),
            ensure("#8b5cf6", background, 3),
        ),
    )
