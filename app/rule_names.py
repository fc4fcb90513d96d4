"""What the queue calls its rules: in words for people who never saw a run log."""

from __future__ import annotations

RULES = {
    "run_failed": "Transfer failed",
    "run_overdue": "Transfer not done by the promised time",
    "missed_slot": "Scheduled run that never came",
    "failed_project_creation": "Won deal without a project",
    "unmatched_record": "Cannot be matched for sure",
    "expectation_overdue": "Expected, and has not happened",
    "verification_break": "Not as the log says",
    "made_by_hand": "Made by hand, past the flow",
    "missing_time": "Time not entered",
    "unbilled_time": "Approved work on no invoice",
    "record_quarantined": "Records that could not be understood",
    "stream_failing": "System that cannot be read",
    "stream_stale": "System that is not read, or brings nothing",
    "unusual_day": "Unusual number of exceptions",
    "late_invoice_trigger": "Invoice trigger overdue",
}
"""What the detector can open, in words for people who never saw a run log; tests/app/test_wording.py asks for all."""


def rule_name(rule: str) -> str:
    """A rule in words; one without a name of its own is shown as it is called."""
    return RULES.get(rule, rule.replace("_", " ").capitalize())
