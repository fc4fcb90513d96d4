"""A pack as PDF/UA-1: tagged, searchable, with its fonts, and with the statement it is drawn from attached."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import typst

from app.branding import FONTS as FAMILIES
from app.branding import Brand
from app.report.chart import FONTS, charts
from app.report.content import Content, Pack, content
from app.report.kept import notes_said
from metrics.catalogue import METRICS
from metrics.expectation_library import LIBRARY
from metrics.sla.draft import instant_of

Paper = Literal["a4", "letter"]
SHOWN = 50
_VERSION = version("typst")
_TEMPLATE = Path(__file__).parent / "pack.typ"
_PAPERS = {"a4": "a4", "letter": "us-letter"}
_NO_GLYPH = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
# The program that wrote it signs with its own name, here and in the XMP; of the same length, every offset stays true.
_SIGNED = f"Typst {_VERSION}".encode()


def draw(pack: Pack, paper: Paper = "a4") -> bytes:
    """The PDF: equal packs are equal bytes."""
    said = content(pack)
    inputs = {
        "statement": pack.statement.file().decode(),
        "drawn": json.dumps(drawn(pack, paper), sort_keys=True, ensure_ascii=False),
        "logo": pack.brand.logo_in("light") or pack.brand.mark(),
    }
    undrawn: set[str] = set()
    while True:
        try:
            return _compile(pack, said, paper, inputs, undrawn)
        except typst.TypstError as error:
            found = {letter for text in _NO_GLYPH.findall(str(error)) for letter in _letters(text)} - undrawn
            if not found:
                raise
            undrawn |= found


def drawn(pack: Pack, paper: Paper) -> dict[str, object]:
    """What a pack is drawn from beside its statement, and by which drawing, as JSON can say it."""
    brand = {
        key: value for key, value in asdict(pack.brand).items() if key not in ("partner_id", "hosts", "key")
    }
    return {
        "brand": brand,
        "locale": pack.locale,
        "commentary": pack.commentary,
        "notes": notes_said(pack.notes),
        "paper": paper,
        "drawing": drawing(),
    }


@cache
def drawing() -> str:
    """Changes with whatever could draw the same pack differently."""
    here, app = Path(__file__).parent, Path(__file__).parents[1]
    shared = [app / f"{name}.py" for name in ("branding", "colour", "markup", "rule_names", "wording")]
    files = [path.read_bytes() for path in (*sorted(here.glob("*.py")), *shared, _TEMPLATE)]
    tools = [f"{name} {version(name)}" for name in ("typst", "vl-convert-python", "babel")]
    meanings = [f"{metric.id} {metric.version} {metric.title} {metric.sentence}" for metric in METRICS]
    meanings += [f"{rule.key} {rule.title}" for rule in LIBRARY]
    return hashlib.sha256(b"".join([*files, "".join([*tools, *meanings]).encode()])).hexdigest()[:12]


def _compile(pack: Pack, said: Content, paper: Paper, inputs: dict[str, str], undrawn: set[str]) -> bytes:
    rest = len(said.missed.rows) - SHOWN
    more = f"{pack.said.words.count(rest)} more are in the workbook." if rest > 0 else ""
    shown = _plain(replace(said, missed=replace(said.missed, rows=said.missed.rows[:SHOWN])))
    look = {
        "paper": _PAPERS[paper],
        "region": pack.said.words.dates[-2:].lower(),
        "fonts": _fonts_of(pack.brand),
        "wordmark": pack.brand.logo_in("light") is not None and pack.brand.logo_is_wordmark,
        "colours": _colours(pack.brand),
        "charts": [{"title": each.title, "alt": each.alt, "svg": each.svg()} for each in charts(pack, said)],
        "more": more,
        "undrawn": bool(undrawn),
    }
    hidden = str.maketrans(dict.fromkeys(undrawn, "□"))
    given = {
        "content": json.dumps(shown, ensure_ascii=False).translate(hidden),
        "look": json.dumps(look, ensure_ascii=False).translate(hidden),
    }
    compiler = typst.Compiler(_TEMPLATE.read_bytes(), font_paths=_fonts())
    made = compiler.compile(
        format="pdf",
        pdf_standards=["ua-1"],
        sys_inputs=inputs | given,
        timestamp=int(instant_of(pack.statement.body).timestamp()),
    )
    assert isinstance(made, bytes)
    return made.replace(_SIGNED, b"Review pack".ljust(len(_SIGNED)))


def _plain(said: Content) -> dict[str, object]:
    """The content as JSON can say it: of tables the words."""
    plain = asdict(said)
    for each in plain.values():
        if isinstance(each, dict):
            each.pop("exact", None)
    return plain


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FONTS)])


def _fonts_of(brand: Brand) -> list[str]:
    family = brand.font if brand.font in FAMILIES else "Inter"
    return [
        family,
        f"{family} Ext",
        "Inter",
        "Inter Ext",
        "Noto Sans Arabic",
        "Noto Sans Hebrew",
        "DejaVu Sans Mono",
    ]


def _colours(brand: Brand) -> dict[str, str]:
    palette = brand.palette("light")
    plain = {name: getattr(palette, name) for name in ("text", "muted", "line", "primary", "fill", "surface")}
    states = {str(state): colour for state, colour in palette.status.items()}
    texts = {f"{state}_text": colour for state, colour in palette.status_text.items()}
    return plain | states | texts | {f"{state}_tint": tint for state, tint in palette.status_tint.items()}


def _letters(text: str) -> set[str]:
    """The letters of a run as the error quotes it, with \\u{…} for what it does not print."""
    said = re.sub(r"\\u\{([0-9a-f]+)\}", lambda code: chr(int(code[1], 16)), text)
    return {letter for letter in said if ord(letter) > 127}
