"""Keeping the log of a command's own engine off the screen that shows the same."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """While the block runs, only errors are logged: that Redis is away, say, is no news to who runs a graph inline."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
