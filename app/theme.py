"""A brand in the two languages the browser understands: the frontend's theme options and CSS variables."""

from __future__ import annotations

import json
from typing import Any

from app.branding import FONTS, Brand, Mode, Palette
from app.colour import ensure, ink_for, mix

# Where each file of a font holds: latin first, then what most other European names need.
_RANGES = {
    "latin": "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,"
    "U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD",
    "latin-ext": "U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+0304,U+0308,U+0329,U+1D00-1DBF,"
    "U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF",
}
_SHAPES = {
    "ok": "<circle cx='8' cy='8' r='7.2' fill='F'/><path d='M4.6 8.3l2.3 2.3 4.5-4.9' stroke='B' stroke-width='1.8' fill='none'/>",
    "risk": "<path d='M8 .9l7.5 13.7H.5z' fill='F'/><path d='M8 5.4v4.5M8 11.4v1.7' stroke='B' stroke-width='1.7'/>",
    "breach": "<path d='M5 1h6l4 4v6l-4 4H5l-4-4V5z' fill='F'/><path d='M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6' stroke='B' stroke-width='1.7'/>",
    "unknown": "<rect x='1.8' y='1.8' width='12.4' height='12.4' rx='3' fill='none' stroke='F' stroke-width='1.6' stroke-dasharray='2.6 1.7'/>"
    "<path d='M6 6.3c0-2.6 4-2.6 4 0 0 1.5-2 1.5-2 3M8 11v1.4' stroke='F' stroke-width='1.5' fill='none'/>",
    "info": "<circle cx='8' cy='8' r='7.2' fill='F'/><path d='M8 7v4.6M8 4v1.5' stroke='B' stroke-width='1.8'/>",
}
HOST_CONFIG: dict[str, Any] = {
    "allowedOrigins": [],
    "useExternalAuthToken": False,
    "enableCustomParentMessages": False,
    "enforceDownloadInNewTab": False,
    "metricsUrl": "",
    "blockErrorDialogs": True,
    "resourceCrossOriginMode": None,
}
_FRONTEND_NAMES = {
    "green": "ok",
    "orange": "risk",
    "yellow": "risk",
    "red": "breach",
    "gray": "unknown",
    "blue": "info",
    "violet": "info",
}


def font_files(brand: Brand) -> tuple[str, ...]:
    """The names under /brand/fonts/ of the brand's font, the one to preload first."""
    return tuple(f"{FONTS[brand.font]}-{part}-wght-normal.woff2" for part in _RANGES)


def frontend_theme(brand: Brand, mode: Mode | None = None) -> dict[str, Any]:
    """The theme options, camelCase; the full palette, because a dark theme otherwise keeps pale chips."""
    palette = brand.palette(mode)
    family = f"'{brand.font}', system-ui, sans-serif"
    side_text = side_ink(palette)
    theme: dict[str, Any] = {
        "base": 1 if palette.mode == "dark" else 0,
        "primaryColor": palette.primary,
        "backgroundColor": palette.background,
        "secondaryBackgroundColor": palette.surface,
        "textColor": palette.text,
        "linkColor": palette.primary,
        "borderColor": palette.line,
        "dataframeBorderColor": palette.line,
        "dataframeHeaderBackgroundColor": palette.surface,
        "bodyFont": family,
        "headingFont": family,
        "baseRadius": brand.radius,
        "buttonRadius": brand.radius,
        "baseFontSize": 15,
        "headingFontSizes": ["1.7rem", "1.3rem", "1.05rem"],
        "headingFontWeights": [700, 650, 650],
        "paddingTop": "1.1rem",
        "paddingBottom": "2rem",
        "showWidgetBorder": True,
        "chartCategoricalColors": list(palette.series),
        "sidebar": {
            "backgroundColor": palette.sidebar,
            "secondaryBackgroundColor": mix(palette.sidebar, side_text, 0.07),
            "textColor": side_text,
            "primaryColor": ensure(brand.primary, palette.sidebar),
            "borderColor": mix(palette.sidebar, side_text, 0.12),
        },
    }
    for name, state in _FRONTEND_NAMES.items():
        theme[f"{name}Color"] = palette.status[state]  # type: ignore[index]
        theme[f"{name}TextColor"] = palette.status_text[state]  # type: ignore[index]
        theme[f"{name}BackgroundColor"] = palette.status_tint[state]  # type: ignore[index]
    return theme


