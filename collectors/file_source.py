"""Files in a folder: CSV, NDJSON and JSON; read when they are new or changed, by size, time and content."""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from functools import partial
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jmespath

from collectors.mapping import RecordMapping, names_in
from collectors.payload import BOM, read_json
from collectors.spec import SpecError, StreamSpec, parse_streams
from collectors.stream import Page, SourceError, Stream, Undecoded, Window
from collectors.system import System

AT_ONCE = 5000
SETTLED = 60.0
"""Seconds without a change after which a file counts as finished, though its last line has no end."""
_NOT_ABOUT_RECORDS = {"every", "stuck_after", "keeps", "ignore"}

csv.field_size_limit(256 * 1024 * 1024)


def streams(system: System) -> tuple[Stream, ...]:
    """The streams that the system's entry names. Raises SpecError for a mistake in it."""
    found = []
    for name, spec in parse_streams(system.label, "file", system.options).items():
        if not spec.files or not spec.format:
            missing = "files" if not spec.files else "format"
            raise SpecError([f"{system.label}: streams.{name}.{missing}: is missing"])
        mapping = RecordMapping(spec)
        try:
            codecs.lookup(spec.encoding)
        except LookupError:
            raise SpecError(
                [f"{system.label}: streams.{name}.encoding: there is no encoding {spec.encoding!r}"]
            ) from None
        found.append(
            Stream(
                name=name,
                object=spec.object,
                fetch=partial(_fetch, system, spec),
                map=mapping.map,
                conform=mapping.shape.conform,
                notices=mapping.notices,
                unmapped=mapping.unmapped,
                every=spec.every,
                strategy="full",
                pins=False,
                stable_start=spec.stable_start,
                stuck_after=spec.stuck_after,
                keeps=spec.keeps,
            )
        )
    return tuple(found)


def _fetch(system: System, spec: StreamSpec, window: Window) -> Iterator[Page]:
    """The records of every file that is new or changed, or whose entry did; its mark is kept once all of it is in."""
    folder = _folder(system)
    entry = hashlib.sha256(spec.model_dump_json(exclude=_NOT_ABOUT_RECORDS).encode()).hexdigest()
    known = dict(window.position.get("files", {}))
    read = {}
    unreadable = []
    for file in sorted(folder.iterdir()):
        if not file.is_file() or not fnmatch(file.name, spec.files or ""):
            continue
        try:
            mark = _mark(file, known.get(file.name), entry)
            raw = None if mark == known.get(file.name) else file.read_bytes()
        except OSError as error:
            unreadable.append(f"{file.name} ({error.strerror})")
            if file.name in known:
                read[file.name] = known[file.name]
            continue
        whole = True
        if raw is not None:
            finished = time.time() - mark[1] / 1e9 > SETTLED
            for page, is_whole in _pages(file.name, raw, spec, finished):
                whole = is_whole
                yield page
            if whole and _content(mark) == _content(known.get(file.name)):
                # the very bytes that an earlier poll read otherwise: what it could not read is not held any longer
                yield Page((), place=file.name, anew_inside=True)
        if whole:
            read[file.name] = mark
    yield Page((), place="end", position={"files": read})
    if unreadable:
        raise SourceError(f"{system.label}: cannot be read: {', '.join(unreadable)}", kind="unreachable")


def _folder(system: System) -> Path:
    parts = urlsplit(system.url or "")
    folder = Path(unquote(parts.path) if parts.scheme == "file" else system.url or "").expanduser()
    if not folder.is_dir():
        raise SourceError(
            f"{system.label}: there is no folder {folder.name or folder}", permanent=True, kind="unreachable"
        )
    return folder


def _mark(file: Path, known: list[Any] | None, entry: str) -> list[Any]:
    """Size, time, content and how it was read; a file whose size and time are known is not read to learn its content."""
    state = file.stat()
    if known is not None and known[:2] == [state.st_size, state.st_mtime_ns]:
        return [*known[:3], entry]
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    if known is not None and known[2:] == [digest, entry]:
        return known
    return [state.st_size, state.st_mtime_ns, digest, entry]


def _content(mark: Sequence[Any] | None) -> Any:
    return mark and mark[2]


def _pages(name: str, raw: bytes, spec: StreamSpec, finished: bool) -> Iterator[tuple[Page, bool]]:
    """Pages of one file, each with whether the file was whole: one that is being written is read again.

    Text without an end of its last line may be half written: that line is left until the file is `finished`.
    """
    if wide := _wide(raw, spec.encoding):
        raw = codecs.getincrementaldecoder(wide)("surrogatepass").decode(raw).encode("utf-8", "surrogatepass")
        spec = spec.model_copy(update={"encoding": "utf-8"})
    whole = finished or spec.format == "json" or not raw or raw.endswith(b"\n")
    if not whole:
        raw = raw[: raw.rfind(b"\n") + 1]
    reader = {"csv": _csv, "ndjson": _ndjson, "json": _json}[spec.format or "csv"]
    entries = reader(name, raw, spec)
    first = True
    while part := list(islice(entries, AT_ONCE)):
        good = [(record, place) for record, place in part if not isinstance(record, Undecoded)]
        bad = [record for record, _ in part if isinstance(record, Undecoded)]
        records, places = [record for record, _ in good], [place for _, place in good]
        # of a file that is one piece of JSON, nothing or all can be read
        anew = spec.format == "json" and not bad
        yield Page(records, place=name, places=places, undecoded=bad, anew=anew), whole
        first = False
    if first:
        yield Page((), place=name), whole


