"""Every kind of system that can be connected."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from collectors import file_source, http_preset, sql_source
from collectors.spec import SpecError, near
from collectors.stream import Stream
from collectors.system import System


@dataclass(frozen=True)
class Kind:
    """A kind of system: what it can be to a customer, how it is read on, and what that was tried against.

    `verified`: "live", its streams were read from a real server; "recorded", from answers recorded or documented.
    """

    name: str
    title: str
    roles: tuple[str, ...]
    strategy: str
    verified: Literal["live", "recorded"]
    streams: Callable[[System], tuple[Stream, ...]]


def _tryton(system: System) -> tuple[Stream, ...]:
    from collectors.tryton import streams

    return streams(system)


_ANY = ("crm", "psa", "erp", "billing", "time", "hr", "ipaas")

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            Kind(
                "tryton",
                "Tryton 8 (REST)",
                ("crm", "psa", "erp"),
                "keyset on (last_modified_at, id); ids compared for deletions",
                "live",
                _tryton,
            ),
            Kind(
                "prefect",
                "Prefect 3",
                ("ipaas",),
                "window on end time; open runs listed beside it",
                "live",
                http_preset.preset("prefect"),
            ),
            Kind(
                "n8n",
                "n8n 2",
                ("ipaas",),
                "window on start time that waits for open runs; running ones listed beside it",
                "live",
                http_preset.preset("n8n"),
            ),
            Kind(
                "http",
                "Any HTTP API that answers JSON",
                _ANY,
                "as its entry says: window, pages, open runs again",
                "live",
                http_preset.streams,
            ),
            Kind(
                "sql",
                "Any SQL database",
                _ANY,
                "keyset on (cursor, id); open runs by id",
                "live",
                sql_source.streams,
            ),
            Kind(
                "file",
                "Files in a folder: CSV, NDJSON, JSON",
                _ANY,
                "files that are new or changed (size, time, content)",
                "live",
                file_source.streams,
            ),
        )
    }
)


def streams_of(system: System) -> tuple[Stream, ...]:
    """The streams of a system. Raises SpecError when its kind is unknown or its entry has mistakes."""
    if system.kind not in KINDS:
        raise SpecError([f"{system.label}: kind: {near(system.kind, KINDS)}"])
    return KINDS[system.kind].streams(system)
