"""Filling in templates that users wrote: Jinja, with a list of what it may do and a cap on everything that grows.

The bounds hold for one rendering. They keep a process polite, they do not contain it: a few dozen MB and the whole time
limit may be used, and the time is only looked at between steps. A memory limit on the process is the second wall.
"""

from reliability.templates.errors import TemplateError, TemplateTooSlow
from reliability.templates.rendering import TIME_LIMIT_SECONDS, render

__all__ = ["TIME_LIMIT_SECONDS", "TemplateError", "TemplateTooSlow", "render"]
