"""A mail as it is meant: who, to whom, what; and the message that carries it, in which nobody can add a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
_ID = re.compile(r"<[A-Za-z0-9._+=-]+@[A-Za-z0-9.-]+>")
_OWN = frozenset(
    {"from", "to", "cc", "bcc", "subject", "date", "message-id", "sender", "mime-version", "received"}
)


class MailError(ValueError):
    """A mail that nobody should send: an address that is none, a line break in a header. One line that says which."""


@dataclass(frozen=True)
class Mailbox:
    """An address with the name that readers see. A domain may be written in any script; what stands before the @ may not."""

    address: str
    name: str = ""

    def header(self) -> Address:
        """As a header carries it. Raises MailError for what is no address, and for a name of more than one line."""
        local, at, domain = self.address.rpartition("@")
        if not at or not _LOCAL.fullmatch(local) or len(local) > 64:
            raise MailError(f"{_quoted(self.address)} is no mail address")
        try:
            plain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            raise MailError(f"{_quoted(self.address)} is no mail address") from None
        if not _DOMAIN.fullmatch(plain):
            raise MailError(f"{_quoted(self.address)} is no mail address")
        return Address(display_name=_line(self.name, "a name"), username=local, domain=plain)


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail; `media` is its type, as application/pdf."""

    name: str
    media: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Mail:
    """One mail. `message_id`, as <review-7-2026-10@sla.example>, is the caller's: a repeat carries the same one and is known by it."""

    sender: Mailbox
    to: tuple[Mailbox, ...]
    subject: str
    text: str
    message_id: str
    at: datetime
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def message(self) -> EmailMessage:
        """The message as it travels: text first, HTML beside it, files below. Raises MailError."""
        if not self.to:
            raise MailError("a mail needs somebody to go to")
        if not _ID.fullmatch(self.message_id):
            raise MailError(f"{_quoted(self.message_id)} is no Message-ID")
        message = EmailMessage(policy=SMTP)
        message["From"] = self.sender.header()
        message["To"] = tuple(mailbox.header() for mailbox in self.to)
        message["Subject"] = _line(self.subject, "a subject")
        message["Date"] = format_datetime(self.at)
        message["Message-ID"] = self.message_id
        for name, value in self.headers.items():
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", name) or name.lower() in _OWN:
                raise MailError(f"{_quoted(name)} is no header that may be added")
            message[name] = _line(value, name)
        message.set_content(self.text)
        if self.html is not None:
            message.add_alternative(self.html, subtype="html")
        for file in self.attachments:
            kind, _, subtype = file.media.partition("/")
            message.add_attachment(
                file.content, maintype=kind, subtype=subtype, filename=_line(file.name, "the name of a file")
            )
        return message


def _line(text: str, what: str) -> str:
    """One line of a header; what would end it, or could not be seen, is refused."""
    if any(ord(letter) < 32 or letter in "\x7f\x85\u2028\u2029" for letter in text):
        raise MailError(f"{what} must be one line: {_quoted(text)}")
    return text


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:79] + "…")


class NotTaken(Exception):
    """A mail server did not take a message; one line. `permanent`: sending the same again does not help."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


Post = Callable[[int, EmailMessage], Mapping[str, str]]
"""Sends a message through the server of a partner; answers whom it refused. Raises NotTaken."""
