"""Configures fresh Tryton databases: company, chart, fiscal years, products, users; run by Tryton's own Python.

Run by file name with `-P` and one JSON job on standard input (see `tryton.configure`): this project's package `sql`
must not hide the `sql` that Tryton is built on, so nothing of ours is imported here.
"""

import datetime as dt
import json
import sys
from decimal import Decimal
from typing import Any

from proteus import Model, Wizard, config  # type: ignore[import-not-found]

# What a collector reads, by role of the database. Reading through a dotted name needs the right to every model on it.
COMMON_READ = [
    "ir.model",
    "ir.model.field",
    "ir.model.log",
    "ir.sequence",
    "ir.lang",
    "res.user",
    "company.company",
    "company.employee",
    "party.party",
    "party.address",
    "party.identifier",
    "party.contact_mechanism",
    "party.category",
    "currency.currency",
    "currency.currency.rate",
    "product.product",
    "product.template",
    "product.category",
    "product.uom",
    "product.uom.category",
    "account.invoice.payment_term",
    "account.fiscalyear",
    "account.period",
    "account.journal",
    "account.account",
    "account.tax",
]
ROLE_READ = {
    "crm": ["sale.opportunity", "sale.opportunity.line", "sale.sale", "sale.line"],
    "psa": [
        "project.work",
        "project.work.status",
        "timesheet.line",
        "timesheet.work",
        "account.invoice",
        "account.invoice.line",
        "account.invoice.tax",
        "account.invoice.payment.method",
        "account.move",
        "account.move.line",
        "account.move.reconciliation",
        "account.payment",
        "project.work.invoiced_progress",
        "company.employee_cost_price",
    ],
}


def main() -> None:
    """Configure every database of the job."""
    job = json.load(sys.stdin)
    for database in job["databases"]:
        configure(job, database)
        print(json.dumps({"configured": database["name"]}), flush=True)


def configure(job: dict[str, Any], database: dict[str, Any]) -> None:
    """One database: its role decides what is sold there."""
    current = config.set_trytond(database["name"], config_file=job["config"])
    user_model, group_model = Model.get("res.user"), Model.get("res.group")
    (admin,) = user_model.find([("login", "=", "admin")])
    admin.groups.extend([group for group in group_model.find([]) if group not in admin.groups])
    admin.save()
    current._context = user_model.get_preferences(True, {})

    currencies = {}
    for code, symbol, rate in (("USD", "$", "1"), ("EUR", "€", "0.92")):
        currency = Model.get("currency.currency")(name=code, symbol=symbol, code=code)
        currency.rates.new(date=dt.date(2020, 1, 1), rate=Decimal(rate))
        currency.save()
        currencies[code] = currency
    company = create_company(database, currencies[database["currency"]])
    current._context = user_model.get_preferences(True, {})
    accounts = create_chart(company)
    for year in job["years"]:
        create_fiscal_year(company, year)

    create_terms(accounts)
    create_products(database, accounts)
    if database["role"] == "crm":
        number_with("sale.opportunity", "Sale Opportunity", "OPP-")
        (sales,) = Model.get("sale.configuration").find([]) or [Model.get("sale.configuration")(1)]
        sales.sale_invoice_method = sales.sale_shipment_method = "manual"  # the PSA bills, not the CRM
        sales.save()
    else:
        number_with("project.work", "Project Work Effort", "PRJ-")
    create_users(job, database, company, currencies)


def create_company(database: dict[str, Any], currency: Model) -> Model:
    """The company, in its currency and time zone."""
    party = Model.get("party.party")(name=database["company"])
    party.save()
    wizard = Wizard("company.company.config")
    wizard.execute("company")
    wizard.form.party, wizard.form.currency, wizard.form.timezone = party, currency, database["time_zone"]
    wizard.execute("add")
    (company,) = Model.get("company.company").find([])
    return company


def create_chart(company: Model) -> dict[str, Any]:
    """The minimal chart of accounts that Tryton brings; accounts by kind."""
    data = Model.get("ir.model.data")
    template = Model.get("account.account.template")(
        data.get_id("account.account_template_root_en", config.get_config().context)
    )
    wizard = Wizard("account.create_chart")
    wizard.execute("account")
    wizard.form.account_template, wizard.form.company = template, company
    wizard.execute("create_account")
    accounts = {}
    for kind in ("receivable", "payable", "revenue", "expense"):
        (accounts[kind],) = Model.get("account.account").find(
            [(f"type.{kind}", "=", True), ("closed", "!=", True)], limit=1
        )
    (accounts["cash"],) = Model.get("account.account").find([("code", "=", "1.1.1")], limit=1)
    form = wizard.form
    form.account_receivable, form.account_payable = accounts["receivable"], accounts["payable"]
    # No default accounts for categories: a product whose category has none cannot be invoiced, as in real charts.
    wizard.execute("create_properties")
    return accounts


