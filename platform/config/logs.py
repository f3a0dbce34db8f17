"""How log lines are written: one line for each record, whatever strangers have put into it."""

import logging
import re

#: What moves the cursor, ends a line or colours a terminal, apart from the line end itself.
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
CONTINUED = "\n    "


class PlainFormatter(logging.Formatter):
    """Control characters are spelt out. Only tracebacks have further lines, which begin with blanks."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the library's name)
        request_id = getattr(record, "request_id", "")
        record.message = f"[{request_id}] {record.message}" if request_id else record.message
        return super().formatMessage(record).replace("\n", "\\n")

    def format(self, record: logging.LogRecord) -> str:
        return _CONTROLS.sub(_spelt, super().format(record)).replace("\n", CONTINUED)


def _spelt(found: re.Match[str]) -> str:
    return repr(found.group())[1:-1]
