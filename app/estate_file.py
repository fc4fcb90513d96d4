"""Reads estate files into checked models; every mistake becomes one line that names file, key and fix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.estate import Estate
from app.yaml_file import Document, EstateError, documents

__all__ = ["EstateError", "load", "said"]


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
    found = documents(path)
    if not found:
        raise EstateError(f"{path}: is empty; it needs a partner and customers")
    for document in found:
        yield _estate(document)


def _estate(document: Document) -> Estate:
    path = document.path
    if not isinstance(document.data, dict):
        raise EstateError(
            f"{path}: holds a {type(document.data).__name__}; it needs the keys partner and customers"
        )
    try:
        estate = Estate.model_validate(document.data)
    except ValidationError as error:
        first = error.errors()[0]
        location = (*first["loc"], *first.get("ctx", {}).get("place", ()))
        raise document.error(location, said(first)) from error
    logo = estate.partner.brand.logo
    if logo is None or logo.lstrip().startswith("<svg"):
        return estate
    file = path.parent / logo
    if not file.is_file():
        raise EstateError(
            f"{path}: partner.brand.logo: there is no file {logo}; give an SVG beside the estate file"
        )
    svg = file.read_bytes().decode("utf-8", "replace")
    if "<svg" not in svg:
        raise EstateError(
            f"{path}: partner.brand.logo: {logo} is no SVG; a picture of points is not shown sharply"
        )
    brand = estate.partner.brand.model_copy(update={"logo": svg})
    return estate.model_copy(update={"partner": estate.partner.model_copy(update={"brand": brand})})


def said(error: Any) -> str:
    """What one error of a model's check says, in words for who wrote the file."""
    if error["type"] == "extra_forbidden":
        return "is not known here; take it out or correct its spelling"
    if error["type"] == "missing":
        return "is missing"
    return str(error["msg"]).removeprefix("Value error, ")
