"""The migration runner: once, in order, whole or not at all."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import sql.migrate
from sql.database import Database
from sql.migrate import MIGRATIONS, VIEWS, MigrationError, migrate
from sql.statements import split

pytestmark = pytest.mark.slow


@pytest.fixture
def apply(blank_database: Database, tmp_path: Path) -> Callable[..., list[str]]:
    """`apply({"0001_a.sql": "…"}, {"10_v.sql": "…"})` makes the folders hold these files and migrates."""

    def run(files: dict[str, str], views: dict[str, str] | None = None) -> list[str]:
        for folder, wanted in ((tmp_path / "migrations", files), (tmp_path / "views", views or {})):
            folder.mkdir(exist_ok=True)
            for old in folder.iterdir():
                old.unlink()
            for name, text in wanted.items():
                (folder / name).write_text(text)
        return migrate(blank_database, tmp_path / "migrations", tmp_path / "views")

    return run


def ask(database: Database, question: str) -> list[tuple[object, ...]]:
    with database.connect("owner") as connection:
        return connection.execute(question.encode()).fetchall()


FIRST = {
    "0001_create_pot.sql": "CREATE SCHEMA kpi; CREATE TABLE kpi.pot (n int); INSERT INTO kpi.pot VALUES (1)"
}
SECOND = {"0002_fill_pot.sql": "INSERT INTO kpi.pot VALUES (2)"}
VIEW = {"10_pot.sql": "CREATE VIEW kpi.full AS SELECT n FROM kpi.pot"}


def test_files_are_applied_in_order_and_once(
    apply: Callable[..., list[str]], blank_database: Database
) -> None:
    assert apply(SECOND | FIRST) == ["0001_create_pot.sql", "0002_fill_pot.sql"]
    assert apply(FIRST | SECOND) == []
    assert ask(blank_database, "SELECT n FROM kpi.pot ORDER BY 1") == [(1,), (2,)]


def test_what_is_new_is_added(apply: Callable[..., list[str]]) -> None:
    apply(FIRST)
    assert apply(FIRST | SECOND) == ["0002_fill_pot.sql"]


def test_all_belongs_to_the_owner(apply: Callable[..., list[str]], blank_database: Database) -> None:
    apply(FIRST)
    rows = ask(
        blank_database, "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('kpi', 'migration')"
    )
    assert rows == [("throughline_owner",)]


def test_a_file_that_fails_leaves_nothing_behind(
    apply: Callable[..., list[str]], blank_database: Database
) -> None:
    bad = {
        "0002_spoil_pot.sql": "INSERT INTO kpi.pot VALUES (2);\n\n-- and now\nINSERT INTO kpi.pan VALUES (3)"
    }
    with pytest.raises(
        MigrationError, match=r"^0002_spoil_pot.sql, line 4: INSERT INTO kpi.pan .* does not exist"
    ):
        apply(FIRST | bad)
    assert ask(blank_database, "SELECT n FROM kpi.pot") == [(1,)]
    assert apply(FIRST | SECOND) == ["0002_fill_pot.sql"]


def test_a_change_after_the_fact_is_refused_by_name(apply: Callable[..., list[str]]) -> None:
    apply(FIRST)
    with pytest.raises(MigrationError, match=r"^0001_create_pot.sql: was changed after it was applied"):
        apply({"0001_create_pot.sql": "SELECT 1"})


def test_a_database_of_a_newer_version_is_refused(apply: Callable[..., list[str]]) -> None:
    apply(FIRST | SECOND)
    with pytest.raises(MigrationError, match=r"^0002_fill_pot.sql: applied to this database, and unknown"):
        apply(FIRST)


def test_a_file_that_comes_too_late_is_refused(apply: Callable[..., list[str]]) -> None:
    apply({"0003_create_pot.sql": FIRST["0001_create_pot.sql"]})
    with pytest.raises(MigrationError, match=r"^0002_fill_pot.sql: .* give it a higher number"):
        apply({"0003_create_pot.sql": FIRST["0001_create_pot.sql"]} | SECOND)


@pytest.mark.parametrize("name", ["1_short.sql", "0002-dash.sql", "0002_Big.sql", "create_pot.sql"])
def test_a_file_without_a_proper_name_is_refused(apply: Callable[..., list[str]], name: str) -> None:
    with pytest.raises(MigrationError, match=name):
        apply({name: "SELECT 1"})


def test_two_files_with_one_number_are_refused(apply: Callable[..., list[str]]) -> None:
    with pytest.raises(MigrationError, match=r"0001_other.sql: the number is taken by 0001_create_pot.sql"):
        apply(FIRST | {"0001_other.sql": "SELECT 1"})


def test_a_citus_file_is_left_out_where_citus_is_absent(apply: Callable[..., list[str]]) -> None:
    distribute = {"0002_distribute.citus.sql": "SELECT create_distributed_table('kpi.pot', 'n')"}
    assert apply(FIRST | distribute) == ["0001_create_pot.sql"]
    assert apply(FIRST | distribute | {"0003_fill.sql": "SELECT 1"}) == ["0003_fill.sql"]


def test_a_file_may_do_without_a_transaction(
    apply: Callable[..., list[str]], blank_database: Database
) -> None:
    index = "-- no-transaction\n-- built beside the readers\nCREATE INDEX CONCURRENTLY pot_n ON kpi.pot (n);"
    assert apply(FIRST | {"0002_index_pot.sql": index})[-1] == "0002_index_pot.sql"
    assert ask(blank_database, "SELECT indexname FROM pg_indexes WHERE schemaname = 'kpi'") == [("pot_n",)]


def test_a_percent_sign_is_a_percent_sign(apply: Callable[..., list[str]], blank_database: Database) -> None:
    apply(FIRST | {"0002_fill.sql": "INSERT INTO kpi.pot SELECT 5 % 3 WHERE 'ab' LIKE 'a%'"})
    assert ask(blank_database, "SELECT max(n) FROM kpi.pot") == [(2,)]


def test_migrating_at_once_from_several_sides_works_once(
    apply: Callable[..., list[str]], blank_database: Database, tmp_path: Path
) -> None:
    apply({})
    for name, text in (FIRST | SECOND).items():
        (tmp_path / "migrations" / name).write_text(text)
    results: list[list[str]] = []

    def work() -> None:
        results.append(migrate(blank_database, tmp_path / "migrations", tmp_path / "views"))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sorted(map(len, results)) == [0, 0, 0, 2]


def test_views_are_built_and_then_left_alone(
    apply: Callable[..., list[str]], blank_database: Database
) -> None:
    assert apply(FIRST, VIEW) == ["0001_create_pot.sql", "views"]
    assert apply(FIRST, VIEW) == []
    assert ask(blank_database, "SELECT n FROM kpi.full") == [(1,)]


def test_a_view_may_change_in_any_way(apply: Callable[..., list[str]], blank_database: Database) -> None:
    apply(FIRST, VIEW | {"20_count.sql": "CREATE VIEW kpi.count AS SELECT count(*) AS pots FROM kpi.full"})
    other = {"10_pot.sql": "CREATE VIEW kpi.full AS SELECT CAST(n AS text) AS name, n + 1 AS n FROM kpi.pot"}
    assert apply(FIRST, other) == ["views"]
    assert ask(blank_database, "SELECT name, n FROM kpi.full") == [("1", 2)]
    assert ask(blank_database, "SELECT viewname FROM pg_views WHERE schemaname = 'kpi'") == [("full",)]


def test_a_view_is_made_anew_when_a_fragment_that_it_includes_has_changed(
    apply: Callable[..., list[str]], blank_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "_FRAGMENTS", tmp_path)
    view = {
        "10_pot.sql": "CREATE VIEW kpi.full AS SELECT pot.n, more.n AS m FROM kpi.pot\n-- include: more\n"
    }
    for said in (3, 4):
        (tmp_path / "more.sql").write_text(f"-- As many.\nCROSS JOIN (SELECT {said}) more (n)\n")
        assert apply(FIRST, view)[-1] == "views"
        assert apply(FIRST, view) == []
        assert ask(blank_database, "SELECT m FROM kpi.full") == [(said,)]


def test_views_are_rebuilt_in_the_order_of_their_numbers(apply: Callable[..., list[str]]) -> None:
    views = {
        "30_c.sql": "CREATE VIEW kpi.c AS SELECT * FROM kpi.b",
        "20_b.sql": "CREATE VIEW kpi.b AS SELECT * FROM kpi.a",
    }
    assert apply(FIRST, views | {"10_a.sql": "CREATE VIEW kpi.a AS SELECT n FROM kpi.pot"})[-1] == "views"


def test_a_migration_that_takes_a_view_away_gets_it_back(
    apply: Callable[..., list[str]], blank_database: Database
) -> None:
    apply(FIRST, VIEW)
    widen = {"0002_widen_pot.sql": "DROP VIEW kpi.full; ALTER TABLE kpi.pot ALTER n TYPE bigint"}
    assert apply(FIRST | widen, VIEW) == ["0002_widen_pot.sql", "views"]
    assert ask(blank_database, "SELECT pg_typeof(n)::text FROM kpi.full") == [("bigint",)]


def test_a_view_that_fails_leaves_the_old_ones(
    apply: Callable[..., list[str]], blank_database: Database
) -> None:
    apply(FIRST, VIEW)
    with pytest.raises(MigrationError, match=r"^20_wrong.sql, line 2: CREATE VIEW kpi.wrong"):
        apply(
            FIRST, VIEW | {"20_wrong.sql": "-- no such pan\nCREATE VIEW kpi.wrong AS SELECT n FROM kpi.pan"}
        )
    assert ask(blank_database, "SELECT n FROM kpi.full") == [(1,)]


def test_a_view_that_somebody_built_on_ours_is_not_swept_away(
    apply: Callable[..., list[str]], blank_database: Database
) -> None:
    apply(FIRST, VIEW)
    with blank_database.connect_as_administrator() as administrator:
        administrator.execute("CREATE SCHEMA theirs")
        administrator.execute("CREATE VIEW theirs.report AS SELECT n FROM kpi.full")
    with pytest.raises(MigrationError, match=r"^views: something that is not ours .* theirs\.report"):
        apply(FIRST, {"10_pot.sql": "CREATE VIEW kpi.full AS SELECT n AS m FROM kpi.pot"})
    assert ask(blank_database, "SELECT viewname FROM pg_views WHERE schemaname = 'theirs'") == [("report",)]


def test_views_held_by_a_reader_are_waited_for_and_then_given_up(
    apply: Callable[..., list[str]], blank_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(FIRST, VIEW)
    monkeypatch.setattr(sql.migrate, "_LOCK_TIMEOUT", "100ms")
    monkeypatch.setattr(sql.migrate, "_PAUSE", 0.01)
    changed = {"10_pot.sql": "CREATE VIEW kpi.full AS SELECT n AS m FROM kpi.pot"}
    with blank_database.connect("owner") as reader:
        reader.execute("SELECT n FROM kpi.full")
        with pytest.raises(MigrationError, match=r"^views: others held them"):
            apply(FIRST, changed)
    assert apply(FIRST, changed) == ["views"]


def test_a_sign_in_that_may_not_make_roles_is_told_what_to_ask_for(external_url: str, tmp_path: Path) -> None:
    database = Database(address=external_url)
    with database.connect_as_administrator() as administrator:
        administrator.execute("CREATE ROLE clerk LOGIN")
    clerk = Database(address=external_url.replace("operator@", "clerk@"))
    with pytest.raises(
        MigrationError, match=r'^clerk may not do this; .*: (CREATE|GRANT) .*"throughline_'
    ) as caught:
        migrate(clerk, tmp_path, tmp_path)
    assert "\n" not in str(caught.value)


def test_the_real_migrations_work_from_empty_and_twice(blank_database: Database) -> None:
    assert migrate(blank_database, MIGRATIONS, VIEWS)
    assert migrate(blank_database, MIGRATIONS, VIEWS) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("-- only a comment;\n/* and ; another */ ;;", []),
        ("SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';' ; SELECT 'it''s; '", ["SELECT ';'", "SELECT 'it''s; '"]),
        (r"SELECT E'a\';' ; SELECT 'b\'", [r"SELECT E'a\';'", r"SELECT 'b\'"]),
        ('SELECT 1 AS "a;""b" ; SELECT 2', ['SELECT 1 AS "a;""b"', "SELECT 2"]),
        ("DO $$ BEGIN; END $$; SELECT 2", ["DO $$ BEGIN; END $$", "SELECT 2"]),
        ("DO $x$ $$;$$ $y$;$y$ $x$; SELECT 2", ["DO $x$ $$;$$ $y$;$y$ $x$", "SELECT 2"]),
        ("SELECT a$b$c; SELECT d$b$", ["SELECT a$b$c", "SELECT d$b$"]),
        ("EXECUTE q($1); SELECT $2", ["EXECUTE q($1)", "SELECT $2"]),
        ("/* a /* nested ; */ b ; */ SELECT 1 /* ; */;", ["SELECT 1 /* ; */"]),
        ("SELECT 1 -- it's; not a quote\n; SELECT 2", ["SELECT 1 -- it's; not a quote", "SELECT 2"]),
        (
            "CREATE RULE r AS x DO (SELECT 1; SELECT 2); SELECT 3",
            ["CREATE RULE r AS x DO (SELECT 1; SELECT 2)", "SELECT 3"],
        ),
        ("SELECT x[1]; SELECT '(' ; SELECT ')'", ["SELECT x[1]", "SELECT '('", "SELECT ')'"]),
    ],
)
def test_text_is_cut_at_the_ends_of_statements(text: str, expected: list[str]) -> None:
    assert [statement.text for statement in split(text)] == expected


def test_a_statement_knows_its_line() -> None:
    found = list(split("-- one\n\nSELECT 1;\n/* three\nfour */\n  SELECT\n  2;"))
    assert [(statement.line, statement.first_line) for statement in found] == [(3, "SELECT 1"), (6, "SELECT")]


@pytest.mark.parametrize(
    "text", ["SELECT 1;\nSELECT 'abc", 'x;\n"abc', "\n$$ abc", "SELECT 1;\n/* abc /* */", "\n$a$ $b$"]
)
def test_what_is_never_closed_is_found(text: str) -> None:
    with pytest.raises(ValueError, match=r"^line 2: .* is never closed"):
        list(split(text))
