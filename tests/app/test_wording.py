"""Words: percent never into the better, money in its currency, times in the contract's zone, names for every rule."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.card import outcome_name
from app.rule_names import RULES, rule_name
from app.wording import NOTHING, Words, plural, why_not_reached
from sql import query, query_names
from tests.app.test_judge import a_figure

BRITISH = Words("en-GB", "Europe/London")
GERMAN = Words("de-DE", "Europe/Berlin")


@pytest.mark.parametrize(
    ("value", "better", "said"),
    [
        (0.99897, "higher", "99.89%"),  # a breach of 99.9 must not read as met
        (0.973, "higher", "97.3%"),  # floats are taken at their shortest form
        (0.29, "higher", "29.0%"),
        (0.0123, "lower", "1.3%"),
        (1.0, "higher", "100.0%"),
        (0.999999, "higher", "99.99%"),
        (0.0, "higher", "0.0%"),
        (None, "higher", NOTHING),
    ],
)
def test_percent_is_cut_towards_the_worse(value: float | None, better: str, said: str) -> None:
    assert BRITISH.percent(value, better=better) == said


def test_a_share_is_cut_from_its_exact_parts() -> None:
    assert BRITISH.share(2, 3) == "66.6%"
    assert BRITISH.share(2, 3, better="lower") == "66.7%"


def test_nothing_of_nothing_is_no_percentage() -> None:
    assert BRITISH.share(0, 0) == NOTHING


def test_a_promise_is_shown_with_the_digits_it_was_made_with() -> None:
    assert [BRITISH.promise(Decimal(p) / 100) for p in ("99.5", "90", "99.95")] == ["99.5%", "90%", "99.95%"]


@pytest.mark.parametrize(
    ("words", "amount", "currency", "said"),
    [
        (BRITISH, "4200.50", "GBP", "£4,201"),
        (GERMAN, "4200.50", "EUR", "4.201\N{NO-BREAK SPACE}€"),
        (Words("en-US", "UTC"), "12.5", "USD", "$12.50"),
        (BRITISH, "1234.5", "JPY", "JP¥1,235"),
    ],
)
def test_money_is_said_in_its_own_currency(words: Words, amount: str, currency: str, said: str) -> None:
    assert words.money(Decimal(amount), currency) == said


def test_money_to_the_cent_where_it_must_add_up() -> None:
    assert GERMAN.money(Decimal("4200.50"), "EUR", whole=False) == "4.200,50\N{NO-BREAK SPACE}€"


def test_an_amount_without_a_currency_is_no_money() -> None:
    assert BRITISH.money(Decimal(5), None) == NOTHING


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, NOTHING), (0.31, "0.3 s"), (43, "43 s"), (61, "1 min 1 s"), (600, "10 min"), (3541, "1 h"),
        (12000, "3 h 20 min"), (90000, "25 h"), (200000, "2.4 days"), (float("inf"), "not reached"), (-5, "-5 s"),
    ],
)  # fmt: skip
def test_durations_are_said_in_words(seconds: float | None, said: str) -> None:
    assert BRITISH.duration(seconds) == said


@pytest.mark.parametrize(
    ("key", "value", "detail", "said"),
    [
        ("C4", float("inf"), {"half_low": None}, "half of it is not done so far"),
        ("sync_latency", None, {"not_reached": ["p95", "p99"]}, "95 in 100 have not arrived"),
        ("C4", 60.0, {"half_low": None}, ""),
        ("sync_latency", None, {"not_reached": []}, ""),
        ("C16", float("inf"), {}, ""),  # more is owed than was ever sold: nothing is waited for
    ],
)
def test_what_is_not_reached_says_why(
    key: str, value: float | None, detail: dict[str, object], said: str
) -> None:
    why = why_not_reached(a_figure(key, 1, 9, value=value, detail=detail))
    assert why.endswith(said)
    assert bool(why) == bool(said)


def test_times_are_told_in_the_contracts_zone() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert GERMAN.instant(late) == "21 Nov 2026, 00:30 CET"
    assert BRITISH.instant(late) == "20 Nov 2026, 23:30 GMT"
    assert GERMAN.day(late) == "21 Nov 2026"


def test_a_worked_day_is_never_moved_by_a_zone() -> None:
    assert Words("en-US", "America/New_York").day(date(2026, 11, 20)) == "Nov 20, 2026"


def test_an_unknown_locale_is_read_as_british() -> None:
    assert Words("xx-XX", "UTC").count(1284) == "1,284"


def test_things_are_counted_in_words() -> None:
    assert [f"{n} {plural(n, 'deal')}" for n in (0, 1, 2)] == ["0 deals", "1 deal", "2 deals"]


def rules_of_the_detector() -> list[str]:
    """The rules under which a step of detection opens something: words of its header that stand in it as text."""
    found: set[str] = set()
    for name in query_names():
        content = query(name)
        if name.startswith("kpi/detect_") and "INSERT INTO pg_temp.candidate" in content:
            header = "\n".join(line for line in content.splitlines() if line.startswith("--"))
            rules = re.findall(r"\brules?\b(.*?)\n-- source:", header, re.DOTALL)
            assert rules, f"{name} does not say in its header which rule it opens"
            named = set(re.findall(r"[a-z]+(?:_[a-z]+)+", rules[0]))
            found |= {word for word in named if f"'{word}'" in content}
    return sorted(found)


def test_every_rule_of_the_detector_is_found() -> None:
    known = {"run_failed", "run_overdue", "missed_slot", "failed_project_creation", "unmatched_record"}
    assert known | {"unbilled_time", "record_quarantined", "stream_failing"} <= set(rules_of_the_detector())


@pytest.mark.parametrize("rule", rules_of_the_detector())
def test_every_rule_of_the_detector_has_a_name_in_plain_words(rule: str) -> None:
    assert rule in RULES
    assert rule_name(rule) != rule.replace("_", " ").capitalize()


def test_what_became_of_a_row_is_said_in_the_same_words() -> None:
    assert outcome_name("run failed, open") == f"{RULES['run_failed']}, open"
    assert outcome_name("O+") == "overdue"
    assert outcome_name("open") == "open"
    assert outcome_name("something new") == "something new"
