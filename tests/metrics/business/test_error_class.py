"""Classes of exceptions: what the words say, what the rule says, and nothing where neither does."""

import pytest
from hypothesis import given

from metrics.error_class import WORDS, error_class
from metrics.rule_library import LIBRARY
from tests.metrics.business.test_fingerprint import DATA


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("HTTP 429 from the ERP", "rate_limit"),
        ("Too many requests, slow down", "rate_limit"),
        ("401 Unauthorized", "authentication"),
        ("invalid_grant: refresh token expired", "authentication"),
        ("The service refused the connection", "connection"),
        ("getaddrinfo ENOTFOUND psa.example", "connection"),
        ("HTTP 503 after 30 s", "intermittent"),
        ("it ran out of time", "intermittent"),
        ("Workflow crashed", "intermittent"),
        ("Unexpected token < in JSON at position 0", "parse"),
        ("worked_on: is no date", "parse"),
        ("Customer C-1 already exists", "duplicate"),
        ("Project P-118 not found in the ERP", "missing"),
        ("Order SO-1003 has no customer number", "missing"),
        ("The period is closed", "business_rule"),
        ("Order is over the credit limit", "business_rule"),
        ("amount: must be above zero", "value"),
        ("Validation failed: hours", "value"),
        ("it failed and said nothing", None),
        ("Order 42913 went wrong", None),
        ("", None),
        (None, None),
    ],
)
def test_words_tell_the_class(message: str | None, told: str | None) -> None:
    assert error_class("run_failed", message) == told


@pytest.mark.parametrize(
    ("rule", "known_as", "told"),
    [
        ("failed_project_creation", "", "missing"),
        ("unbilled_time", "", "business_rule"),
        ("own:long-day", "", "business_rule"),
        ("verification_break", "verification_break:7:duplicate", "duplicate"),
        ("verification_break", "verification_break:7:different:amount", "value"),
        ("duplicate_account", "", "duplicate"),
        ("record_quarantined", "", "parse"),
        ("missed_slot", "", None),
        ("unusual_day", "", None),
    ],
)
def test_where_the_rule_says_it_words_are_not_asked(rule: str, known_as: str, told: str | None) -> None:
    assert error_class(rule, None, known_as) == told


def test_every_rule_but_those_of_runs_readings_and_days_has_a_class_without_words() -> None:
    silent = {rule.key for rule in LIBRARY if error_class(rule.key, None, "x:missing") is None}
    assert silent == {
        "run_failed",
        "run_overdue",
        "missed_slot",
        "stream_failing",
        "stream_stale",
        "unusual_day",
    }
    assert {error_class(rule.key, None, "x:missing") for rule in LIBRARY} - {None} <= set(WORDS)


@given(one=DATA, other=DATA)
def test_data_in_quotes_does_not_change_the_class(one: str, other: str) -> None:
    said = "too many requests for {}"
    assert error_class("run_failed", said.format(one)) == error_class("run_failed", said.format(other))
