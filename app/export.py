"""Writes the estate file from the database: what apply would read back without a change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml
from sqlalchemy import Connection

from app.changed import FILED, Entries, Path, spoken
from app.configuration import current

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def export(conn: Connection) -> str:
    """The whole configuration as YAML, one document a partner; an empty database gives an empty text."""
    entries, retired = current(conn)
    live = {key: value for key, value in entries.items() if key not in retired}
    documents = [_partner(live, path) for kind, path in live if kind == "partner"]
    rates = [
        {"on": path[0], "currency": path[1], "base": path[2], **value}
        for (kind, path), value in live.items()
        if kind == "fx_rate"
    ]
    if documents and rates:
        documents[0]["fx"] = rates
    return yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True, width=110) if documents else ""


def _partner(entries: Entries, path: Path) -> dict[str, Any]:
    value = _given(entries["partner", path])
    value |= {name: _given(value[name]) for name in ("brand", "mail") if name in value}
    customers = [_customer(entries, below) for below in _below(entries, "customer", path)]
    alerts = {
        name: [{"key": p[1], **entries[kind, p]} for p in _below(entries, kind, path)]
        for name, kind in (("channels", "alert_channel"), ("rules", "alert_rule"))
    }
    told = {"alerts": {name: said for name, said in alerts.items() if said}} if any(alerts.values()) else {}
    return {"partner": {"key": path[0], **value}, "customers": customers} | told


def _customer(entries: Entries, path: Path) -> dict[str, Any]:
    said: dict[str, Any] = {"key": path[1], **_given(entries["customer", path])}
    said.pop(FILED["customer"], None)
    if "review" in said:
        said["review"] = _given(said["review"])
    said["systems"] = [{"key": p[2], **_given(entries["system", p])} for p in _below(entries, "system", path)]
    said["calendars"] = [
        _calendar(p[2], entries["calendar", p], entries["customer", path]["time_zone"])
        for p in _below(entries, "calendar", path)
    ]
    said["flows"] = [_flow(entries, p) for p in _below(entries, "flow", path)]
    said["lifecycle"] = entries.get(("lifecycle", path), {"stages": []})["stages"]
    said["expectations"] = [
        _expectation(p[2], entries["expectation", p]) for p in _below(entries, "expectation", path)
    ]
    said["rules"] = [
        {"key": p[2], **entries["exception_rule", p]} for p in _below(entries, "exception_rule", path)
    ]
    said["terms"] = [spoken("terms", entries["terms", p]) for p in _below(entries, "terms", path)]
    return {key: value for key, value in said.items() if value != []}


def _flow(entries: Entries, path: Path) -> dict[str, Any]:
    flow, promise = entries["flow", path], entries["promise", path]
    said: dict[str, Any] = {"key": path[2], "name": flow["name"], "workflow": flow["workflow"]}
    said |= {key: flow[key] for key in ("from", "to") if flow[key] is not None}
    said["runs"] = {"system": flow["runs_system"], "match": flow["runs_match"]}
    said["deadline"] = {"minutes": promise["deadline_seconds"] // 60} | (
        {"calendar": promise["calendar"]} if promise["calendar"] else {}
    )
    said["latency"] = {"seconds": promise["latency_threshold_seconds"]}
    if promise["slot_seconds"] is not None:
        said["every"] = f"{promise['slot_seconds']}s"
    if flow["agreed"] is not None:
        said["agreed"] = flow["agreed"]
    return said


def _expectation(key: str, value: dict[str, Any]) -> dict[str, Any]:
    clock = {"calendar": value["calendar"]} if value["calendar"] else {}
    within = (
        {"minutes": value["deadline_seconds"] // 60}
        if value["deadline_seconds"] is not None
        else {"business_days": value["business_days"]}
    )
    said = {name: value[name] for name in ("rule", "flow", "from", "to", "stage") if value[name] is not None}
    return {"key": key, **said, "within": within | clock}


def _calendar(key: str, value: dict[str, Any], zone: str) -> dict[str, Any]:
    said: dict[str, Any] = {"key": key, "hours": _hours(value["hours"])}
    if value["holidays"] is not None:
        said["holidays"] = value["holidays"]
    if value["closed"]:
        said["closed"] = value["closed"]
    if value["open_on"]:
        said["open_on"] = value["open_on"]
    if value["changes"]:
        said["changes"] = [
            _given({"valid_from": each["from"], "hours": _hours(each["hours"]), "holidays": each["holidays"]})
            for each in value["changes"]
        ]
    if value["time_zone"] != zone:
        said["time_zone"] = value["time_zone"]
    return said


def _hours(week: dict[str, list[list[str]]]) -> dict[str, list[str]]:
    return {day: ["-".join(span) for span in week[day]] for day in _DAYS if day in week}


def _below(entries: Entries, kind: str, path: Path) -> Iterable[Path]:
    return [below for entry_kind, below in entries if entry_kind == kind and below[: len(path)] == path]


def _given(value: dict[str, Any]) -> dict[str, Any]:
    return {key: said for key, said in value.items() if said is not None and said != {}}
