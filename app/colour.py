"""Colour arithmetic: WCAG contrast, and colours moved just far enough to be readable."""

from __future__ import annotations

import colorsys

DARK_INK, LIGHT_INK = "#0b1220", "#ffffff"


def rgb(colour: str) -> tuple[int, int, int]:
    """The channels of #rrggbb, 0..255; raises ValueError for anything else."""
    if len(colour) != 7 or not colour.startswith("#"):
        raise ValueError(f"{colour!r} is no colour; write it like #0b5fff")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def hexadecimal(red: float, green: float, blue: float) -> str:
    """#rrggbb of channels 0..255, each cut to the range."""
    return "#" + "".join(f"{max(0, min(255, round(channel))):02x}" for channel in (red, green, blue))


def luminance(colour: str) -> float:
    """Relative luminance, 0 (black) to 1 (white). Source: WCAG 2.2, definition of relative luminance."""

    def linear(channel: int) -> float:
        part = channel / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(channel) for channel in rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21. Source: WCAG 2.2, definition of contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def ink_for(background: str, dark: str = DARK_INK, light: str = LIGHT_INK) -> str:
    """Whichever of two inks reads better on a background."""
    return dark if contrast(background, dark) >= contrast(background, light) else light


def mix(one: str, other: str, share: float) -> str:
    """The colour `share` of the way from one to the other."""
    return hexadecimal(*(a * (1 - share) + b * share for a, b in zip(rgb(one), rgb(other), strict=True)))


def ensure(foreground: str, background: str, ratio: float = 4.5) -> str:
    """The foreground with its lightness moved until it reaches the contrast ratio; its hue is kept.

    It moves away from the background, and the other way where that end is too near; for a ratio up to 4.5 one of
    the two always suffices.
    """
    if contrast(foreground, background) >= ratio:
        return foreground
    hue, lightness, saturation = colorsys.rgb_to_hls(*(channel / 255 for channel in rgb(foreground)))
    away = -0.01 if ink_for(background) == DARK_INK else 0.01
    for step in (away, -away):
        level = lightness
        while 0 <= level + step <= 1:
            level += step
            moved = hexadecimal(*(255 * part for part in colorsys.hls_to_rgb(hue, level, saturation)))
            if contrast(moved, background) >= ratio:
                return moved
    return ink_for(background)
