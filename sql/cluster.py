"""One data directory and the postgres that runs on it: made, started, stopped, and cleared of left-overs."""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from sql.binaries import Account, usable_binaries, version_of
from sql.home import DATABASE, NO_ENVIRONMENT, SUPERUSER, Home, ServerError, sync_folder, take_lock
from sql.processes import end_with, holders
from sql.roles import ensure_database, ensure_roles, set_passwords
from sql.sockets import PORT, SOCKET, choose_folder, listener

_PATIENCE = 900.0  # a start after a crash replays up to max_wal_size
_MARK = "throughline.secrets"
_HBA = "local all all scram-sha-256\n"

SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0777",  # the folder around it is 0700, or passwords guard it
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "wal_compression": "on",
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "logging_collector": "off",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    # Statements and details hold customers' values: they stay out of the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class Cluster:
    """What the supervisor owns. Exactly one process may hold an instance: the one with the supervisor lock."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.account = Account.choose(home.data)
        self.bin = usable_binaries(home, self.account)
        self.major, self.version = version_of(self.bin)
        self.socket = home.path / "run"
        self.process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None
        self._folders: dict[Path, int] = {}

    def prepare(self, wait: float) -> None:
        """Wait until no postgres of this home lives, then make or check the data directory."""
        self._own_lock(wait)
        secrets_of = self.home.keep_secrets()
        made = self.home.data / "PG_VERSION"
        if made.exists():
            if made.read_text().strip() != str(self.major):
                raise ServerError(
                    f"the data in {self.home.data} are PostgreSQL {made.read_text().strip()}'s and the programs"
                    f" in {self.bin} are PostgreSQL {self.major}: back up with the old ones and restore with the new"
                )
        else:
            self._init()
        hba = self.home.data / "pg_hba.conf"
        if not hba.exists() or hba.read_text() != _HBA:
            self._write(self.home.data, "pg_hba.conf", _HBA)
        if not self._secrets_known(secrets_of):
            self._single_user(f"ALTER ROLE {SUPERUSER} PASSWORD '{secrets_of[SUPERUSER]}'")
        self.socket = choose_folder(self.home, self.account)

    def start(self, still_wanted: Callable[[], bool]) -> None:
        """Start postgres and return when it accepts connections and its roles and database exist."""
        (self.home.data / "postmaster.pid").unlink(missing_ok=True)  # stale: the lock says that nobody lives
        for left in self.socket.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)
        assert self._lock is not None
        settings = dict(SETTINGS)
        if self.major >= 16:
            # Iterations slow down the guessing of people's passwords; ours are 24 random bytes. Saves 13 ms a connection.
            settings["scram_iterations"] = "64"
        if not _roomy_shared_memory():
            settings["dynamic_shared_memory_type"] = "mmap"
        command = [
            str(self.bin / "postgres"),
            "-D",
            self._name(self.home.data),
            "-k",
            self._name(self.socket),
        ]
        for key, value in settings.items():
            command += ["-c", f"{key}={value}"]
        with self.home.open_log() as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=end_with(os.getpid()),
                pass_fds=(self._lock, *self._folders.values()),
                **self.account.process(),
            )
        deadline = time.monotonic() + _PATIENCE
        while True:
            if self.process.poll() is not None:
                raise ServerError(f"postgres ended with status {self.process.returncode}")
            if not still_wanted():
                raise ServerError("asked to stop while starting")
            try:
                self._ensure_contents()
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline or "authentication failed" in str(error):
                    raise ServerError(f"postgres accepts nobody: {' '.join(str(error).split())}") from error
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop postgres the gentlest way that works, and wait for it."""
        if self.process is None:
            return
        for how, patience in ((signal.SIGINT, 60.0), (signal.SIGQUIT, 15.0), (signal.SIGKILL, 15.0)):
            if self.process.poll() is not None:
                break
            self.process.send_signal(how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
        if self.socket.parent != self.home.path:
            with contextlib.suppress(OSError):
                self.socket.rmdir()

    def dsn(self) -> str:
        return make_conninfo(
            host=str(self.socket),
            port=PORT,
            user=SUPERUSER,
            password=self.home.read_secrets()[SUPERUSER],
            dbname="postgres",
            connect_timeout=5,
            **NO_ENVIRONMENT,
        )

    def _own_lock(self, wait: float) -> None:
        """Take the postgres lock; when a crash left processes behind, help them to their end.

        A lock that we hold already is given up first: our own descriptor is shared with the processes that we
        started, so only a new one can prove that they are gone.
        """
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        path = self.home.lock_file("postgres")
        for how, patience in (
            (None, 2.0),
            (signal.SIGINT, 10.0),
            (signal.SIGQUIT, 5.0),
            (signal.SIGKILL, wait),
        ):
            if how is not None:
                for pid in self._left_behind(path):
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.kill(pid, how)
            self._lock = take_lock(path, wait=patience)
            if self._lock is not None:
                return
        raise ServerError(f"postgres processes of an earlier start still use {self.home.path} and do not end")

    def _left_behind(self, lock: Path) -> list[int]:
        if found := holders(lock):
            return found
        folder = Path(self.home.read_state().get("socket", str(self.socket)))
        postmaster = listener(folder / SOCKET)
        return [] if postmaster is None else [postmaster]

    def _init(self) -> None:
        """initdb beside the final place, then one rename: the data directory is whole or absent."""
        if self.home.data.exists():
            try:
                self.home.data.rmdir()
            except OSError as error:  # nothing that somebody may miss is ever removed
                raise ServerError(f"{self.home.data} is no data directory, and it is not empty") from error
        fresh = self.home.path / "pgdata.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self.account.own(fresh)
        if self.major >= 17:
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        else:
            locale = ["--locale=C.UTF-8" if sys.platform.startswith("linux") else "--locale=C"]
        name = self._name(fresh)
        options = ["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "-k", "--no-instructions", *locale]
        self._run(self.bin / "initdb", "-D", name, *options)
        self._write(fresh, "pg_hba.conf", _HBA)  # before the first start: nobody was ever trusted
        fresh.rename(self.home.data)
        sync_folder(self.home.path)

    def _single_user(self, statement: str) -> None:
        name = self._name(self.home.data)
        self._run(self.bin / "postgres", "--single", "-D", name, "postgres", given=f"{statement}\n")

    def _write(self, folder: Path, file: str, text: str) -> None:
        """Write into a folder that belongs to the account, as the account: root follows no link it may have laid."""
        path = f"{self._name(folder)}/{file}"
        self._run(Path("/bin/sh"), "-c", 'umask 077 && cat > "$1"', "sh", path, given=text)

    def _run(self, program: Path, *arguments: str, given: str = "") -> None:
        assert self._lock is not None
        done = subprocess.run(
            [program, *arguments],
            input=given,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=end_with(os.getpid()),
            pass_fds=(self._lock, *self._folders.values()),
            **self.account.process(),
        )
        if done.returncode != 0:
            said = " | ".join(line.strip() for line in done.stderr.splitlines() if line.strip())
            raise ServerError(f"{program.name} failed: {said or done.returncode}")

    def _name(self, folder: Path) -> str:
        """What postgres calls a folder of ours: its path, or, where a parent shuts the account out, an open handle.

        As root with a home below /root (0700) the account could not get there by name, and opening /root is not
        ours to do. A descriptor that it inherits leads into the folder and into nothing else.
        """
        if self.account.can_enter(folder):
            return str(folder)
        if not Path("/proc/self/fd").is_dir():
            raise ServerError(f"user id {self.account.uid}, who runs postgres, cannot reach {folder}")
        if (old := self._folders.pop(folder, None)) is not None:
            os.close(old)
        self._folders[folder] = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._folders[folder]}"

    def _secrets_known(self, secrets_of: dict[str, str]) -> bool:
        mark = self.home.data / _MARK
        return mark.exists() and mark.read_text() == _digest(secrets_of)

    def _ensure_contents(self) -> None:
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            ensure_roles(connection)
            secrets_of = self.home.read_secrets()
            if not self._secrets_known(secrets_of):
                set_passwords(connection, secrets_of)
                self._write(self.home.data, _MARK, _digest(secrets_of))
            ensure_database(connection, DATABASE)


def _digest(secrets_of: dict[str, str]) -> str:
    return hashlib.sha256(repr(sorted(secrets_of.items())).encode()).hexdigest()


def _roomy_shared_memory() -> bool:
    """Containers often give /dev/shm 64 MB, too little for a parallel query; then postgres uses files instead."""
    try:
        room = os.statvfs("/dev/shm")
    except OSError:
        return not sys.platform.startswith("linux")
    return room.f_blocks * room.f_frsize >= 512 * 2**20
