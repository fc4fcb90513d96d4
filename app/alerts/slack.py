"""Slack by a token of an app: each message carries its key, and a repeat looks first whether that key is there."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from app.alerts import notice as notices
from app.alerts.notice import Notice
from app.alerts.outgoing import Post, Undelivered, Ways

API = "https://slack.com/api"
_EVENT = "alert"
_PAGES = 10
_MAY_PASS = frozenset(
    {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)


@dataclass(frozen=True)
class Room:
    """A conversation by its id, and the app that writes there: its token, and the address of its API."""

    room: str
    token: str
    api: str = API
    allow_private: bool = False


def tell(ways: Ways, said: Notice, to: Room) -> None:
    """Say it once: what may have arrived is looked for, and only sent again when it is not there. Raises Undelivered.

    Where the app may not read the conversation, a repeat says that it may be one.
    """
    if said.again:
        is_there = _is_there(ways, said, to)
        if is_there:
            return
        said = replace(said, again=is_there is None)
    body = notices.slack_said(said) | {
        "channel": to.room,
        "metadata": {"event_type": _EVENT, "event_payload": {"key": said.key}},
    }
    answer = _asked(
        ways,
        to,
        "chat.postMessage",
        json.dumps(body, ensure_ascii=False).encode(),
        "application/json; charset=utf-8",
    )
    if not answer.get("ok"):
        word = str(answer.get("error", "it did not say why"))
        raise Undelivered(f"Slack did not take it: {word}", permanent=word not in _MAY_PASS)


def _is_there(ways: Ways, said: Notice, to: Room) -> bool | None:
    """Whether the conversation has a message with this key; None: it cannot be read."""
    cursor = ""
    for _ in range(_PAGES):
        asked = {
            "channel": to.room,
            "oldest": f"{said.at.timestamp() - 60:.6f}",
            "limit": "200",
            "include_all_metadata": "true",
            "cursor": cursor,
        }
        answer = _asked(
            ways, to, "conversations.history", urlencode(asked).encode(), "application/x-www-form-urlencoded"
        )
        if not answer.get("ok"):
            word = str(answer.get("error", ""))
            if word in _MAY_PASS:
                raise Undelivered(
                    f"Slack could not be asked whether it is there: {word}", permanent=False, doubtful=True
                )
            return None
        found = (message.get("metadata") or {} for message in answer.get("messages", ()))
        if any((each.get("event_payload") or {}).get("key") == said.key for each in found):
            return True
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return False
    return None


def _asked(ways: Ways, to: Room, method: str, body: bytes, media: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {to.token}", "Content-Type": media} | notices.AGENT
    answer = ways.post(Post(f"{to.api}/{method}", body, headers, to.allow_private, (to.token,)))
    try:
        found = json.loads(answer)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Undelivered("what answered is not Slack: no JSON object", permanent=True)
    return found
