"""Keeping secrets out of what is told about an execution, wherever else they turn up. Pure."""

from collections.abc import Collection, Iterator
from typing import Any

from graphs.secrets import split_secrets

#: Instead of a secret within another text.
HIDDEN = "[secret]"
#: Shorter texts are left where they are: they turn up by chance.
SHORTEST = 4


class Discretion:
    """Knows the secrets of everything that it has looked at."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def without_secrets(self, values: Any, *, secret_pins: Collection[str] = ()) -> Any:
        """The values without those that their names tell to be secret. secret_pins: names that are secret besides."""
        kept, taken = split_secrets(values, secret_pins=secret_pins)
        self._texts |= {text for text in _texts(taken) if len(text) >= SHORTEST}
        return kept

    def hide(self, value: Any) -> Any:
        """The value without the secrets seen so far, whatever they are called in it."""
        if isinstance(value, str):
            return self._hidden(value)
        if isinstance(value, int | float) and str(value) in self._texts:
            return HIDDEN
        if isinstance(value, dict):
            return {self._hidden(key): self.hide(item) for key, item in value.items()}
        return [self.hide(item) for item in value] if isinstance(value, list) else value

    def _hidden(self, text: str) -> str:
        for secret in sorted(self._texts, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return text


def _texts(value: Any) -> Iterator[str]:
    """Those in a JSON value, numbers as texts; flags and the keys of objects are none."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
