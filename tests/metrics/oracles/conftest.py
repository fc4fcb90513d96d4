"""The environment of the oracles: programs that others wrote, kept apart from what the product imports."""

import hashlib
import os
import subprocess
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LOCKED = ROOT / "requirements" / "oracles.txt"


@pytest.fixture(scope="session")
def oracle_python() -> Path:
    """The interpreter of the oracles' environment, made once for each content of the lock file."""
    cache = Path(os.environ.get("THROUGHLINE_CACHE") or Path.home() / ".cache" / "throughline")
    home = cache / f"oracles-{hashlib.sha256(LOCKED.read_bytes()).hexdigest()[:12]}"
    python = home / "bin" / "python"
    done = home / "installed"
    if not done.exists():
        venv.create(home, with_pip=True, clear=True)
        command = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([*command, "-r", LOCKED], check=True, timeout=900)
        done.touch()
    return python
