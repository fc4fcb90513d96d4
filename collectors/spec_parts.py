"""The words of the mapping language: requests, paging, words and times, each a part of a stream's entry."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from collectors.times import zone_named

_LENGTH = re.compile(r"(\d+)\s*(ms|s|m|h|d|w)")
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def _length(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    found = _LENGTH.fullmatch(str(value).strip())
    if not found:
        raise ValueError(f"{value!r} is no length of time: write 30s, 5m, 12h or 90d")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def _kept(value: Any) -> Any:
    return None if value == "everything" else _length(value)


def _expression(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no JMESPath expression (put a constant under constants)")
    try:
        jmespath.compile(value)
    except JMESPathError as error:
        said = " ".join(str(error).split("\n")[0].split())
        raise ValueError(f"{value!r} is no JMESPath expression: {said}") from None
    return value


Length = Annotated[timedelta, BeforeValidator(_length)]
Kept = Annotated[timedelta | None, BeforeValidator(_kept)]
Expression = Annotated[str, BeforeValidator(_expression)]


class Model(BaseModel):
    """A part of the language: a key it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Paging(Model):
    """How one page leads to the next. `from`: where the answer says it (JMESPath); `param`: where it is said again."""

    style: Literal[
        "none",
        "cursor",
        "next_url",
        "link_header",
        "offset",
        "page",
        "last_id",
        "time_descending",
        "token_post",
    ] = "none"
    source: Expression | None = Field(default=None, alias="from")
    param: str | None = None
    limit: int | None = Field(default=None, gt=0)
    limit_param: str | None = None
    total: Expression | None = None
    first: int = 1
    path: str | None = None
    trust_limit: bool = False


class Request(Model):
    """One request. Values may hold {since} {until} {cursor} {offset} {page} {limit} {id} {parent.x}; a value that is
    nothing but a placeholder keeps its type, and a key whose value is not known yet is left out."""

    method: Literal["GET", "POST", "PUT"] = "GET"
    path: str
    params: dict[str, Any] = Field(default_factory=dict)
    headers: dict[str, str] = Field(default_factory=dict)
    body: Any = None
    text: str | None = None


class Listing(Model):
    """A list that is read page by page."""

    request: Request
    paging: Paging = Paging()
    records: Expression = "@"


class Part(Request):
    """One of several requests that together are a stream; `records` and `paging` when they differ from the stream's."""

    records: Expression | None = None
    paging: Paging | None = None


class Names(Listing):
    """A list that turns ids into names."""

    key: Expression = "id"
    value: Expression = "name"


class Words(Model):
    """A source's words and ours. `field`: one expression, or several whose words are joined with "/"."""

    field: Expression | list[Expression]
    map: dict[str, Any]
    default: Any = None

    @model_validator(mode="before")
    @classmethod
    def _plain_words(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and isinstance(value.get("map"), Mapping):
            value = {**value, "map": {_word(key): word for key, word in value["map"].items()}}
        return value


class Rule(Model):
    """When a condition holds, columns are set."""

    when: Expression
    set: dict[str, Any]


class Detail(Model):
    """A second request for some records, which fills further columns."""

    request: Request
    when: Expression
    fields: dict[str, Expression]
    cap: int = 50


class Stop(Model):
    """When a list that gives the newest first has been read far enough."""

    when: Literal["known_closed", "older"]
    field: Expression | None = None


class Times(Model):
    """How times are written: `zone` of those that name none, `format`, and `since` when a request wants another."""

    zone: str = "UTC"
    format: str = "iso"
    since: str | None = None

    @model_validator(mode="after")
    def _zone_exists(self) -> "Times":
        try:
            zone_named(self.zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"there is no time zone {self.zone!r}: write one like Europe/London") from None
        return self


def _word(key: Any) -> str:
    return "true" if key is True else "false" if key is False else str(key)
