"""Starts the server for tests, in a process of its own: `python -m tests.app.serving '{"home": …}'`."""

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path

from app import data, server
from sql.database import Database
from sql.embedded import attach

if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    then = datetime.fromisoformat(given["now"]) + timedelta(minutes=1)
    data.now = lambda: then
    server.run(given["port"], database=Database(server=attach(Path(given["home"])), name=given["name"]))
