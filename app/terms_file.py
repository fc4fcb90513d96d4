"""Reads terms from a file of their own, as an estate file has them or as OpenSLO v1; a mistake becomes one line that names its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from app.yaml_file import Document, EstateError, documents, documents_in
from metrics.sla.openslo import from_openslo, to_openslo
from metrics.sla.terms import Terms, TermsError, read


def load(path: Path, valid_from: str | None = None) -> list[Terms]:
    """The terms of a file: each document one set of them, or a list, or `terms:` with a list; OpenSLO files hold one set.

    `valid_from` is for OpenSLO that does not say from when it holds. Raises EstateError, one line.
    """
    return _terms(documents(path), path, valid_from)


def load_text(text: str, name: str, valid_from: str | None = None) -> list[Terms]:
    """The same of a text that somebody has typed or uploaded; `name` is what mistakes call it."""
    return _terms(documents_in(text, Path(name)), Path(name), valid_from)


def write(terms: Terms) -> str:
    """The terms as an estate file has them."""
    written: str = yaml.safe_dump(terms.document(), sort_keys=False, allow_unicode=True, width=110)
    return written


def _terms(found: list[Document], path: Path, valid_from: str | None) -> list[Terms]:
    if not found:
        raise EstateError(f"{path}: is empty; it needs terms: valid_from and objectives")
    if all(isinstance(each.data, dict) and "apiVersion" in each.data for each in found):
        return [_openslo(found, valid_from)]
    return [terms for document in found for terms in _own(document)]


def dump(terms: Terms, service: str, time_zone: str) -> str:
    """The terms as OpenSLO v1."""
    written: str = yaml.safe_dump_all(
        to_openslo(terms, service, time_zone), sort_keys=False, allow_unicode=True, width=110
    )
    return written


def _openslo(found: list[Document], valid_from: str | None) -> Terms:
    try:
        return from_openslo([each.data for each in found], valid_from)
    except TermsError as error:
        if not error.place:
            raise EstateError(f"{found[0].path}: {error.reason}") from error
        number, *rest = error.place
        raise found[int(number)].error(tuple(rest), error.reason) from error


def _own(document: Document) -> list[Terms]:
    data: Any = document.data
    way: tuple[int | str, ...] = ()
    if isinstance(data, dict) and isinstance(data.get("terms"), list):
        data, way = data["terms"], ("terms",)
    entries = (
        [((*way, n), entry) for n, entry in enumerate(data)] if isinstance(data, list) else [(way, data)]
    )
    found = []
    for place, entry in entries:
        try:
            found.append(read(entry))
        except TermsError as error:
            raise document.error((*place, *error.place), error.reason) from error
    return found
