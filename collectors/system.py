"""A system: one instance of something at one customer, as the estate describes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sqlalchemy import text

from sql import query

if TYPE_CHECKING:
    from sql.database import Database


@dataclass(frozen=True)
class System:
    """One system of one customer. `secret` is a reference (env:NAME, file:PATH); `time_zone` is the customer's."""

    customer_id: int
    system_id: int
    key: str
    role: str
    kind: str
    url: str | None = None
    secret: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    time_zone: str = "UTC"
    customer: str = ""

    @property
    def label(self) -> str:
        """How a person calls it: acme/crm."""
        return f"{self.customer or self.customer_id}/{self.key}"

    @property
    def host(self) -> str | None:
        """Whom it asks, with the port; systems of several customers may ask the same. None: nobody, or it cannot be told."""
        try:
            return urlsplit(self.url or "").netloc.rpartition("@")[2].lower() or None
        except ValueError:
            return None


def load_systems(
    db: "Database", customer_id: int | None = None, system: str | None = None
) -> tuple[System, ...]:
    """The systems in use, in order of customer and key: of one customer, or with this key.

    What names nothing gives an empty tuple.
    """
    with db.engine("collector").connect() as conn:
        found = conn.execute(
            text(query("ops/systems")), {"customer_id": customer_id, "system": system}
        ).mappings()
        return tuple(
            System(
                customer_id=row["customer_id"],
                system_id=row["system_id"],
                key=row["key"],
                role=row["role"],
                kind=row["kind"],
                url=row["url"],
                secret=row["secret"],
                options=row["options"],
                time_zone=row["time_zone"],
                customer=row["customer"],
            )
            for row in found
        )
