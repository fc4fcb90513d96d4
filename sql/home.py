"""The folder in which the private PostgreSQL lives: names, locks, secrets and what the server tells its clients."""

import contextlib
import fcntl
import json
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

SUPERUSER = "postgres"
DATABASE = "throughline"

# libpq reads PGHOSTADDR and PGOPTIONS where nothing is said; they are meant for somebody else's server.
NO_ENVIRONMENT = {"hostaddr": "", "options": ""}

Role = Literal["owner", "collector", "metrics", "viewer", "triage", "portal"]
ROLES: tuple[Role, ...] = ("owner", "collector", "metrics", "viewer", "triage", "portal")


def login(role: Role | Literal["superuser"]) -> str:
    """The PostgreSQL role behind one of ours: "viewer" → "throughline_viewer"."""
    return SUPERUSER if role == "superuser" else f"throughline_{role}"


def default_home() -> Path:
    """`THROUGHLINE_HOME`, else `~/.throughline`."""
    return Path(os.environ.get("THROUGHLINE_HOME") or "~/.throughline").expanduser()


class ServerError(RuntimeError):
    """The private PostgreSQL cannot be used; the message is one line that says where and why."""


@dataclass(frozen=True)
class Home:
    """The files of one private server. Four locks, each with one meaning:

    clients     shared by every client process as long as it lives; taken alone, it proves that nobody is left
    starting    held by the one client that is starting a supervisor
    supervisor  held by the supervisor and by nothing else; taken, it proves that no supervisor lives
    postgres    held by the supervisor and inherited by every postgres process; taken, it proves that none lives

    They are locks of the kernel, so kill -9 releases them; no pid file is believed anywhere.
    """

    path: Path

    @classmethod
    def at(cls, folder: Path | None = None) -> "Home":
        """The home in this folder, under its one true name."""
        return cls((folder or default_home()).expanduser().resolve())

    @property
    def data(self) -> Path:
        return self.path / "pgdata"

    @property
    def log(self) -> Path:
        return self.path / "postgres.log"

    @property
    def state(self) -> Path:
        return self.path / "server.json"

    @property
    def secrets(self) -> Path:
        return self.path / "secrets.json"

    def lock_file(self, name: Literal["clients", "starting", "supervisor", "postgres"]) -> Path:
        return self.path / f"{name}.lock"

    def create(self) -> None:
        """Make the folder when it is missing. As root others may pass through it (the server is not root)."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, exist_ok=True)
        except OSError as error:
            raise ServerError(f"{self.path} cannot be created: {error.strerror}") from error

    def read_state(self) -> dict[str, str]:
        """Where the running server listens, or nothing; also nothing in a home that was copied or moved since."""
        state = _read(self.state)
        return state if state.get("home") == str(self.path) else {}

    def read_secrets(self) -> dict[str, str]:
        """Password by login, or nothing."""
        return _read(self.secrets)

    def keep_secrets(self) -> dict[str, str]:
        """Password by login, made up once; a login that has none yet gets one."""
        known = self.read_secrets()
        wanted = [SUPERUSER, *map(login, ROLES)]
        if missing := [name for name in wanted if name not in known]:
            known |= {name: secrets.token_urlsafe(24) for name in missing}
            write_private(self.secrets, known)
        return known

    def open_log(self) -> BinaryIO:
        """The server's log, to append to; only its owner can read it."""
        return os.fdopen(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")

    def log_tail(self, lines: int = 4) -> str:
        """The last lines of the server's log on one line, to put behind an error."""
        with contextlib.suppress(OSError), self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 4096))
            tail = [line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()]
            return " | ".join(tail[-lines:])
        return ""


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except PermissionError as error:
        raise ServerError(
            f"{path} belongs to another user: run as that user or set THROUGHLINE_HOME to a folder of your own"
        ) from error
    except ValueError:
        return {}
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}


def write_private(path: Path, content: Mapping[str, str]) -> None:
    """Write JSON that only its owner can read; after a crash the file is the old one or the new one, whole."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(dict(content), file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last through a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def take_lock(path: Path, *, shared: bool = False, wait: float = 0.0) -> int | None:
    """Take a lock, trying for `wait` seconds; the open descriptor that holds it, or None when others hold it.

    Closing the descriptor releases the lock; so does the end of the process, however it ends.
    """
    mode = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        raise ServerError(
            f"{path} belongs to another user: run as that user or set THROUGHLINE_HOME to a folder of your own"
        ) from error
    deadline = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, mode)
            return descriptor
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                return None
            time.sleep(0.02)
        except OSError as error:
            os.close(descriptor)
            raise ServerError(
                f"{path} cannot be locked ({error.strerror}): put the home on a local disk"
            ) from error
