"""What an expectation is: after one business event another must follow, by a deadline."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One expectation: after `start`, `end` by the deadline.

    `start` and `end` name events of the views kpi.expectation_start and kpi.expectation_end; `subject` is the record that the
    start happens to. `reads` are the objects whose systems must have been read before anything is called missing.
    `seconds` (open seconds where `is_business`, else elapsed) or `business_days` (until the end of that many business days
    after the event's own) is the deadline unless the customer's entry says another. `lacks` is what an overdue one lacks;
    `worth` what it puts at risk.
    """

    key: str
    workflow: str
    title: str
    sentence: str
    subject: str
    start: str
    end: str
    reads: tuple[str, ...]
    lacks: str
    seconds: int | None = None
    business_days: int | None = None
    is_business: bool = False
    worth: str = "nothing of its own"
    severity: int = 2
