"""Takes secrets out of text before it is stored or shown: what we know as one, and what looks like one."""

import re
from collections.abc import Collection

LONGEST = 600

_IN_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/\s:@]*(?::[^/\s@]*)?@", re.IGNORECASE)
_NAMED = re.compile(
    r"""(?ix) (?P<name> \b (?: [\w-]*(?: api[-_]?key | token | secret | passw(?:or)?d | passwd | pwd | credentials? | signature)
        | authorization | cookie | session[-_]?id ) | [?&] (?: sig | code | key ) (?= = ) )
        (?P<between> ["']?\s*[=:]\s*["']? ) (?: (?: bearer | basic | token | session )\s+ )?
        (?!\[secret\]) [^\s"'&,;<>}\])]{4,}"""
)
_SCHEME = re.compile(r"(?i)\b(bearer|basic|session|token)\s+[A-Za-z0-9._~+/=-]{8,}")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]+\.?[A-Za-z0-9_-]*")
_LONG = re.compile(r"\b(?=[A-Za-z0-9_-]*\d)(?=[A-Za-z0-9_-]*[A-Za-z])[A-Za-z0-9_-]{40,}\b")
_PATTERNS = (
    (_IN_URL, r"\g<scheme>[secret]@"),
    (_JWT, "[secret]"),
    (_NAMED, r"\g<name>\g<between>[secret]"),
    (_SCHEME, r"\1 [secret]"),
    (_LONG, "[secret]"),
)
_SPACE = re.compile(r"\s+")


def redact(text: object, secrets: Collection[str] = (), longest: int = LONGEST) -> str:
    """One line without secrets: those named, credentials in addresses, tokens and keys; cut to `longest`.

    What no database takes as text (NUL, half characters) is replaced.
    """
    said = str(text)[:20_000].replace("\0", "").encode("utf-8", "replace").decode()
    for secret in sorted((s for s in secrets if s), key=len, reverse=True):
        if len(secret) >= 4:
            said = said.replace(secret, "[secret]")
    said = _SPACE.sub(" ", mask(said)).strip()
    return said if len(said) <= longest else said[: longest - 1] + "…"


def mask(text: str) -> str:
    """The text with what looks like a secret taken out, otherwise as it was."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text
