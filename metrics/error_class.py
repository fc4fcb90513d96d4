"""What sort of trouble an exception is, from its rule and its words: nine classes, and none where nobody can say."""

import re

from metrics import fingerprint
from metrics.rules import OWN

VERSION = 1
"""Raise it when a rule below changes: every exception is classed again, once."""

WORDS = {
    "value": "A value that is not accepted",
    "missing": "Something it needs is missing",
    "connection": "The system cannot be reached",
    "intermittent": "The system did not answer this time",
    "rate_limit": "Too many calls",
    "authentication": "Not signed in, or not allowed",
    "parse": "It cannot be read",
    "duplicate": "It is there already",
    "business_rule": "A rule of the business is broken",
}

_OF_RULE: dict[str, str | None] = {
    "failed_project_creation": "missing",
    "expectation_overdue": "missing",
    "unmatched_record": "duplicate",
    "unbilled_time": "business_rule",
    "duplicate_account": "duplicate",
    "project_without_contract": "missing",
    "time_without_project": "missing",
    "work_without_a_rate": "missing",
    "won_without_customer_or_value": "missing",
    "invoice_without_tax": "missing",
    "work_without_a_billing_code": "missing",
    "account_without_tax_settings": "missing",
    "cost_centre_differs": "value",
    "project_set_up_wrong": "missing",
    "invoice_does_not_add_up": "value",
    "missing_time": "missing",
    "unusual_day": None,
}
_BUSINESS = frozenset(
    {
        "time_of_an_inactive_person",
        "time_on_a_closed_project",
        "billed_before_it_was_approved",
        "project_over_budget",
        "revenue_schedule_outside_the_books",
        "books_closed_late",
        "milestone_billed_by_hand",
        "made_by_hand",
    }
)
_VERDICT = {"missing": "missing", "duplicate": "duplicate", "stale": "value", "different": "value"}

# the first that fits; what tells most comes first
_SAID = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        (
            "rate_limit",
            r"\b429\b|too many (?:requests|calls)|rate.?limit|throttl|quota (?:is )?exceeded|concurrency limit",
        ),
        (
            "authentication",
            (
                r"\b40[13]\b|\b407\b|unauthori[sz]ed|forbidden|not authori[sz]ed|invalid[_ ](?:grant|token|client|api.?key|credential)|"
                r"(?:token|password|credential|secret|certificate|api.?key)s? (?:\w+ )?(?:expired|revoked|invalid|wrong|rejected)|"
                r"access (?:is )?denied|permission|login failed|sign.?in"
            ),
        ),
        (
            "duplicate",
            r"\b409\b|duplicate|already (?:exists|there|booked|posted|taken|in use)|unique (?:constraint|key)|must be unique",
        ),
        (
            "connection",
            (
                r"econn|enotfound|ehostunreach|connection (?:refused|reset|closed|aborted|failed|error)|refused the connection|unreachable|"
                r"no route to host|name (?:or service )?not known|getaddrinfo|\bdns\b|could(?: not|n't) (?:connect|resolve|reach)|"
                r"cannot (?:connect|be reached)|\bssl\b|\btls\b|certificate|network is"
            ),
        ),
        (
            "intermittent",
            (
                r"\b50[0234]\b|bad gateway|service unavailable|temporar|try (?:it )?again|etimedout|tim(?:e|ed)[ -]?out|ran out of time|deadlock|"
                r"lock wait|\bbusy\b|overload|maintenance|internal server error|out of memory|crashed"
            ),
        ),
        (
            "parse",
            (
                r"\bparse|\bparsing|json|\bxml\b|\bcsv\b|unexpected (?:token|end|character|field|column)|malformed|cannot be read|could not be read|"
                r"decod|encoding|not (?:a )?valid (?:date|number|utf)|no mapping|unmapped|schema|is no (?:number|date|instant|amount)"
            ),
        ),
        (
            "business_rule",
            (
                r"(?:period|books|project|contract|month|account|order)s? (?:is|are|was|has been) (?:closed|locked|blocked|cancelled|on hold|paused)|"
                r"not approved|before (?:it|they) (?:was|were) approved|exceeds? (?:the |its )?(?:budget|limit|credit)|over budget|credit limit|"
                r"not allowed (?:in|for|by)|violates? (?:a |the )?(?:rule|policy)|draft invoice|not billable|inactive"
            ),
        ),
        (
            "missing",
            (
                r"\b404\b|not (?:be )?found|does(?: not|n't) exist|no such|is missing|missing|is unknown|unknown|\bno (?:\w+ ){0,2}(?:id|key|code|rate|number|"
                r"tax|customer|project|employee|account)\b|has no \w+|is empty|lacks"
            ),
        ),
        (
            "value",
            (
                r"\b4(?:00|22)\b|invalid|not valid|required|must (?:not )?be|must have|too (?:long|short|large|small)|out of range|not accepted|"
                r"rejected|expected|constraint|cannot be (?:negative|null|blank)|refused the product|validation"
            ),
        ),
    )
)


def error_class(rule: str, message: str | None, known_as: str = "") -> str | None:
    """The class of an exception, one of WORDS; None when neither its rule nor its words tell it.

    `known_as` is its fingerprint, which names the verdict of a verification. Numbers such as 429 are read where they
    stand by themselves. Same words give the same class, whatever else is in the queue.
    """
    if rule.startswith(OWN) or rule in _BUSINESS:
        return "business_rule"
    if rule in _OF_RULE:
        return _OF_RULE[rule]
    if rule == "verification_break":
        return next((_VERDICT[part] for part in known_as.split(":") if part in _VERDICT), None)
    if fingerprint.missing_upstream(message):
        return "missing"
    found = next((name for name, pattern in _SAID if message and pattern.search(message)), None)
    return found or ("parse" if rule == "record_quarantined" else None)
