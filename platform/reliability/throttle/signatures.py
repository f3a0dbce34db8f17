"""What makes two failures the same: everything but what differs from one time to the next."""

import re

#: Of a message; more of it tells no failures apart.
MESSAGE_CHARACTERS = 100
PART_CHARACTERS = 60

#: In this order: an address contains ids, and an id contains numbers.
_VARYING = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "<email>"),
    (re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE), "<url>"),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\[[0-9a-f:]*:[0-9a-f:.]*\]", re.IGNORECASE), "<address>"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\b0x[0-9a-f]+\b|\b(?=[a-f]*\d)[0-9a-f]{8,}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\d+(?:[.,]\d+)*"), "<n>"),
)


def signature(context: str, function: str, error: BaseException) -> str:
    """Of a failure: where, in which function, of which type, and what it says, without ids, numbers and addresses."""
    parts = (context, function, type(error).__name__)
    return ":".join([*(part[:PART_CHARACTERS] for part in parts), normalised(str(error))])


def normalised(message: str) -> str:
    """At most 100 characters."""
    for pattern, name in _VARYING:
        message = pattern.sub(name, message[: 10 * MESSAGE_CHARACTERS])
    return message[:MESSAGE_CHARACTERS]
