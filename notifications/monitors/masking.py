"""Texts of errors without what users have put into them. Pure."""

import re
from collections import Counter
from collections.abc import Iterable

from reliability.masking import EMAIL

CHARACTERS = 100
MASK = "MASKED"
#: Of a text, what is looked at; the rest would be cut anyway.
_LOOKED_AT = 1000

#: In this order. What is quoted, an address, a path, an id, a token with digits or capitals is a user's.
_PATTERNS = (
    (re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|“[^”]*”|‘[^’]*’|«[^»]*»"), MASK),
    (re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE), "URL"),
    (EMAIL, "EMAIL"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE), "UUID"),
    (re.compile(r"(?<!\w)~?(?:/[^\s/:,;]+)+/?|\b[A-Za-z]:\\\S+"), "PATH"),
    (re.compile(r"(?:[\[{<]).*(?:[\]}>])", re.DOTALL), MASK),
)
_TOKEN = re.compile(r"[^\s:;,()=]+")
#: Digits, capitals within, underscores, chains of hyphens, and signs that words do not have.
_A_USERS = re.compile(r"\d|_|[A-Z]{2}|[a-z][A-Z]|\w-\w+-\w|[^\w.'’%-]")
_NUMBER = re.compile(r"[\d.,%+-]+")
_OURS = {MASK, "URL", "EMAIL", "UUID", "PATH"}
#: No word of a message is so long.
_LONGEST_WORD = 20


def masked(text: str) -> str:
    """At most 100 characters."""
    text = " ".join(text[:_LOOKED_AT].split())
    for pattern, name in _PATTERNS:
        text = pattern.sub(name, text)
    return _TOKEN.sub(_masked_token, text)[:CHARACTERS]


def samples(texts: Iterable[str], *, most: int) -> list[str]:
    """The most frequent ones once they are masked; those that begin alike count as one."""
    return [text for text, _ in Counter(filter(None, map(masked, texts))).most_common(most)]


def _masked_token(found: re.Match[str]) -> str:
    token = found.group()
    word = token.strip(".!?")
    if word in _OURS:
        return token
    if _NUMBER.fullmatch(word):
        return re.sub(r"\d", "X", token)
    return MASK if len(word) > _LONGEST_WORD or _A_USERS.search(word) else token
