"""The people who may sign in: adding, listing, and the demo's three roles per partner."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from app.auth.passwords import hash_password, made_up_password
from sql import query
from sql.database import Database

ROLES = (
    "partner_owner",
    "partner_manager",
    "partner_support",
    "partner_admin",
    "customer_executive",
    "customer_finance",
)


class PersonError(ValueError):
    """A person that cannot be added; one line that says which entry is wrong and what would do."""


@dataclass(frozen=True)
class Person:
    """One who may sign in; `customers` are the keys of those they see."""

    person_id: int
    partner: str
    email: str
    name: str
    role: str
    all_customers: bool
    is_demo: bool
    disabled: bool
    customers: tuple[str, ...]


def add_person(
    db: Database,
    partner: str,
    email: str,
    name: str,
    role: str,
    customers: Sequence[str] = (),
    password: str | None = None,
    is_demo: bool = False,
    now: datetime | None = None,
) -> tuple[int, str]:
    """Add a person, or change the one with that e-mail; their id and password (made up when none was given).

    A partner's person sees every customer unless some are named; a customer's person sees the named ones and must
    have at least one. Whoever is changed has to sign in again. Raises PersonError.
    """
    email = email.strip().lower()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email) or len(email) > 254:
        raise PersonError(f"'{email}' is no e-mail address")
    if role not in ROLES:
        raise PersonError(f"'{role}' is no role; the roles are {', '.join(ROLES)}")
    if role.startswith("customer") and not customers:
        raise PersonError(f"a {role} sees named customers; name at least one")
    password = password or made_up_password()
    given = {
        "partner": partner,
        "email": email,
        "name": name.strip() or email,
        "role": role,
        "all_customers": role.startswith("partner") and not customers,
        "password_hash": hash_password(password),
        "is_demo": is_demo,
        "now": now or datetime.now(UTC),
    }
    with db.engine("owner").begin() as conn:
        row = conn.execute(text(query("portal/person_put")), given).mappings().one_or_none()
        if row is None:
            raise PersonError(f"there is no partner '{partner}'")
        _give_customers(conn, row["person_id"], row["partner_id"], customers)
        conn.execute(text(query("portal/session_end_of_person")), {"person_id": row["person_id"]})
    return row["person_id"], password


def _give_customers(conn: Connection, person_id: int, partner_id: int, customers: Sequence[str]) -> None:
    conn.execute(text(query("portal/person_forget_customers")), {"person_id": person_id})
    wanted = {"person_id": person_id, "partner_id": partner_id, "customers": list(customers)}
    known = {
        row["key"] for row in conn.execute(text(query("portal/person_add_customers")), wanted).mappings()
    }
    if missing := sorted(set(customers) - known):
        raise PersonError(f"the partner has no customer '{missing[0]}'")


def list_people(db: Database, partner: str | None = None) -> list[Person]:
    """Everybody who may sign in, by partner and e-mail; an empty list when there is nobody."""
    with db.engine("portal").begin() as conn:
        rows = conn.execute(text(query("portal/people")), {"partner": partner}).mappings().all()
    return [
        Person(
            person_id=row["person_id"],
            partner=row["partner"],
            email=row["email"],
            name=row["name"],
            role=row["role"],
            all_customers=row["all_customers"],
            is_demo=row["is_demo"],
            disabled=row["disabled"],
            customers=tuple(row["customers"]),
        )
        for row in rows
    ]


def seed_demo_people(db: Database, partner: str) -> list[tuple[str, str, str]]:
    """Three demo people of a partner, each with a new random password: (e-mail, password, role).

    The customer's executive belongs to the first customer by name. Doing it again changes the passwords and ends
    their sessions. Raises PersonError when the partner is unknown or has no customers.
    """
    with db.engine("portal").begin() as conn:
        found = (
            conn.execute(text(query("portal/customers_of_partner")), {"partner": partner}).mappings().all()
        )
    if not found:
        raise PersonError(f"partner '{partner}' has no customers to show")
    first = found[0]
    wanted: list[tuple[str, str, str, tuple[str, ...]]] = [
        (f"manager@{partner}.example", "Morgan Reyes", "partner_manager", ()),
        (f"support@{partner}.example", "Sam Okoye", "partner_support", ()),
        (f"executive@{first['key']}.example", "Alex Laurent", "customer_executive", (first["key"],)),
    ]
    return [
        (email, add_person(db, partner, email, name, role, customers, is_demo=True)[1], role)
        for email, name, role, customers in wanted
    ]


def demo_people_exist(db: Database) -> bool:
    """True when somebody of the demo could sign in."""
    with db.engine("portal").begin() as conn:
        return bool(conn.execute(text(query("portal/demo_people"))).scalar_one())
