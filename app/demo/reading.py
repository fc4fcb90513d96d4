"""How the collectors read each of the demo's systems: the mapping of its tables plus the way to reach them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from app.demo.cast import Cast

PAGE = 500
_FILES = {
    "accounts": ("accounts.json", "json"),
    "opportunities": ("opportunities.ndjson", "ndjson"),
    "stage_history": ("stage_history.csv", "csv"),
    "time_entries": ("time-*.ndjson", "ndjson"),
    "expenses": ("expenses-*.csv", "csv"),
}


@cache
def _mappings() -> dict[str, Any]:
    text = (Path(__file__).parent / "mappings.yaml").read_text(encoding="utf-8")
    return dict(yaml.safe_load(text))


def systems(cast: Cast, folder: Path, port: int) -> list[dict[str, Any]]:
    """The systems of a customer as the estate names them; `folder` holds sources/ and secrets/."""
    home = folder / "sources" / cast.key
    found = [
        _business(cast, "crm", cast.crm, folder, port),
        _business(cast, "psa", cast.psa, folder, port),
        {"key": "hr", "role": "hr", "kind": "file", "url": str(home / "hr"), "options": {"streams": _mappings()["hr"]}},
    ]  # fmt: skip
    if cast.claims:
        options = {"streams": _mappings()["expense"]}
        found.append({"key": "expense", "role": "expense", "kind": "file", "url": str(home / "expense"), "options": options})  # fmt: skip
    if cast.desk:
        options = {"streams": _mappings()["desk"]}
        found.append(
            {
                "key": "desk",
                "role": "ticketing",
                "kind": "file",
                "url": str(home / "desk"),
                "options": options,
            }
        )
    return [*found, _platform(cast, folder, port)]


def _business(cast: Cast, system: str, shape: str, folder: Path, port: int) -> dict[str, Any]:
    tables = dict(_mappings()[system])
    if cast.claims:
        tables.pop("expenses", None)
    if system == "psa" and cast.desk:
        tables |= _mappings()["psa_of_the_desk"]
    entry: dict[str, Any] = {"key": system, "role": system}
    if shape == "sql":
        streams = {name: _by_sql(name, table) for name, table in tables.items()}
        return entry | {
            "kind": "sql",
            "url": _database(folder, cast, system),
            "options": {"streams": streams},
        }
    if shape == "file":
        streams = {name: _by_file(name, table) for name, table in tables.items()}
        url = str(folder / "sources" / cast.key / system)
        return entry | {"kind": "file", "url": url, "options": {"streams": streams}}
    return entry | {
        "kind": "http",
        "url": f"http://127.0.0.1:{port}/{cast.key}/{system}",
        "secret": f"file:{folder / 'secrets' / f'{cast.key}-{system}.key'}",
        "options": {
            "allow_private": True,
            "auth": {"style": "bearer"},
            "streams": {name: _by_http(name, table) for name, table in tables.items()},
        },
    }


def _platform(cast: Cast, folder: Path, port: int) -> dict[str, Any]:
    entry: dict[str, Any] = {"key": "ipaas", "role": "ipaas"}
    if cast.platform in ("n8n", "prefect"):
        url = f"http://127.0.0.1:{port}/{cast.key}/{cast.platform}"
        entry |= {"kind": cast.platform, "url": url, "options": {"allow_private": True}}
        if cast.platform == "n8n":  # this one was told to prune nothing
            entry["options"]["streams"] = {"runs": {"keeps": "everything"}}
            entry["secret"] = f"file:{folder / 'secrets' / f'{cast.key}-ipaas.key'}"
        return entry
    tables = _mappings()[cast.platform]
    if cast.platform == "journal":
        url = str(folder / "sources" / cast.key / "runs")
        return entry | {"kind": "file", "url": url, "options": {"streams": tables}}
    streams = {name: _by_sql(name, table) for name, table in tables.items()}
    return entry | {"kind": "sql", "url": _database(folder, cast, "ipaas"), "options": {"streams": streams}}


def _database(folder: Path, cast: Cast, system: str) -> str:
    return f"sqlite:///{folder / 'sources' / cast.key / f'{system}.db'}"


def _by_sql(name: str, table: dict[str, Any]) -> dict[str, Any]:
    return {"query": _mappings()["sql"].format(table=name), "cursor": "updated_at", "id": "id", **table}


def _by_http(name: str, table: dict[str, Any]) -> dict[str, Any]:
    fields = dict(table["fields"])
    if fields.get("amount") == "amount":  # this interface shows money as {"value": …, "currency": …}
        fields |= {"amount": "amount.value", "currency": "amount.currency"}
    rest = {key: value for key, value in table.items() if key not in ("cursor", "id", "fields")}
    return {
        **rest,
        "request": {"path": f"/v1/{name}", "params": {"updated_after": "{since}"}},
        "paging": {"style": "cursor", "from": "next_cursor", "param": "cursor", "limit": PAGE, "limit_param": "limit"},
        "records": "items",
        "count": "total",
        "fields": fields,
    }  # fmt: skip


def _by_file(name: str, table: dict[str, Any]) -> dict[str, Any]:
    files, form = _FILES.get(name, (f"{name}.csv", "csv"))
    rest = {key: value for key, value in table.items() if key not in ("cursor", "id")}
    entry = {**rest, "files": files, "format": form}
    if form == "json":
        entry["records"] = name
    if name == "expenses":
        entry |= {"delimiter": ";", "decimal": ","}
    return entry
