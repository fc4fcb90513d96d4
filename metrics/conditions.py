"""Conditions of customers' own rules: SQL/JSON paths over one record, checked word by word before the database sees them."""

import re
from dataclasses import dataclass

from sql.declared import declared

OBJECTS = (
    "account", "contract", "opportunity", "project", "task", "time_entry", "expense", "milestone", "invoice", "invoice_line", "payment",
    "purchase_order", "assignment", "billing_hold", "lead", "quote", "change_order", "budget", "billing_schedule", "supplier_bill",
    "payroll_run", "project_cost", "support_ticket",
)  # fmt: skip
"""Kinds of records that a rule can look at; a field is a column of biz.<kind>, as docs/rules.md lists them."""

LONGEST = 500
_HIDDEN = frozenset({"customer_id", "last_seen_at", "deleted_at", "deleted_how"})
_AGES = frozenset({"date", "timestamp with time zone"})
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_PATH = re.compile(r"\$\.([a-z_][a-z0-9_]*)(?:\.([a-z_][a-z0-9_]*)(?![a-z0-9_(]))?")
_ALLOWED = re.compile(r"[\s\w$.()<>=!&|+\-*/%]*")
_WORDS = frozenset(
    [
        "true",
        "false",
        "null",
        "exists",
        "like_regex",
        "flag",
        "starts",
        "with",
        "is",
        "unknown",
        "double",
        "number",
        "integer",
        "decimal",
        "string",
        "boolean",
        "datetime",
        "date",
        "abs",
        "ceiling",
        "floor",
        "type",
        "size",
    ]
)
_DEEP = re.compile(r"\.\s*\*|\*\*|\$\s*\[|\$(?!\.)")


@dataclass(frozen=True)
class Condition:
    """A condition that may be asked: its text, the fields whose age in days it asks for, and what it looks at beside the record."""

    text: str
    ages: tuple[str, ...] = ()
    projects: bool = False
    accounts: bool = False


def fields(kind: str) -> dict[str, str]:
    """The fields of a kind of record with their types. Raises LookupError for a kind that rules cannot look at."""
    if kind not in OBJECTS:
        raise LookupError(f"there is no record '{kind}'; a rule looks at one of {', '.join(OBJECTS)}")
    return {c.name: c.type for c in declared(f"biz.{kind}").columns if c.name not in _HIDDEN}


def parse(kind: str, text: str) -> Condition:
    """The condition over records of a kind. Raises ValueError, in one line, for what it names and is not there, or may not be used.

    `$.hours` is a field, `$.approved_at_days` how many full days ago it was (below 0: to come), `$.project.name` and `$.account.name`
    belong to the record's project and account.
    """
    own = fields(kind)
    if len(text) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    bare = _STRING.sub(" ", text)
    if not _ALLOWED.fullmatch(bare) or _DEEP.search(bare):
        raise ValueError(
            "write fields as $.name or $.project.name, with && || ! == != < <= > >= + - * / and text in double quotes"
        )
    if not (named := list(_PATH.finditer(bare))):
        raise ValueError("names no field; write one as $.name")
    ages: list[str] = []
    for found in named:
        first, second = found[1], found[2]
        if first in ("project", "account"):
            _known(first, second, fields(first))
        elif second:
            raise ValueError(f"'$.{first}.{second}': only $.project and $.account have fields of their own")
        elif first.endswith("_days") and own.get(first.removesuffix("_days")) in _AGES:
            ages.append(first.removesuffix("_days"))
        else:
            _known(kind, first, own)
    for word in re.findall(r"[a-z_]\w*", _PATH.sub(" ", bare)):
        if word not in _WORDS:
            raise ValueError(f"'{word}' is not known; a field is written $.{word}, a text in double quotes")
    asks = {found[1] for found in named}
    return Condition(text, tuple(dict.fromkeys(ages)), "project" in asks, "account" in asks)


def _known(kind: str, name: str | None, known: dict[str, str]) -> None:
    if name not in known:
        times = ", ".join(f"{each}_days" for each, type_ in known.items() if type_ in _AGES)
        raise ValueError(
            f"{kind.replace('_', ' ')} has no field '{name or ''}'; fields are {', '.join(known)}; ages: {times}"
        )
