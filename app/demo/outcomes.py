"""What every transaction came to, told from the simulation's own list of runs: the other side of every run figure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from app.demo import running
from app.demo.cast import UNREADABLE_DAYS
from app.demo.clock import Array, Office, local, spans, wall
from app.demo.shape_runs import expand_chain
from app.demo.simulate import Customer

CLASSES = ("S1", "S2", "S3", "F", "O", "O+", "M", "N", "unknown")


def visible(world: Customer) -> pd.DataFrame:
    """The runs as their platform tells them: n8n shows no retries inside a run, Prefect no link from a replay."""
    runs = world.runs
    platform = world.cast.platform
    if platform == "jobs":
        return expand_chain(runs)
    runs = runs.copy()
    if platform == "journal":
        runs = runs[(runs["status"] != "running").to_numpy()]
    if platform == "n8n":
        runs["attempts"] = 1
        runs["status"] = runs["status"].replace(["partial", "skipped"], "success")
        runs["due"] = runs["started"].to_numpy()[runs["root"].to_numpy()]
    if world.cast.story == "stale":
        until = world.now - np.timedelta64(UNREADABLE_DAYS, "D")
        runs = runs[(runs["started"] <= until).to_numpy()].copy()
        runs.loc[(runs["finished"] > until).to_numpy(), "status"] = "running"
    if platform == "prefect":
        alone = (runs["trigger"] == "manual").to_numpy()
        runs["status"] = runs["status"].replace("skipped", "success")
        runs["trigger"] = runs["trigger"].replace("test", "automatic")
        runs["root"] = np.where(alone, np.arange(len(runs)), runs["root"])
        runs["retry_of"] = np.where(alone, running.NONE, runs["retry_of"])
        runs["due"] = np.where(alone, runs["started"], runs["due"])
    return runs


def transactions(world: Customer) -> pd.DataFrame:
    """One row a transaction or unserved slot: flow, due, decide_by, outcome, month, latency and duration in seconds."""
    runs = visible(world)
    good = (runs["status"] == "success").to_numpy()
    retry = (runs["retry_of"] >= 0).to_numpy()
    nothing = np.datetime64("NaT", "ms")
    facts = pd.DataFrame(
        {
            "root": runs["root"].to_numpy(),
            "good_at": np.where(good, runs["finished"], nothing),
            "manual_at": np.where(retry & (runs["trigger"] == "manual"), runs["started"], nothing),
            "committed": runs["committed"].to_numpy(),
            "open": (runs["status"] == "running").to_numpy(),
            "odd": (runs["status"] == "unknown").to_numpy(),
            "real": ~runs["status"].isin(["skipped", "duplicate"]).to_numpy(),
            "first": runs["started"].to_numpy(),
            "made": runs["attempts"].to_numpy(),
        }
    )
    grouped = facts.groupby("root", sort=True)
    told = grouped.agg(
        good_at=("good_at", "min"), manual_at=("manual_at", "min"), committed=("committed", "min"), open=("open", "any"),
        odd=("odd", "any"), real=("real", "any"), first=("first", "min"), made=("made", "sum"),
    )  # fmt: skip
    base = runs.loc[told.index]
    frame = told.reset_index(drop=True).assign(
        flow=base["flow"].to_numpy(), due=base["due"].to_numpy(), kind=base["kind"].to_numpy(),
        trigger=base["trigger"].to_numpy(), key=base["key"].to_numpy(), root_good=(base["status"] == "success").to_numpy(),
    )  # fmt: skip
    frame = pd.concat([frame, _unserved(world)], ignore_index=True)
    frame["decide_by"] = _decide_by(world, frame)
    frame["outcome"] = _judge(frame, world.now)
    frame["month"] = local(frame["due"].to_numpy(), world.cast.zone).astype("M8[M]").astype(str)
    served = frame["outcome"].isin(["S1", "S2", "S3"]).to_numpy()
    frame["duration"] = np.where(served, (frame["good_at"] - frame["first"]).dt.total_seconds(), np.nan)
    by_event = (
        served & (frame["kind"] != "slot").to_numpy() & (world.cast.platform in ("bridge", "jobs", "journal"))
    )
    frame["latency"] = np.where(by_event, (frame["committed"] - frame["due"]).dt.total_seconds(), np.nan)
    return frame


def _unserved(world: Customer) -> pd.DataFrame:
    """The slots that no run served; in a journal, also those whose run was never written down because it never ended."""
    parts = []
    if world.cast.platform == "journal":
        silent = world.runs[
            (world.runs["status"] == "running").to_numpy() & (world.runs["kind"] == "slot").to_numpy()
        ]
        parts.append(pd.DataFrame({"flow": silent["flow"], "due": silent["due"], "kind": "missed"}))
    for flow in world.cast.flows:
        if flow.every:
            due = np.arange(world.since, world.now, np.timedelta64(flow.every * 1000, "ms"))
            lost = np.zeros(len(due), dtype=bool)
            for window in world.trouble:
                if window.effect == "unscheduled":
                    lost |= window.holds(flow.key, due)
            parts.append(pd.DataFrame({"flow": flow.key, "due": due[lost], "kind": "missed"}))
    return pd.concat(parts, ignore_index=True)


def _decide_by(world: Customer, frame: pd.DataFrame) -> Array:
    due = frame["due"].to_numpy().astype("M8[ms]")
    decide = np.empty(len(frame), dtype="M8[ms]")
    for flow in world.cast.flows:
        mine = (frame["flow"] == flow.key).to_numpy()
        at = due[mine]
        decide[mine] = (
            world.office.due(at, flow.deadline) if flow.office else at + spans(float(flow.deadline))
        )
    return decide


def _judge(frame: pd.DataFrame, now: np.datetime64) -> Array:
    """metrics.md 1.2, in the order in which the questions are asked."""
    good_at, decide_by = frame["good_at"].to_numpy(), frame["decide_by"].to_numpy()
    good, overdue = ~np.isnat(good_at), decide_by <= now
    root_good = frame["root_good"].eq(True).to_numpy()
    by_hand = good & ~root_good & (frame["manual_at"].to_numpy() <= good_at)
    questions = [
        (frame["kind"] == "missed").to_numpy() & overdue,
        (frame["kind"] == "missed").to_numpy(),
        (frame["trigger"] == "test").to_numpy(),
        by_hand | (good & (good_at > decide_by)),
        root_good & (frame["made"] <= 1).to_numpy(),
        good,
        frame["open"].eq(True).to_numpy() & overdue,
        frame["open"].eq(True).to_numpy(),
        frame["odd"].eq(True).to_numpy(),
        frame["real"].eq(False).to_numpy(),
    ]
    return np.select(questions, ["M", "O", "N", "S3", "S1", "S2", "O+", "O", "unknown", "N"], "F")


def by_flow_and_month(world: Customer, frame: pd.DataFrame) -> dict[str, dict[str, dict[str, Any]]]:
    """Counts of each class, latency and duration against the promised threshold, for each flow and local month."""
    limits = {flow.key: float(flow.latency) for flow in world.cast.flows}
    limit = frame["flow"].map(limits).to_numpy()
    names, cell = np.unique(
        (frame["flow"] + " " + frame["month"]).to_numpy().astype(str), return_inverse=True
    )
    place = pd.Categorical(frame["outcome"], categories=list(CLASSES)).codes
    counts = np.bincount(cell * len(CLASSES) + place, minlength=len(names) * len(CLASSES)).reshape(
        -1, len(CLASSES)
    )
    told: dict[str, dict[str, dict[str, Any]]] = {}
    spread = {}
    for name in ("duration", "latency"):
        seconds = frame[name].to_numpy()
        known = ~np.isnan(seconds)
        weights = np.nan_to_num(np.rint(seconds * 1000))
        spread[name] = [
            np.bincount(cell, values, minlength=len(names)).astype("i8").tolist()
            for values in (known, known & (seconds <= limit), weights)
        ]
    for row, label in enumerate(names.tolist()):
        flow, month = label.split(" ")
        entry: dict[str, Any] = dict(zip(CLASSES, counts[row].tolist(), strict=True))
        for name, (known_in, within, milliseconds) in spread.items():
            entry[name] = {"known": known_in[row], "within": within[row], "milliseconds": milliseconds[row]}
        told.setdefault(flow, {})[month] = entry
    return told


def deadline_of(office: Office, due: Array, hours: float) -> Array:
    """When so many office hours have passed."""
    return office.due(due, hours * 3600)


__all__ = ["CLASSES", "by_flow_and_month", "deadline_of", "transactions", "visible", "wall"]
