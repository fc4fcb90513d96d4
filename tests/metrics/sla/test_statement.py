"""A statement's bytes: the same whenever it is written down, and no digit can change unseen."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.sla import statement
from metrics.sla.statement import Change, StatementError, changes

BODY = {
    "customer": {"key": "acme", "name": "Acme Zürich ¥"},
    "period": {"name": "2026-10", "time_zone": "Europe/Zurich"},
    "version": 1,
    "sealed": {"at": datetime(2026, 11, 3, 9, tzinfo=UTC), "by": "P. Artner"},
    "objectives": [{"key": "sync-success", "k": 989, "n": 1000}, {"key": "latency", "k": 12, "n": 12}],
    "credit": Decimal("240.00"),
}


def test_a_file_gives_the_same_statement_back() -> None:
    sealed = statement.of(BODY)
    assert statement.read(sealed.file()) == sealed
    assert sealed.place == ("acme", "2026-10", 1)
    assert sealed.sealed_at == datetime(2026, 11, 3, 9, tzinfo=UTC)


def test_the_order_in_which_it_was_put_together_does_not_matter() -> None:
    backwards = dict(reversed(BODY.items()))
    assert statement.of(backwards).document == statement.of(BODY).document


def test_the_hash_is_of_the_bytes_that_anybody_can_write() -> None:
    """Known beforehand: the SHA-256 of this text, by any other tool."""
    made = statement.canonical({"b": Decimal("1.50"), "a": ["é", None, True]})
    assert made == '{"a":["é",null,true],"b":"1.50"}'.encode()


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError, match="float"):
        statement.of({**BODY, "value": 0.1})


@given(st.data())
def test_one_changed_digit_is_seen(data: st.DataObject) -> None:
    file = statement.of(BODY).file().decode()
    digits = [at for at, sign in enumerate(file) if sign.isascii() and sign.isdigit()]
    at = data.draw(st.sampled_from(digits))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != file[at]]))
    with pytest.raises(StatementError):
        statement.read((file[:at] + other + file[at + 1 :]).encode())


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (b"%PDF-1.7", "no statement"),
        (b"[]", "no statement"),
        (b'{"sha256": "x", "statement": {"format": "sla-statement/1"}}', "no statement"),
        (
            json.dumps({"sha256": "x", "statement": json.loads(statement.canonical(BODY))}).encode(),
            "no statement",
        ),
    ],
)
def test_what_is_no_statement_is_told_in_one_line(file: bytes, said: str) -> None:
    with pytest.raises(StatementError, match=said):
        statement.read(file)


def test_a_form_that_is_not_known_is_told() -> None:
    body = {**json.loads(statement.canonical(BODY)), "format": "sla-statement/2"}
    with pytest.raises(StatementError, match="sla-statement/2"):
        statement.read(json.dumps({"sha256": "x", "statement": body}).encode())


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [Change("a", 1, 2)]),
        ({"a": {"b": 1}}, {"a": {}}, [Change("a.b", 1, None)]),
        (
            [{"key": "x", "n": 1}, {"key": "y", "n": 2}],
            [{"key": "y", "n": 2}, {"key": "x", "n": 3}],
            [Change("x.n", 1, 3)],
        ),
        ({"l": [{"key": "x"}]}, {"l": []}, [Change("l.x", {"key": "x"}, None)]),
        ({"l": [1, 2]}, {"l": [1, 3]}, [Change("l", [1, 2], [1, 3])]),
    ],
)
def test_every_change_is_told_by_its_place(was: object, now: object, expected: list[Change]) -> None:
    assert list(changes(was, now)) == expected
