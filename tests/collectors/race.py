"""A worker of its own process: collects what is due, once, and says how many streams it read.

Run as: python race.py HOME DATABASE NOW. The word on its input starts it, so that several begin together.
"""

import sys
from datetime import datetime
from pathlib import Path

from collectors.work import collect_due
from sql.database import Database
from sql.embedded import attach


def main(home: str, name: str, now: str) -> None:
    """Wait for the word, collect, report."""
    server = attach(Path(home), wait=60)
    database = Database(server=server, name=name)
    print("ready", flush=True)
    sys.stdin.readline()
    polls = collect_due(database, datetime.fromisoformat(now))
    print(len(polls), sum(poll.new for poll in polls), flush=True)
    database.dispose()
    server.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
