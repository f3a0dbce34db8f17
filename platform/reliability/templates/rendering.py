"""Filling in a template."""

import math
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

import jinja2

from reliability.templates.allowance import allowance, check_size
from reliability.templates.errors import TemplateError
from reliability.templates.sandbox import Sandbox

TIME_LIMIT_SECONDS = 10.0
#: Characters of a template.
MAX_SOURCE = 100_000
#: Places to fill in, statements and comments of a template.
MAX_TAGS = 2_000
#: Compiled templates that are kept.
KEPT = 256
#: Characters of Jinja's or Python's own words in an error.
SHOWN = 300

#: What a faulty template makes Jinja and Python raise, when it is compiled and when it runs.
_FAULTS = (
    jinja2.TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)


def render(
    source: str,
    values: Mapping[str, Any],
    *,
    escape_html: bool = False,
    seconds: float = TIME_LIMIT_SECONDS,
    characters: float = math.inf,
) -> str:
    """Fill in a template. What is not defined is empty text; one newline at the end is dropped.

    source: Jinja without include, import, macro, block and set blocks; with the filters of `filters.py`.
    characters: of all values that are built on the way; each may have MAX_SIZE.
    Raises TemplateError naming the fault or the limit, TemplateTooSlow beyond `seconds` and `characters`.
    """
    _check_source(source)
    try:
        with allowance(seconds, characters):
            return _collect(_compiled(source, escape_html).generate(dict(values)))
    except _FAULTS as error:
        raise TemplateError(_explained(error)) from error


def _check_source(source: str) -> None:
    """Compiling is not timed, so what takes long to compile is refused."""
    if len(source) > MAX_SOURCE:
        raise TemplateError(f"The template has more than {MAX_SOURCE:,} characters.", limit=MAX_SOURCE)
    if sum(map(source.count, ("{{", "{%", "{#"))) > MAX_TAGS:
        raise TemplateError(f"The template has more than {MAX_TAGS:,} tags.", limit=MAX_TAGS)


def _collect(pieces: Iterable[str]) -> str:
    kept, characters = [], 0
    for piece in pieces:
        characters += len(piece)
        check_size(characters)
        kept.append(piece)
    return "".join(kept)


@lru_cache(maxsize=KEPT)
def _compiled(source: str, escape_html: bool) -> jinja2.Template:
    return _sandbox(escape_html).from_string(source)


@cache
def _sandbox(escape_html: bool) -> Sandbox:
    return Sandbox(escape_html=escape_html)


def _explained(error: BaseException) -> str:
    if isinstance(error, RecursionError | MemoryError):
        return "The template is nested too deeply."
    words = str(error)[:SHOWN] or type(error).__name__
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"The template is faulty in line {error.lineno}: {(error.message or words)[:SHOWN]}"
    return f"The template cannot be filled in: {words}"
