"""Brands: whatever colour a partner brings, text stays readable and a state never looks like the brand."""

import re

import pytest

from app.branding import Brand, brand_from_row
from app.colour import contrast, ensure, ink_for, mix
from app.theme import frontend_theme, theme_css, theme_script

EXTREMES = (
    "#fefefe",
    "#010101",
    "#ff0000",
    "#00ff00",
    "#0000ff",
    "#ffff00",
    "#ff00ff",
    "#00ffff",
    "#808080",
    "#8b4513",
)


def test_contrast_of_black_on_white_is_twenty_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


def test_contrast_does_not_depend_on_which_colour_is_in_front() -> None:
    assert contrast("#0f766e", "#ffffff") == contrast("#ffffff", "#0f766e")


def test_a_published_contrast_is_reproduced() -> None:
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)  # WCAG 2.2, technique G18


def test_a_colour_that_is_readable_already_is_left_alone() -> None:
    assert ensure("#0f766e", "#ffffff") == "#0f766e"


def test_mixing_half_lies_in_the_middle() -> None:
    assert mix("#000000", "#ffffff", 0.5) == "#808080"


def test_a_colour_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no colour"):
        contrast("red", "#ffffff")


@pytest.mark.parametrize("primary", EXTREMES)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_brand_colour_gives_readable_text(primary: str, mode: str) -> None:
    palette = Brand(1, "x", "X", primary=primary).palette(mode)  # type: ignore[arg-type]
    assert contrast(palette.text, palette.background) >= 7
    assert contrast(palette.muted, palette.background) >= 4.5
    assert contrast(palette.muted, palette.surface) >= 4.5
    assert contrast(palette.primary, palette.background) >= 4.5
    assert contrast(palette.ink, palette.fill) >= 4.5
    for state, colour in palette.status.items():
        assert contrast(colour, palette.background) >= 3, state
        assert contrast(palette.status_text[state], palette.status_tint[state]) >= 4.5, state


@pytest.mark.parametrize("primary", EXTREMES)
def test_a_state_has_the_same_colour_under_every_brand(primary: str) -> None:
    usual = Brand(1, "x", "X").palette("light").status
    assert dict(Brand(1, "x", "X", primary=primary).palette("light").status) == dict(usual)


@pytest.mark.parametrize("background", ["#14121c", "#0b3d2e", "#fff7e0"])
def test_a_partners_own_background_is_kept_and_read_on(background: str) -> None:
    mode = "light" if ink_for(background) == "#0b1220" else "dark"
    palette = Brand(1, "x", "X", mode=mode, background=background).palette()  # type: ignore[arg-type]
    assert palette.background == background
    assert contrast(palette.text, background) >= 7


def row(**brand: object) -> dict[str, object]:
    return {
        "partner_id": 7, "key": "x", "name": "X Ltd", "hosts": ["x.example"], "time_zone": "UTC", "locale": "en-GB",
        "brand": brand,
    }  # fmt: skip


def test_what_a_row_leaves_out_is_derived() -> None:
    brand = brand_from_row(row())
    assert (brand.name, brand.mode, brand.font, brand.logo) == ("X Ltd", "light", "Inter", None)


def test_a_brand_that_cannot_be_used_breaks_nothing() -> None:
    brand = brand_from_row(
        row(primary="javascript:", mode="neon", radius="1px;}*{", font="Comic Sans", logo="<script>")
    )
    assert (brand.primary, brand.mode, brand.radius, brand.font, brand.logo) == (
        Brand.primary, "light", Brand.radius, "Inter", None,
    )  # fmt: skip


def test_a_name_cannot_leave_its_place_in_the_style_sheet() -> None:
    css = theme_css(brand_from_row(row(name='Evil"}body{display:none}</style><script>')))
    wordmark = re.search(r"--wordmark:(\"[^\"]*\")", css)
    assert wordmark is not None
    assert "</style" not in css
    assert "body{" not in css


def test_a_name_cannot_leave_the_script() -> None:
    assert "</script" not in theme_script(brand_from_row(row(name="</script><script>alert(1)")))


def test_the_sign_holds_the_escaped_initial() -> None:
    assert "&lt;</text>" in brand_from_row(row(name="<b>")).mark()


def test_a_wide_logo_says_the_name_itself() -> None:
    wide = brand_from_row(row(logo='<svg viewBox="0 0 220 40"></svg>'))
    square = brand_from_row(row(logo='<svg viewBox="0 0 40 40"></svg>'))
    assert (wide.logo_is_wordmark, square.logo_is_wordmark) == (True, False)
    assert "--wordmark:none" in theme_css(wide)


def test_a_dark_theme_brings_its_whole_palette() -> None:
    theme = frontend_theme(Brand(1, "x", "X", mode="dark"))
    for colour in ("green", "orange", "red", "gray", "blue"):
        for part in ("Color", "TextColor", "BackgroundColor"):
            assert theme[colour + part].startswith("#")
