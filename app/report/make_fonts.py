"""Makes the static fonts of review packs from the variable ones of the screen; run by hand when those change.

PDF and slides need one file for each weight: `python -m app.report.make_fonts` writes them beside this file. Scripts that
the screen's fonts do not have come as files of their own and are only unpacked: give their paths.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from app.branding import FONTS

HERE = Path(__file__).parent / "fonts"
SCREEN = Path(__file__).parents[1] / "static" / "fonts"
WEIGHTS = {400: ("Regular", 400), 600: ("Bold", 700)}


def make(extra: list[Path]) -> None:
    """Write every font, each subset under a family of its own so that one can follow the other."""
    for family, key in FONTS.items():
        for subset, suffix in (("latin", ""), ("latin-ext", " Ext")):
            for weight in WEIGHTS:
                font = TTFont(SCREEN / f"{key}-{subset}-wght-normal.woff2", recalcTimestamp=False)
                font = instancer.instantiateVariableFont(font, {"wght": weight}, inplace=True)
                _save(font, family + suffix, weight, f"{key}-{subset}-{weight}.ttf")
    for path in extra:
        font = TTFont(path, recalcTimestamp=False)
        family = font["name"].getDebugName(16) or font["name"].getDebugName(1)
        weight = 600 if "-600-" in path.name else 400
        _save(font, family.removesuffix(" SemiBold"), weight, f"{path.name.split('-normal')[0]}.ttf")


def _save(font: TTFont, family: str, weight: int, file: str) -> None:
    style, named = WEIGHTS[weight]
    names = font["name"]
    kept = {number: names.getDebugName(number) for number in (0, 13, 14)}
    names.names = []
    said = {1: family, 2: style, 4: f"{family} {style}", 6: f"{family}-{style}".replace(" ", "")}
    for number, text in sorted({**kept, **said}.items()):
        if text:
            names.setName(text, number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = named
    font.flavor = None
    font.save(HERE / file)


if __name__ == "__main__":
    make([Path(each) for each in sys.argv[1:]])
