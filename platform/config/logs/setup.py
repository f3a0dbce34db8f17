"""Where log lines go and in which form: one way for ours, Django's, RQ's, daphne's and all others."""

import logging
import sys
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured
from structlog.typing import Processor

from config.logs.lines import GATHERED

#: What is logged by structlog itself, until it becomes a record.
_NATIVE: tuple[Processor, ...] = (
    structlog.stdlib.filter_by_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    *GATHERED,
    structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
)
FORMATS = {"json": "config.logs.lines.JsonLines", "text": "config.logs.lines.TextLines"}


def default_format(*, debug: bool) -> str:
    """Text where a person looks on: while developing, and at a terminal; else JSON."""
    return "text" if debug or sys.stderr.isatty() else "json"


def logging_settings(form: str, *, level: str) -> dict[str, Any]:
    """Django's LOGGING. form: one of FORMATS. The level is the handler's, too: RQ sets one of its own."""
    if form not in FORMATS:
        raise ImproperlyConfigured(f"LOG_FORMAT must be json or text, not {form!r}.")
    _take_in()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": FORMATS[form]}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines", "level": level}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Django gives these handlers of their own.
            "django": {"level": "INFO"},
            "django.server": {"level": "INFO", "propagate": True},
            # They would write addresses and headers of requests, which may hold secrets.
            **{name: {"level": "WARNING"} for name in ("httpx2", "httpcore2", "openai")},
        },
    }


def _take_in() -> None:
    """Libraries that log by structlog, and Python's warnings, go the same way."""
    logging.captureWarnings(True)
    structlog.configure(
        processors=_NATIVE,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
