"""The command line: the same figures as everywhere, one clear line for what cannot be answered."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from math import inf
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from app.cli import ages, balances, cli, collecting, configure, keeping, reading
from app.wording import Words
from metrics import read
from metrics.catalogue import METRICS
from metrics.period import Period
from sql.database import Database, viewer
from tests.app.conftest import Placed
from tests.app.test_judge import a_figure

pytestmark = pytest.mark.slow

KEYS = {
    "id", "key", "customer", "period", "value", "unit", "currency", "numerator", "denominator", "unknown", "sample",
    "coverage", "low", "high", "verdict", "as_of", "definition_version", "parts", "detail",
}  # fmt: skip
Run = Callable[..., Result]


@pytest.fixture
def run(seeded: Placed, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command over the small world."""

    @contextmanager
    def database() -> Iterator[Database]:
        yield seeded.db

    for module in (reading, ages, balances, collecting, configure, keeping):
        if hasattr(module, "database"):
            monkeypatch.setattr(module, "database", database)
    return lambda *words: CliRunner().invoke(cli, words)


def answered(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_every_metric_is_listed(run: Run) -> None:
    listed = answered(run("kpi", "list", "--json"))
    assert [entry["id"] for entry in listed] == [metric.id for metric in METRICS]
    assert all(set(entry) == {"id", "key", "title", "unit", "better", "version"} for entry in listed)


@pytest.mark.parametrize("name", ["A1", "sync_success_rate"])
def test_a_figure_is_the_one_that_pages_show(run: Run, seeded: Placed, name: str) -> None:
    said = answered(run("kpi", "show", name, "--customer", "acme", "--period", "2026-10", "--json"))
    acme = seeded.world.customers["acme"]
    period = Period.parse("2026-10", said["period"]["time_zone"], datetime.now(UTC))
    with viewer(seeded.db, [acme]) as conn:
        (figure,) = read.figures(conn, "sync_success_rate", [acme], period)
    assert set(said) == KEYS
    assert (said["numerator"], said["denominator"]) == (figure.numerator, figure.denominator)
    assert said["value"] == figure.value
    assert 0 < said["value"] <= 1


def test_what_is_counted_and_weighted_answers_by_count(run: Run, seeded: Placed) -> None:
    said = answered(run("kpi", "show", "C4", "--customer", "acme", "--period", "2026-10", "--json"))
    acme = seeded.world.customers["acme"]
    period = Period.parse("2026-10", said["period"]["time_zone"], datetime.now(UTC))
    with viewer(seeded.db, [acme]) as conn:
        by_count, by_value = read.figures(conn, "time_to_bill", [acme], period)
    assert (said["value"], said["currency"], said["sample"]) == (by_count.value, None, by_count.sample)
    assert [part["currency"] for part in said["parts"]] == [by_value.currency]


def test_a_split_adds_up_to_the_whole(run: Run) -> None:
    said = answered(
        run("kpi", "show", "A1", "--customer", "acme", "--period", "2026-10", "--by", "flow", "--json")
    )
    assert sum(part["denominator"] for part in said["parts"]) == said["denominator"] > 0


def test_rows_add_up_to_the_figure(run: Run) -> None:
    where = ("--customer", "acme", "--period", "2026-10", "--json")
    said, rows = answered(run("kpi", "show", "A1", *where)), answered(run("kpi", "rows", "A1", *where))
    assert sum(row["in_numerator"] for row in rows) == said["numerator"]
    assert sum(row["in_denominator"] for row in rows) == said["denominator"]


@pytest.mark.parametrize("metric", ["A11", "A13", "C11", "D5"])
@pytest.mark.parametrize("by", ["project", "practice"])
def test_what_is_in_trouble_is_split_by_project_and_practice(run: Run, metric: str, by: str) -> None:
    said = answered(
        run("kpi", "show", metric, "--customer", "acme", "--period", "2026-10", "--by", by, "--json")
    )
    parts = [each for each in said["parts"] if each["part"]]
    wholes = [each for each in (said, *said["parts"]) if not each.get("part") and each["unknown"] is not None]
    for whole in wholes:
        mine = [each for each in parts if each["currency"] == whole["currency"]]
        for counted in ("numerator", "unknown"):
            assert sum(Decimal(each[counted] or 0) for each in mine) == Decimal(whole[counted] or 0), whole
    assert sum(each["sample"] for each in parts) > 0


def test_what_is_never_come_to_is_an_answer() -> None:
    figure = a_figure("C2", 1, 9, value=inf, detail={"half_low": None})
    line = reading.line(figure, Words("en-GB", "UTC"))
    assert (line["value"], line["figure"].split(" (")[0]) == ("not reached", "not reached")
    assert reading.line(a_figure("C2", None, None), Words("en-GB", "UTC"))["value"] is None


def test_a_partner_s_customers_stand_one_by_one(run: Run) -> None:
    said = answered(run("kpi", "show", "A1", "--partner", "northwind", "--period", "2026-10", "--json"))
    assert {entry["customer"] for entry in said} == {"acme", "borealis"}
    for entry in said:
        alone = answered(
            run("kpi", "show", "A1", "--customer", entry["customer"], "--period", "2026-10", "--json")
        )
        same = ("value", "numerator", "denominator", "unknown", "period")
        assert {key: entry[key] for key in same} == {key: alone[key] for key in same}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("A99", "--customer", "acme", "--period", "2026-10"), "there is no metric 'A99'"),
        (("A1", "--customer", "acne", "--period", "2026-10"), "there is no customer 'acne'"),
        (("A1", "--partner", "nobody", "--period", "2026-10"), "there is no partner 'nobody'"),
        (("A1", "--period", "2026-10"), "name either --customer or --partner"),
        (("A1", "--customer", "acme", "--period", "October"), "'October' is no period"),
        (("A1", "--customer", "acme", "--period", "2026-10", "--by", "colour"), "cannot be split by 'colour'"),
        (("A1", "--customer", "acme", "--period", "2026-10", "--as-of", "now"), "'now' is no instant"),
        (("A1", "--customer", "acme", "--period", "2026-10", "--as-of", "2026-10-05T12:00:00"), "no time zone"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_one_clear_line(run: Run, words: tuple[str, ...], says: str) -> None:
    result = run("kpi", "show", *words)
    assert result.exit_code == 2
    assert says in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""


def test_an_earlier_instant_sees_less(run: Run) -> None:
    where = ("kpi", "show", "A1", "--customer", "acme", "--period", "2026-10", "--json")
    early = answered(run(*where, "--as-of", "2026-10-10T00:00:00+00:00"))
    late = answered(run(*where))
    assert 0 < early["denominator"] < late["denominator"]
    assert early["as_of"].startswith("2026-10-10T00:00:00")


def test_every_kind_of_system_says_what_it_was_tried_against(run: Run) -> None:
    kinds = answered(run("systems", "kinds", "--json"))
    assert {"tryton", "prefect", "n8n", "http", "sql", "file"} <= {kind["kind"] for kind in kinds}
    assert all(kind["verified"] in ("live", "recorded") for kind in kinds)


def test_quarantine_says_when_it_is_empty_or_what_it_holds(run: Run) -> None:
    held = answered(run("quarantine", "list", "--json"))
    assert isinstance(held, list)
    assert run("quarantine", "show", "999999").exit_code == 2


def test_a_days_balance_is_the_figure_of_that_day(run: Run) -> None:
    asked = ("--customer", "acme", "--period", "2026-10", "--json")
    shown = answered(run("kpi", "show", "C7", "--by", "day", *asked))["parts"]
    drawn = answered(run("kpi", "balances", "C7", *asked))
    told = {(row["part"], row["currency"]): row["value"] for row in shown if row["currency"]}
    assert drawn
    assert told.items() >= {(row["day"], row["currency"]): row["value"] for row in drawn}.items()
    assert answered(run("kpi", "balances", "C7", "--known-at", "2020-01-01T00:00:00Z", *asked)) == []


def test_ages_are_the_figures_of_a_quarter_in_days(run: Run) -> None:
    asked = ("--customer", "acme", "--period", "2026-08-01..2026-11-01")
    shown = answered(run("kpi", "show", "C4", *asked, "--json"))
    (count,) = [
        row for row in answered(run("kpi", "ages", "C4", *asked, "--json")) if row["currency"] is None
    ]
    for name in ("numerator", "denominator"):
        assert int(count[name]) == int(shown[name])
    assert int(count["still_open"]) == int(shown["detail"]["still_open"])
    daily = answered(run("kpi", "ages", "C4", *asked, "--daily", "--json"))
    last = max(row["day"] for row in daily)
    assert sum(row["n"] for row in daily if row["day"] == last) == int(count["still_open"])
    assert answered(run("kpi", "ages", "C4", *asked, "--curve", "--by", "project", "--json"))
    wide = ("--partner", "northwind", "--period", "2026-08-01..2026-11-01", "--json")
    one_by_one = sum(int(said["denominator"] or 0) for said in answered(run("kpi", "show", "C4", *wide)))
    (both,) = [row for row in answered(run("kpi", "ages", "C4", *wide)) if row["currency"] is None]
    assert int(both["denominator"]) == one_by_one


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("A1", "--customer", "acme"), "ages are kept of time_to_bill"),
        (("C4",), "name either --customer or --partner"),
        (("C4", "--customer", "acme", "--by", "account"), "can be split by project"),
        (("C4", "--customer", "acme", "--curve", "--daily"), "are two answers"),
    ],
)
def test_ages_that_cannot_be_told_are_refused(run: Run, words: tuple[str, ...], said: str) -> None:
    result = run("kpi", "ages", *words, "--period", "2026-10")
    assert (result.exit_code, said in result.output) == (2, True), result.output


@pytest.mark.parametrize("metric", ["C16", "A13"])
def test_the_last_days_balance_is_what_the_figure_says_of_the_month(run: Run, metric: str) -> None:
    asked = ("--customer", "acme", "--period", "2026-10", "--json")
    shown = answered(run("kpi", "show", metric, *asked))["parts"]
    drawn = [
        row for row in answered(run("kpi", "balances", metric, *asked)) if str(row["day"]) == "2026-10-31"
    ]
    assert drawn
    for part in shown:
        own = [row["value"] for row in drawn if row["currency"] == part["currency"]]
        assert own == [part["numerator"]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("A1", "--period", "2026-10"), "balances are drawn of unbilled_time"),
        (("C7", "--period", "2026-10", "--known-at", "yesterday"), "--known-at: 'yesterday' is no instant"),
    ],
)
def test_balances_that_cannot_be_told_are_refused(run: Run, words: tuple[str, ...], said: str) -> None:
    result = run("kpi", "balances", *words, "--customer", "acme")
    assert (result.exit_code, said in result.output) == (2, True), result.output
