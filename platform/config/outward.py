"""Settings about what leaves: lists whose entries have a form."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured


def readable(name: str, entries: list[str], parse: Callable[[list[str]], Any]) -> list[str]:
    """The entries as they are written, once they can be read. Raises ImproperlyConfigured otherwise."""
    try:
        parse(entries)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} cannot be read: {error}.") from error
    return entries