def create_fiscal_year(company: Model, year: int) -> None:
    """A calendar year with monthly periods and its own invoice numbers (INV-2026-00001)."""
    strict, kinds = Model.get("ir.sequence.strict"), Model.get("ir.sequence.type")
    (move_kind,) = kinds.find([("name", "=", "Account Move")], limit=1)
    (invoice_kind,) = kinds.find([("name", "=", "Invoice")], limit=1)
    moves = strict(name=f"Moves {year}", sequence_type=move_kind, company=company)
    moves.save()
    invoices = strict(name=f"Invoices {year}", sequence_type=invoice_kind, company=company)
    invoices.prefix, invoices.padding = f"INV-{year}-", 5
    invoices.save()
    fiscal = Model.get("account.fiscalyear")(name=str(year), company=company)
    fiscal.start_date, fiscal.end_date = dt.date(year, 1, 1), dt.date(year, 12, 31)
    fiscal.move_sequence = moves
    (row,) = fiscal.invoice_sequences
    row.out_invoice_sequence = row.in_invoice_sequence = invoices
    row.out_credit_note_sequence = row.in_credit_note_sequence = invoices
    fiscal.save()
    fiscal.click("create_period")


def create_terms(accounts: dict[str, Any]) -> None:
    """Thirty days net, and a bank to pay into."""
    term = Model.get("account.invoice.payment_term")(name="Net 30")
    term.lines.new(type="remainder").relativedeltas.new(days=30)
    term.save()
    if "account.invoice.payment.method" in available():
        (cash,) = Model.get("account.journal").find([("type", "=", "cash")], limit=1)
        method = Model.get("account.invoice.payment.method")(name="Bank", journal=cash)
        method.credit_account = method.debit_account = accounts["cash"]
        method.save()


def available() -> set[str]:
    """Names of the models that this database has."""
    return {model.name for model in Model.get("ir.model").find([])}


def create_products(database: dict[str, Any], accounts: dict[str, Any]) -> None:
    """The catalogue of one side; `account: false` leaves a product that no invoice can carry."""
    category = Model.get("product.category")(name="Services", accounting=True)
    category.account_revenue, category.account_expense = accounts["revenue"], accounts["expense"]
    category.save()
    bare = Model.get("product.category")(name="Not set up", accounting=True)
    bare.save()
    units = {unit.symbol: unit for unit in Model.get("product.uom").find([])}
    for item in database["products"]:
        template = Model.get("product.template")(name=item["name"], type=item["type"])
        template.default_uom = units[item["unit"]]
        template.account_category = category if item["account"] else bare
        price = item["price"]
        template.list_price = Decimal(price) if price is not None else None
        if database["role"] == "crm":
            template.salable, template.sale_uom = True, template.default_uom
        template.products[0].suffix_code = item["code"]
        template.save()


def number_with(model: str, kind: str, prefix: str) -> None:
    """Give the sequence of `kind` a readable prefix and five digits."""
    for sequence in Model.get("ir.sequence").find([("sequence_type.name", "=", kind)]):
        sequence.prefix, sequence.padding = prefix, 5
        sequence.save()
        return
    raise SystemExit(f"{model}: no sequence of the kind {kind!r}")


def create_users(
    job: dict[str, Any], database: dict[str, Any], company: Model, currencies: dict[str, Any]
) -> None:
    """The people's and the flows' users, a read-only collector, and somebody who was given nothing."""
    group_model, user_model = Model.get("res.group"), Model.get("res.user")
    everything = group_model.find([("name", "!=", "Collector")])
    readers = group_model(name="Collector")
    readers.save()
    names = available()
    for name in COMMON_READ + ROLE_READ[database["role"]]:
        if name in names:
            access = Model.get("ir.model.access")(model=name, group=readers, perm_read=True)
            access.description = "read by a collector"
            access.save()
    for login, groups, password in (
        ("people", everything, job["passwords"]["people"]),
        ("integration", everything, job["passwords"]["integration"]),
        ("collector", [readers], None),
        ("nobody", [], None),
    ):
        user = user_model(name=login.title(), login=login)
        user.groups.extend([group_model(group.id) for group in groups])
        if login != "nobody":
            user.companies.append(Model.get("company.company")(company.id))
            user.company = company
        if password:
            user.password = password
        user.save()


if __name__ == "__main__":
    main()
