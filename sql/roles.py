"""The database roles, and the database they share: created when missing, on any PostgreSQL."""

import contextlib
from collections.abc import Mapping

import psycopg
from psycopg import errors
from psycopg.sql import SQL, Composed, Identifier, Literal

from sql.home import ROLES, Role, login

# The owner migrates and owns everything; writers bypass the policies (COPY needs it); readers are bound by them, and
# the portal (who signs in, under which brand) as well.
ATTRIBUTES: Mapping[Role, str] = {
    "owner": "LOGIN NOSUPERUSER CREATEROLE CREATEDB BYPASSRLS",
    "collector": "LOGIN NOSUPERUSER BYPASSRLS",
    "metrics": "LOGIN NOSUPERUSER BYPASSRLS",
    "viewer": "LOGIN NOSUPERUSER NOBYPASSRLS",
    "triage": "LOGIN NOSUPERUSER NOBYPASSRLS",
    "portal": "LOGIN NOSUPERUSER NOBYPASSRLS",
}


class RoleError(RuntimeError):
    """The sign-in may not make the roles; the message is one line with the statement that an administrator can run."""


def ensure_roles(connection: psycopg.Connection) -> None:
    """Create the roles that are missing and let the owner administer the others. Twice is the same as once.

    The connection is in autocommit mode and may create roles. Whoever is connected becomes able to SET ROLE to each.
    """
    version = connection.info.server_version
    known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
    superuser = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    for role in ROLES:
        if login(role) not in known:
            with contextlib.suppress(
                errors.DuplicateObject, errors.UniqueViolation
            ):  # somebody else did, this instant
                _do(connection, SQL("CREATE ROLE {} " + ATTRIBUTES[role]).format(Identifier(login(role))))
    # Membership lets the owner set a role's settings and step into it; what the role may see is not inherited.
    terms = "WITH ADMIN TRUE, INHERIT FALSE, SET TRUE" if version >= 160000 else "WITH ADMIN OPTION"
    for role in ROLES:
        if role != "owner" and not _is_member(connection, login("owner"), login(role)):
            _do(
                connection,
                SQL("GRANT {} TO {} " + terms).format(Identifier(login(role)), Identifier(login("owner"))),
            )
        if not (superuser and superuser[0]) and not _can_become(connection, login(role)):
            who = Identifier(connection.info.user)
            _do(connection, SQL("GRANT {} TO {}").format(Identifier(login(role)), who))


def _is_member(connection: psycopg.Connection, member: str, of: str) -> bool:
    found = connection.execute(
        "SELECT bool_or(m.admin_option) FROM pg_auth_members m"
        " WHERE m.member = CAST(%s AS regrole) AND m.roleid = CAST(%s AS regrole)",
        (member, of),
    ).fetchone()
    return bool(found and found[0])


def _can_become(connection: psycopg.Connection, role: str) -> bool:
    kind = "SET" if connection.info.server_version >= 160000 else "MEMBER"
    found = connection.execute("SELECT pg_has_role(current_user, %s, %s)", (role, kind)).fetchone()
    return bool(found and found[0])


def set_passwords(connection: psycopg.Connection, passwords: Mapping[str, str]) -> None:
    """Give each of ours its password."""
    for role in ROLES:
        connection.execute(
            SQL("ALTER ROLE {} PASSWORD {}").format(Identifier(login(role)), Literal(passwords[login(role)]))
        )


def ensure_database(connection: psycopg.Connection, name: str) -> None:
    """Create a database of the owner's when it is missing."""
    found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
    if not found:
        connection.execute(
            SQL("CREATE DATABASE {} OWNER {}").format(Identifier(name), Identifier(login("owner")))
        )


def let_owner_create(connection: psycopg.Connection) -> None:
    """Allow the owner to make schemas in the database of this connection."""
    owner = login("owner")
    able = connection.execute(
        "SELECT has_database_privilege(%s, current_database(), 'CREATE')", (owner,)
    ).fetchone()
    if not (able and able[0]):
        grant = SQL("GRANT CREATE, CONNECT, TEMPORARY ON DATABASE {} TO {}")
        _do(connection, grant.format(Identifier(connection.info.dbname), Identifier(owner)))


def _do(connection: psycopg.Connection, statement: Composed) -> None:
    try:
        connection.execute(statement)
    except errors.InsufficientPrivilege as error:
        raise RoleError(
            f"{connection.info.user} may not do this; let an administrator do it once:"
            f" {statement.as_string(connection)}; ({error.diag.message_primary})"
        ) from error
