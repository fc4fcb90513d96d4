"""What the page and the command line say alike of an exception: how a past case is like it and ended, where its counterpart is, how long."""

LIKE = {1: "same fingerprint", 2: "same rule and workflow", 3: "same workflow"}
ENDED = {"verified_closed": "closed, proven", "waived": "waived"}
NOT_THERE, NOT_KNOWN = "not there", "not known"
STANDING = {
    "gone": (NOT_THERE, "it was deleted there"),
    "absent": (NOT_THERE, "that system was read since"),
    "unsure": (NOT_KNOWN, "one may be it, and nothing proves it"),
    "unread": (NOT_KNOWN, "that system was not read since"),
    "unproven": (NOT_KNOWN, "no counterpart is proven"),
}
"""How a row of triage/both_sides.sql stands whose counterpart is not there, and why nobody can say more."""


def span(seconds: float | None) -> str:
    """A length of time as 9 d 0 h, 3 h 20 min or 5 min."""
    if seconds is None:
        return "an unknown time"
    minutes = round(seconds / 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
