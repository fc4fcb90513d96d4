"""The queue without a mouse: every verb, one or many at once, and one clear line for what cannot be done."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from app.cli import cli, ground
from metrics.triage import moves
from sql.database import Database
from tests.app import world as worlds
from tests.app.world import World
from tests.metrics.builders import a_system, an_exception, an_occurrence

pytestmark = pytest.mark.slow

SAM, MORGAN, HELIX = "support@northwind.example", "manager@northwind.example", "support@helix.example"
Run = Callable[..., Result]
Opened = Callable[..., int]


@pytest.fixture(scope="module")
def placed(module_database: Database, now: datetime) -> World:
    made = worlds.partners(module_database, now)
    with module_database.engine("owner").begin() as conn:
        for customer in made.customers.values():
            a_system(conn, customer, "ipaas")
        conn.execute(
            text(
                "UPDATE ops.customer SET billing_cut_off = '{\"day\": 25, \"at\": \"17:00\"}', time_zone = 'UTC' WHERE key = 'acme'"
            )
        )
    return made


@pytest.fixture
def opened(placed: World, module_database: Database, now: datetime) -> Opened:
    """An open exception that began an hour ago; its number."""

    def make(customer: str = "acme", **values: Any) -> int:
        with module_database.engine("owner").begin() as conn:
            return an_exception(conn, placed.customers[customer], now - timedelta(hours=1), **values)

    return make


@pytest.fixture
def run(placed: World, module_database: Database, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `throughline queue …` as Sam of Northwind."""

    @contextmanager
    def database() -> Iterator[Database]:
        yield module_database

    monkeypatch.setattr(ground, "database", database)
    monkeypatch.setattr(ground, "now", lambda: now)
    return lambda *words, who=SAM: CliRunner().invoke(
        cli, ["queue", *map(str, words)], env={"THROUGHLINE_AS": who}
    )


def told(result: Result, code: int = 0) -> Any:
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def one(result: Result, code: int = 0) -> Any:
    (entry,) = told(result, code)
    return entry


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("take",), {"state": "triaged", "owner": "Sam Okoye"}),
        (("assign", "--to", MORGAN), {"owner": "Morgan Reyes", "state": "triaged"}),
        (("tag", "--add", "ERP", "--add", "tax code"), {"tags": ["erp", "tax code"]}),
        (("move", "--to", "triaged"), {"state": "triaged"}),
        (("move", "--to", "waiting", "--on", "customer", "--note", "mail sent"), {"state": "waiting", "waiting_on": "customer"}),
        (("claim",), {"state": "fix_claimed", "claimed_at": "2026-11-20T14:20:00+00:00"}),
        (("waive", "--reason", "agreed", "--until", "+30d"), {"state": "waived", "waived_until": "2026-12-20T14:20:00+00:00"}),
        (("snooze", "--until", "cut-off"), {"state": "new", "snoozed_until": "2026-11-25T17:00:00+00:00"}),
        (("snooze", "--until", "2026-11-23T09:00:00+01:00"), {"snoozed_until": "2026-11-23T08:00:00+00:00"}),
        (("snooze", "--count", 9), {"snoozed_count": 9}),
    ],
)  # fmt: skip
def test_a_verb_changes_one_exception_and_is_taken_back(
    run: Run, opened: Opened, words: tuple[Any, ...], says: dict[str, Any]
) -> None:
    own = opened()
    before = told(run("show", own, "--json"))
    done = one(run(words[0], own, *words[1:], "--json"))
    assert (done["exception_id"], done["done"], done["version"], done["why"]) == (own, True, 2, None)
    shown = told(run("show", own, "--json"))
    assert {key: shown[key] for key in says} == says
    assert shown["events"][-1]["actor"] == SAM
    one(run("undo", own, "--json"))
    after = told(run("show", own, "--json"))
    changing = {"version", "events", "response_seconds", "responded_at"}
    assert {key: value for key, value in after.items() if key not in changing} == {
        key: value for key, value in before.items() if key not in changing
    }


