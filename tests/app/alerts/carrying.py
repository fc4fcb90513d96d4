"""Delivers what is due, in a process of its own that can be killed: `python -m tests.app.alerts.carrying '{"home": …}'`."""

import json
import sys
from datetime import datetime
from pathlib import Path

from app.alerts.deliver import Courier
from app.worker import ways_of
from sql.database import Database
from sql.embedded import attach

if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    db = Database(server=attach(Path(given["home"])), name=given["name"])
    Courier(db, ways_of(db), lambda: datetime.fromisoformat(given["now"]), "the one that dies").round()
    sys.stdout.write("it lived\n")
