"""Sends the reviews that are due in a process of its own and is killed once the mail server has taken the first, before that is noted."""

import json
import os
import signal
import sys
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from app import worker
from app.review_post import send_due
from metrics.catalogue import by_key
from metrics.sla import draft
from sql.database import Database
from sql.embedded import attach

if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    draft.METRICS = (by_key("A1"),)
    db = Database(server=attach(Path(given["home"])), name=given["name"])
    post = worker.poster(db)

    def post_and_die(partner_id: int, message: EmailMessage) -> Mapping[str, str]:
        post(partner_id, message)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    send_due(db, post_and_die, datetime.fromisoformat(given["now"]))
