"""How a partner's mail goes out, as an estate file says it, and the mailboxes that it names."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, model_validator

from app.estate_words import STRICT, Host, Key, Secret
from app.mail import Mailbox, MailError

_NAMED = re.compile(r"\s*(?P<name>[^<>]*?)\s*<(?P<address>[^<>]*)>\s*")


def mailbox(text: str) -> Mailbox:
    """The mailbox in `mira@acme.example` or `Mira Acme <mira@acme.example>`; raises ValueError for what is none."""
    named = _NAMED.fullmatch(text)
    found = Mailbox(named["address"].strip(), named["name"].strip('" ')) if named else Mailbox(text.strip())
    found.header()
    return found


def _mailbox(text: str) -> str:
    try:
        mailbox(text)
    except MailError as error:
        raise ValueError(
            f"{error}; write it like mira@acme.example or Mira Acme <mira@acme.example>"
        ) from None
    return text


Address = Annotated[str, AfterValidator(_mailbox)]


class MailSettings(BaseModel):
    """The server that takes a partner's mail, and the address it is sent from; readers see the brand's name beside it."""

    model_config = STRICT

    host: Host
    port: int = Field(587, gt=0, lt=65536)
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: Address
    user: str | None = None
    secret: Secret | None = None
    allow_private: bool = False

    @model_validator(mode="after")
    def _signed_in(self) -> MailSettings:
        if (self.user is None) != (self.secret is None):
            raise ValueError("user and secret go together: give both, or neither")
        if self.user is not None and self.security == "none":
            raise ValueError("whoever signs in does so over TLS: security is starttls or tls")
        return self


class ReviewSettings(BaseModel):
    """When last month's review is due and who gets it: the draft the partner, what was sealed the customer.

    Without `calendar` a business day is Monday to Friday less the country's holidays. Nobody named in `to_partner`: the
    partner's account managers who see the customer.
    """

    model_config = STRICT

    business_day: int = Field(ge=1, le=23)
    at: str = Field("08:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    calendar: Key | None = None
    to_partner: list[Address] = []
    to_customer: list[Address] = []
