"""The process that owns the private PostgreSQL as long as anybody uses it: `python -m sql.supervisor HOME LINGER`."""

import contextlib
import fcntl
import os
import signal
import sys
import time
import traceback
from pathlib import Path

from sql.cluster import Cluster
from sql.home import Home, ServerError, take_lock, write_private
from sql.sockets import PORT

_TICK = 0.25
_RESTARTS, _WITHIN = 5, 60.0
_LOG_LIMIT = 10 * 2**20


class Supervisor:
    """Starts postgres, starts it again when it is killed, and stops it when no client has been left for a while."""

    def __init__(self, home: Home, linger: float) -> None:
        self.home = home
        self.linger = linger
        self.asked_to_stop = False
        self._alone_since: float | None = None

    def run(self, cluster: Cluster) -> None:
        """Serve until nobody is left. Raises ServerError when postgres cannot be kept running."""
        signal.signal(signal.SIGTERM, self._stop_soon)
        signal.signal(signal.SIGINT, self._stop_soon)
        self._start(cluster)
        _say("ready")
        crashes: list[float] = []
        while not (self.asked_to_stop or self._nobody_left()):
            assert cluster.process is not None
            if cluster.process.poll() is not None:
                now = time.monotonic()
                crashes = [then for then in crashes if now - then < _WITHIN] + [now]
                self.note(f"postgres ended with status {cluster.process.returncode}; starting it again")
                if len(crashes) > _RESTARTS:
                    raise ServerError(f"postgres ended {len(crashes)} times within {_WITHIN:.0f} s")
                self._start(cluster)
            time.sleep(_TICK)

    def _start(self, cluster: Cluster) -> None:
        cluster.prepare(wait=30.0)
        cluster.start(still_wanted=lambda: not self.asked_to_stop)
        write_private(
            self.home.state,
            {
                "home": str(self.home.path),
                "socket": str(cluster.socket),
                "port": PORT,
                "bin": str(cluster.bin),
                "version": cluster.version,
                "supervisor": str(os.getpid()),
            },
        )

    def _stop_soon(self, number: int, frame: object) -> None:
        self.asked_to_stop = True

    def _nobody_left(self) -> bool:
        """True when the clients' lock was free for the whole linger time; it is then ours, so that nobody enters."""
        lock = take_lock(self.home.lock_file("clients"))
        if lock is None:
            self._alone_since = None
            return False
        now = time.monotonic()
        if self._alone_since is None:
            self._alone_since = now
        if now - self._alone_since >= self.linger:
            return True  # the descriptor stays open: whoever comes now waits until we have ended
        fcntl.flock(lock, fcntl.LOCK_UN)
        os.close(lock)
        return False

    def note(self, text: str) -> None:
        """One line in the server's log."""
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        with self.home.open_log() as log:
            log.write(f"{stamp} UTC supervisor: {text}\n".encode())


def _say(answer: str) -> None:
    """Answer the client that started us, then let go of its pipe."""
    with contextlib.suppress(BrokenPipeError):
        os.write(1, f"{answer}\n".encode())
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.close(null)


def main(home: Home, linger: float) -> int:
    """Own the server of this home; says "ready", "busy" or the error on standard output, once."""
    # Clients hold this lock for an instant, to see whether it is free; so does nobody for a whole second but one of us.
    lock = take_lock(home.lock_file("supervisor"), wait=1.0)
    if lock is None:
        _say("busy")
        return 0
    if home.log.exists() and home.log.stat().st_size > _LOG_LIMIT:
        home.log.replace(home.log.with_suffix(".log.1"))
    supervisor = Supervisor(home, linger)
    cluster: Cluster | None = None
    try:
        cluster = Cluster(home)
        supervisor.run(cluster)
    except ServerError as error:
        supervisor.note(str(error))
        _say(" ".join(str(error).split()))
        return 1
    except Exception as error:  # the last to hear of it: whatever it is, the client and the log are told
        supervisor.note(traceback.format_exc())
        _say(f"{type(error).__name__}: {' '.join(str(error).split())}")
        return 1
    finally:
        if cluster is not None:
            cluster.stop()
    return 0


def detach() -> None:
    """Leave the client that started us: it waits for the process that it made, which ends here."""
    if os.fork():
        os._exit(0)
    os.setsid()


if __name__ == "__main__":
    detach()
    sys.exit(main(Home.at(Path(sys.argv[1])), float(sys.argv[2])))