def theme_script(brand: Brand, mode: Mode | None = None) -> str:
    """JavaScript that hands the theme over before the frontend starts, under both of its names: no flash."""
    theme = json.dumps(frontend_theme(brand, mode)).replace("<", "\\u003c")
    config = json.dumps(HOST_CONFIG)
    # Told where its server is, the frontend looks nowhere else, also when a visit begins deep inside.
    return (
        "window.prerenderReady=false;(()=>{const here=location.origin+'/';"
        f"window.__streamlit={{LIGHT_THEME:{theme},DARK_THEME:{theme},BACKEND_BASE_URL:here,MAIN_PAGE_BASE_URL:here,"
        f"HOST_CONFIG:{{...{config},allowedOrigins:[location.origin]}}}}}})();"
    )


def theme_css(brand: Brand, mode: Mode | None = None) -> str:
    """CSS variables, fonts and status signs of a brand; app.css is written against these names only."""
    palette = brand.palette(mode)
    faces = "".join(
        f"@font-face{{font-family:'{brand.font}';font-style:normal;font-weight:200 900;font-display:swap;"
        f"src:url(/brand/fonts/{FONTS[brand.font]}-{part}-wght-normal.woff2) format('woff2');unicode-range:{codes}}}"
        for part, codes in _RANGES.items()
    )
    variables, on_paper = _variables(brand, palette), ""
    if palette.mode == "dark":  # nobody prints on black
        light = _variables(brand, brand.palette("light"))
        on_paper = f"@media print{{:root{{{light};color-scheme:light}}}}"
    return f"{faces}:root{{{variables};color-scheme:{palette.mode}}}{on_paper}"


def _variables(brand: Brand, palette: Palette) -> str:
    names = {
        "bg": palette.background,
        "surface": palette.surface,
        "side": palette.sidebar,
        "text": palette.text,
        "muted": palette.muted,
        "line": palette.line,
        "brand": palette.primary,
        "fill": palette.fill,
        "ink": palette.ink,
        "button-ink": ink_for(palette.primary),
        "hover": mix(palette.background, palette.primary, 0.07),
        "radius": brand.radius,
        "font": f"'{brand.font}', system-ui, sans-serif",
        "side-text": side_ink(palette),
        "wordmark": "none" if brand.logo_is_wordmark and brand.logo_in(palette.mode) else _quoted(brand.name),
    }
    for state, colour in palette.status.items():
        names |= {
            state: colour,
            f"{state}-text": palette.status_text[state],
            f"{state}-tint": palette.status_tint[state],
            f"{state}-sign": _sign(state, palette),
        }
    return ";".join(f"--{name}:{value}" for name, value in names.items())


def side_ink(palette: Palette) -> str:
    """The text colour on the sidebar."""
    return ink_for(palette.sidebar, palette.text if palette.mode == "light" else "#10201f", "#f1f2f7")


def _quoted(text: str) -> str:
    """A CSS string; whatever could end it or open a tag is escaped by its number."""
    return '"' + "".join(c if c.isalnum() or c in " .,&-·" else f"\\{ord(c):x} " for c in text) + '"'


def _sign(state: str, palette: Palette) -> str:
    shape = _SHAPES[state].replace("'F'", f"'{palette.status[state]}'")  # type: ignore[index]
    shape = shape.replace("'B'", f"'{palette.background}'")
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>{shape}</svg>"
    for plain, quoted in (("%", "%25"), ("#", "%23"), ("<", "%3C"), (">", "%3E"), (" ", "%20")):
        svg = svg.replace(plain, quoted)
    return f'url("data:image/svg+xml,{svg}")'
