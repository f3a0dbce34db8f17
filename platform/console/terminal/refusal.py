"""Why nothing was launched, in lines for a person. Pure."""

from collections.abc import Iterator

from console.terminal.words import one_line
from reliability.errors import SluiceError


def refusal_lines(error: SluiceError) -> Iterator[str]:
    """The error's sentence, then a line for each pin or input that it is about and has not named yet."""
    yield one_line(error.message, limit=2000)
    for about, message in _details(error):
        if message not in error.message:
            yield one_line(f"  {about}: {message}", limit=2000)


def _details(error: SluiceError) -> Iterator[tuple[str, str]]:
    for node_id, pins in error.data.get("node_errors", {}).items():
        for pin, message in pins.items():
            yield (f"node {node_id}, {pin}" if pin else f"node {node_id}"), message
    for name, message in error.data.get("fields", {}).items():
        yield f"input {name}", message
