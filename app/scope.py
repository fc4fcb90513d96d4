"""What one person may see: decided from their session, never from an address."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.auth.sessions import Session


@dataclass(frozen=True)
class Scope:
    """Whose data a page reads. Every cached reader takes it as its first argument."""

    partner_id: int
    customer_ids: tuple[int, ...]
    role: str
    person_id: int

    @property
    def is_customer(self) -> bool:
        """True for people of a customer: they read about the outcome, not about the partner's machinery."""
        return self.role.startswith("customer")

    def only(self, customer_id: int) -> Scope:
        """The same person looking at one customer; PermissionError when it is not one of theirs."""
        if customer_id not in self.customer_ids:
            raise PermissionError("this customer is not in the person's scope")
        return replace(self, customer_ids=(customer_id,))


def scope_of(session: Session) -> Scope:
    """The scope of a signed-in person."""
    return Scope(session.partner_id, session.customer_ids, session.role, session.person_id)