def _wide(raw: bytes, encoding: str) -> str | None:
    """UTF-16, where the file says so by its first bytes or the entry does: a line of it does not end with a byte."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    name = codecs.lookup(encoding).name
    return name if name.startswith("utf-16") else None


Entry = tuple[Any, str]


def _csv(name: str, raw: bytes, spec: StreamSpec) -> Iterator[Entry]:
    try:
        text = raw.decode(_encoding(spec), "surrogateescape")
    except UnicodeDecodeError as error:
        yield Undecoded(raw, f"is no {spec.encoding} ({error.reason})", name), name
        return
    said = _SEPARATOR.match(text)
    rows = _rows(text[said.end() :], said[1], 2) if said else _rows(text, spec.delimiter, 1)
    _, as_received, header = next(rows, (1, "", []))
    if header is None:
        yield Undecoded(raw, f"its header {_UNCLOSED}", name), name
        return
    columns = [column.strip() for column in header]
    if twice := sorted({column for column in columns if columns.count(column) > 1} & names_in(spec)):
        yield Undecoded(raw, f"its header names {twice[0]} twice", name), name
        return
    for number, as_received, row in rows:
        place = f"{name}, line {number}"
        if row is not None and not row:
            continue
        if row is None or len(row) != len(columns):
            line = as_received.rstrip("\r\n").encode("utf-8", "surrogateescape")
            reason = (
                _UNCLOSED if row is None else f"has {len(row)} fields where the header has {len(columns)}"
            )
            yield Undecoded(line, reason, place), place
            continue
        yield (
            {column: value if value != "" else None for column, value in zip(columns, row, strict=True)},
            place,
        )


_UNCLOSED = "opens a quote that is not closed"
_SEPARATOR = re.compile(r"sep=([^\r\n])\r?\n", re.IGNORECASE)
"""The line by which spreadsheets tell each other what stands between the fields."""


def _rows(text: str, delimiter: str, number: int) -> Iterator[tuple[int, str, list[str] | None]]:
    """Each row: its first line's number (from `number` on), as it stood, and its fields; None for a line that opens a quote nobody closes.

    Such a quote would swallow the records up to the next one. So a row of several lines counts only where nothing but a
    delimiter follows its quotes; else its first line stands alone, and reading goes on with the second.
    """
    given_back: deque[str] = deque()
    file = StringIO(text, newline="")
    taken: list[str] = []

    def lines() -> Iterator[str]:
        while line := given_back.popleft() if given_back else file.readline():
            taken.append(line)
            yield line

    rows = csv.reader(lines(), delimiter=delimiter)
    while (row := next(rows, None)) is not None:
        is_plain = len(taken) == 1 and taken[0].count('"') % 2 == 0
        is_whole = is_plain or _is_closed(taken, delimiter)
        if not is_whole:
            given_back.extendleft(reversed(taken[1:]))
            del taken[1:]
            rows = csv.reader(lines(), delimiter=delimiter)
        yield number, "".join(taken), row if is_whole else None
        number += len(taken)
        taken.clear()


def _is_closed(lines: Sequence[str], delimiter: str) -> bool:
    try:
        return len(list(csv.reader(lines, delimiter=delimiter, strict=True))) == 1
    except csv.Error:
        return False


def _ndjson(name: str, raw: bytes, spec: StreamSpec) -> Iterator[Entry]:
    for number, line in enumerate(raw.split(b"\n"), 1):
        place = f"{name}, line {number}"
        if not line.strip():
            continue
        try:
            yield read_json(line, _encoding(spec)), place
        except ValueError as error:
            yield Undecoded(line, f"is no JSON ({error})", place), place


def _json(name: str, raw: bytes, spec: StreamSpec) -> Iterator[Entry]:
    try:
        body = read_json(raw, _encoding(spec))
    except ValueError as error:
        yield Undecoded(raw, f"is no whole JSON ({error})", name), name
        return
    records = jmespath.search(spec.records, body)
    if isinstance(records, Mapping):
        records = [records]
    if not isinstance(records, list):
        yield Undecoded(raw, f"has no list of records at {spec.records}", name), name
        return
    for number, record in enumerate(records, 1):
        yield record, f"{name}, record {number}"


def _encoding(spec: StreamSpec) -> str:
    return BOM if spec.encoding.lower() in ("utf-8", "utf8") else spec.encoding
