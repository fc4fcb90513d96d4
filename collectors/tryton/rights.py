"""Proves that a key sees what we read: Tryton leaves out what it may not see, fields and records alike, without a word."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from collectors.stream import SourceError
from collectors.system import System
from collectors.tryton.client import Reader, absent, both
from collectors.tryton.values import Row

BELIEVED_FOR = 900.0
"""Seconds for which a proof is believed; every page is looked at besides."""


@dataclass(frozen=True)
class Need:
    """What a reading takes from one model.

    `if_there`: fields of modules that need not be activated; where they are, they must be seen. `nice`: fields that may
    be hidden, which is remarked. `may_lack`: the whole model may be missing or closed.
    """

    fields: tuple[str, ...]
    if_there: tuple[str, ...] = ()
    nice: tuple[str, ...] = ()
    may_lack: bool = False

    @property
    def optional(self) -> tuple[str, ...]:
        """All that records may come without."""
        return self.if_there + self.nice


Needs = Mapping[str, Need]


@dataclass
class Proof:
    """What was found: per model the optional fields that are not seen, models that are not, and what to warn about."""

    unseen: dict[str, frozenset[str]] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    warnings: list[str] = field(default_factory=list)
    context: Row = field(default_factory=dict)
    preferences: Row = field(default_factory=dict)


_proofs: dict[tuple[Any, ...], tuple[float, Proof]] = {}


def prove(reader: Reader, system: System, needs: Needs) -> Proof:
    """Let the reader in, or raise SourceError (rights) with one line that names everything the key may not see."""
    key = (system.url, system.secret, repr(sorted(system.options.items())), repr(needs))
    at, proof = _proofs.get(key, (0.0, Proof()))
    if not at or time.monotonic() - at > BELIEVED_FOR:
        reader.enter_company()
        proof = _prove(reader, needs)
        proof.context, proof.preferences = reader.context, reader.preferences
        _proofs[key] = (time.monotonic(), proof)
    reader.context, reader.preferences = proof.context, proof.preferences
    reader.unseen, reader.closed = proof.unseen, proof.closed
    return proof


def forget() -> None:
    """Believe nothing that was proven before."""
    _proofs.clear()


def _prove(reader: Reader, needs: Needs) -> Proof:
    proof, trouble, closed = Proof(), [], set()
    there = _models(reader, tuple(needs))
    for model, need in needs.items():
        if there is not None and model not in there:
            closed.add(model)
            if not need.may_lack:
                trouble.append(f"{model} (the database has no such model; is the module activated?)")
            continue
        refused, missing = _missing(reader, model, need)
        if refused:
            closed.add(model)
            if not need.may_lack:
                trouble.append(f"{model} ({refused})")
            continue
        required = [name for name in need.fields if name in missing]
        required += [name for name in need.if_there if missing.get(name) == "hidden"]
        trouble += [f"{model}.{name}" for name in required]
        if hidden := [name for name in need.nice if missing.get(name) == "hidden"]:
            proof.warnings.append(
                f"not visible to the key: {', '.join(f'{model}.{name}' for name in hidden)}"
            )
        proof.unseen[model] = frozenset(name for name in need.optional if name in missing)
    if trouble:
        raise SourceError(
            f"{reader.label}: the key may not see {', '.join(trouble)}", permanent=True, kind="rights"
        )
    if limits := _limits(reader, tuple(model for model in needs if model not in closed)):
        line = f"the key sees only a part of the records: {'; '.join(limits)}"
        if not reader.options.partial:
            raise SourceError(
                f"{reader.label}: {line} (options.partial: true accepts that)", permanent=True, kind="rights"
            )
        proof.warnings.append(line)
    proof.closed = frozenset(closed)
    return proof


def _models(reader: Reader, names: Sequence[str]) -> set[str] | None:
    """Which of these models the database has; None when the key may not ask."""
    try:
        return {row["name"] for row in reader.page("ir.model", [["name", "in", list(names)]], ("name",))}
    except SourceError as error:
        if error.kind not in ("rights", "refused"):
            raise
        return None


def _missing(reader: Reader, model: str, need: Need) -> tuple[str, dict[str, str]]:
    """Why the model is refused ('' when it is not), and the fields that are hidden or not installed.

    A record shows exactly what the key sees. Without one, what the server defines and what it forbids must do.
    """
    names = (*need.fields, *need.optional)
    try:
        defined = reader.call(
            model, "fields_get", {"fields_names": sorted({name.split(".")[0] for name in names})}
        )
        known = [name for name in names if name.split(".")[0] in defined]
        rows = _one(reader, model, known)
    except SourceError as error:
        if error.kind not in ("rights", "refused"):
            raise
        return str(error).rpartition(" (")[2].rstrip(")") or "refused", {}
    missing = dict.fromkeys((name for name in names if name not in known), "absent")
    hidden = absent(rows[0], known) if rows else [name for name in known if name in _forbidden(reader, model)]
    return "", {**missing, **dict.fromkeys(hidden, "hidden")}


def _one(reader: Reader, model: str, names: Sequence[str]) -> list[Row]:
    """One record with whatever is seen of it."""
    return reader.page(model, [], names, size=1, strict=False)


def _forbidden(reader: Reader, model: str) -> set[str]:
    if reader.preferences.get("administrator"):
        return set()
    domain = [["model", "=", model], ["active", "=", True]]
    rows = _unless_refused(reader, "ir.model.field.access", domain, ("field", "group", "perm_read"))
    groups = {None, *(reader.preferences.get("groups") or ())}
    allowed: dict[str, bool] = {}
    for row in rows:
        if row["group"] in groups:
            allowed[row["field"]] = allowed.get(row["field"], False) or bool(row["perm_read"])
    return {name for name, may in allowed.items() if not may}


def _limits(reader: Reader, models: Sequence[str]) -> list[str]:
    """The record rules, other than those of the company, that hide records of these models from the key."""
    if reader.preferences.get("administrator"):
        return []
    domain = both([["model", "in", list(models)]], [["perm_read", "=", True]])
    names = ("model", "name", "global_p", "default_p", "groups", "rules.domain")
    groups = set(reader.preferences.get("groups") or ())
    limits: list[str] = []
    own: dict[str, list[Row]] = {}
    for rule in _unless_refused(reader, "ir.rule.group", domain, names):
        narrow = [one for one in rule["rules"] or () if not _by_company(str(one.get("domain")))]
        if rule["global_p"]:
            limits += [f"{rule['model']} by the rule {rule['name']!r}"] if narrow else []
        elif rule["default_p"] or groups & set(rule["groups"] or ()):
            own.setdefault(rule["model"], []).append(rule)
    for model, rules in own.items():
        # one of several that opens everything is enough
        if all(rule["rules"] for rule in rules):
            limits += [f"{model} by the rule {rule['name']!r}" for rule in rules]
    return limits


def _by_company(domain: str) -> bool:
    return '"company"' in domain and "companies" in domain


def _unless_refused(reader: Reader, model: str, domain: list[Any], names: Sequence[str]) -> list[Row]:
    try:
        rows = reader.page(model, domain, names, strict=False)
    except SourceError as error:
        if error.kind not in ("rights", "refused"):
            raise
        return []
    return [row for row in rows if not absent(row, names)]
