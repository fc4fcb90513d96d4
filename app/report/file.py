"""The pack as a file of a format; what draws it is loaded when it is asked for, since that takes a second."""

from __future__ import annotations

from typing import Literal

from app.report.content import Pack

Format = Literal["pdf", "xlsx", "pptx", "html"]
Paper = Literal["a4", "letter"]
NAMES: dict[Format, str] = {"pdf": "PDF", "xlsx": "Workbook", "pptx": "Slides", "html": "Page"}
MEDIA: dict[Format, str] = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "html": "text/html",
}


def drawn(pack: Pack, format_: Format, paper: Paper = "a4") -> bytes:
    """The pack as a file of this format."""
    from app.report import page, pdf, slides, workbook

    if format_ == "pdf":
        return pdf.draw(pack, paper)
    return {"xlsx": workbook.draw, "pptx": slides.draw, "html": page.draw}[format_](pack)
