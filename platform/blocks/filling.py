"""Filling in templates for blocks."""

from collections.abc import Mapping
from typing import Any

from blocks.errors import BlockError
from blocks.patience import QUICK_CHARACTERS, QUICK_SECONDS
from reliability.sandbox import SandboxError
from reliability.sandbox.aside import render_aside
from reliability.templates import TemplateError, TemplateTooSlow, render


async def fill(template: str, values: Mapping[str, Any], *, escape_html: bool = False) -> str:
    """The text. Raises BlockError for a faulty template and for one that goes beyond the limits.

    What is not done in a moment is done again in a process of its own.
    """
    try:
        return render(template, values, escape_html=escape_html, seconds=QUICK_SECONDS, characters=QUICK_CHARACTERS)
    except TemplateTooSlow:
        return await _aside(template, values, escape_html)
    except TemplateError as error:
        raise BlockError(str(error)) from error


async def _aside(template: str, values: Mapping[str, Any], escape_html: bool) -> str:
    try:
        return await render_aside(template, values, escape_html=escape_html)
    except TemplateError as error:
        raise BlockError(str(error)) from error
    except SandboxError as error:
        raise BlockError(f"The template cannot be filled in. {error}") from error
