"""Putting what users and services say into the path of an address."""

from urllib.parse import quote

from blocks.errors import BlockError

#: What would make the path another one, quoted or not.
_NO_PARTS = frozenset({"", ".", ".."})


def path_part(text: str) -> str:
    """The text as one part of a path, whatever it holds. Raises BlockError for what cannot be one."""
    if text in _NO_PARTS:
        raise BlockError(f"{text!r} cannot stand in an address.")
    return quote(text, safe="")
