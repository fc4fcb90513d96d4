"""Holds a pack in PDF against the statement that it carries: a pack with one changed digit is found out."""

from __future__ import annotations

import json
import re
from io import BytesIO
from itertools import zip_longest

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from app.branding import Brand
from app.markup import STATUS_WORDS
from app.report import pdf
from app.report.content import Content, Pack, content
from app.report.kept import notes_read
from app.report.said import STATES
from metrics.sla import statement
from metrics.sla.statement import Statement, StatementError

_NUMBER = r"\d+(?:[.,\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}']\d+)*"
_VERDICTS = [STATUS_WORDS[state].replace(" ", r"\s+") for state in STATES.values()]
_TOLD = re.compile("|".join((_NUMBER, *_VERDICTS)))
"""What has to be the same, whichever release drew a pack: its numbers and its verdicts."""


def verify(file: bytes) -> Statement:
    """The statement that a pack carries, once every number and verdict that it prints was held against it.

    The pack is drawn again from what is attached to it. Drawn by the same release it must be the same bytes; drawn by
    another one, the same numbers and verdicts in the same order, definitions and feet of pages apart. Raises StatementError, in one line, for a file that is no pack, whose
    statement was changed, or that prints something else. It says nothing of whether the statement is the one that was
    sealed: whoever keeps that compares the hash.
    """
    pages, attached = _read(file)
    try:
        kept = json.loads(attached["pack.json"][0])
        carried = statement.read(attached["statement.json"][0])
        given = kept["brand"]
        brand, notes = Brand(partner_id=0, key="", **given), notes_read(kept.get("notes"))
        pack = Pack(carried, brand, kept["locale"], kept["commentary"], notes)
        paper, drawing = kept["paper"], kept["drawing"]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        if isinstance(error, StatementError):
            raise
        raise StatementError("this PDF carries no statement that it could be held against") from None
    if carried.sha256 not in re.sub(r"\s", "", "".join(pages)):
        raise StatementError(
            f"this PDF does not print the hash of the statement it carries, {carried.sha256}"
        )
    try:
        again = pdf.draw(pack, paper)
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise StatementError("what this PDF carries cannot be drawn again: it is no pack") from error
    if again == file:
        return carried
    right = _read(again)[0]
    if drawing != pdf.drawing():
        said = content(pack)
        pages, right = ([_figures(text, said)] for text in (pages, right))
    _compare(pages, right)
    if drawing == pdf.drawing():
        raise StatementError(
            "this PDF was changed after it was drawn, though it prints the same numbers and verdicts"
        )
    return carried


def _figures(pages: list[str], said: Content) -> str:
    """The text without what another release may say or place otherwise: feet of pages, and definitions."""
    text = " ".join(" ".join(pages).split())
    foot = rf"{re.escape(' '.join(said.customer.split()))}, {re.escape(said.month)}.{{0,400}}?Page \d+ of \d+"
    figures, _, rest = re.sub(foot, " ", text).partition(f" {said.definitions.title} ")
    return figures + rest.partition(" Proof ")[2]


def _compare(pages: list[str], again: list[str]) -> None:
    for number, (found, right) in enumerate(zip_longest(pages, again, fillvalue=""), 1):
        for printed, said in zip_longest(_told(found), _told(right)):
            if printed != said:
                where = f"page {number} of this PDF" if len(again) > 1 else "this PDF"
                raise StatementError(
                    f"{where} prints {printed or 'nothing'} where its statement says {said or 'nothing'}"
                )


def _told(text: str) -> list[str]:
    return _TOLD.findall(text.replace("\n", " "))


def _read(file: bytes) -> tuple[list[str], dict[str, list[bytes]]]:
    try:
        reader = PdfReader(BytesIO(file))
        return [page.extract_text() for page in reader.pages], dict(reader.attachments)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StatementError(f"this is no PDF that can be read: {error}") from None
