"""Where people sit: their sessions on the two systems of one firm, and the record that they write into."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from app.live.firms import Firm
from app.live.record import Record
from app.live.rpc import Tryton
from app.live.tryton import TrytonWorld


class Desk:
    """Sessions of the people and of an administrator, and what every act needs."""

    def __init__(self, firm: Firm, tryton: TrytonWorld, record: Record) -> None:
        """Sign everybody in."""
        self.firm, self._record = firm, record
        self.crm, self.psa = tryton.session(firm.crm), tryton.session(firm.psa)
        self.admin = tryton.session(firm.psa, "admin")
        self.seller = 0
        self.employees: list[int] = []
        self.crm_party: dict[int, int] = {}
        self.terms = {db.database: self._net_30(db) for db in (self.crm, self.psa)}
        self.currency = {row["code"]: row["id"] for row in self.crm.rows("currency.currency", [], ["code"])}
        fields = ["code", "name", "default_uom", "template.list_price"]
        self.sold = {row["code"]: row for row in self.crm.rows("product.product", [], fields)}
        self.done = {row["code"]: row for row in self.psa.rows("product.product", [], fields)}

    @staticmethod
    def _net_30(db: Tryton) -> int:
        return db.search("account.invoice.payment_term", [["name", "=", "Net 30"]])[0]

    def close(self) -> None:
        """Sign everybody out."""
        for session in (self.crm, self.psa, self.admin):
            session.close()

    @property
    def today(self) -> dt.date:
        """The firm's own date."""
        return dt.datetime.now(ZoneInfo(self.firm.time_zone)).date()

    def write(self, kind: str, at: dt.datetime | None, **fields: object) -> None:
        """Write one act of this firm down."""
        self._record.write(kind, self.firm.key, at, **fields)

    def deleted_at(self, model: str, record: int) -> dt.datetime:
        """When a record was deleted: the administrator may read that in `ir.model.log`."""
        domain = [["resource", "=", f"{model},{record}"], ["event", "=", "delete"]]
        (row,) = self.admin.rows("ir.model.log", domain, ["create_date"])
        at: dt.datetime = row["create_date"]
        return at
