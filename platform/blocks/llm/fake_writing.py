"""What the built-in model writes: short sentences around the words that it was given."""

import re
from hashlib import sha256

#: Words that a quoted subject may have.
SUBJECT_WORDS = 12
#: Words of a source that are taken over as its summary.
EXCERPT_WORDS = 25
FEWEST_ITEMS, MOST_ITEMS = 3, 5

_SOURCE = re.compile(r"<source_data>(.*)</source_data>", re.DOTALL)
_ABOUT = re.compile(r"\b(?:about|on)\s+(\S.*?)(?:[,;:.!?](?=\s|$)|\n|$)", re.IGNORECASE)
_TAG = re.compile(r"</?\w{1,50}(?:\s[^<>]{0,200})?>")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")

_OPENINGS = (
    "{}: few things are talked about so much these days.",
    "{}: there is something new to tell.",
    "{}: those who follow it had been waiting for this.",
    "{}: at first glance, a small matter.",
    "{}: ask three people, and you hear four opinions.",
)
_CLOSINGS = (
    "What comes next, nobody knows yet.",
    "The next few weeks will show what it is worth.",
    "It will not be the last word on the matter.",
    "Whoever looks closely will find a good deal in it.",
    "Those who were there will remember it.",
)
_SIGNATURE = "(Written by the built-in fake model.)"


def prose(prompt: str) -> str:
    """The beginning of the prompt's source if it has one, else a few sentences about what the prompt is about."""
    source = _source(prompt)
    if source:
        return _beginning(source)
    subject = _with_capital(about(prompt))
    opening, closing = _chosen(_OPENINGS, prompt), _chosen(_CLOSINGS, subject)
    return f"{opening.format(subject)} {closing} {_SIGNATURE}"


def field_text(key: str, subject: str, prompt: str) -> str:
    """What an object holds under `key`: the beginning of the source if there is one, else a short sentence."""
    source = _source(prompt)
    if source:
        return _beginning(source)
    words = " ".join(re.findall(r"[^\W_]+", key)).lower() or "answer"
    return f"{_with_capital(words)}: {subject}, as the built-in fake model sees it."


def items_for(subject: str, prompt: str) -> list[str]:
    """Three to five items from the source, or made up when the source does not have as many."""
    found = _items(_source(prompt))[:MOST_ITEMS]
    return found if len(found) >= FEWEST_ITEMS else [f"{subject}, idea {number}" for number in range(1, MOST_ITEMS)]


def verdict(condition: str, prompt: str) -> bool:
    """Whether the value shares a word of four letters or more with the condition."""
    return bool(_long_words(condition) & _long_words(_source(prompt) or prompt))


def about(prompt: str) -> str:
    """The subject of a prompt: what follows its first "about" or the like, else its first words."""
    text = " ".join(_TAG.sub(" ", prompt).split())
    named = _ABOUT.search(text)
    words = _first_words(named[1] if named else text, SUBJECT_WORDS)
    return words.rstrip(".,;:!") or "nothing in particular"


def _source(prompt: str) -> str:
    found = _SOURCE.search(prompt)
    return found[1].strip() if found else ""


def _items(source: str) -> list[str]:
    """The lines of a source, or its parts between commas, or its sentences: the first that gives enough."""
    for pattern in (r"\n+", r"[,;]\s*", r"(?<=[.!?])\s+"):
        parts = [_first_words(_BULLET.sub("", part), EXCERPT_WORDS) for part in re.split(pattern, source)]
        named = [part for part in parts if part]
        if len(named) >= FEWEST_ITEMS:
            return named
    return []


def _beginning(source: str) -> str:
    """The first half of a source, but no more than an excerpt."""
    half = (len(source.split()) + 1) // 2
    return _first_words(source, min(half, EXCERPT_WORDS))


def _first_words(text: str, count: int) -> str:
    words = text.split()
    if len(words) <= count:
        return " ".join(words)
    return " ".join(words[:count]).rstrip(".,;:!?…") + "…"


def _with_capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _long_words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{4,}", text.lower()))


def _chosen(sentences: tuple[str, ...], text: str) -> str:
    """Always the same sentence for the same text."""
    return sentences[sha256(text.encode(errors="replace")).digest()[0] % len(sentences)]
