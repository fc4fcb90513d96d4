"""Virtual environments of their own for the live systems, installed from the locked requirements with hashes."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Progress = Callable[[str], None]

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"

# pip reads these and would install somewhere else, or refuse a requirement that has no hash.
_PIP_LEAKS = (
    "PYTHONPATH",
    "PYTHONHOME",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_USER",
    "PIP_CONSTRAINT",
    "PIP_REQUIREMENT",
)


class LiveError(RuntimeError):
    """A live system could not be installed, started or driven; the text says which and why."""


def quiet(_message: str) -> None:
    """Reports progress to nobody."""


def cache_folder() -> Path:
    """The folder that outlives a run: `THROUGHLINE_CACHE`, or `~/.cache/throughline`. It is created."""
    named = os.environ.get("THROUGHLINE_CACHE")
    folder = Path(named).expanduser() if named else Path.home() / ".cache" / "throughline"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def lock_hash(name: str) -> str:
    """Twelve hex digits that change when the lock file `requirements/<name>.txt` or the Python version does."""
    text = (REQUIREMENTS / f"{name}.txt").read_bytes()
    version = f"{sys.version_info.major}.{sys.version_info.minor}".encode()
    return hashlib.sha256(version + b"\n" + text).hexdigest()[:12]


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, so that two processes never build the same thing at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def ensure(name: str, progress: Progress = quiet) -> Path:
    """The Python of the environment `name`; the environment is built first when it is missing or half-built.

    The stamp is written last and the lock file's hash is part of the folder's name, so a changed lock makes a new
    environment, and an installation that was interrupted is thrown away and made again. Raises LiveError with
    pip's last lines when the installation fails.
    """
    folder = cache_folder() / "environments" / f"{name}-{lock_hash(name)}"
    python, stamp = folder / "bin" / "python", folder / ".complete"
    with held(folder.with_suffix(".lock")):
        if stamp.exists() and python.exists():
            return python
        progress(f"installing {name} (once)")
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)], f"making the environment {name}")
        install = [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-input",
        ]
        install += ["--require-hashes", "--no-deps", "-r", str(REQUIREMENTS / f"{name}.txt")]
        _run(install, f"installing {name}")
        stamp.write_text(lock_hash(name) + "\n")
    return python


def _run(command: list[str], doing: str) -> None:
    env = {key: value for key, value in os.environ.items() if key not in _PIP_LEAKS}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        tail = "\n".join((done.stderr or done.stdout).strip().splitlines()[-8:])
        raise LiveError(f"{doing} failed (exit {done.returncode}):\n{tail}")
