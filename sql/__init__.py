"""Every line of SQL text, handed out by name."""

import difflib
import re
from functools import cache
from pathlib import Path

_QUERIES = Path(__file__).parent / "queries"
_FRAGMENTS = Path(__file__).parent / "fragments"
_NAME = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)+")
_INCLUDE = re.compile(r"^-- include: ([a-z0-9_]+)$", re.MULTILINE)


@cache
def query(name: str, omit: tuple[str, ...] = ()) -> str:
    """The text of one question: `query("viewer/runs")` is sql/queries/viewer/runs.sql, header included.

    A line `-- include: survival` stands for sql/fragments/survival.sql: named steps that several questions share; a
    fragment may include others. Fragments named in `omit` are left out: a part that cannot answer this time is not
    even planned. Raises LookupError for a name that has no file; the message offers the nearest names.
    """
    path = _QUERIES / f"{name}.sql"
    if not _NAME.fullmatch(name) or not path.is_file():
        near = difflib.get_close_matches(name, query_names(), n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise LookupError(f"no query is called {name!r}{hint}")
    return with_fragments(path.read_text(encoding="utf-8"), omit)


def with_fragments(text: str, omit: tuple[str, ...] = ()) -> str:
    """The text of a question or a view with the fragments that it includes. Raises LookupError for one that has no file."""

    def fragment(line: re.Match[str]) -> str:
        if line[1] in omit:
            return ""
        path = _FRAGMENTS / f"{line[1]}.sql"
        if not path.is_file():
            raise LookupError(f"no fragment is called {line[1]!r}")
        return with_fragments(path.read_text(encoding="utf-8").rstrip(), omit)

    return _INCLUDE.sub(fragment, text)


def query_names() -> list[str]:
    """The names of all queries, sorted: what `query` accepts."""
    return sorted(path.relative_to(_QUERIES).with_suffix("").as_posix() for path in _QUERIES.rglob("*.sql"))
