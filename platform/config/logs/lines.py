"""How log lines are written: one line for each record, whatever strangers have put into it.

As JSON for programs, or as text for people. Records of the standard library and of structlog go the same way.
"""

import json
import logging
import re
from collections.abc import Callable, Sequence
from typing import Any

from structlog.contextvars import merge_contextvars
from structlog.dev import Column, ConsoleRenderer, KeyValueColumnFormatter, plain_traceback
from structlog.processors import EventRenamer, JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import Processor

from config.logs.facts import LEADING, of_the_request, one_name, readable

#: What moves the cursor, ends a line, colours a terminal or turns the direction of writing, apart from the line end
#: itself; and halves of characters, which cannot be written.
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
CONTINUED = "\n    "

#: For all records before they are told apart: what is bound for a request or an execution; then ours, which win.
GATHERED: tuple[Processor, ...] = (
    EventRenamer("message"),  # other things are called events here
    merge_contextvars,
    ExtraAdder(),
    add_log_level,
    add_logger_name,
    TimeStamper(fmt="iso", utc=True),
)
_SETTLED: tuple[Processor, ...] = (format_exc_info, of_the_request, one_name, readable)


class _Lines(ProcessorFormatter):
    """A record that cannot be written is told of in a line of its own."""

    def __init__(self, rendered: Sequence[Processor]) -> None:
        super().__init__(processors=[*_SETTLED, *rendered], foreign_pre_chain=GATHERED)

    def format(self, record: logging.LogRecord) -> str:
        try:
            return super().format(record)
        except Exception as error:  # arguments that do not fit their sentence, values that cannot be shown
            return super().format(_unwritable(record, error))


class JsonLines(_Lines):
    """One JSON object a line, in ASCII, so that no terminal, file or pipe can break it."""

    def __init__(self) -> None:
        super().__init__([JSONRenderer(serializer=json.dumps)])


class TextLines(_Lines):
    """Control characters are spelt out. Only tracebacks have further lines, which begin with blanks."""

    def __init__(self) -> None:
        super().__init__([ConsoleRenderer(columns=_columns(), sort_keys=False, exception_formatter=plain_traceback)])

    def format(self, record: logging.LogRecord) -> str:
        return _CONTROLS.sub(_spelt, super().format(record)).replace("\n", CONTINUED)


def _columns() -> list[Column]:
    shown: dict[str, Callable[[object], str]] = {"level": _in_capitals, "message": _one_line}
    alone = [
        Column(name, KeyValueColumnFormatter(None, "", "", shown.get(name, str)))
        for name in LEADING
        if not name.endswith("_id")
    ]
    alone.insert(3, Column("request_id", KeyValueColumnFormatter(None, "", "", str, prefix="[", postfix="]")))
    return [Column("", KeyValueColumnFormatter("", "", "", _value)), *alone]


def _in_capitals(level: object) -> str:
    return str(level).upper()


def _one_line(text: object) -> str:
    return str(text).replace("\n", "\\n")


def _value(value: object) -> str:
    """In quotes where it would not be seen where it ends."""
    text = str(value)
    return repr(text) if isinstance(value, str) and re.search(r"[\s='\"]", text) else _one_line(text)


def _unwritable(record: logging.LogRecord, error: Exception) -> logging.LogRecord:
    facts: dict[str, Any] = {"reason": type(error).__name__, "where": f"{record.module}:{record.lineno}"}
    known = {"name": record.name, "levelno": record.levelno, "levelname": record.levelname, "created": record.created}
    return logging.makeLogRecord({"msg": "A record cannot be written", **known, **facts})


def _spelt(found: re.Match[str]) -> str:
    return repr(found.group())[1:-1]
