"""Rules and channels in words, as the page Alerts shows what is in force."""

from __future__ import annotations

from datetime import timedelta

from app.alerts.estate import Channel
from app.wording import Words, sentence
from metrics.alerts.rules import Rule

KINDS = {
    "mail": "Mail",
    "slack": "Slack",
    "teams": "Teams",
    "webhook": "Webhook",
    "pagerduty": "PagerDuty",
    "page": "This page",
}


def rule_said(rule: Rule, words: Words) -> str:
    """When a rule fires, in one sentence."""
    said = rule.terms
    if rule.kind == "value":
        return f"Value at risk is above {words.money(rule.amount('above'), said['currency'])}."
    if rule.kind == "severity":
        worth = rule.amount("value")
        more = f" and {words.money(worth, said['currency'])} or more at risk" if worth is not None else ""
        return f"A cause in the queue has severity {said['at_least']} or worse{more}."
    if rule.kind == "burn":
        calls = "needs somebody now" if said["calls"] == "page" else "needs somebody today"
        return f"The error budget is used up so fast that it {calls}."
    within, runs, freshness = (rule.span(name) for name in ("due_within", "runs", "freshness"))
    parts = []
    if within is not None:
        parts.append(f"something is due within {_long(within, words)} and not there")
    if said.get("overdue"):
        parts.append(f"{words.count(said['overdue'])} or more are overdue")
    if runs is not None:
        calendar = f" of open time ({said['calendar']})" if said.get("calendar") else ""
        parts.append(f"an integration has not run for {_long(runs, words)}{calendar}")
    if freshness is not None:
        parts.append(f"a system was not read for {_long(freshness, words)}")
    return sentence(", or ".join(parts))


def next_said(rule: Rule, words: Words) -> str:
    """Who is told when nobody takes it; empty for a rule that ends there."""
    return "; ".join(
        f"{', '.join(step.to)} after {_long(step.after, words)}"
        + (f" ({step.calendar})" if step.calendar else "")
        for step in rule.escalate
    )


def channel_said(channel: Channel) -> str:
    """How a channel tells, to whom and when; an address that is a secret is not in it."""
    document = channel.document
    parts = [KINDS[channel.kind] + (f" to {', '.join(channel.addressees)}" if channel.kind == "mail" else "")]
    if hours := document.get("hours"):
        urgent = f", severity {hours['urgent']} at any hour" if hours["urgent"] else ""
        parts.append(f"in the hours of {hours['calendar']}{urgent}")
    if digest := channel.digest:
        over = " over all customers that each sees" if channel.is_over_customers else ""
        parts.append(f"{'only a' if channel.is_digest_only else 'a'} digest at {digest['at']}{over}")
    return "; ".join(parts)


def _long(span: timedelta, words: Words) -> str:
    return words.duration(span.total_seconds())
