"""What a log line tells besides its sentence: plain values under one name each, without what nobody may read."""

import math
from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from django.http import HttpRequest
from structlog.typing import EventDict, WrappedLogger

from api.asking import known_user_id
from api.request_ids import META
from reliability.masking import masked, names_a_secret
from reliability.secrets import MASK

#: Of one text, its beginning; of a traceback, which is longer, both ends.
CHARACTERS = 4000
TRACEBACK_CHARACTERS = 32_000
#: Of one collection, and how deep they are looked into.
MEMBERS = 50
DEPTH = 3
#: What Django adds to its records: whole requests, and what it asks the database.
LEFT_OUT = ("request", "response", "server_time", "sql", "params")
#: Those that come first in a line, in this order.
LEADING = ("timestamp", "level", "logger", "message", "request_id", "execution_id", "user_id")
#: What is bound for a request or an execution has the same name where a line says it itself.
ONE_NAME = {"execution": "execution_id", "user": "user_id"}
_TRACES = ("exception", "stack")
#: They hold nothing of anybody.
_OURS = ("timestamp", "level", "logger")


def of_the_request(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """What Django logs of a request after its answer is told with the request's id, and with who has asked."""
    request = line.get("request")
    if isinstance(request, HttpRequest):
        line.setdefault("request_id", request.META.get(META, ""))
        line.setdefault("user_id", known_user_id(request))
    return line


def one_name(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """A line's own word goes before what is bound."""
    for short, name in ONE_NAME.items():
        if short in line:
            line[name] = line.pop(short)
    if "stack_info" in line:
        line["stack"] = line.pop("stack_info")
    return line


def readable(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """Plain and bounded values, masked, in order; nothing that is empty."""
    ordered = [name for name in LEADING if name in line] + [name for name in line if name not in LEADING]
    found = {name: _field(name, line[name]) for name in ordered if name not in LEFT_OUT and not name.startswith("_")}
    return {name: value for name, value in found.items() if value not in ("", None)}


def _field(name: str, value: Any) -> Any:
    if name in _TRACES:
        return masked(_both_ends(str(value)))
    if name in _OURS:
        return value
    return _plain(name, value, DEPTH)


def _plain(name: str, value: Any, depth: int) -> Any:
    """name: what the value is called where it stands."""
    if value is None or isinstance(value, bool) or type(value) is int:
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping) and depth:
        return {masked(str(key)): _plain(str(key), member, depth - 1) for key, member in islice(value.items(), MEMBERS)}
    if isinstance(value, list | tuple | set | frozenset) and depth:
        return [_plain(name, member, depth - 1) for member in islice(value, MEMBERS)]
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return MASK if text and names_a_secret(name) else masked(_beginning(text))


def _beginning(text: str) -> str:
    return text if len(text) <= CHARACTERS else f"{text[:CHARACTERS]} …"


def _both_ends(trace: str) -> str:
    """In whole lines: what is masked is known by what stands before it."""
    if len(trace) <= TRACEBACK_CHARACTERS:
        return trace
    half = TRACEBACK_CHARACTERS // 2
    first, last = trace[:half].rpartition("\n")[0], trace[-half:].partition("\n")[2]
    return f"{first}\n  …\n{last}"
