"""The house rules: imports go one way, every query is described, and the schema can be distributed."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import text

from sql import query

ROOT = Path(__file__).parents[1]
ROOMS = {
    "sql": {"sql"},
    "collectors": {"collectors", "sql"},
    "metrics": {"metrics", "sql"},
    "app": {"app", "metrics", "sql"},
}
WIRING = ("app/cli.py", "app/cli/", "app/worker.py", "app/demo/", "app/live/")
QUERIES = sorted((ROOT / "sql" / "queries").rglob("*.sql"))
VIEWS = sorted((ROOT / "sql" / "views").glob("*.sql"))
HEADER = ("grain:", "params:", "columns:", "source:")

# Coordinator-local or reference tables: they are not distributed, so customer_id need not lead their keys.
NOT_DISTRIBUTED = ("ops.customer", "ops.person_customer", "ops.audit")


def _modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names & set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_imports_go_one_way(room: str) -> None:
    wrong = []
    for path in _modules(room):
        name = path.relative_to(ROOT).as_posix()
        allowed = ROOMS[room] | ({"collectors"} if name.startswith(WIRING) else set())
        wrong += [f"{name} imports {other}" for other in sorted(_imported(path) - allowed)]
    assert wrong == []


def test_the_command_line_loads_no_page() -> None:
    """Neither when it starts nor with what its commands load later; only `serve` loads pages."""
    words = "import sys, app.cli, app.report.verify; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert [
        name for name in loaded.stdout.split() if re.match(r"streamlit\b|plotly\b|app\.pages\b", name)
    ] == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_module_opens_with_one_sentence(room: str) -> None:
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in _modules(room)
        if not (ast.get_docstring(_tree(path)) or "").strip()
    ]
    assert silent == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_file_has_outgrown_its_idea(room: str) -> None:
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in _modules(room)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert long == {}


def test_sql_text_lives_in_the_sql_room() -> None:
    statement = re.compile(r"\b(SELECT\b.+\bFROM|INSERT INTO|DELETE FROM|UPDATE \w+\.\w+ SET)\b", re.DOTALL)
    strays = []
    for room in ("collectors", "metrics", "app"):
        for path in _modules(room):
            if path.relative_to(ROOT).as_posix().startswith(("app/demo/", "app/live/")):
                continue  # they play other people's systems, which have SQL of their own
            tree = _tree(path)
            docs = {id(node.body[0].value) for node in ast.walk(tree) if _has_docstring(node)}
            strays += [
                f"{path.relative_to(ROOT)}:{node.lineno}"
                for node in ast.walk(tree)
                if isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in docs
                and statement.search(node.value)
            ]
    assert strays == []


def _has_docstring(node: ast.AST) -> bool:
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return isinstance(node, holders) and ast.get_docstring(node, clean=False) is not None


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_query_says_what_it_answers(path: Path) -> None:
    header = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("--"):
            break
        header.append(line)
    said = "\n".join(header)
    assert header, f"{path.name} has no header"
    assert header[0].rstrip().endswith((".", ":", ";", ",")) or len(header) > 4
    assert [word for word in HEADER if word not in said] == []


@pytest.mark.parametrize(
    "path", [p for p in QUERIES if p.parent.name == "viewer"], ids=lambda path: path.stem
)
def test_a_viewer_query_names_its_customers(path: Path) -> None:
    assert ":customer_ids" in query(f"viewer/{path.stem}")  # also in the steps it includes


def _stands_alone(path: Path) -> bool:
    """Whether it needs no staging table, and nothing that the engine fills in; the others are run by tests of their own."""
    content = query(path.relative_to(ROOT / "sql" / "queries").with_suffix("").as_posix())
    return "pg_temp." not in content and "{" not in content


@pytest.mark.parametrize(
    "path", [p for p in QUERIES if _stands_alone(p)], ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_every_query_passes_explain(path: Path, conn) -> None:
    content = query(path.relative_to(ROOT / "sql" / "queries").with_suffix("").as_posix())
    statement = text("EXPLAIN " + content)
    params = dict.fromkeys(statement.compile().params)
    assert conn.execute(statement, params).fetchall()


TENANT_TABLES = """
SELECT format('%s.%s', n.nspname, c.relname) AS name
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'customer_id' AND NOT a.attisdropped
WHERE n.nspname IN ('ops', 'raw', 'biz', 'kpi') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY 1
"""


def _tenant_tables(conn) -> list[str]:
    return [name for (name,) in conn.execute(text(TENANT_TABLES)) if name not in NOT_DISTRIBUTED]


def test_customer_id_leads_every_key_of_a_tenant_table(conn) -> None:
    keys = text(
        """
        SELECT format('%s.%s', n.nspname, c.relname), i.indexrelid::regclass::text, a.attname
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
        WHERE (i.indisprimary OR i.indisunique) AND NOT c.relispartition
        """
    )
    leading = conn.execute(keys).fetchall()
    tenant = set(_tenant_tables(conn))
    assert tenant
    assert [
        (index, first) for name, index, first in leading if name in tenant and first != "customer_id"
    ] == []
    assert tenant - {name for name, _, _ in leading} == set()


def test_foreign_keys_between_tenant_tables_carry_the_customer(conn) -> None:
    keys = text(
        """
        SELECT format('%s.%s', n.nspname, c.relname), k.conname, k.confdeltype::text,
               EXISTS (SELECT FROM unnest(k.conkey) u (col) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.col
                       WHERE a.attname = 'customer_id')
        FROM pg_constraint k
        JOIN pg_class c ON c.oid = k.conrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE k.contype = 'f' AND NOT c.relispartition
        """
    )
    tenant = set(_tenant_tables(conn))
    rows = [row for row in conn.execute(keys) if row[0] in tenant]
    assert rows
    assert [name for _, name, on_delete, carries in rows if not carries or on_delete in ("n", "d")] == []


def test_tenant_tables_have_no_triggers(conn) -> None:
    triggers = text("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal")
    assert conn.execute(triggers).fetchall() == []


def test_every_tenant_table_is_bound_by_a_policy_for_readers(conn) -> None:
    bound = text(
        """
        SELECT format('%s.%s', n.nspname, c.relname)
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relrowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*'))
        """
    )
    unreadable = text(
        """
        SELECT format('%s.%s', n.nspname, c.relname)
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('ops', 'raw', 'biz', 'kpi') AND c.relkind IN ('r', 'p')
          AND NOT has_any_column_privilege('throughline_viewer', c.oid, 'SELECT')
          AND NOT has_any_column_privilege('throughline_triage', c.oid, 'SELECT')
        """
    )
    protected = {name for (name,) in conn.execute(bound)} | {name for (name,) in conn.execute(unreadable)}
    assert [name for name in _tenant_tables(conn) if name not in protected] == []


def test_views_run_with_the_rights_of_who_asks(conn) -> None:
    views = text(
        """
        SELECT c.oid::regclass::text, c.relkind::text, coalesce(c.reloptions::text, '')
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('ops', 'raw', 'biz', 'kpi') AND c.relkind IN ('v', 'm')
        """
    )
    rows = conn.execute(views).fetchall()
    assert rows
    assert [
        name for name, kind, options in rows if kind == "m" or "security_invoker=true" not in options
    ] == []


def test_nobody_can_rewrite_history(conn) -> None:
    rights = text(
        """
        SELECT r.role_name, t.table_name, p.privilege
        FROM (VALUES ('throughline_collector'), ('throughline_metrics'), ('throughline_viewer'),
                     ('throughline_triage'), ('throughline_portal')) r (role_name)
        CROSS JOIN (VALUES ('biz.state_event'), ('ops.exception_event'), ('ops.audit'), ('ops.maintenance'), ('ops.exclusion'),
                           ('ops.exclusion_item'), ('ops.exclusion_event'), ('ops.attribution'), ('kpi.project_audit'), ('kpi.recovered'),
                           ('ops.statement'), ('ops.review_action'), ('ops.review_commentary'), ('ops.review_sign_off')) t (table_name)
        CROSS JOIN (VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE')) p (privilege)
        WHERE has_table_privilege(r.role_name, t.table_name, p.privilege)
        """
    )
    assert conn.execute(rights).fetchall() == []