COMMANDS: dict[str, tuple[Any, ...]] = {
    "take": ("take", "IT"),
    "assign": ("assign", "IT", "--to", MORGAN),
    "unassign": ("assign", "IT"),
    "note": ("note", "Look here", "IT"),
    "tag": ("tag", "IT", "--add", "erp"),
    "prioritise": ("prioritise", 1, "IT"),
    "found": ("found", "IT", "--by", "customer"),
    "triage": ("move", "IT", "--to", "triaged"),
    "wait": ("move", "IT", "--to", "waiting", "--on", "vendor"),
    "claim": ("claim", "IT"),
    "waive": ("waive", "IT", "--reason", "agreed", "--until", "+1d"),
    "snooze": ("snooze", "IT", "--until", "+1d"),
    "wake": ("wake", "IT"),
    "reopen": ("move", "IT", "--to", "reopened", "--note", "not over"),
    "merge": ("merge", "IT", "--into", "OTHER"),
    "split": ("split", "IT", "--record", "time_entry SECOND"),
    "log": ("minutes", 5, "IT"),
}
BEFORE = {"unassign": "take", "wake": "snooze", "reopen": "waive"}


@pytest.mark.parametrize("verb", [verb.key for verb in moves.VERBS])
def test_every_verb_has_its_command(
    run: Run, opened: Opened, module_database: Database, now: datetime, verb: str
) -> None:
    own, other = opened(), opened()
    with module_database.engine("owner").begin() as conn:
        customer = conn.execute(text("SELECT customer_id FROM ops.customer WHERE key = 'acme'")).scalar_one()
        an_occurrence(conn, customer, own, now, subject_type="time_entry", subject_id="SECOND")
    meant = {"IT": own, "OTHER": other}
    for step in filter(None, (BEFORE.get(verb), verb)):
        words = [meant.get(word, word) for word in COMMANDS[step]]
        done = one(run(*words, "--json"))
        assert (done["exception_id"], done["done"]) == (own, True)
    last = told(run("show", own, "--json"))["events"][-1]
    assert (last["kind"], last["actor"]) == (moves.verb(verb).kind, SAM)


def test_notes_and_minutes_stand_in_the_history(run: Run, opened: Opened) -> None:
    own = opened()
    one(run("note", "Look here", own, "--for-customer", "--json"))
    one(run("minutes", 25, own, "--note", "call", "--json"))
    shown = told(run("show", own, "--json"))
    assert [(e["kind"], e["note"], e["minutes"], e["is_shared"]) for e in shown["events"][1:]] == [
        ("noted", "Look here", None, True),
        ("logged", "call", 25, False),
    ]
    assert shown["minutes"] == 25


def test_a_filter_works_on_all_that_it_finds(run: Run, opened: Opened) -> None:
    mine = [opened(rule="record_quarantined") for _ in range(3)]
    other, theirs = opened(rule="run_failed"), opened("borealis", rule="record_quarantined")
    done = told(
        run(
            "snooze",
            "--where",
            "rule=record_quarantined",
            "--where",
            "customer=acme",
            "--until",
            "+2d",
            "--json",
        )
    )
    assert sorted(entry["exception_id"] for entry in done) == mine
    asleep = told(run("list", "--view", "snoozed", "--where", "rule=record_quarantined", "--json"))
    assert sorted(entry["exception_id"] for entry in asleep) == mine
    assert {told(run("show", each, "--json"))["snoozed_until"] for each in (other, theirs)} == {None}
    listed = told(run("list", "--customer", "acme", "--json"))
    assert [entry["is_asleep"] for entry in listed] == sorted(entry["is_asleep"] for entry in listed)


def test_of_many_those_that_cannot_be_done_are_named(run: Run, opened: Opened) -> None:
    first, second = opened(), opened()
    one(run("claim", first, "--json"))
    results = told(run("claim", first, second, "--json"), code=1)
    assert [entry["done"] for entry in results] == [False, True]
    assert "fix claimed: 'claim' is done from" in results[0]["why"]


