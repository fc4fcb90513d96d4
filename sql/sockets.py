"""Where the private server listens, and who it is that listens there."""

import contextlib
import os
import socket
import stat
import struct
import sys
import tempfile
from pathlib import Path

from sql.binaries import Account
from sql.home import Home, ServerError

PORT = "5432"
SOCKET = f".s.PGSQL.{PORT}"

_LONGEST = 103 - len(f"/{SOCKET}")  # the shortest limit of any system (macOS), without the final zero


def choose_folder(home: Home, account: Account) -> Path:
    """home/run; or, when a socket cannot have that path, a private folder with a short name, the same as last time."""
    usual = home.path / "run"
    # A comma or a quote separates addresses, for libpq and for postgres.
    if len(os.fsencode(usual)) <= _LONGEST and not set(str(usual)) & set(",\"'\\"):
        usual.mkdir(mode=0o700, exist_ok=True)
        account.own(usual)
        return usual
    uid = os.geteuid() if account.uid is None else account.uid
    last = Path(home.read_state().get("socket", "/nowhere"))
    with contextlib.suppress(OSError):
        found = last.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == uid and stat.S_IMODE(found.st_mode) == 0o700:
            return last
    for base in (tempfile.gettempdir(), "/tmp", "/var/tmp"):
        if len(os.fsencode(base)) + len("/throughline-12345678") <= _LONGEST:
            folder = Path(tempfile.mkdtemp(prefix="throughline-", dir=base))
            account.own(folder)
            return folder
    raise ServerError(f"{usual} is too long for a socket; set THROUGHLINE_HOME to a shorter path")


def listener(path: Path) -> int | None:
    """The process that listens at a socket, asked of the kernel; None when nobody does, or nobody that we can name.

    This is the postmaster itself and alive, whatever stands in a pid file.
    """
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
            if sys.platform.startswith("linux"):
                size = struct.calcsize("3i")
                found = struct.unpack("3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))[0]
            else:
                found = client.getsockopt(0, 2)  # SOL_LOCAL, LOCAL_PEERPID: macOS
        except OSError:
            return None
    # 0 stands for a process outside our container; as a target of kill() it would mean ourselves.
    return int(found) if found > 0 else None
