"""What goes wrong with templates."""

from reliability.errors import InvalidInput


class TemplateError(InvalidInput):
    """The template cannot be filled in."""

    code = "template"


class TemplateTooSlow(TemplateError):
    """The template takes too long."""

    code = "template_too_slow"
