"""What makes two errors one cause: their words without their data, or the missing record that both wait for."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass

VERSION = 1
"""Part of every fingerprint: when a rule below changes, it is raised, and old groups are not split without a word."""

_ID = r"(?=[\w./-]*\d)[\w]+(?:[./_-]\w+)*"
DATA = "…"
_STRIPPED = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>)\]]+",  # addresses
        r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b",
        r"\"[^\"\n]*\"|“[^”\n]*”|«[^»\n]*»|`[^`\n]*`|(?<!\w)'[^'\n]*'(?!\w)|‘[^’\n]*’",  # names in quotes
        rf"#?{_ID}",  # numbers, dates, times, ids: whatever has a digit in it
        rf"(?:{DATA}[\s,;:/.+-]*){{2,}}(?<=[\s{DATA}])",  # several of them in a row
    )
)
_SPACE = re.compile(r"\s+")

_KINDS = {
    "project": "project",
    "customer": "account",
    "account": "account",
    "client": "account",
    "party": "account",
    "employee": "resource",
    "resource": "resource",
    "consultant": "resource",
    "contract": "contract",
    "task": "task",
    "opportunity": "opportunity",
    "invoice": "invoice",
    "milestone": "milestone",
}
_KIND = rf"(?P<kind>{'|'.join(_KINDS)})"
_BY = r"(?:\s+(?:with|by|for))?(?:\s+(?:the\s+)?(?:id|key|code|number|no\.?|reference|named))?\s*[:=#]?\s*"
_KEY = rf"(?:[\"“'`‘«](?P<quoted>[^\"”'`’»\n]{{1,80}})[\"”'`’»]|(?P<bare>{_ID}))"
_NOT_THERE = r"(?:not\s+found|not\s+be\s+found|n[o']t\s+exist|is\s+missing|missing|is\s+unknown|unknown|not\s+known|never\s+\w+)"
_MISSING = (
    re.compile(
        rf"\b{_KIND}{_BY}{_KEY}\s*(?:,|:|is|was|does|did|could|can|has|\s)*\s*{_NOT_THERE}", re.IGNORECASE
    ),
    re.compile(
        rf"\b(?:no|unknown|missing|find|found\s+no|no\s+such)\s+(?:\w+\s+)?{_KIND}{_BY}{_KEY}", re.IGNORECASE
    ),
)


@dataclass(frozen=True)
class Missing:
    """The record upstream that an error says is not there."""

    object_type: str
    object_key: str


def words_of(message: str) -> str:
    """The message without its data: addresses, names in quotes, ids, dates and numbers become three dots.

    Same words with other data give the same text; other words give another. Case tells nothing apart.
    """
    return _without_data(message.casefold())


def shown_of(message: str) -> str:
    """The same for people to read: the message's own case is kept."""
    return _without_data(message)


def _without_data(message: str) -> str:
    text = unicodedata.normalize("NFKC", message).replace("...", " ").replace(DATA, " ")
    for pattern in _STRIPPED:
        text = pattern.sub(f" {DATA} ", text)
    return _SPACE.sub(" ", text).strip(" .!,;:")


def missing_upstream(message: str | None) -> Missing | None:
    """The record that a message says is not there, when it names its kind and its key; else None."""
    for pattern in _MISSING:
        if message and (found := pattern.search(message)):
            key = (found["quoted"] or found["bare"]).strip()
            return Missing(_KINDS[found["kind"].casefold()], key) if key else None
    return None


def fingerprint(rule: str, *words: str | None) -> str:
    """A short stable name of a cause: the rule in clear, and a digest of its words; data must be stripped before."""
    digest = hashlib.sha256("\x1f".join(word or "" for word in words).encode()).hexdigest()
    return f"{rule}:{digest[:20]}"


def cause(rule: str, workflow: str, message: str) -> str:
    """The fingerprint of an error text: of the record it says is missing, else of its rule, workflow and words."""
    if missing := missing_upstream(message):
        return fingerprint("missing", missing.object_type, missing.object_key.casefold())
    return fingerprint(rule, workflow, words_of(message))
