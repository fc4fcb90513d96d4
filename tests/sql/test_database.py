"""The database: engines by role, and the scope that decides what a reader sees."""

import pytest
from sqlalchemy import text

from sql.database import ROLES, Database, scope, viewer


def test_each_role_is_who_it_says(any_database: Database) -> None:
    for role in ROLES:
        with any_database.engine(role).connect() as connection:
            assert connection.execute(text("SELECT current_user")).scalar_one() == f"throughline_{role}"


def test_a_scope_outside_a_transaction_is_refused(database: Database) -> None:
    with database.engine("viewer").connect() as connection, pytest.raises(RuntimeError, match="transaction"):
        scope(connection, [1])


def test_a_scope_ends_with_its_transaction(database: Database) -> None:
    asked = text("SELECT current_setting('app.customers', true)")
    with viewer(database, [3, 17]) as connection:
        assert connection.execute(asked).scalar_one() == "3,17"
    with database.engine("viewer").connect() as connection:
        assert connection.execute(asked).scalar_one() in (None, "")
