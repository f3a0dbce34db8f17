"""Secrets that an execution has opened do not come out of it again: what its blocks emit or fail with has a mask."""

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

from blocks.credentials import Credential
from executor.engine.values import Emitted, normalise
from reliability.secrets import MASK

#: What is shorter is no secret that could be told from other text.
SHORTEST = 6
#: The same of a part of base64.
SHORTEST_IN_BASE64 = 8
_URL_SAFE = str.maketrans("+/", "-_")


class KnownSecrets:
    """The secrets that one execution has opened, in the spellings in which others send them back."""

    def __init__(self) -> None:
        #: Longest first, so that of two secrets that begin alike the longer one is taken whole.
        self._spellings: list[str] = []
        #: The same as they stand inside JSON.
        self._in_json: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._spellings)

    def learn(self, credential: Credential) -> None:
        found = set(self._spellings)
        for text in _texts(credential):
            found.update(spelling for spelling in _spellings(text) if len(spelling) >= SHORTEST)
        self._spellings = sorted(found, key=len, reverse=True)
        self._in_json = [json.dumps(spelling, ensure_ascii=False)[1:-1] for spelling in self._spellings]

    def spellings(self) -> Sequence[str]:
        """All of them, for texts that may be JSON or not."""
        return list(dict.fromkeys((*self._spellings, *self._in_json)))

    def masked(self, text: str) -> str:
        """The text, with a mask for each secret in it."""
        for spelling in self._spellings:
            if spelling in text:
                text = text.replace(spelling, MASK)
        return text

    def without(self, emitted: Emitted, *, max_bytes: int) -> Emitted:
        """The output, with a mask for each secret in its name and in all texts of its value."""
        if not self.are_in(emitted):
            return emitted
        return normalise(self.masked(emitted.name), self._masked_value(emitted.value), max_bytes)

    def are_in(self, emitted: Emitted) -> bool:
        """One look at the whole value as JSON, since nearly none has any."""
        return any(spelling in emitted.text for spelling in self._in_json) or self.masked(emitted.name) != emitted.name

    def _masked_value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.masked(value)
        if isinstance(value, list):
            return [self._masked_value(member) for member in value]
        if isinstance(value, dict):
            return {self.masked(key): self._masked_value(member) for key, member in value.items()}
        return value


def _texts(credential: Credential) -> Iterable[str]:
    """Each secret of it; also as half of a pair for Basic, and of headers the part after the scheme."""
    if secret := credential.secret.reveal():
        yield from (secret, f"{credential.username}:{secret}", f"{secret}:")
    for header in credential.headers.values():
        yield header.reveal()
        yield header.reveal().rpartition(" ")[2]


def _spellings(text: str) -> set[str]:
    return {text, quote(text, safe=""), quote(text), quote_plus(text), *_in_base64(text.encode())}


def _in_base64(secret: bytes) -> Iterator[str]:
    """As it stands there by itself, and inside something longer, wherever in its groups of three bytes it begins."""
    whole = base64.b64encode(secret).decode()
    inside = [_own_part(secret, offset) for offset in range(3)]
    for text in (whole, *(part for part in inside if len(part) >= SHORTEST_IN_BASE64)):
        yield text
        yield text.translate(_URL_SAFE)


def _own_part(secret: bytes, offset: int) -> str:
    """Of the base64 of something that holds the secret, what the secret alone decides."""
    text = base64.b64encode(bytes(offset) + secret).decode()
    return text[-(-offset * 8 // 6) : (offset + len(secret)) * 8 // 6]
