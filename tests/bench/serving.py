"""Starts the server for the benchmark, in a process of its own: nothing remembered between loads, statements timed."""

import json
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import streamlit as st
from prometheus_client import Counter
from sqlalchemy import event

from app import data, main, server
from app.telemetry import REGISTRY
from sql.database import Database
from sql.embedded import attach

STATEMENTS = Counter("bench_statement_seconds", "Time of the pages' SQL statements.", registry=REGISTRY)


def draw_cold() -> None:
    """Every figure is asked for and every chart is built, as for the first visitor."""
    st.cache_data.clear()
    st.cache_resource.clear()
    draw()


def begin(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
    """A statement is sent."""
    context.began = time.perf_counter()


def end(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
    """Its rows are here."""
    STATEMENTS.inc(time.perf_counter() - context.began)


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    then = datetime.fromisoformat(given["now"]) + timedelta(minutes=1)
    data.now = lambda: then
    draw, main.run = main.run, draw_cold
    db = Database(server=attach(Path(given["home"])))
    event.listen(db.engine("viewer"), "before_cursor_execute", begin)
    event.listen(db.engine("viewer"), "after_cursor_execute", end)
    server.run(given["port"], database=db)