def test_the_second_of_two_is_told_who_was_faster(run: Run, opened: Opened) -> None:
    own = opened()
    one(run("take", own, "--version", 1, "--json"))
    refused = one(run("take", own, "--version", 1, "--json", who=MORGAN), code=1)
    assert refused["why"] == f"{SAM} was faster (assigned to triaged, 2026-11-20 14:20 UTC); look again"


def test_merging_and_splitting(
    run: Run, opened: Opened, module_database: Database, placed: World, now: datetime
) -> None:
    first, second = opened(), opened()
    with module_database.engine("owner").begin() as conn:
        an_occurrence(conn, placed.customers["acme"], second, now, subject_id="INV-7")
    assert one(run("merge", first, "--into", second, "--json"))["state"] == "merged"
    assert told(run("show", second, "--json"))["occurrences"] == 3
    made = one(run("split", second, "--record", "transaction INV-7", "--title", "Seven", "--json"))["into"]
    shown = told(run("show", made, "--json"))
    assert (shown["title"], [record["subject_id"] for record in shown["records"]]) == ("Seven", ["INV-7"])


def test_owners_and_words_narrow_the_list(run: Run, opened: Opened) -> None:
    own = opened(title="Currency ZZZ is not known")
    assert [
        row["exception_id"]
        for row in told(run("list", "--where", "find=zzz", "--where", "owner=nobody", "--json"))
    ] == [own]
    one(run("take", own, "--json"))
    assert own in [row["exception_id"] for row in told(run("list", "--where", "owner=me", "--json"))]
    assert own in [
        row["exception_id"] for row in told(run("list", "--where", f"owner={SAM}", "--json", who=MORGAN))
    ]
    assert "Currency ZZZ" in run("list", "--where", "find=zzz").stdout


def test_who_is_named_in_a_note_finds_it_until_they_do_something(run: Run, opened: Opened) -> None:
    own = opened()
    one(run("note", f"Have a look, @{MORGAN}", own, "--json"))
    assert [
        row["exception_id"] for row in told(run("list", "--where", "named=me", "--json", who=MORGAN))
    ] == [own]
    assert [row["exception_id"] for row in told(run("list", "--where", f"named={MORGAN}", "--json"))] == [own]
    (told_of,) = told(run("mentions", "--json", who=MORGAN))
    assert (told_of["exception_id"], told_of["actor"], told_of["name"]) == (own, SAM, "Morgan Reyes")
    assert "Have a look" in run("mentions", who=MORGAN).stdout
    assert told(run("mentions", "--json")) == []
    one(run("note", "Seen", own, "--json", who=MORGAN))
    assert told(run("list", "--where", "named=me", "--json", who=MORGAN)) == []
    assert told(run("mentions", "--json", who=MORGAN)) == []
    assert "who asks?" in run("mentions", who="").stderr


def test_what_is_waived_is_a_view_and_tags_are_found_by_words(run: Run, opened: Opened) -> None:
    own = opened()
    one(run("tag", own, "--add", "quarter end", "--json"))
    assert [row["exception_id"] for row in told(run("list", "--where", "find=quarter", "--json"))] == [own]
    one(run("waive", own, "--reason", "agreed", "--until", "+30d", "--json"))
    waived = told(run("list", "--view", "waived", "--where", "tag=quarter end", "--json"))
    assert [row["exception_id"] for row in waived] == [own]


