"""Reads estate files into checked models; every mistake becomes one line that names file, key and fix."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from app.estate import Estate


class EstateError(Exception):
    """An estate file that cannot be used; the text is one line: file, key, what is wrong, what would be right."""


class _Loader(yaml.SafeLoader):
    """YAML in which a key that stands twice is an error instead of a silent loss."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key '{key}' stands twice", key_node.start_mark
            )
        seen.add(key)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
# Only true and false are truth values: in YAML 1.1 the key `on` and Norway's `NO` are too.
_TRUTH = "tag:yaml.org,2002:bool"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TRUTH]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_TRUTH, re.compile(r"^(?:true|false|True|False)$"), list("tfTF"))


def load(paths: Iterable[Path]) -> list[Estate]:
    """The estates of these files, logos read in; raises EstateError with one line for the first that cannot be used."""
    estates = [estate for path in paths for estate in _documents(path)]
    keys = [estate.partner.key for estate in estates]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise EstateError(f"partner '{twice[0]}' stands in two documents; merge them into one")
    hosts = [host for estate in estates for host in estate.partner.hosts]
    if twice := sorted({host for host in hosts if hosts.count(host) > 1}):
        raise EstateError(f"host '{twice[0]}' is claimed by two partners; a host shows one brand")
    return estates


def _documents(path: Path) -> Iterator[Estate]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise EstateError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise EstateError(f"{path}: is not UTF-8 at byte {error.start}; save it as UTF-8") from error
    try:
        documents = [document for document in yaml.load_all(text, Loader=_Loader) if document is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise EstateError(f"{path}{line}: {getattr(error, 'problem', None) or 'is no YAML'}") from error
    if not documents:
        raise EstateError(f"{path}: is empty; it needs a partner and customers")
    for document in documents:
        yield _estate(path, document)


def _estate(path: Path, document: Any) -> Estate:
    if not isinstance(document, dict):
        raise EstateError(
            f"{path}: holds a {type(document).__name__}; it needs the keys partner and customers"
        )
    try:
        estate = Estate.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise EstateError(f"{path}: {_place(document, first['loc'])}: {_said(first)}") from error
    logo = estate.partner.brand.logo
    if logo is None or logo.lstrip().startswith("<svg"):
        return estate
    file = path.parent / logo
    if not file.is_file():
        raise EstateError(
            f"{path}: partner.brand.logo: there is no file {logo}; give an SVG beside the estate file"
        )
    brand = estate.partner.brand.model_copy(update={"logo": file.read_text(encoding="utf-8")})
    return estate.model_copy(update={"partner": estate.partner.model_copy(update={"brand": brand})})


def _said(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "is not known here; take it out or correct its spelling"
    if error["type"] == "missing":
        return "is missing"
    return str(error["msg"]).removeprefix("Value error, ")


def _place(document: Any, location: tuple[int | str, ...]) -> str:
    """The place as a person finds it: entries of lists by their key instead of their number."""
    parts: list[str] = []
    here: Any = document
    for step in location:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            here = None
        if isinstance(step, int):
            label = here.get("key") if isinstance(here, dict) else None
            parts.append(str(label) if label else str(step + 1))
        else:
            parts.append(step)
    return ".".join(parts) or "estate"
