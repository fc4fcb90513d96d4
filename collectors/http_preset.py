"""HTTP APIs as data: requests, paging, names, details and mapping come from the estate or from a preset file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from collectors.auth import AuthSpec
from collectors.http import Client
from collectors.http_reading import Reading
from collectors.mapping import RecordMapping
from collectors.spec import SpecError, StreamSpec, near, parse_streams
from collectors.stream import Page, Stream, Window
from collectors.system import System

Words = dict[str, Any]


def preset(kind: str) -> Callable[[System], tuple[Stream, ...]]:
    """The streams of a platform that is described in presets/<kind>.yaml."""

    def read(system: System) -> tuple[Stream, ...]:
        entry = _preset(kind)
        entries = _as_the_entry_says(system, entry["streams"])
        return _streams(system, system.options.get("auth") or entry.get("auth", {}), entries)

    return read


@cache
def _preset(kind: str) -> Mapping[str, Any]:
    text = (Path(__file__).parent / "presets" / f"{kind}.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


def described(kind: str) -> Mapping[str, Any] | None:
    """What presets/<kind>.yaml says; None for a kind that has no preset."""
    is_there = (Path(__file__).parent / "presets" / f"{kind}.yaml").is_file()
    return _preset(kind) if is_there else None


def _as_the_entry_says(system: System, streams: Mapping[str, Words]) -> dict[str, Words]:
    """A preset's streams with the keys that the system's own entry says otherwise.

    Raises SpecError for a stream that the preset does not have.
    """
    said = system.options.get("streams", {})
    if not isinstance(said, Mapping):
        raise SpecError([f"{system.label}: options.streams: name a stream and what is different there"])
    for name, keys in said.items():
        if name not in streams:
            raise SpecError([f"{system.label}: streams.{name}: {near(str(name), streams)}"])
        if not isinstance(keys, Mapping):
            raise SpecError([f"{system.label}: streams.{name}: name the keys that are different there"])
    return {name: {**entry, **said.get(name, {})} for name, entry in streams.items()}


def streams(system: System) -> tuple[Stream, ...]:
    """The streams that the system's own entry describes. Raises SpecError for a mistake in it."""
    return _streams(system, system.options.get("auth", {}))


def _streams(system: System, auth: Any, entries: Any = None) -> tuple[Stream, ...]:
    try:
        signing = AuthSpec.model_validate(auth)
    except ValidationError as error:
        first = error.errors()[0]
        raise SpecError(
            [f"{system.label}: options.auth.{'.'.join(map(str, first['loc']))}: {first['msg']}"]
        ) from None
    found = []
    for name, spec in parse_streams(system.label, "http", system.options, entries).items():
        if spec.request is None and not spec.requests:
            raise SpecError([f"{system.label}: streams.{name}.request: is missing: what to ask for"])
        mapping = RecordMapping(spec)
        found.append(
            Stream(
                name=name,
                object=spec.object,
                fetch=partial(_fetch, system, signing, spec, mapping),
                map=mapping.map,
                conform=mapping.shape.conform,
                notices=mapping.notices,
                unmapped=mapping.unmapped,
                every=spec.every,
                overlap=spec.overlap,
                strategy="window",
                pins=spec.pins,
                stable_start=spec.stable_start,
                stuck_after=spec.stuck_after,
                keeps=spec.keeps,
                reads_back=spec.history,
                absence_deletes=spec.deletions == "absence",
            )
        )
    return tuple(found)


def _fetch(
    system: System, signing: AuthSpec, spec: StreamSpec, mapping: RecordMapping, window: Window
) -> Iterator[Page]:
    """All pages of all requests; the cursor moves at the end, so a poll that breaks is made again whole."""
    with Client(system, auth=signing) as client:
        reading = Reading(client, spec, mapping, window)
        yield from chain(reading.lists(), reading.open_runs())
        yield Page(
            (),
            place="end",
            notes=client.notes,
            position=window.position_at(),
            complete=reading.names_everything,
        )
