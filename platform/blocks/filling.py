"""Filling in templates for blocks."""

from collections.abc import Mapping
from typing import Any

from blocks.errors import BlockError
from blocks.patience import quickly_or_aside
from reliability.templates import TIME_LIMIT_SECONDS, TemplateError, TemplateTooSlow, render


async def fill(template: str, values: Mapping[str, Any], *, escape_html: bool = False) -> str:
    """The text. Raises BlockError for a faulty template and for one that goes beyond the limits."""

    def work(seconds: float) -> str:
        return render(template, values, escape_html=escape_html, seconds=seconds)

    try:
        return await quickly_or_aside(work, seconds=TIME_LIMIT_SECONDS, too_slow=TemplateTooSlow)
    except TemplateError as error:
        raise BlockError(str(error)) from error
