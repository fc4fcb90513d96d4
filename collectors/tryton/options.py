"""What the estate can say about a Tryton system."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from collectors.spec import SpecError, near
from collectors.system import System


class TextField(BaseModel):
    """Where a project says something: a field, and the pattern whose first group is what it says."""

    model_config = ConfigDict(extra="forbid")

    field: str
    pattern: str

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            if re.compile(pattern).groups < 1:
                raise ValueError("needs a group, for instance crm:(\\S+)")
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from None
        return pattern


class KeyField(TextField):
    """Where a project holds the CRM's key."""

    field: str = "comment"
    pattern: str = r"crm:\s*(\S+)"


class TrytonOptions(BaseModel):
    """`options` of a system of the kind tryton.

    database: its name, the first part of every address. company: its id, when the key's user works for several.
    approval: `entered` counts time as approved when it was entered (Tryton approves nothing); without it the approval
    of every entry is unknown. manual_time: whether time on projects with the invoice method "manual" is billable.
    opportunity_key: where projects hold the CRM's key. practice: where they name their practice (Tryton itself has none;
    left out, it is not read). account_code: the party's code, or its identifier without a
    type (default: that identifier, or a code that is more than a running number). currency: of the books, when the
    company may not be read. partial: true accepts a key that sees only a part of the records. mass_deletion: true
    accepts that more than half of the records have gone at once.
    """

    model_config = ConfigDict(extra="forbid")

    database: str = Field(min_length=1, pattern=r"^[A-Za-z0-9_.-]+$")
    company: int | None = None
    approval: Literal["entered"] | None = None
    manual_time: Literal["billable", "not_billable"] = "not_billable"
    opportunity_key: KeyField = KeyField()
    practice: TextField | None = None
    account_code: Literal["code", "identifier"] | None = None
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    page_size: int = Field(default=1000, ge=25, le=10_000)
    partial: bool = False
    mass_deletion: bool = False
    # read by the HTTP client
    timeout: float | None = None
    requests_per_second: float | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    allow_private: bool = False


def options_of(system: System) -> TrytonOptions:
    """The options of a system. Raises SpecError with one line for every mistake."""
    try:
        return TrytonOptions.model_validate(dict(system.options))
    except ValidationError as error:
        raise SpecError([f"{system.label}: options.{_said(each)}" for each in error.errors()]) from None


def _said(error: ErrorDetails) -> str:
    place = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        known = TextField.model_fields if len(error["loc"]) > 1 else TrytonOptions.model_fields
        return f"{place}: {near(str(error['loc'][-1]), known)}"
    return f"{place}: {error['msg'].removeprefix('Value error, ')}"
