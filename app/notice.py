"""What a customer is told of an incident: drawn from its own part alone, so that nothing of anybody else can be in it."""

from __future__ import annotations

from dataclasses import dataclass

from app.wording import Words, plural
from metrics.triage.incidents import Member

_ROLES = {
    "crm": "your CRM",
    "psa": "your project system",
    "erp": "your ERP",
    "time": "your time tracking",
    "billing": "your billing system",
    "hr": "your HR system",
    "ipaas": "the platform that runs your integrations",
}
_SAID = {
    "connection": "cannot be reached",
    "intermittent": "does not answer reliably",
    "rate_limit": "accepts fewer calls than are needed",
    "authentication": "refuses our sign-in",
    "parse": "answers in another form than before",
    "value": "refuses values that it took before",
    "missing": "lacks what it had before",
}
_OVER = {
    "connection": "could not be reached",
    "intermittent": "did not answer reliably",
    "rate_limit": "accepted fewer calls than were needed",
    "authentication": "refused our sign-in",
    "parse": "answered in another form than before",
    "value": "refused values that it took before",
    "missing": "lacked what it had before",
}


@dataclass(frozen=True)
class Notice:
    """A draft: somebody reads it, changes it and sends it."""

    subject: str
    body: str


def draft(own: Member, error_class: str) -> Notice:
    """The notice to one customer about its part of an incident of a class, in its own zone and locale, signed by the partner.

    Only what stands in `own` is told: no error text, no number of anybody else's, no supplier's name.
    """
    words = Words(own.locale, own.time_zone)
    what = " and ".join(_ROLES.get(role, "one of your systems") for role in own.roles)
    is_over = own.open_records == 0
    said = (_OVER if is_over else _SAID)[error_class]
    flows = f" of {_listed(own.flows)}" if own.flows else ""
    count = f"{words.count(own.records)} {plural(own.records, 'transaction')}{flows}"
    since = words.instant(own.began_at)
    lines = [f"Dear team of {own.customer},", ""]
    if is_over:
        lines.append(
            f"Between {since} and {words.instant(own.last_at)} {what} {said}. {count} {_were(own.records)} held up."
            " All of it has been made good since."
        )
    else:
        lines.append(
            f"Since {since} {what} {said}. {count} {_were(own.records)} held up; {_still(own, words)}."
        )
    lines += ["", *_worth(own, words)]
    lines += ["What is held up is kept and followed until it is there.", "", own.brand]
    subject = f"{what[0].upper()}{what[1:]} {said}" + (" (over)" if is_over else "")
    return Notice(subject, "\n".join(lines))


def _were(count: int) -> str:
    return plural(count, "was", "were")


def _still(own: Member, words: Words) -> str:
    return (
        "none of it has been made good yet"
        if own.open_records == own.records
        else f"{words.count(own.open_records)} still {plural(own.open_records, 'is', 'are')}"
    )


def _worth(own: Member, words: Words) -> list[str]:
    if not own.at_risk:
        return []
    told = ", ".join(
        words.money(amount, currency, whole=False) for currency, amount in sorted(own.at_risk.items())
    )
    rest = "; for the rest nobody knows" if own.unknown else ""
    return [f"Its value, as far as it is known: {told}{rest}.", ""]


def _listed(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" and {names[-1]}"
