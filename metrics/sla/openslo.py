"""Terms as OpenSLO v1 documents and back: what OpenSLO cannot say stands in annotations that begin with x-sla/.

One Service document carries what holds for all objectives, one SLO document each of them. Source: the OpenSLO v1
specification (github.com/OpenSLO/OpenSLO).
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from metrics.sla.objective import Objective
from metrics.sla.terms import Terms, TermsError, read
from metrics.sla.words import number, plain

VERSION = "openslo/v1"
_PREFIX = "x-sla/"
_METHODS = {
    "occurrences": "Occurrences",
    "timeslices": "Timeslices",
    "ratio_timeslices": "RatioTimeslices",
}
_COMMON = ("tier", "stage", "fee", "credits", "exclusions", "composites")
_ANNOTATED = ("calendar", "minimum_sample", "minimum_coverage", "exclusions", "credits", "quiet")
_MEASURED = ("population", "threshold", "within", "within_days", "severity", "service_time", "grace_seconds")
_NOT_TERMS = ("DataSource", "AlertPolicy", "AlertCondition", "AlertNotificationTarget")
_ALMOST = Decimal("99.9999")
"""OpenSLO has no target of all: a whole one is the largest below it, and said in an annotation."""

Place = tuple[int | str, ...]


def to_openslo(terms: Terms, service: str, time_zone: str) -> list[dict[str, Any]]:
    """The documents of some terms; `service` is the customer's key, `time_zone` where its days begin."""
    document = terms.document()
    common = {"valid-from": terms.valid_from.isoformat()}
    common |= {name: _text(document[name]) for name in _COMMON if name in document}
    head = {
        "apiVersion": VERSION,
        "kind": "Service",
        "metadata": {"name": _name(service), "annotations": _annotations(common)},
        "spec": {"description": f"Service levels agreed from {terms.valid_from} on"},
    }
    written = document.get("objectives", ())
    return [
        head,
        *(
            _slo(objective, said, service, terms, time_zone)
            for objective, said in zip(terms.objectives, written, strict=True)
        ),
    ]


def _slo(objective: Objective, said: dict[str, Any], service: str, terms: Terms, zone: str) -> dict[str, Any]:
    notes = {name: _text(said[name]) for name in _ANNOTATED if name in said}
    if _name(objective.key) != objective.key:
        notes["key"] = objective.key
    aim: dict[str, Any] = {}
    if objective.unit == "percent":
        kept = 100 - objective.target if objective.better == "lower" else objective.target
        if kept == 100:
            notes["all"] = "true"
        aim["targetPercent"] = plain(min(kept, _ALMOST))
    else:
        notes["unit"] = objective.unit
        aim |= {"op": "lte" if objective.better == "lower" else "gte", "value": plain(objective.target)}
        aim["targetPercent"] = plain(_ALMOST)
    if objective.slice_target is not None:
        aim["timeSliceTarget"] = plain(objective.slice_target / 100)
    if objective.method != "occurrences":
        aim["timeSliceWindow"] = objective.slice or "5m"
        if objective.slice is None:
            notes["slice"] = "default"
    metadata: dict[str, Any] = {"name": _name(objective.key)}
    if objective.title is not None:
        metadata["displayName"] = objective.title
    if notes:
        metadata["annotations"] = _annotations(notes)
    return {
        "apiVersion": VERSION,
        "kind": "SLO",
        "metadata": metadata,
        "spec": {
            "service": _name(service),
            "indicator": {"metadata": {"name": _name(objective.key)}, "spec": _indicator(objective, said)},
            "timeWindow": [_time_window(objective.window, terms, zone)],
            "budgetingMethod": _METHODS[objective.method],
            "objectives": [aim],
        },
    }


def _indicator(objective: Objective, said: dict[str, Any]) -> dict[str, Any]:
    asked = {"metric": objective.metric} | {name: said[name] for name in _MEASURED if name in said}

    def source(**more: str) -> dict[str, Any]:
        return {"metricSource": {"type": "kpi", "spec": asked | more}}

    if objective.unit != "percent":
        return {"thresholdMetric": source()}
    side = "bad" if objective.better == "lower" else "good"
    return {
        "ratioMetric": {
            "counter": False,
            side: source(count="numerator"),
            "total": source(count="denominator"),
        }
    }


