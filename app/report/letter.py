"""The mail that a review pack goes out with: what the month comes to in a few sentences, and the pack as PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from app.colour import ink_for
from app.mail import Attachment, Mail, Mailbox
from app.markup import e
from app.report.content import Content, Pack, content
from app.report.file import MEDIA, drawn

Kind = Literal["draft", "sealed"]


def letter(
    pack: Pack,
    kind: Kind,
    sender: Mailbox,
    to: Sequence[Mailbox],
    at: datetime,
    readers: Sequence[Mailbox] = (),
) -> Mail:
    """The mail with a month's pack: the draft for the partner's own people, or what was sealed for the customer.

    A draft says to whom the pack goes once it is sealed (`readers`). Its Message-ID follows from month, version and kind, so
    that a repeat has the same.
    """
    said, body = content(pack), pack.statement.body
    version = int(body["version"])
    customer, month = _line(said.customer), body["period"]["name"]
    what = "Draft" if kind == "draft" else "Restated" if version > 1 else ""
    subject = f"{f'{what}: ' if what else ''}{said.title}, {customer}"
    lines = _lines(said, kind, readers)
    number = f"{body['partner']['key']}.{body['customer']['key']}.{month}.{version}.{kind}"
    return Mail(
        sender=sender,
        to=tuple(to),
        subject=subject,
        text="\n\n".join([*lines, "\n".join(f"- {line}" for line in said.sentences), *_end(said)]) + "\n",
        html=_html(pack, said, lines),
        message_id=f"<review.{number}@{sender.header().domain}>",
        at=at,
        attachments=(
            Attachment(
                f"{body['customer']['key']}-{month}{_suffix(version)}.pdf", MEDIA["pdf"], drawn(pack, "pdf")
            ),
        ),
        headers={"Auto-Submitted": "auto-generated"},
    )


def _lines(said: Content, kind: Kind, readers: Sequence[Mailbox]) -> list[str]:
    if kind == "sealed":
        return [
            f"Here is the service review of {said.month} for {said.customer}. {said.state}.",
            *_restated(said),
        ]
    goes = (
        f"Once it is sealed, the pack goes to {', '.join(box.name or box.address for box in readers)}."
        if readers
        else "Nobody gets the pack once it is sealed: no contact of the customer is given."
    )
    asked = "Settle what is open, write the commentary and seal the month."
    return [
        f"The service review of {said.month} for {said.customer} is due. {said.state}.",
        f"{asked} {goes}",
    ]


def _restated(said: Content) -> list[str]:
    return [" ".join(said.restates)] if said.restates else []


def _end(said: Content) -> list[str]:
    return [
        "The whole review is attached as PDF.",
        "\n".join(part for part in (said.partner, said.footer) if part),
    ]


def _html(pack: Pack, said: Content, lines: Sequence[str]) -> str:
    colour, text = pack.brand.primary, pack.brand.palette("light").text
    paragraphs = "".join(f'<p dir="auto">{e(line)}</p>' for line in lines)
    sentences = "".join(f"<li>{e(line)}</li>" for line in said.sentences)
    attached, signed = _end(said)
    return (
        f'<!doctype html><html lang="en"><body style="margin:0;font:15px/1.5 sans-serif;color:{text};background:#ffffff">'
        f'<div style="background:{colour};color:{ink_for(colour)};padding:14px 20px;font-weight:bold">{e(said.partner)}</div>'
        f'<div style="max-width:640px;padding:12px 20px"><h1 style="font-size:22px">{e(said.title)}</h1>{paragraphs}'
        f"<ul>{sentences}</ul><p>{e(attached)}</p><p>{e(signed).replace(chr(10), '<br>')}</p></div></body></html>"
    )


def _line(text: str) -> str:
    return " ".join(text.split())


def _suffix(version: int) -> str:
    return f"-v{version}" if version else "-draft"
