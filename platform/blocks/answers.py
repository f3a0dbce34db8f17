"""Reading what a service has answered, which may be anything."""

from typing import Any

from blocks.context import Context
from blocks.errors import BlockError
from blocks.service import SHOWN, Service, masked


def find(said: Any, *path: str | int) -> Any:
    """What lies at the path of keys and indexes; None where it leads nowhere."""
    for step in path:
        try:
            said = said[step]
        except (KeyError, IndexError, TypeError):
            return None
    return said


def part(service: Service, said: Any, *path: str | int) -> Any:
    """Raises BlockError where the path leads nowhere."""
    found = find(said, *path)
    if found is None:
        raise BlockError(f"{service.name} gave an answer without {'.'.join(map(str, path))}.", service=service.name)
    return found


def entries(said: Any, *path: str | int) -> list[dict[str, Any]]:
    """The objects in the list at the path; none where there is no list."""
    found = find(said, *path)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def failure(service: Service, context: Context, what: str, message: Any) -> BlockError:
    """The service did answer, and says that it failed.  what: as in "Replicate failed to make the image"."""
    text = " ".join(masked(str(message or ""), service.credential(context)).split())[:SHOWN]
    return BlockError(f"{service.name} {what}{': ' if text else '.'}{text}", service=service.name)