def _time_window(window: str, terms: Terms, zone: str) -> dict[str, Any]:
    if window.endswith("d"):
        return {"duration": window, "isRolling": True}
    first = terms.valid_from.replace(day=1)
    if window == "quarter":
        first = first.replace(month=first.month - (first.month - 1) % 3)
    return {
        "duration": "1Q" if window == "quarter" else "1M",
        "isRolling": False,
        "calendar": {"startTime": f"{first} 00:00:00", "timeZone": zone},
    }


def from_openslo(documents: Sequence[Any], valid_from: str | None = None) -> Terms:
    """The terms of some documents; `valid_from` where they do not say it themselves.

    Raises TermsError for the first thing that cannot be used; its place begins with the number of the document, from 0.
    Documents about data sources and alerts are no terms and are passed over.
    """
    said: dict[str, Any] = {"objectives": []}
    places: list[Place] = []
    indicators = {
        _get(each, (n,), "metadata", "name"): _get(each, (n,), "spec")
        for n, each in enumerate(documents)
        if isinstance(each, Mapping) and each.get("kind") == "SLI"
    }
    for n, each in enumerate(documents):
        version, kind = _get(each, (n,), "apiVersion"), _get(each, (n,), "kind")
        if version != VERSION:
            raise TermsError((n, "apiVersion"), f"'{version}' is not read here; it must be {VERSION}")
        if kind == "Service":
            notes = _notes(each, n)
            said |= {name: _value(notes[name], n) for name in _COMMON if name in notes}
            said["valid_from"] = notes.get("valid-from", said.get("valid_from"))
        elif kind == "SLO":
            found = _objectives(each, n, indicators)
            said["objectives"] += found
            places += [(n, "spec", "objectives", i) for i in range(len(found))]
        elif kind != "SLI" and kind not in _NOT_TERMS:
            raise TermsError((n, "kind"), f"'{kind}' is no kind of OpenSLO v1")
    said["valid_from"] = valid_from or said.get("valid_from")
    if said["valid_from"] is None:
        raise TermsError((), f"say from when they hold: annotation {_PREFIX}valid-from of the Service")
    try:
        return read(said)
    except TermsError as error:
        if len(error.place) > 1 and error.place[0] == "objectives" and isinstance(error.place[1], int):
            raise TermsError(places[error.place[1]], _with(error.place[2:], error.reason)) from None
        raise TermsError((), _with(error.place, error.reason)) from None


def _objectives(document: Any, n: int, indicators: Mapping[Any, Any]) -> list[dict[str, Any]]:
    notes, spec = _notes(document, n), _get(document, (n,), "spec")
    name = _get(document, (n,), "metadata", "name")
    common: dict[str, Any] = {name: _value(notes[name], n) for name in _ANNOTATED if name in notes}
    if title := _get(document, (n,), "metadata").get("displayName"):
        common["title"] = title
    common["window"] = _window(spec, n)
    method = _get(spec, (n, "spec"), "budgetingMethod")
    if method not in _METHODS.values():
        raise TermsError(
            (n, "spec", "budgetingMethod"), f"'{method}' is none of {', '.join(_METHODS.values())}"
        )
    common["method"] = {written: ours for ours, written in _METHODS.items()}[method]
    if "indicatorRef" in spec:
        if spec["indicatorRef"] not in indicators:
            raise TermsError((n, "spec", "indicatorRef"), f"there is no SLI '{spec['indicatorRef']}'")
        measured = indicators[spec["indicatorRef"]]
    else:
        measured = _get(spec, (n, "spec"), "indicator", "spec")
    side, source = _source(measured, (n, "spec", "indicator", "spec"))
    common |= source
    aims = _get(spec, (n, "spec"), "objectives")
    if not isinstance(aims, list) or not aims:
        raise TermsError((n, "spec", "objectives"), "is a list of at least one objective")
    found = []
    for i, aim in enumerate(aims):
        key = notes.get("key", name) if not i else f"{name}-{i + 1}"
        found.append(
            common | {"key": key} | _aim(aim, side, notes, (n, "spec", "objectives", i), common["method"])
        )
    return found


