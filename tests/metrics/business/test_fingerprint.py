"""Fingerprints: the same words with other data are one cause, other words are another."""

import string
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from metrics.fingerprint import Missing, fingerprint, missing_upstream, shown_of, words_of

DATA = st.one_of(
    st.integers(0, 10**12).map(str),
    st.floats(0, 1e6, allow_nan=False).map(lambda number: f"{number:.2f}"),
    st.integers(1000, 10**9).map(lambda number: f"{number:,}"),
    st.uuids().map(str),
    st.uuids().map(lambda value: value.hex),
    st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
    st.dates().map(str),
    st.times().map(lambda moment: moment.strftime("%H:%M:%S")),
    st.text(string.ascii_letters + string.digits + " -_.", max_size=20).map(lambda text: f'"{text}"'),
    st.text(string.ascii_letters + " ", max_size=20).map(lambda text: f"'{text}'"),
    st.tuples(st.sampled_from(["OPP", "P", "INV", "T"]), st.integers(1, 99999)).map(
        lambda pair: f"{pair[0]}-{pair[1]:05}"
    ),
    st.integers(1, 999).map(lambda number: f"https://psa.example/api/v{number}/entries?id={number}"),
    st.integers(1, 999).map(lambda number: f"someone{number}@firm.example"),
)
WORD = st.text(string.ascii_lowercase, min_size=3, max_size=9)
SENTENCE = st.lists(WORD, min_size=2, max_size=6)


def filled(words: list[str], data: list[str]) -> str:
    """Words with data between them: "could not post 17 because 2026-01-01"."""
    pairs = [f"{word} {item}" for word, item in zip(words, data, strict=False)]
    return " ".join([*pairs, *words[len(data) :]])


@given(
    words=SENTENCE, one=st.lists(DATA, min_size=2, max_size=2), other=st.lists(DATA, min_size=2, max_size=2)
)
def test_other_data_is_the_same_cause(words: list[str], one: list[str], other: list[str]) -> None:
    assert words_of(filled(words, one)) == words_of(filled(words, other))


@given(words=SENTENCE, others=SENTENCE, data=st.lists(DATA, min_size=2, max_size=2))
def test_other_words_are_another_cause(words: list[str], others: list[str], data: list[str]) -> None:
    assume(words != others)
    assert words_of(filled(words, data)) != words_of(filled(others, data))


@given(item=DATA)
def test_no_data_is_left(item: str) -> None:
    assert words_of(f"could not post {item} at once") == "could not post … at once"


@given(items=st.lists(DATA, min_size=1, max_size=4), separator=st.sampled_from([", ", " ", "; ", "/"]))
def test_a_list_of_data_is_one_piece_of_data(items: list[str], separator: str) -> None:
    assert words_of(f"could not post {separator.join(items)} at once") == "could not post … at once"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Connection refused: psa.example:8443", "connection refused: psa.example: …"),
        ("HTTP 503 after 30s", "http … after …"),
        ("Line #4711 has no project (task 12, hours 7.50)", "line … has no project (task … , hours … )"),
        ("It's 5 o'clock and can't post", "it's … o'clock and can't post"),
        ("Waiting...", "waiting"),
        ("", ""),
    ],
)
def test_what_is_data_in_a_message_is_taken_out(message: str, words: str) -> None:
    assert words_of(message) == words


def test_people_read_it_in_its_own_case() -> None:
    assert shown_of("Time-out at PSA after 30 s") == "Time-out at PSA after … s"
    assert words_of("Time-out at PSA after 30 s") == words_of("time-out at psa after 7 s")


def test_an_apostrophe_opens_no_quote() -> None:
    assert words_of("can't post, it's closed") != words_of("can't post, it's open")


@pytest.mark.parametrize(
    ("message", "missing"),
    [
        ("Project P-118 not found in the ERP", Missing("project", "P-118")),
        ("project 'Warehouse move' does not exist", Missing("project", "Warehouse move")),
        ("Cannot find customer with code C-0007", Missing("account", "C-0007")),
        ("No employee E17 for this timesheet", Missing("resource", "E17")),
        ("ValidationError: account #4711 is missing", Missing("account", "4711")),
        ("Unknown project: PRJ/2026/0042", Missing("project", "PRJ/2026/0042")),
        ("Time out after 30 s", None),
        ("Project is closed", None),
        ("Customer 17 is blocked", None),
        (None, None),
        ("", None),
    ],
)
def test_the_missing_record_is_named(message: str | None, missing: Missing | None) -> None:
    assert missing_upstream(message) == missing


def test_a_fingerprint_names_its_rule_and_tells_words_apart() -> None:
    assert fingerprint("run_failed", "a", "b").startswith("run_failed:")
    assert fingerprint("run_failed", "a", "b") == fingerprint("run_failed", "a", "b")
    assert fingerprint("run_failed", "ab", "") != fingerprint("run_failed", "a", "b")
    assert fingerprint("run_failed", "a") != fingerprint("run_overdue", "a")
