"""Runs one command in a process group of its own and ends the whole group when standard input closes.

`python -I guardian.py COMMAND ARG…` holds the read end of a pipe whose write end only the parent has. When the parent
closes it, or dies in any way, the group gets SIGTERM, and SIGKILL after a grace of five seconds. When the command
ends by itself, the guardian ends with the same code. Standard library only: it is run by file name.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time

GRACE_SECONDS = 5.0
_PR_SET_PDEATHSIG = 1


def _die_with_guardian() -> None:
    """In the child: ask Linux for SIGKILL should even the guardian be killed; other systems have no such call."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _signal_group(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS answers so for a group of zombies
        return False
    return True


def end_group(child: subprocess.Popen[bytes]) -> None:
    """SIGTERM to the group of `child`, then SIGKILL to whatever of it outlives the grace."""
    _signal_group(child.pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline:
        child.poll()
        if not _signal_group(child.pid, 0):
            return
        time.sleep(0.05)
    _signal_group(child.pid, signal.SIGKILL)
    child.wait()


def main() -> int:
    """Start the command, wait for it or for the end of standard input, whichever comes first."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(
            number, signal.SIG_IGN
        )  # a Ctrl-C reaches the parent, which closes the pipe in its own order
    child = subprocess.Popen(
        sys.argv[1:],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_restore_and_die_with_guardian,
    )
    while child.poll() is None:
        ready, _, _ = select.select([sys.stdin.fileno()], [], [], 0.5)
        if ready and not os.read(sys.stdin.fileno(), 4096):
            break
    end_group(child)
    code = child.returncode
    return code if code is not None and code >= 0 else 1


def _restore_and_die_with_guardian() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    _die_with_guardian()


if __name__ == "__main__":
    sys.exit(main())
