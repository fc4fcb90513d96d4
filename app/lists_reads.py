"""Lists behind the figures of the ledger: the reads of a day, what is held back, and what was not read."""

from __future__ import annotations

from typing import Any

import pandas as pd

from app import data, ledger, shares
from app.listed import Listed, Number, counted
from app.target import Target
from app.view import View
from metrics.catalogue import by_key

_READS = "The ledger's rows of this stream in the 24 hours before the page was drawn."


def reads(view: View, target: Target) -> Listed:
    """How many reads of a day were complete, or how many rows came with them."""
    words, row = view.words, _stream(view, target)
    customer, _, system = (target.by or "").partition("/")
    polls = data.polls_of_day(view.scope.only(int(customer)), view.as_of, system, target.part)
    complete = sum(poll["outcome"] == "complete" for poll in polls)
    came = sum((poll["rows_new"] or 0) + (poll["rows_changed"] or 0) for poll in polls)
    if target.key == "reads":
        value = f"{words.count(row['complete'])} of {words.count(row['polls'])}"
        figure: tuple[Number, ...] = (row["complete"], row["polls"])
        added: tuple[Number, ...] = (complete, len(polls))
        says = "How many of the last day's reads were complete."
        formula = "complete ÷ all reads that began"
        said = f"Of these rows, {words.count(complete)} of {words.count(len(polls))} are complete."
    else:
        value, figure, added = words.count(row["rows_read"]), (row["rows_read"],), (came,)
        says = "How many records came new or changed in the last day; those that came unchanged are not among them."
        formula = "Σ (new + changed)"
        said = f"{words.count(len(polls))} reads brought {words.count(came)} records."
    return Listed(value, says, formula, _READS, ledger.polls(polls, view), figure, added, said)


def held(view: View, target: Target) -> Listed:
    """The records that are held back from a stream (`part`), or of it for one reason (stream|field|reason)."""
    words = view.words
    customer, _, system = (target.by or "").partition("/")
    stream, _, why = target.part.partition("|")
    scope = view.scope.only(int(customer))
    rows = data.quarantine_records(scope, view.as_of, system, stream)
    lines = [
        line
        for line in data.quarantine(scope, view.as_of)
        if line["system_key"] == system and line["stream"] == stream
    ]
    if why:
        rows, lines = ([it for it in found if reason(it) == why] for found in (rows, lines))
    figure = sum(line["records"] for line in lines)
    return Listed(
        value=words.count(figure),
        says="Records that could not be understood. They are kept whole, are missing from every figure, and are counted as "
        "soon as their mapping is right.",
        formula="count of records held back",
        counted=f"{stream.replace('_', ' ')}, all that is held back now",
        rows=pd.DataFrame(
            {
                "Record": [row["record_key"] or row["place"] for row in rows],
                "Field": [row["field"] or "" for row in rows],
                "Why": [row["reason"] for row in rows],
                "Since": [words.instant(row["first_seen_at"], with_zone=False) for row in rows],
            }
        ),
        figure=(figure,),
        added=(len(rows),),
        summed=counted(len(rows), words),
    )


def reason(line: Any) -> str:
    """What tells one reason from another: the field and the words."""
    return f"{line['field'] or ''}|{line['reason']}"


def coverage(view: View, target: Target) -> Listed:
    """Which pieces of the month were read for a metric (`part`), and which were not."""
    words, metric = view.words, by_key(target.part)
    share = data.coverage(view.one, view.period, view.as_of, (metric.key,))[metric.key]
    spans = data.coverage_spans(view.one, view.period, view.as_of, metric.streams)
    passed = sum(span["seconds"] for span in spans)
    read = sum(span["seconds"] for span in spans if span["is_read"])
    needs = ", ".join(stream.replace("_", " ") for stream in metric.streams) or "everything"
    return Listed(
        value=shares.of_time(share, words),
        says="The share of the time so far in which all that is needed had been read.",
        formula="time in which every stream was read ÷ time passed",
        counted=f"The month so far, and the streams of: {needs}. What was read later about an earlier time covers it.",
        rows=pd.DataFrame(
            {
                "From": [words.instant(span["since"], with_zone=False) for span in spans],
                "To": [words.instant(span["until"], with_zone=False) for span in spans],
                "Length": [words.duration(span["seconds"]) for span in spans],
                "Read": ["yes" if span["is_read"] else "no" for span in spans],
                "What was missing": [span["streams"] or "" for span in spans],
            }
        ),
        figure=(share,),
        added=(read / passed if passed else None,),
        summed=f"{words.duration(read)} of {words.duration(passed)} were read."
        if passed
        else "Nothing was ever read.",
    )


def _stream(view: View, target: Target) -> Any:
    customer, _, system = (target.by or "").partition("/")
    rows = data.streams(view.scope.only(int(customer)), view.as_of)
    return next(row for row in rows if row["system_key"] == system and row["stream"] == target.part)
