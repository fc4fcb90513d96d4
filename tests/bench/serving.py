"""Starts the server for the benchmark, in a process of its own: nothing remembered between loads, statements timed."""

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import streamlit as st
from prometheus_client import Counter

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


def timed(execute: Callable[..., psycopg.Cursor]) -> Callable[..., psycopg.Cursor]:
    """The driver's own way of sending a statement, with its time taken until the rows are here."""

    def execute_timed(*given: Any, **named: Any) -> psycopg.Cursor:
        began = time.perf_counter()
        try:
            return execute(*given, **named)
        finally:
            STATEMENTS.inc(time.perf_counter() - began)

    return execute_timed


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    then = datetime.fromisoformat(given["now"]) + timedelta(minutes=1)
    data.now = lambda: then
    draw, main.run = main.run, draw_cold
    db = Database(server=attach(Path(given["home"])))
    psycopg.Cursor.execute = timed(psycopg.Cursor.execute)  # type: ignore[method-assign]
    server.run(given["port"], database=db)
