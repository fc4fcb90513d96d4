"""Processes around the data directory: children that end with their parent, and left-overs of a crash."""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

_LINUX = sys.platform.startswith("linux")


def end_with(parent: int, signal_: signal.Signals = signal.SIGINT) -> Callable[[], None]:
    """What a child does before it becomes another program: leave the terminal (^C is not for it), and ask the kernel for
    a signal when its parent dies (Linux; elsewhere the next start stops the orphan): postgres shuts down fast at SIGINT."""
    library = ctypes.CDLL(None) if _LINUX else None

    def prepare() -> None:
        os.setsid()
        if library is not None:
            library.prctl(1, signal_)  # PR_SET_PDEATHSIG
            if os.getppid() != parent:  # it died before the line above
                os._exit(1)

    return prepare


def holders(lock: Path) -> list[int]:
    """The postgres processes that have this file open, by the kernel's word (Linux; elsewhere none are found)."""
    wanted = lock.stat()
    found = []
    for process in Path("/proc").glob("[0-9]*") if _LINUX else ():
        with contextlib.suppress(OSError):
            program = os.readlink(process / "exe").rsplit("/", 1)[-1]
            if not program.startswith(("postgres", "initdb")):
                continue  # somebody who merely reads our files, a backup for instance
            for descriptor in (process / "fd").iterdir():
                with contextlib.suppress(OSError):
                    target = descriptor.stat()
                    if (target.st_dev, target.st_ino) == (wanted.st_dev, wanted.st_ino):
                        found.append(int(process.name))
                        break
    return found
