"""Commands that serve: serve, and the demo and live estates with everything they need."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.ground import database

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