def test_a_filter_is_saved_by_name_shared_and_forgotten(run: Run, opened: Opened) -> None:
    own = opened("borealis", title="Vendor is down")
    saved = run(
        "save", "Ours at Borealis", "--where", "customer=borealis", "--where", "owner=nobody", "--share"
    )
    assert "/exceptions?saved=" in saved.stdout
    assert run("save", "Only mine", "--where", "find=vendor").exit_code == 0
    (first, second) = told(run("views", "--json"))
    assert (first["name"], first["filter"], first["shared"]) == (
        "Ours at Borealis",
        "whose=borealis owner=nobody",
        True,
    )
    found = told(run("list", "--where", "saved=Ours at Borealis", "--json", who=MORGAN))
    assert own in [row["exception_id"] for row in found]
    assert {row["customer"] for row in found} == {"Borealis Advisory"}
    assert [view["name"] for view in told(run("views", "--json", who=MORGAN))] == ["Ours at Borealis"]
    assert told(run("views", "--json", who=HELIX)) == []
    assert "no such view of yours" in run("forget", "Ours at Borealis", who=MORGAN).stderr
    assert (
        "there is no saved view 'Only mine'" in run("list", "--where", "saved=Only mine", who=MORGAN).stderr
    )
    assert run("save", "Only mine", "--where", "find=another").exit_code == 0
    assert [view["number"] for view in told(run("views", "--json"))] == [first["number"], second["number"]]
    for name in ("Ours at Borealis", "Only mine"):
        assert run("forget", name).exit_code == 0
    assert told(run("views", "--json")) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("save", " ", "--where", "view=new"), "a view's name has 1 to 60 characters"),
        (("save", "x", "--where", "rule=run_failed"), "'rule=run_failed' cannot be saved"),
        (("save", "x", "--where", "owner=sam@northwind.example"), "owner=me or nobody"),
        (("save", "x", "--where", "customer=aue"), "the customer 'aue' is not one of yours"),
        (("save", "x", "--where", "view=red"), "a saved view knows view=open or new"),
        (("save", "x", "--order", "best"), "'best' is no order; write dear or worse"),
        (("forget", "x"), "there is no saved view 'x'"),
    ],
)
def test_a_view_that_cannot_be_saved_is_one_clear_line(run: Run, words: tuple[str, ...], says: str) -> None:
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