def _aim(aim: Any, side: str, notes: Mapping[str, str], place: Place, method: str) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if side == "threshold":
        said = {"unit": notes.get("unit", "count"), "target": _get(aim, place, "value")}
    elif ("target" in aim) == ("targetPercent" in aim):
        raise TermsError(place, "has either a target or a targetPercent")
    else:
        try:
            percent = number(aim["targetPercent"]) if "targetPercent" in aim else number(aim["target"]) * 100
        except ValueError as error:
            raise TermsError(place, str(error)) from None
        if not 0 <= percent < 100:
            raise TermsError(place, f"{percent} is no target of OpenSLO: 0 or more, and below 100 percent")
        if notes.get("all") == "true" and percent == _ALMOST:
            percent = Decimal(100)
        said["target"] = 100 - percent if side == "bad" else percent
    if method == "timeslices":
        try:
            said["slice_target"] = number(_get(aim, place, "timeSliceTarget")) * 100
        except ValueError as error:
            raise TermsError((*place, "timeSliceTarget"), getattr(error, "reason", str(error))) from None
    if method != "occurrences" and notes.get("slice") != "default":
        window = _get(aim, place, "timeSliceWindow")
        said["slice"] = f"{window}m" if isinstance(window, int) else window
    return said


def _source(measured: Any, place: Place) -> tuple[str, dict[str, Any]]:
    """Which side of the ratio is told, or that it is a threshold; and what is measured."""
    if isinstance(measured, Mapping) and "thresholdMetric" in measured:
        side = "threshold"
    else:
        ratio = _get(measured, place, "ratioMetric")
        side = "bad" if "bad" in ratio else "good"
    way: Place = ("thresholdMetric",) if side == "threshold" else ("ratioMetric", side)
    source = _get(measured, place, *map(str, way), "metricSource", "spec")
    found = {name: value for name, value in source.items() if name != "count"}
    if "metric" not in found:
        raise TermsError((*place, *way), "names no metric; write metricSource.spec.metric: sync_success_rate")
    return side, found


def _window(spec: Any, n: int) -> str:
    place: Place = (n, "spec", "timeWindow")
    windows = _get(spec, (n, "spec"), "timeWindow")
    if not isinstance(windows, list) or len(windows) != 1:
        raise TermsError(place, "holds exactly one window")
    duration, is_rolling = str(_get(windows[0], (*place, 0), "duration")), windows[0].get("isRolling", False)
    if not is_rolling and duration in ("1M", "1Q", "3M"):
        return "calendar-month" if duration == "1M" else "quarter"
    if is_rolling and duration[-1:] in ("d", "w") and duration[:-1].isdigit():
        return f"{int(duration[:-1]) * (7 if duration.endswith('w') else 1)}d"
    kind = "rolling" if is_rolling else "calendar"
    raise TermsError(
        place, f"a {kind} window of '{duration}' is not agreed here; 1M or 1Q by calendar, 28d or 4w rolling"
    )


def _get(value: Any, place: Place, *way: str) -> Any:
    for step in way:
        if not isinstance(value, Mapping) or step not in value:
            raise TermsError((*place, step), "is missing")
        value, place = value[step], (*place, step)
    return value


def _notes(document: Any, n: int) -> dict[str, str]:
    notes = _get(document, (n,), "metadata").get("annotations") or {}
    return {
        name.removeprefix(_PREFIX): str(value) for name, value in notes.items() if name.startswith(_PREFIX)
    }


def _annotations(notes: Mapping[str, str]) -> dict[str, str]:
    return {f"{_PREFIX}{name}": value for name, value in notes.items()}


def _text(value: Any) -> str:
    """Annotations are text: what is not text itself is JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _value(text: str, n: int) -> Any:
    try:
        return json.loads(text, parse_float=Decimal) if text[:1] in '{["0123456789' else text
    except ValueError:
        raise TermsError((n, "metadata", "annotations"), f"'{text}' is no JSON") from None


def _name(key: str) -> str:
    return key.replace("_", "-").rstrip("-") or key


def _with(place: Place, reason: str) -> str:
    return f"{'.'.join(map(str, place))}: {reason}" if place else reason
