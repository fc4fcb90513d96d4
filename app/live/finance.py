"""What finance does in the PSA: post, pay, credit and delete invoices, merge parties."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.live.desk import Desk
from app.live.plan import Account


class Finance(Desk):
    """The PSA's people who bill."""

    def merge_duplicates(self, account: Account) -> bool:
        """Finance finds that a flow made a party that existed without the code, and merges the old one into it.

        Whatever pointed to the old party points to the new one then. Tryton refuses once the old one has posted
        entries, and does not let anybody change a code. False when there is nothing to merge.
        """
        old = self.psa.search("party.party", [["name", "=", account.psa_name]])
        new = self.psa.search("party.party", [["code", "=", account.code]])
        if not old or not new or old == new:
            return False
        values = {"source": old[0], "destination": new[0]}
        self.admin.wizard("party.replace", "party.party", old, [("ask", "replace", values)])
        row = self.psa.read("party.party", old[0], ["write_date", "replaced_by"])
        self.write(
            "party_merged", row["write_date"], side="psa", source=old[0], destination=row["replaced_by"]
        )
        return True

    def post(self, invoice: int) -> None:
        """Post a draft."""
        self.psa.button("account.invoice", "post", invoice)
        self.note_posted(invoice)

    def note_posted(self, invoice: int, run: str | None = None) -> None:
        """Write down when an invoice got its number, which is when it was posted."""
        row = self.psa.read("account.invoice", invoice, ["number", "numbered_at", "untaxed_amount"])
        self.write(
            "invoice_posted",
            row["numbered_at"],
            id=invoice,
            number=row["number"],
            amount=row["untaxed_amount"],
            currency=self.firm.currency,
            run=run,
        )

    def delete_invoice(self, invoice: int) -> None:
        """Throw a draft away; its time is open again."""
        self.psa.model("account.invoice", "delete", [invoice])
        self.write("invoice_deleted", self.deleted_at("account.invoice", invoice), id=invoice)

    def pay(self, invoice: int, share: Decimal = Decimal(1)) -> None:
        """The customer pays in full, or a share of it."""
        fields = ["amount_to_pay", "currency", "company", "account", "party"]
        due = self.psa.read("account.invoice", invoice, fields)
        (method,) = self.psa.search("account.invoice.payment.method", [["name", "=", "Bank"]])
        amount = (due["amount_to_pay"] * share).quantize(Decimal("0.01"))
        form: dict[str, Any] = {
            "payee": due["party"],
            "amount": amount,
            "currency": due["currency"],
            "date": self.today,
            "payment_method": method,
            "company": due["company"],
            "invoice_account": due["account"],
        }
        forms = [("start", "choice", form)]
        if share < 1:
            forms.append(("ask", "pay", {"type": "partial"}))
        self.psa.wizard("account.invoice.pay", "account.invoice", [invoice], forms)
        row = self.psa.read("account.invoice", invoice, ["state", "payment_lines"])
        lines = self.psa.rows("account.move.line", [["id", "in", row["payment_lines"]]], ["create_date"])
        at = max(line["create_date"] for line in lines)
        self.write(
            "invoice_paid", at, id=invoice, amount=amount, currency=self.firm.currency, state=row["state"]
        )

    def credit(self, invoice: int) -> None:
        """Take a posted invoice back with a credit note; Tryton cancels it and leaves its time linked to it."""
        form = {"with_refund": True, "invoice_date": self.today}
        before = set(self.psa.search("account.invoice", []))
        self.psa.wizard("account.invoice.credit", "account.invoice", [invoice], [("start", "credit", form)])
        (note,) = set(self.psa.search("account.invoice", [])) - before
        row = self.psa.read("account.invoice", invoice, ["state"])
        made = self.psa.read("account.invoice", note, ["number", "numbered_at", "untaxed_amount"])
        self.write(
            "invoice_credited",
            made["numbered_at"],
            id=invoice,
            state=row["state"],
            credit=note,
            number=made["number"],
            amount=made["untaxed_amount"],
            currency=self.firm.currency,
        )
