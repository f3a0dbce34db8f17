"""How bad it is."""

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning


def in_production() -> bool:
    return not settings.DEBUG and not settings.SITE_IS_LOCAL


def unsafe(number: int, problem: str, repair: str) -> CheckMessage:
    """An error in production, a warning elsewhere."""
    if in_production():
        return Error(problem, hint=repair, id=f"config.E{number:03}")
    return Warning(problem, hint=repair, id=f"config.W{number:03}")
