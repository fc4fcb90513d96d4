"""What is said when systems cannot be read: which, why, and what to do."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.freshness import trust
from app.wording import Words

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
WORDS = Words("en-GB", "Europe/London")


def stream(name: str = "runs", **given: Any) -> dict[str, Any]:
    """A stream that is read every five minutes and was read just now."""
    return {
        "customer_id": 1, "customer": "Acme", "system_key": "crm", "role": "crm", "stream": name, "outcome": "complete",
        "error_kind": None, "complete_at": NOW - timedelta(minutes=2), "every_seconds": 300.0, "held": 0, **given,
    }  # fmt: skip


def old(name: str = "runs", **given: Any) -> dict[str, Any]:
    return stream(name, **{"outcome": "failed", "complete_at": NOW - timedelta(days=2), **given})


def test_all_is_well() -> None:
    found = trust([stream()], NOW, WORDS)
    assert (found.state, found.because, found.do) == ("ok", "", "")


@pytest.mark.parametrize(
    ("kind", "why", "do"),
    [
        ("auth", "CRM: our key is refused.", "Put in a new key"),
        ("rights", "CRM: our key lacks the right", "the right to read"),
        ("timeout", "CRM: it does not answer.", "whether it is up"),
        ("shape", "CRM: it answers in a way", "its mapping"),
        ("never heard of", "CRM: it cannot be read.", "Freshness"),
        (None, "CRM: it cannot be read.", "Freshness"),
    ],
)
def test_the_reason_is_said_and_what_to_do(kind: str | None, why: str, do: str) -> None:
    found = trust([old(error_kind=kind), stream("accounts")], NOW, WORDS)
    assert found.state == "breach"
    assert found.because.startswith(why)
    assert do in found.do
    assert "1 of 2 streams not read for a day or longer, the oldest since 18 Nov 2026" in found.says


def test_a_system_that_nobody_asked_is_no_fault_of_its_own() -> None:
    found = trust([old(outcome="complete")], NOW, WORDS)
    assert found.because == "CRM: it was not asked in time."
    assert "workers" in found.do


def test_the_system_with_the_most_streams_stands_for_the_others() -> None:
    rows = [
        old("one", error_kind="auth", system_key="erp", role="erp", customer_id=2, customer="Borealis"),
        old("two", error_kind="auth", system_key="erp", role="erp", customer_id=2, customer="Borealis"),
        old("three", error_kind="timeout"),
        stream("four"),
    ]
    assert trust(rows, NOW, WORDS).because == "ERP of Borealis: our key is refused; 1 more system is behind."


def test_a_first_read_that_was_refused_is_not_an_empty_customer() -> None:
    found = trust([old(complete_at=None, error_kind="auth")], NOW, WORDS)
    assert (found.state, found.because) == ("unknown", "CRM: our key is refused.")
    assert trust([], NOW, WORDS).because == ""
