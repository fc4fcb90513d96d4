"""What a poll accounts for where the source keeps its records for a while only."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from collectors.kinds import streams_of
from collectors.spec import SpecError
from collectors.system import System
from metrics.period import Period
from metrics.read import figures, rows
from sql import query
from sql.database import viewer

from .conftest import NOW, RUNS, Firm, Site, run

FORTNIGHT = timedelta(days=14)
Windows = Callable[[], list[tuple[datetime | None, datetime]]]


@pytest.fixture
def log(firm: Firm, site: Site) -> Callable[..., None]:
    """Connects a run log whose entry says these keys too."""

    def connect(**keys: str) -> None:
        firm.add("http", site.url, allow_private=True, streams={"runs": RUNS | keys})

    return connect


@pytest.fixture
def read(firm: Firm) -> Windows:
    """From when to when the ledger says that the log was read."""

    def ask() -> list[tuple[datetime | None, datetime]]:
        with firm.db.engine("owner").begin() as conn:
            conn.execute(text(query("kpi/stream_read")))
            found = "SELECT lower(w), upper(w) FROM kpi.stream_read k, unnest(k.windows) w ORDER BY w"
            return [(row[0], row[1]) for row in conn.execute(text(found))]

    return ask


def test_the_first_reading_accounts_for_what_the_source_keeps(firm: Firm, site: Site, read: Windows):
    for key, keys in {"a": {"keeps": "14d"}, "b": {"keeps": "everything"}, "c": {}}.items():
        firm.add("http", site.url, key, allow_private=True, streams={"runs": RUNS | keys})
        assert firm.collect(key).warnings == ()
    assert read() == [(None, NOW), (None, NOW), (NOW - FORTNIGHT, NOW)]


def test_the_first_reading_accounts_for_no_more_than_it_asked_for(
    log: Callable[..., None], firm: Firm, read: Windows
):
    log(history="30d", keeps="90d")
    firm.collect()
    assert read() == [(NOW - timedelta(days=30), NOW)]
    later = NOW + timedelta(days=50)
    assert firm.collect(at=later).warnings == ()
    assert read() == [(NOW - timedelta(days=30), later)]


def test_what_a_log_deleted_before_anybody_read_it_stays_a_hole(
    log: Callable[..., None], firm: Firm, read: Windows
):
    log(keeps="14d")
    firm.collect()
    back = NOW + timedelta(days=20)
    (said,) = firm.collect(at=back).warnings
    assert (
        said == "from 2026-11-21 01:00 to 2026-11-27 01:00 UTC nothing counts as read: the source keeps less"
    )
    later = back + timedelta(days=1)
    assert firm.collect(at=later).warnings == ()
    assert read() == [(NOW - FORTNIGHT, NOW), (back - FORTNIGHT, later)]


def test_what_is_still_there_after_an_outage_leaves_no_hole(
    log: Callable[..., None], firm: Firm, read: Windows
):
    log(keeps="14d")
    firm.collect()
    back = NOW + timedelta(days=13)
    assert firm.collect(at=back).warnings == ()
    assert read() == [(NOW - FORTNIGHT, back)]


def test_a_month_before_the_log_begins_was_not_read_and_is_not_a_quiet_one(
    log: Callable[..., None], firm: Firm, site: Site, read: Windows
):
    site.answer = lambda asked: {"data": [run("a")]}
    log(keeps="14d")
    firm.collect()
    read()
    own = firm.system().customer_id
    with viewer(firm.db, [own], NOW) as conn:
        (october,) = figures(conn, "A1", [own], Period.parse("2026-10", "UTC", NOW))
        (fortnight,) = figures(conn, "A1", [own], Period.parse("2026-11-07..2026-11-21", "UTC", NOW))
    assert (october.denominator, october.value, october.coverage) == (0, None, 0)
    assert fortnight.coverage == pytest.approx(1 - 1 / (14 * 24))


def test_what_was_deleted_before_anybody_read_it_makes_nothing_late_for_ever(
    log: Callable[..., None], firm: Firm, read: Windows
):
    log(keeps="14d")
    firm.collect(at=NOW - timedelta(days=30))
    firm.collect(at=NOW)
    assert len(read()) == 2
    own, today = firm.system().customer_id, Period.parse("2026-11-01..2099-01-01", "UTC", NOW)
    for as_of in (None, NOW + timedelta(minutes=5)):
        with viewer(firm.db, [own], as_of) as conn:
            (freshness,) = figures(conn, "A8", [own], today)
            assert freshness.detail["low_watermark"] == NOW
            assert list(rows(conn, "A8", [own], today)["at"]) == [NOW]


def of(kind: str, **options: Any) -> System:
    """A system of this kind that nobody has to reach."""
    return System(1, 1, "ipaas", "ipaas", kind, "http://x.test", options=options, customer="acme")


@pytest.mark.parametrize(
    ("system", "keeps"),
    [
        (of("n8n"), FORTNIGHT),
        (of("n8n", streams={"runs": {"keeps": "90d"}}), timedelta(days=90)),
        (of("n8n", streams={"runs": {"keeps": "everything"}}), None),
        (of("prefect"), None),
    ],
)
def test_a_preset_says_how_long_its_platform_keeps_runs_unless_the_entry_does(
    system: System, keeps: timedelta | None
):
    (stream,) = streams_of(system)
    assert (stream.keeps, stream.every) == (keeps, timedelta(minutes=1))


@pytest.mark.parametrize(
    ("streams", "line"),
    [
        ({"runs": {"keeps": "a while"}}, "acme/ipaas: streams.runs.keeps: 'a while' is no length of time"),
        (
            {"runs": {"kepes": "14d"}},
            "acme/ipaas: streams.runs.kepes: there is no 'kepes'; did you mean 'keeps'",
        ),
        ({"rums": {"keeps": "14d"}}, "acme/ipaas: streams.rums: there is no 'rums'; did you mean 'runs'"),
        ({"runs": "14d"}, "acme/ipaas: streams.runs: name the keys"),
        ("14d", "acme/ipaas: options.streams: name a stream"),
    ],
)
def test_a_mistake_beside_a_preset_is_one_line_with_the_fix(streams: Any, line: str):
    with pytest.raises(SpecError) as caught:
        streams_of(of("n8n", streams=streams))
    assert len(caught.value.lines) == 1
    assert caught.value.lines[0].startswith(line)