def test_another_partner_s_queue_is_not_there(run: Run, opened: Opened) -> None:
    own = opened()
    for words in (("show", own), ("take", own), ("note", "hello", own), ("undo", own), ("claim", own)):
        result = run(*words, who=HELIX)
        assert (result.exit_code, f"there is no exception {own}" in result.stderr) == (2, True)
    assert own not in [row["exception_id"] for row in told(run("list", "--view", "all", "--json", who=HELIX))]
    assert "is not one of yours" in run("list", "--customer", "acme", who=HELIX).stderr


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("take",), "name exceptions by number, or a filter with --where; not both"),
        (("take", 1, "--where", "rule=run_failed"), "not both"),
        (("take", "--where", "colour=red"), "'colour=red' is no filter"),
        (("list", "--view", "red"), "'red' is no view"),
        (("list", "--customer", "acne"), "there is no customer 'acne'"),
        (("show", 999999), "there is no exception 999999"),
        (("take", 999999), "there is no exception 999999"),
        (("assign", "OWN", "--to", "nobody@northwind.example"), "nobody at a partner is called"),
        (("move", "OWN", "--to", "heaven"), "'heaven' is none of"),
        (("snooze", "OWN", "--until", "tomorrow"), "'tomorrow' is no instant"),
        (("snooze", "OWN", "--until", "2026-12-01T10:00:00"), "has no time zone"),
        (("take", 1, 2, "--version", 1), "--version belongs to one exception"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_clear_line(
    run: Run, opened: Opened, words: tuple[Any, ...], says: str
) -> None:
    result = run(*(opened() if word == "OWN" else word for word in words))
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_who_acts_has_to_be_said(run: Run, opened: Opened) -> None:
    assert "who acts?" in run("take", opened(), who="").stderr
    assert told(run("list", "--json", who=""))
    customers_own = run("take", opened(), who="executive@acme.example")
    assert "nobody at a partner is called 'executive@acme.example'" in customers_own.stderr


def test_a_customer_without_a_cut_off_is_said_to_have_none(run: Run, opened: Opened) -> None:
    refused = one(run("snooze", opened("borealis"), "--until", "cut-off", "--json"), code=1)
    assert "has no billing_cut_off" in refused["why"]


def test_advice_says_what_is_safe_and_what_nobody_can_tell(run: Run, opened: Opened) -> None:
    own = opened()
    (said,) = told(run("advice", own, "--json"))
    assert (said["advice"], said["blocks"], said["why"]) == (
        "unknown",
        False,
        "Nothing was compared for this record.",
    )
    assert one(run("advice", opened(object_type="invoice"), "--json"), code=1)["blocks"] is True
    assert "there is no exception" in run("advice", own, who=HELIX).stderr


def test_the_cost_is_what_was_logged_and_unknown_where_nothing_was(run: Run, opened: Opened) -> None:
    where = ("cost", "--customer", "borealis", "--period", "2026-11", "--json")
    before = told(run(*where))
    assert (before["minutes"], before["per_exception"], before["rows"]) == (None, None, [])
    one(run("minutes", 40, opened("borealis"), "--json"))
    after = told(run(*where))
    assert (after["minutes"], after["per_exception"], after["transactions"]) == (40, 40, None)
    assert "is not one of yours" in run(*where, who=HELIX).stderr
    assert "is no period" in run(*where[:3], "--period", "November", who=SAM).stderr


def test_incidents_over_customers_are_told_to_whom_may_see_them_and_each_gets_a_notice_of_its_own(
    placed: World, module_database: Database, opened: Opened, run: Run
) -> None:
    for customer in ("acme", "borealis"):
        own = opened(customer, error_class="connection")
        with module_database.engine("owner").begin() as conn:
            conn.execute(
                text(
                    "UPDATE ops.exception e SET system_id = s.system_id FROM ops.system s"
                    " WHERE e.exception_id = :own AND s.customer_id = e.customer_id"
                ),
                {"own": own},
            )
    runner = CliRunner()
    listed = runner.invoke(cli, ["incidents", "list", "--json", "--as", SAM])
    found = one(listed)
    assert len(found["customers"]) == 2
    assert told(runner.invoke(cli, ["incidents", "list", "--json", "--as", HELIX])) == []
    shown = told(runner.invoke(cli, ["incidents", "show", found["incident"], "--json", "--as", SAM]))
    assert [part["records"] for part in shown["parts"]] == [1, 1]
    here, there = found["customers"]
    keys = {name: key for _, key, name, *_ in worlds.CUSTOMERS}
    notice = runner.invoke(cli, ["incidents", "notice", found["incident"], keys[here], "--as", SAM])
    assert (notice.exit_code, here in notice.output, there in notice.output) == (0, True, False)
    assert runner.invoke(cli, ["incidents", "show", "nothing", "--as", SAM]).exit_code == 2


def test_what_gets_worse_comes_first_when_asked(
    run: Run, opened: Opened, module_database: Database, now: datetime, placed: World
) -> None:
    tag = "grows"
    dear, grows = opened(title="dear", tags=[tag]), opened(title="grows", tags=[tag])
    with module_database.engine("owner").begin() as conn:
        for minutes in range(1, 9):
            an_occurrence(conn, placed.customers["acme"], grows, now - timedelta(minutes=minutes))
        conn.execute(
            text("UPDATE ops.exception SET value_at_risk = 900, currency = 'USD' WHERE exception_id = :own"),
            {"own": dear},
        )
    listed = [
        told(run("list", "--where", f"tag={tag}", "--order", order, "--json")) for order in ("dear", "worse")
    ]
    assert [[row["exception_id"] for row in rows] for rows in listed] == [[dear, grows], [grows, dear]]
    assert {row["lately"] for row in listed[1]} == {"new today"}
    assert "'best' is no order" in run("list", "--order", "best").output
    assert run("save", "Grows", "--where", "find=grows", "--order", "worse").exit_code == 0
    (saved,) = told(run("views", "--json"))
    assert (saved["name"], saved["filter"]) == ("Grows", "order=worse find=grows")

    def ordered(*words: str) -> list[int]:
        return [row["exception_id"] for row in told(run("list", "--where", "saved=Grows", *words, "--json"))]

    assert (ordered(), ordered("--order", "dear")) == ([grows, dear], [dear, grows])
    assert run("forget", "Grows").exit_code == 0
