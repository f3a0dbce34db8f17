"""What one rendering may use up: time, and the size of each value that it builds."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from reliability.templates.errors import TemplateError, TemplateTooSlow

#: Characters of a text, or of a list or dictionary written out.
MAX_SIZE = 1_048_576

#: The seconds of the running rendering, and the moment of `time.monotonic()` at which they are over.
_time: ContextVar[tuple[float, float]] = ContextVar("template_time")
#: The characters that it may still build, over all its values.
_left: ContextVar[list[float]] = ContextVar("template_left")


@contextmanager
def allowance(seconds: float, characters: float) -> Iterator[None]:
    """Let `check_time` raise once so many seconds have passed, and `check_size` once so much was built in all."""
    spent, left = _time.set((seconds, time.monotonic() + seconds)), _left.set([characters])
    try:
        yield
    finally:
        _time.reset(spent)
        _left.reset(left)


def check_time() -> None:
    """Raise TemplateTooSlow when the running rendering has used up its time."""
    seconds, end = _time.get()
    if time.monotonic() > end:
        raise TemplateTooSlow(f"The template took longer than {seconds:g} s.", limit=seconds)


def check_size(characters: int) -> None:
    """Raise TemplateError for a value of more than MAX_SIZE characters, TemplateTooSlow for too many values."""
    if characters > MAX_SIZE:
        raise TemplateError(f"The template builds more than {MAX_SIZE:,} characters.", limit=MAX_SIZE)
    left = _left.get()
    left[0] -= characters
    if left[0] < 0:
        raise TemplateTooSlow("The template builds too much in all.")


def size(value: Any) -> int:
    """About how many characters the value has when it is written out. Stops counting beyond MAX_SIZE.

    What is contained twice counts twice, so that a small list of lists that is huge on paper is found out.
    """
    if isinstance(value, str):
        return len(value)
    total, waiting = 0, [value]
    while waiting and total <= MAX_SIZE:
        current = waiting.pop()
        if isinstance(current, str):
            total += len(current) + 2
        elif isinstance(current, Mapping):
            total += 2 * len(current) + 2
            waiting.extend(current)
            waiting.extend(current.values())
        elif isinstance(current, list | tuple):
            total += 2 * len(current) + 2
            waiting.extend(current)
        else:
            total += 1
    return total
