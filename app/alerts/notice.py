"""A message as it leaves: one text, and the form in which each kind of channel takes it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.alerts.outgoing import Post
from app.mail import Mail, Mailbox

PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"
SEVERITIES = {1: "critical", 2: "error", 3: "warning", 4: "info"}
_HEADS = {
    "fired": "",
    "worse": "More severe: ",
    "escalated": "Nobody has taken it: ",
    "acknowledged": "Acknowledged: ",
    "resolved": "Resolved: ",
    "digest": "",
    "storm": "",
    "test": "",
    "mention": "",
}
AGENT = {"User-Agent": "alerts/1"}


@dataclass(frozen=True)
class Notice:
    """What is said to one addressee. `key` is the same whenever this is sent again; `first` is that of what this addressee
    was told first of the alert, `thread` the alert's own.

    `number` is the alert's, None for what tells of several; `again`: an earlier attempt may have arrived.
    """

    key: str
    first: str
    thread: str
    kind: str
    number: int | None
    severity: int
    title: str
    lines: Sequence[str]
    figure: Mapping[str, Any] | None
    link: str
    acknowledge: str | None
    brand: str
    footer: str
    customer_key: str
    customer: str
    rule: str | None
    at: datetime
    again: bool

    @property
    def subject(self) -> str:
        """The whole in one line."""
        return f"{self.customer}: {_HEADS[self.kind]}{self.title}"

    @property
    def body(self) -> list[str]:
        """The facts, and the figure with the sentence of its card."""
        said = list(self.lines)
        if self.figure is not None:
            of = f" ({self.figure['unknown']} unknown)" if self.figure["unknown"] else ""
            said.append(f"{self.figure['title']}: {self.figure['shown']}{of}. {self.figure['sentence']}")
        return said


def mail(notice: Notice, sender: Mailbox, to: str) -> Mail:
    """As a mail; a repeat carries the same Message-ID, and what follows refers to what came first."""
    domain = sender.header().domain
    parts = [*notice.body, "", f"Look: {notice.link}"]
    if notice.acknowledge is not None:
        parts += [f"Acknowledge (once, by whoever has this mail): {notice.acknowledge}"]
    parts += ["", "-- ", notice.brand, *([notice.footer] if notice.footer else [])]
    first, own = f"<{notice.first}@{domain}>", f"<{notice.key}@{domain}>"
    headers = {"Auto-Submitted": "auto-generated"}
    if own != first and notice.number is not None:
        headers |= {"In-Reply-To": first, "References": first}
    subject = " ".join(notice.subject.split())
    return Mail(sender, (Mailbox(to),), subject, "\n".join(parts) + "\n", own, notice.at, headers=headers)


def webhook(notice: Notice, url: str, secret: str, allow_private: bool, now: datetime) -> Post:
    """As JSON, signed the way of the Standard Webhooks specification: HMAC-SHA-256 over id, time and body."""
    said = {
        "type": f"alert.{notice.kind}",
        "timestamp": notice.at.isoformat(),
        "data": {
            "alert": notice.number,
            "rule": notice.rule,
            "severity": notice.severity,
            "title": notice.title,
            "lines": list(notice.lines),
            "figure": notice.figure,
            "customer": {"key": notice.customer_key, "name": notice.customer},
            "partner": notice.brand,
            "link": notice.link,
            "acknowledge": notice.acknowledge,
        },
    }
    body = json.dumps(said, ensure_ascii=False).encode()
    stamp = str(int(now.timestamp()))
    signature = hmac.new(_key(secret), f"{notice.key}.{stamp}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": notice.key,
        "webhook-id": notice.key,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }
    return Post(url, body, headers | AGENT, allow_private, (secret,))


def _key(secret: str) -> bytes:
    if secret.startswith("whsec_"):
        return base64.b64decode(secret.removeprefix("whsec_"))
    return secret.encode()


def slack(notice: Notice, url: str, allow_private: bool) -> Post:
    """As Slack's incoming webhooks take it, which know no repeats: one that may be one says so."""
    return _json(url, slack_said(notice), allow_private)


def slack_said(notice: Notice) -> dict[str, Any]:
    """The text, and the blocks that are shown instead of it."""
    lines = [_slack(line) for line in _lines(notice)]
    blocks: list[dict[str, Any]] = [
        {"type": "section", "text": {"type": "mrkdwn", "text": f"*{_slack(notice.subject)}*"[:3000]}},
        *([_section("\n".join(lines))] if lines else []),
        {"type": "actions", "elements": [_button(name, link) for name, link in _links(notice)]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": _slack(notice.brand)}]},
    ]
    return {"text": _slack(notice.subject), "blocks": blocks}


def _section(said: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": said[:3000]}}


def _button(name: str, link: str) -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": name}, "url": link}


def _slack(said: str) -> str:
    return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def teams(notice: Notice, url: str, allow_private: bool) -> Post:
    """As an adaptive card for the workflow of a Teams channel, which knows no repeats either."""
    text = {"type": "TextBlock", "wrap": True}
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            text | {"text": _plain(notice.subject), "weight": "Bolder", "size": "Medium"},
            *(text | {"text": _plain(line)} for line in _lines(notice)),
            text | {"text": _plain(notice.brand), "isSubtle": True, "size": "Small"},
        ],
        "actions": [{"type": "Action.OpenUrl", "title": name, "url": link} for name, link in _links(notice)],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return _json(url, {"type": "message", "attachments": [attachment]}, allow_private)


def _plain(said: str) -> str:
    """Text blocks read Markdown: what would be a link or an emphasis is kept as it was written."""
    for mark in "\\`*_[]<>":
        said = said.replace(mark, f"\\{mark}")
    return said


def pagerduty(notice: Notice, routing_key: str, url: str, allow_private: bool) -> Post:
    """As an event of PagerDuty's Events API v2; the alert's key makes all of it one incident."""
    action = {"resolved": "resolve", "acknowledged": "acknowledge"}.get(notice.kind, "trigger")
    said: dict[str, Any] = {
        "routing_key": routing_key,
        "event_action": action,
        "dedup_key": notice.thread,
        "client": notice.brand,
        "client_url": notice.link,
    }
    if action == "trigger":
        said["payload"] = {
            "summary": notice.subject[:1024],
            "source": notice.customer,
            "severity": SEVERITIES[notice.severity],
            "timestamp": notice.at.isoformat(),
            "class": notice.rule,
            "custom_details": {"said": notice.body},
        }
        said["links"] = [{"href": link, "text": name} for name, link in _links(notice)]
    return _json(url, said, allow_private, (routing_key,))


def _lines(notice: Notice) -> list[str]:
    again = ["Sent again: it is not known whether the first one arrived."] if notice.again else []
    return [*notice.body, *again]


def _links(notice: Notice) -> list[tuple[str, str]]:
    given = [("Look", notice.link)]
    return given + ([("Acknowledge", notice.acknowledge)] if notice.acknowledge else [])


def _json(url: str, said: Mapping[str, Any], allow_private: bool, secrets: tuple[str, ...] = ()) -> Post:
    body = json.dumps(said, ensure_ascii=False).encode()
    return Post(url, body, {"Content-Type": "application/json"} | AGENT, allow_private, (url, *secrets))
