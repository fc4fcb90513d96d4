"""A table as the catalog describes it, and the statements that load it: written once per set of columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import psycopg
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from sql.ask import ask

STATE_FIELDS = {
    "biz.opportunity": "stage",
    "biz.invoice": "state",
    "biz.project": "status",
    "biz.time_entry": "approval_state",
    "biz.expense": "approval_state",
}
"""The state-like column of a table: its changes are appended to biz.state_event."""

BIRTH_FIELDS = {
    "biz.opportunity": "created_at",
    "biz.invoice": "created_at",
    "biz.project": "created_at",
    "biz.time_entry": "entered_at",
    "biz.expense": "entered_at",
}
"""When the record itself came to be: a first state seen since then has a lower bound."""

_OURS = frozenset({"first_seen_at", "last_seen_at"})
_ALL = SQL("")


@dataclass(frozen=True)
class Column:
    """One column: its full type for a staging table, the short one for binary COPY, and whether it can be empty.

    `required`: not null and without a default. `allowed`: the only values, where the schema lists them.
    """

    name: str
    type: str
    copy_type: str
    required: bool
    nullable: bool = True
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table of raw or biz: columns in order and the primary key."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Columns by name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def required(self) -> frozenset[str]:
        """Columns a row must bring: not null, without default, and not filled by the write path."""
        return frozenset(column.name for column in self.columns if column.required) - _OURS

    @cached_property
    def sights(self) -> tuple[str, ...]:
        """The columns for when we saw a row, first and last, as far as the table has them."""
        return tuple(name for name in ("first_seen_at", "last_seen_at") if name in self.by_name)

    @cached_property
    def qualified(self) -> Composed:
        """The name for a statement."""
        return SQL("{}").format(Identifier(*self.name.split(".")))

    @cached_property
    def stage(self) -> Identifier:
        """The temporary table that a batch is copied into."""
        return Identifier("stage_" + self.name.replace(".", "_"))

    @property
    def object(self) -> str:
        """The word for one row: biz.invoice → invoice."""
        return self.name.split(".")[1]

    @property
    def append_only(self) -> bool:
        """Whether rows are only ever added."""
        return self.name == "biz.state_event"


_described: dict[tuple[str, str, int, str], Table] = {}


def describe(conn: psycopg.Connection, name: str) -> Table:
    """The table from the catalog, read once per database and process. Raises LookupError for one that is not there."""
    info = conn.info
    place = (info.host, info.dbname, info.port, name)
    if place not in _described:
        found = ask(conn, "ops/table_columns", name=name)
        if not found:
            raise LookupError(f"the database has no table {name}")
        keyed = sorted((row[4], row[0]) for row in found if row[4])
        _described[place] = Table(
            name=name,
            columns=tuple(
                Column(row[0], row[1], "text" if row[2] == "bpchar" else row[2], row[3], row[5])
                for row in found
            ),
            key=tuple(column for _, column in keyed),
        )
    return _described[place]


def _list(names: Sequence[str], prefix: str = "") -> Composed:
    dot = SQL(prefix + "." if prefix else "")
    return SQL(", ").join(dot + Identifier(name) for name in names)


@lru_cache(maxsize=256)
def make_stage(table: Table) -> Composed:
    """Creates the staging table of this connection, when it has none yet; it is emptied at every commit."""
    columns = SQL(", ").join(SQL("{} ").format(Identifier(c.name)) + SQL(c.type) for c in table.columns)
    return SQL("CREATE TEMPORARY TABLE IF NOT EXISTS {} ({}) ON COMMIT DELETE ROWS").format(
        table.stage, columns
    )


@lru_cache(maxsize=1024)
def copy_into_stage(table: Table, columns: tuple[str, ...]) -> Composed:
    """Binary COPY of these columns."""
    return SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(table.stage, _list(columns))


@lru_cache(maxsize=1024)
def load_statement(table: Table, columns: tuple[str, ...], observed: bool, alone: bool) -> Composed:
    """The one statement that writes what changed, marks cells and appends observed states; it answers the counts.

    Rows equal to what is stored never reach an INSERT. `alone`: nobody else is writing the same new rows, so they go in
    without the check for conflicts, which costs as much as the row; somebody was: UniqueViolation, and nothing is
    written. Parameters: customers int[], seen timestamptz, previous timestamptz (null: the first poll); raw.run: low,
    high timestamptz, the bounds of due_at.
    """
    values = [name for name in columns if name not in table.key and name not in _OURS]
    revives = "deleted_at" in table.by_name and "deleted_at" not in columns
    updates_only = not table.required.issubset(columns)
    parts: list[Composable] = [
        SQL("WITH fresh AS MATERIALIZED ("),
        _fresh(table, columns, values, revives),
        SQL(")"),
    ]
    if updates_only:
        parts.append(_update(table, values))
    elif alone:
        parts.append(_add(table, columns))
        parts.append(_insert(table, columns, values, revives, SQL("WHERE known ")))
    else:
        parts.append(_insert(table, columns, values, revives))
    if table.name == "raw.run":
        parts.append(_dirty(columns))
    field = STATE_FIELDS.get(table.name)
    if observed and field in columns and not updates_only:
        parts.append(_observe(table, columns, field))
    gone = SQL("deleted_at IS NOT NULL AND NOT was_deleted") if "deleted_at" in columns else SQL("false")
    only_known = SQL(" WHERE known") if updates_only else SQL("")
    parts.append(
        SQL(
            " SELECT count(*) FILTER (WHERE NOT known), count(*) FILTER (WHERE known AND NOT ({gone})),"
            " count(*) FILTER (WHERE known AND {gone}) FROM fresh{only_known}"
        ).format(gone=gone, only_known=only_known)
    )
    return SQL("").join(parts)


def _fresh(table: Table, columns: Sequence[str], values: Sequence[str], revives: bool) -> Composed:
    """What differs from the table, with what it was before."""
    joined = SQL(" AND ").join(SQL("t.{0} = s.{0}").format(Identifier(name)) for name in table.key)
    differs: Composable = SQL("false")
    if values and not table.append_only:
        differs = SQL("({}) IS DISTINCT FROM ({})").format(_list(values, "t"), _list(values, "s"))
    extra: list[Composable] = [SQL("t.customer_id IS NOT NULL AS known")]
    bounds: Composable = SQL("t.customer_id = ANY (%(customers)s)")
    if "deleted_at" in table.by_name:
        extra.append(SQL("t.deleted_at IS NOT NULL AS was_deleted"))
    if revives:
        differs = SQL("{} OR t.deleted_at IS NOT NULL").format(differs)
    if table.name == "raw.run":
        extra.append(SQL("t.flow_id AS flow_before"))
        bounds = SQL("{} AND t.due_at BETWEEN %(low)s AND %(high)s").format(bounds)
    if (field := STATE_FIELDS.get(table.name)) in columns and field:
        extra.append(SQL("t.{} AS state_before").format(Identifier(field)))
    return SQL("SELECT {columns}, {extra} FROM {stage} s LEFT JOIN {table} t ON {joined} AND {bounds}"
               " WHERE t.customer_id IS NULL OR {differs}").format(
        columns=_list(columns, "s"), extra=SQL(", ").join(extra), stage=table.stage, table=table.qualified,
        joined=joined, bounds=bounds, differs=differs,
    )  # fmt: skip


def _add(table: Table, columns: Sequence[str]) -> Composed:
    """New rows, as many as there are."""
    seen = table.sights
    return SQL(", added AS (INSERT INTO {table} ({columns}) SELECT {values} FROM fresh WHERE NOT known)").format(
        table=table.qualified, columns=_list([*columns, *seen]), values=_given(columns, seen)
    )  # fmt: skip


def _insert(
    table: Table, columns: Sequence[str], values: Sequence[str], revives: bool, which: Composable = _ALL
) -> Composed:
    """Rows that are stored already, or may be."""
    seen = table.sights
    sets: list[Composable] = [
        SQL("{0} = excluded.{0}").format(Identifier(name)) for name in (*values, *seen[1:])
    ]
    if revives:
        sets += [SQL("deleted_at = NULL"), SQL("deleted_how = NULL")]
    conflict: Composable = (
        SQL("DO UPDATE SET {}").format(SQL(", ").join(sets))
        if sets and not table.append_only
        else SQL("DO NOTHING")
    )
    return SQL(", written AS (INSERT INTO {table} ({columns}) SELECT {values} FROM fresh {which}ON CONFLICT ({key}) {conflict}"
               " RETURNING customer_id)").format(
        table=table.qualified, columns=_list([*columns, *seen]), key=_list(table.key), conflict=conflict, which=which,
        values=_given(columns, seen),
    )  # fmt: skip


def _given(columns: Sequence[str], seen: Sequence[str]) -> Composed:
    return SQL(", ").join([_list(columns), *(SQL("CAST(%(seen)s AS timestamptz)") for _ in seen)])


def _update(table: Table, values: Sequence[str]) -> Composed:
    """Rows that bring too few columns to stand alone (a deletion, a detail) only change what is there."""
    joined = SQL(" AND ").join(SQL("t.{0} = f.{0}").format(Identifier(name)) for name in table.key)
    sets: list[Composable] = [SQL("{0} = f.{0}").format(Identifier(name)) for name in values]
    return SQL(", written AS (UPDATE {table} t SET {sets}, last_seen_at = CAST(%(seen)s AS timestamptz) FROM fresh f"
               " WHERE f.known AND {joined} AND t.customer_id = ANY (%(customers)s) RETURNING t.customer_id)").format(
        table=table.qualified, sets=SQL(", ").join(sets), joined=joined
    )  # fmt: skip


def _dirty(columns: Sequence[str]) -> Composed:
    """The cells of the runs that changed, of the flow they had and of the one they have; ordered, against deadlocks.

    Quarter hours first: every zone's hours are cut at one, and there are far fewer of them than runs.
    """
    flow = SQL("f.flow_id") if "flow_id" in columns else SQL("f.flow_before")
    return SQL(
        ", quarter AS (SELECT DISTINCT f.customer_id, {flow} AS flow_id, f.flow_before,"
        " date_bin('15 minutes', f.due_at, TIMESTAMPTZ '2000-01-01Z') AS at FROM fresh f),"
        " marked AS (INSERT INTO ops.dirty_cell AS d (customer_id, flow_id, hour)"
        " SELECT DISTINCT q.customer_id, x.flow_id, date_trunc('hour', q.at, c.time_zone)"
        " FROM quarter q JOIN ops.customer c ON c.customer_id = q.customer_id"
        " CROSS JOIN LATERAL (VALUES (q.flow_id), (q.flow_before)) x (flow_id) WHERE x.flow_id IS NOT NULL ORDER BY 1, 2, 3"
        " ON CONFLICT (customer_id, flow_id, hour) DO UPDATE SET batch = NULL)"
    ).format(flow=flow)


def _observe(table: Table, columns: Sequence[str], field: str) -> Composed:
    """States we saw change between two polls; of a new record only when it was born since the poll before."""
    birth = BIRTH_FIELDS[table.name]
    born = SQL("f.{}").format(Identifier(birth)) if birth in columns else SQL("CAST(NULL AS timestamptz)")
    return SQL(
        ", observed AS (INSERT INTO biz.state_event (customer_id, system_id, object_type, source_id, field, at, to_value,"
        " from_value, precision, not_before, seen_at)"
        " SELECT f.customer_id, f.system_id, {object}, f.source_id, {name}, CAST(%(seen)s AS timestamptz), f.{field},"
        " f.state_before, 'observed',"
        " CASE WHEN f.known THEN CAST(%(previous)s AS timestamptz) ELSE {born} END, CAST(%(seen)s AS timestamptz)"
        " FROM fresh f WHERE f.{field} IS NOT NULL AND f.{field} IS DISTINCT FROM f.state_before"
        " AND (f.known OR {born} >= CAST(%(previous)s AS timestamptz)) ON CONFLICT DO NOTHING)"
    ).format(object=Literal(table.object), name=Literal(field), field=Identifier(field), born=born)
