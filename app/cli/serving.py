"""Commands that serve: serve, and the demo and live estates with everything they need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Protocol

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from app import configuration, estate_file
from app.auth.people import seed_demo_people
from app.cli.ground import customers, database, now
from app.cli.output import refuse, say
from collectors.collect import Poll, collect_due
from collectors.kinds import KINDS
from collectors.system import load_systems
from metrics.refresh import refresh
from sql.database import Database
from sql.home import home_folder

Port = Annotated[int, typer.Option(help="Loopback port of the dashboards.")]
NoServe = Annotated[bool, typer.Option("--no-serve", help="Load and count, then end.")]


def serve(
    port: Port = 8501,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    allow_demo_people: Annotated[
        bool, typer.Option("--allow-demo-people", help="Serve demo sign-ins beyond this machine.")
    ] = False,
) -> None:
    """Serve the dashboards."""
    from app.server import run

    with database():
        run(port, host=host, allow_demo_people=allow_demo_people)
