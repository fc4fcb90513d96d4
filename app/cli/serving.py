"""Commands that serve: serve, and the demo and live estates with everything they need."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from typing import Annotated

import typer

from app import settings
from app.cli import playing
from app.cli.ground import database, now
from app.cli.output import refuse, say
from app.cli.platforms import EstatePlatforms
from sql.database import Database
from sql.home import default_home

Port = Annotated[int, typer.Option(help="Loopback port of the dashboards.")]
NoServe = Annotated[bool, typer.Option("--no-serve", help="Load and count, then end.")]
HOSTS = {"northwind": "northwind.localhost", "helix": "helix.localhost"}


def serve(
    port: Port = 8501,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    allow_demo_people: Annotated[
        bool, typer.Option("--allow-demo-people", help="Serve demo sign-ins beyond this machine.")
    ] = False,
) -> None:
    """Serve the dashboards."""
    with database() as db:
        _serve(db, port, host, allow_demo_people)


def demo(
    port: Port = 8501,
    no_serve: NoServe = False,
    size: Annotated[
        float, typer.Option(help="Below 1: a smaller world, ready sooner.", min=0.01, max=1.0)
    ] = 1.0,
) -> None:
    """Two partners' dashboards over thirteen months of history that went through the collectors."""
    from app.demo import world as demo_world

    with playing.hands() as pool, database() as db, ExitStack() as stack:
        playing.refuse_real_data(db)
        folder = default_home() / "demo"
        began = now()
        with playing.progress_bar() as progress:
            world = playing.demo_world(folder, began, size, progress, pool)
            running = stack.enter_context(demo_world.running(world))
            playing.apply_estate(db, list(running.estates))
            playing.collect_everything(db, progress, pool, world.stages, world.enter)
            pool.shutdown()
            playing.count_everything(db, progress)
        people = playing.sign_ins(db)
        say(f"Ready after {(now() - began).total_seconds():.0f} s.")
        if no_serve:
            return

        def tick(at: datetime) -> None:
            demo_world.tick(world, at)

        stack.enter_context(playing.working())
        stack.enter_context(playing.ticking(tick))
        playing.introduce(people, HOSTS, port)
        _serve(db, port, "127.0.0.1", False)


def _serve(db: Database, port: int, host: str, allow_demo_people: bool) -> None:
    from app import server

    try:
        server.run(
            port,
            host,
            database=db,
            allow_demo_people=allow_demo_people,
            platforms=EstatePlatforms(db),
        )
    except settings.SettingsError as error:
        refuse(str(error))


def live(
    port: Port = 8501,
    no_serve: NoServe = False,
    size: Annotated[str, typer.Option(help="small or large.")] = "large",
) -> None:
    """The same from real systems, installed and started on this machine."""
    from app.demo.world import Stage
    from app.live import world as live_world
    from app.live.driver import Driver

    if size not in ("small", "large"):
        refuse(f"there is no size '{size}'; sizes are small and large")
    with database() as db, ExitStack() as stack:
        playing.refuse_real_data(db)
        began = now()

        def told(line: str) -> None:
            say(f"{(now() - began).total_seconds():6.0f} s  {line}")

        world = stack.enter_context(live_world.running(size=size, progress=told))
        driver = Driver(world)
        stack.callback(driver.close)
        driver.play(told)
        with playing.hands() as pool, playing.progress_bar() as progress:
            playing.apply_estate(db, [world.estate_path])
            playing.collect_everything(db, progress, pool, (Stage(now()),), lambda stage: None)
            playing.count_everything(db, progress)
        people = playing.sign_ins(db)
        say(
            f"Ready after {(now() - began).total_seconds():.0f} s. What was done, and when: {world.truth_path}"
        )
        if no_serve:
            return

        def tick(at: datetime) -> None:
            driver.tick()

        stack.enter_context(playing.working())
        stack.enter_context(playing.ticking(tick))
        playing.introduce(people, HOSTS, port)
        _serve(db, port, "127.0.0.1", False)
