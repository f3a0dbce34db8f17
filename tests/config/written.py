"""What is written to the log meanwhile, as the settings would have it written."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from config.logs.lines import JsonLines

Line = dict[str, Any]


@contextmanager
def written(formatter: logging.Formatter | None = None, *, level: int = logging.INFO) -> Iterator[io.StringIO]:
    """formatter: JSON unless given.

    Nobody else hears of it: pytest hands on what it hears to another process, which takes no halves of characters.
    """
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(formatter or JsonLines())
    handler.setLevel(level)
    others = logging.root.handlers[:]
    logging.root.handlers[:] = [handler]
    try:
        yield text
    finally:
        logging.root.handlers[:] = others


def lines(text: io.StringIO) -> list[Line]:
    """Each line, which must be a JSON object."""
    return [json.loads(line) for line in text.getvalue().splitlines()]


def line_of(text: io.StringIO, action: str) -> Line:
    """The only one of this action."""
    [found] = [line for line in lines(text) if line.get("action") == action]
    return found
