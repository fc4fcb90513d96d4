"""Several metrics asked at once say what each says by itself, and what was read is asked once for all of the same objects."""

import pytest

from metrics import coverage, read
from metrics.catalogue import by_key
from metrics.once import asked_once
from metrics.period import Period
from metrics.read import figures, several
from sql import query
from sql.ask import mappings
from tests.metrics.builders import a_customer, a_flow, a_poll, a_run, at

LATER = at("2026-11-20")
OCTOBER = Period.parse("2026-10", "UTC", LATER)
KEYS = (
    "sync_success_rate",
    "exception_backlog",
    "throughput",
    "unbilled_time",
    "sync_latency",
    "retry_recovery",
)


@pytest.fixture
def customer(conn):
    """Two days of a flow were read, with a success and a failure; of its business systems nothing."""
    own = a_customer(conn)
    flow = a_flow(conn, own)
    a_poll(conn, own, at("2026-10-01"), at("2026-10-03"))
    for status in ("success", "failed"):
        a_run(conn, own, flow, at("2026-10-01 12:00"), status)
    return own


def test_several_figures_are_those_of_each_metric(customer, as_viewer) -> None:
    with as_viewer([customer], LATER) as reader:
        alone = [figure for key in KEYS for figure in figures(reader, key, [customer], OCTOBER)]
        together = several(reader, [by_key(key) for key in KEYS], [customer], OCTOBER)
    assert together == alone
    assert together[0].coverage == pytest.approx(2 / 31)


def test_what_was_read_of_the_same_objects_is_asked_once(customer, as_viewer, monkeypatch) -> None:
    asked = []

    def counting(conn, text, parameters, **more):
        asked.append((text, parameters.get("objects")))
        return mappings(conn, text, parameters, **more)

    for module in (read, coverage):
        monkeypatch.setattr(module, "mappings", counting)
    metrics = [by_key(key) for key in KEYS]
    with as_viewer([customer], LATER) as reader:
        several(reader, metrics, [customer], OCTOBER)
        streams = [tuple(objects) for text, objects in asked if text == query("viewer/coverage")]
        assert sorted(streams) == sorted({metric.streams for metric in metrics})
        asked.clear()
        with asked_once(reader):
            first, again = (figures(reader, KEYS[0], [customer], OCTOBER) for _ in range(2))
        assert first == again
        assert len(asked) == 2, "the question and its coverage"
        assert "answers" not in reader.info, "nothing is remembered longer"
