"""A real Tryton 8.2 with the databases of both firms: made once, kept in the cache, started on a free loopback port."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import secrets
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from app.live import environments, firms
from app.live.environments import LiveError, Progress, quiet
from app.live.processes import Server, clean_environment, free_port, status
from app.live.rpc import Tryton

NAME = "live-tryton"
MODULES = {
    "crm": "party company currency product account account_product account_invoice sale sale_opportunity",
    "psa": "party company currency product account account_product account_invoice account_invoice_history"
    " account_payment project project_revenue project_invoice timesheet timesheet_cost purchase",
}
KEY_USERS = ("collector", "nobody")
_SETUP = Path(__file__).with_name("tryton_setup.py")

_CONF = """[database]
uri = sqlite://
path = {folder}
list = False
[web]
listen = 127.0.0.1:{port}
[session]
timeout = 31536000
max_age = 31536000
authentications = password
[request]
records_limit = 2000
[password]
length = 4
[queue]
worker = False
"""

# One line a request would be thousands; a refused call is told to the caller anyway.
_LOGGING = """[loggers]
keys = root, werkzeug
[handlers]
keys = out
[formatters]
keys =
[logger_root]
level = WARNING
handlers = out
[logger_werkzeug]
qualname = werkzeug
level = WARNING
handlers =
[handler_out]
class = StreamHandler
args = (sys.stdout,)
"""


@dataclass
class TrytonWorld:
    """A running server: its address, the passwords of its people, and the REST keys by (database, login)."""

    url: str
    folder: Path
    server: Server
    passwords: dict[str, str]
    keys: dict[tuple[str, str], str] = field(default_factory=dict)
    start_seconds: float = 0.0

    def session(self, database: str, login: str = "people") -> Tryton:
        """A signed-in session of one of the people."""
        return Tryton(self.url, database, login, self.passwords[login])

    def stop(self) -> None:
        """End the server."""
        self.server.stop()


def template(progress: Progress = quiet) -> Path:
    """The folder with all configured databases and their passwords, made first when it is missing.

    The name holds the lock file's hash, the hash of everything that configures, and the year, because Tryton books
    into fiscal years. Making it takes minutes, most of them in Tryton's own initialisation, which is kept apart.
    """
    python = environments.ensure(NAME, progress)
    year = dt.datetime.now(dt.UTC).year
    databases = [item for firm in firms.FIRMS for item in firms.setup_databases(firm)]
    recipe = _SETUP.read_bytes() + json.dumps(databases, sort_keys=True).encode()
    digest = hashlib.sha256(recipe).hexdigest()[:10]
    home = environments.cache_folder() / "tryton" / environments.lock_hash(NAME)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    ready = home / f"configured-{digest}-{year}"
    with environments.held(home / ".lock"):
        if ready.exists():
            return ready
        passwords = {login: secrets.token_urlsafe(18) for login in ("people", "integration")}
        passwords["admin"] = _initialised(home, python, progress)
        progress("configuring companies, charts and products in Tryton (once)")
        work = home / "configuring"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(mode=0o700)
        for item in databases:
            shutil.copy(home / "initialised" / f"{item['role']}.sqlite", work / f"{item['name']}.sqlite")
        conf = _write_conf(work, 0)
        job = {"config": str(conf), "years": [year - 1, year, year + 1], "passwords": passwords}
        with ThreadPoolExecutor(len(firms.FIRMS)) as pool:
            jobs = [{**job, "databases": firms.setup_databases(firm)} for firm in firms.FIRMS]
            list(pool.map(lambda one: _run([str(python), "-P", str(_SETUP)], one, work), jobs))
        _write_secret(work / "passwords.json", json.dumps(passwords))
        work.rename(ready)
    return ready


def _initialised(home: Path, python: Path, progress: Progress) -> str:
    """Make `initialised/crm.sqlite` and `initialised/psa.sqlite` when missing; the admin's password."""
    done = home / "initialised"
    if not (done / "password").exists():
        progress("creating Tryton's databases (once, one to three minutes)")
        work = home / "initialising"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(mode=0o700)
        _write_secret(work / "password", secrets.token_urlsafe(18))
        conf = _write_conf(work, 0)
        admin = [str(python.with_name("trytond-admin")), "-c", str(conf), "--email", "admin@example.org"]
        admin += ["--administrator", "--activate-dependencies"]
        commands = []
        for role, modules in MODULES.items():
            (work / f"{role}.sqlite").touch()
            commands.append([*admin, "-d", role, "-u", "ir", "res", *modules.split()])
        with ThreadPoolExecutor(len(commands)) as pool:
            list(pool.map(lambda command: _run(command, None, work), commands))
        shutil.rmtree(done, ignore_errors=True)
        work.rename(done)
    return (done / "password").read_text()


def start(folder: Path, progress: Progress = quiet) -> TrytonWorld:
    """A fresh copy of the databases in `folder`, served on a free port, with new REST keys."""
    ready = template(progress)
    python = environments.ensure(NAME, progress)
    progress("starting Tryton")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in ready.glob("*.sqlite"):
        shutil.copy(path, folder / path.name)
    port = free_port()
    conf = _write_conf(folder, port)
    (folder / "logging.conf").write_text(_LOGGING)
    command = [str(python.with_name("trytond")), "-c", str(conf), "--logconf", str(folder / "logging.conf")]
    server = Server("tryton", command, clean_environment({}), folder)
    url = f"http://127.0.0.1:{port}"
    passwords: dict[str, str] = json.loads((ready / "passwords.json").read_text())
    version = json.dumps({"id": 1, "method": "common.server.version", "params": []})
    seconds = server.wait_until(lambda: status(port, "POST", "/rpc/", version) == 200, timeout=180)
    world = TrytonWorld(url, folder, server, passwords, start_seconds=seconds)
    try:
        # The first REST request makes the server load a database; its answer is 401. One after the other: started
        # with `-d` for several, it loads them in threads that disturb each other (half-built models, HTTP 404 and
        # 500 from then on), and a sign-in as first request finds no models at all.
        for firm in firms.FIRMS:
            for name in (firm.crm, firm.psa):
                status(port, "GET", f"/{name}/rest/model/res.user", timeout=120)
                world.keys.update(create_keys(world, name))
    except BaseException:
        server.stop()
        raise
    return world


def create_keys(world: TrytonWorld, database: str) -> dict[tuple[str, str], str]:
    """New REST keys of the collector and of a user without rights, in one database."""
    admin = world.session(database, "admin")
    keys = {}
    for login in KEY_USERS:
        (user,) = admin.search("res.user", [["login", "=", login]])
        (made,) = admin.create("res.user.application", {"user": user, "application": "rest"})
        keys[database, login] = str(admin.read("res.user.application", made, ["key"])["key"])
    admin.close()
    return keys


def _write_conf(folder: Path, port: int) -> Path:
    conf = folder / "trytond.conf"
    conf.write_text(_CONF.format(folder=folder, port=port))
    return conf


def _write_secret(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(text)


def _run(command: list[str], job: object, folder: Path) -> None:
    env = clean_environment({"TRYTONPASSFILE": str(folder / "password")})
    text = json.dumps(job) if job is not None else ""
    done = subprocess.run(
        command, input=text, env=env, cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-8:])
        raise LiveError(f"{Path(command[0]).name} failed (exit {done.returncode}):\n{tail}")
